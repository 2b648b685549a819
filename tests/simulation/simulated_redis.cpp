#include "simulated_redis.hpp"

namespace ankkor::simulation {

namespace {

redis::reply text(std::string what) {
  auto made = redis::reply{};
  made.type = redis::reply::kind::text;
  made.text = std::move(what);
  return made;
}

redis::reply number(std::int64_t what) {
  auto made = redis::reply{};
  made.type = redis::reply::kind::integer;
  made.integer = what;
  return made;
}

redis::reply failure(std::string what) {
  auto made = redis::reply{};
  made.type = redis::reply::kind::error;
  made.text = std::move(what);
  return made;
}

} // namespace

void simulated_redis::restart() {
  empty();
  ++run_;
  knows_script_ = false;
  disconnect();
}

void simulated_redis::empty() {
  keys_.clear();
  slugs_.clear();
}

redis::answer simulated_redis::handle(const redis::pipeline& commands) {
  auto made = redis::answer{};
  made.connection = connection_;
  for (const auto& each : commands)
    made.replies.push_back(run(each));
  return made;
}

redis::reply simulated_redis::run(const redis::command& what) {
  const auto& name = what.at(0);
  if (name == "INFO")
    return text("# Server\r\nrun_id:" + std::to_string(run_) + "\r\n");
  if (name == "SCRIPT") {
    knows_script_ = true;
    return text("sha");
  }
  if (name == "GETSET" || name == "GET") {
    const auto found = keys_.find(what.at(1));
    auto before = found == keys_.end() ? redis::reply{} : text(found->second);
    if (name == "GETSET")
      keys_[what.at(1)] = what.at(2);
    return before;
  }
  if (name == "EVALSHA" || name == "EVAL")
    return name == "EVALSHA" && !knows_script_ ? failure("NOSCRIPT No matching script.")
                                               : write_product(what);
  if (name == "HSCAN") {
    auto rows = redis::reply{};
    rows.type = redis::reply::kind::array;
    for (const auto& [id, slug] : slugs_) {
      rows.elements.push_back(text(id));
      rows.elements.push_back(text(slug));
    }
    auto made = redis::reply{};
    made.type = redis::reply::kind::array;
    made.elements = {text("0"), std::move(rows)};
    return made;
  }
  return failure("ERR unknown command");
}

// As the script in actors/telling/mirror.cpp has it, but that nothing expires here.
redis::reply simulated_redis::write_product(const redis::command& what) {
  constexpr std::size_t first = 5; // behind script, number of keys, and two keys
  const auto& writer = what.at(4);
  const auto& token = what.at(first);
  const auto& id = what.at(first + 1);
  const auto& slug = what.at(first + 2);
  const auto& body = what.at(first + 3);
  const auto present = keys_.find(writer);
  if (present == keys_.end() || present->second != token)
    return number(-1);
  auto gone = redis::reply{};
  gone.type = redis::reply::kind::array;
  const auto old = slugs_.find(id);
  if (old != slugs_.end() && (old->second != slug || body.empty()))
    drop(old->second, id, gone);
  if (body.empty()) {
    drop(slug, id, gone);
    keys_.erase("ankkor:product:" + id);
    slugs_.erase(id);
    return gone;
  }
  keys_["ankkor:product:" + id] = body;
  if (!slug.empty())
    keys_["product:" + slug] = body;
  slugs_[id] = slug;
  return gone;
}

void simulated_redis::drop(const std::string& slug, const std::string& id, redis::reply& gone) {
  const auto held = keys_.find("product:" + slug);
  if (slug.empty() || held == keys_.end() || !held->second.starts_with("{\"id\":" + id + ","))
    return;
  keys_.erase(held);
  gone.elements.push_back(text(slug));
}

} // namespace ankkor::simulation

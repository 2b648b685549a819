#include "durable_store.hpp"

#include <algorithm>

namespace ankkor::simulation {

namespace s = ankkor::store;

result<std::vector<s::commit_outcome>> durable_store::commit(std::span<const s::entry> entries) {
  if (refuses)
    return out_of_reach();
  auto outcomes = std::vector<s::commit_outcome>{};
  for (const auto& each : entries)
    outcomes.push_back(put(each));
  return outcomes;
}

status durable_store::probe() {
  if (refuses)
    return out_of_reach();
  return done{};
}

s::commit_outcome durable_store::put(const s::entry& what) {
  const bool is_new =
    !what.delivery ||
    deliveries_.emplace(what.delivery->delivery_id, what.delivery->body_digest).second;
  if (what.state)
    put_state(what);
  put_jobs(what);
  put_questions(what, is_new);
  events_.insert(events_.end(), what.events.begin(), what.events.end());
  for (const auto& mark : what.bookmarks) {
    if (mark.value.empty())
      bookmarks_.erase(mark.name);
    else
      bookmarks_[mark.name] = mark.value;
  }
  return is_new ? s::commit_outcome::committed : s::commit_outcome::duplicate;
}

void durable_store::put_state(const s::entry& what) {
  const auto& state = *what.state;
  const auto known = products_.find(state.id);
  const auto before = known == products_.end() ? std::nullopt : std::optional{known->second};
  auto& kept = products_[state.id];
  kept.id = state.id;
  kept.version = state.version;
  kept.changed = state.changed;
  version_ = std::max(version_, state.version);
  for (const auto item : what.changed) {
    if (item == state.id) {
      kept.self = state.self;
      continue;
    }
    std::erase_if(kept.variations, [&](const auto& each) { return each.value.id == item; });
    const auto* changed = state.find(item);
    if (changed == nullptr)
      continue;
    const auto place = std::find_if(kept.variations.begin(), kept.variations.end(),
                                    [&](const auto& each) { return each.value.id > item; });
    kept.variations.insert(place, *changed);
  }
  observer_(before ? &*before : nullptr, kept);
}

void durable_store::put_jobs(const s::entry& what) {
  for (const auto& told : what.told) {
    const auto found = jobs_.find({told.target, told.product});
    if (found != jobs_.end() && found->second.version <= told.version)
      jobs_.erase(found);
  }
  for (const auto& job : what.jobs) {
    const auto key = std::pair{job.target, job.product};
    const auto found = jobs_.find(key);
    if (found == jobs_.end())
      jobs_.emplace(key, job);
    else
      found->second = s::merged(std::move(found->second), job);
  }
}

void durable_store::put_questions(const s::entry& what, bool is_new) {
  for (const auto item : what.settled) {
    const auto found = questions_.find(item);
    if (found != questions_.end() && found->second.wanted < what.settled_before)
      questions_.erase(found);
  }
  if (!is_new)
    return;
  for (const auto& question : what.wanted)
    questions_.insert_or_assign(question.item, question);
}

status durable_store::load_products(const std::function<void(const stock::product&)>& take) {
  for (const auto& [id, product] : products_)
    take(product);
  return done{};
}

result<std::vector<s::outbox_job>> durable_store::load_outbox() {
  auto all = std::vector<s::outbox_job>{};
  for (const auto& [key, job] : jobs_)
    all.push_back(job);
  return all;
}

result<std::vector<s::confirmation>> durable_store::load_confirmations() {
  auto all = std::vector<s::confirmation>{};
  for (const auto& [item, question] : questions_)
    all.push_back(question);
  return all;
}

result<std::vector<s::live_event>> durable_store::load_events(std::size_t max) {
  const auto count = std::min(max, events_.size());
  return std::vector<s::live_event>(events_.end() - static_cast<std::ptrdiff_t>(count),
                                    events_.end());
}

result<std::vector<s::bookmark>> durable_store::load_bookmarks() {
  auto all = std::vector<s::bookmark>{};
  for (const auto& [name, value] : bookmarks_)
    all.push_back({name, value});
  return all;
}

} // namespace ankkor::simulation

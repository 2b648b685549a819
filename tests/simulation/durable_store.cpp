#include "durable_store.hpp"

#include <algorithm>

namespace ankkor::simulation {

namespace s = ankkor::store;

result<std::vector<s::commit_outcome>> durable_store::commit(std::span<const s::entry> entries) {
  if (refuses || doubtful_)
    return out_of_reach();
  const auto fate_of_it = chance_.fate_of();
  if (refuses)
    return out_of_reach();
  switch (fate_of_it) {
  case fate::refused:
    return out_of_reach();
  case fate::dies_stored:
    put_all(entries);
    [[fallthrough]];
  case fate::dies_refused:
    chance_.dies();
    return out_of_reach();
  case fate::in_doubt:
    doubtful_.emplace(entries.begin(), entries.end());
    return error{errc::in_doubt, "The store was lost while it worked.", "Wait."};
  case fate::stored:
    break;
  }
  return put_all(entries);
}

result<std::optional<std::vector<s::commit_outcome>>> durable_store::settle() {
  using outcomes = std::optional<std::vector<s::commit_outcome>>;
  if (!doubtful_)
    return outcomes{};
  if (refuses || !chance_.is_settled())
    return out_of_reach();
  const auto group = *std::exchange(doubtful_, std::nullopt);
  return chance_.doubt_ends_stored() ? outcomes{put_all(group)} : outcomes{};
}

void durable_store::process_ends() {
  if (!doubtful_)
    return;
  const auto group = *std::exchange(doubtful_, std::nullopt);
  if (chance_.doubt_ends_stored())
    put_all(group);
}

status durable_store::probe() {
  if (refuses || doubtful_)
    return out_of_reach();
  return done{};
}

std::vector<s::commit_outcome> durable_store::put_all(std::span<const s::entry> entries) {
  auto outcomes = std::vector<s::commit_outcome>{};
  for (const auto& each : entries) {
    check_use(each);
    outcomes.push_back(put(each));
  }
  return outcomes;
}

void durable_store::check_use(const s::entry& what) {
  for (const auto& event : what.events) {
    if (!events_.empty() && event.sequence <= events_.back().sequence)
      misuse_ = "live event " + std::to_string(event.sequence) + " is stored after " +
                std::to_string(events_.back().sequence);
  }
  if (what.state && what.state->version <= version_of(what.state->id))
    misuse_ = "product " + std::to_string(what.state->id) + " goes back to version " +
              std::to_string(what.state->version);
}

const stock::record* durable_store::find(stock::product_id product, stock::product_id item) const {
  const auto found = products_.find(product);
  return found == products_.end() ? nullptr : found->second.find(item);
}

std::uint64_t durable_store::version_of(stock::product_id product) const {
  const auto found = products_.find(product);
  return found == products_.end() ? 0 : found->second.version;
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
    job_observer_(job);
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
    if (found == questions_.end() || found->second.wanted >= what.settled_before)
      continue;
    questions_.erase(found);
    settled_before_[item] = std::max(settled_before_[item], what.settled_before);
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

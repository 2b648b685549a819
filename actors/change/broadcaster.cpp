#include "actors/change/broadcaster.hpp"

#include "base/planted_fault.hpp"
#include "net/stock_json.hpp"

#include <algorithm>
#include <utility>

namespace ankkor::actors {

void broadcaster::load(std::vector<store::live_event> events) {
  const std::lock_guard lock{guard_};
  events_.assign(events.begin(), events.end());
  for (const auto& event : events_)
    note(event);
  if (events_.empty())
    return;
  newest_ = events_.back().sequence;
  forgotten_ = events_.front().sequence - 1;
}

std::uint64_t broadcaster::newest() const {
  const std::lock_guard lock{guard_};
  return newest_;
}

void broadcaster::publish(std::vector<store::live_event> events,
                          const std::function<void()>& show) {
  auto tell = std::function<void(const told_batch&)>{};
  {
    const std::lock_guard lock{guard_};
    show();
    if (events.empty())
      return;
    events_.insert(events_.end(), events.begin(), events.end());
    newest_ = events_.back().sequence;
    for (const auto& event : events)
      note(event);
    for (; events_.size() > kept_; events_.pop_front()) {
      const auto& oldest = events_.front();
      forgotten_ = oldest.sequence;
      if (const auto* newest = newest_of_.find(oldest.item); *newest == oldest.sequence)
        newest_of_.remove(oldest.item);
    }
    // Whoever begins to listen from now on finds these among what is kept.
    if (listener_.is_listening && listener_.is_listening())
      tell = listener_.tell;
  }
  if (!tell)
    return;
  auto batch = std::make_shared<std::vector<told_event>>();
  batch->reserve(events.size());
  for (const auto& event : events) {
    auto text = std::make_shared<const std::string>(stream_message(event));
    batch->push_back({event, std::move(text)});
  }
  tell(batch);
}

void broadcaster::listen(listener to) {
  const std::lock_guard lock{guard_};
  listener_ = std::move(to);
}

void broadcaster::note(const store::live_event& event) {
  if (auto* newest = newest_of_.find(event.item); newest != nullptr)
    *newest = event.sequence;
  else
    newest_of_.add(event.item, event.sequence);
}

broadcaster::following
broadcaster::follow(std::uint64_t after, std::size_t max,
                    const std::function<bool(const store::live_event&)>& is_wanted,
                    telling what) const {
  const std::lock_guard lock{guard_};
  auto found = following{};
  if (after < forgotten_ || after > newest_)
    return found;
  found.known = true;
  found.reached = after;
  auto next = std::upper_bound(
    events_.begin(), events_.end(), after,
    [](std::uint64_t sequence, const auto& event) { return sequence < event.sequence; });
  if (is_planted(planted_fault::live_gap) && next != events_.end())
    ++next;
  for (std::uint64_t seen = 0; next != events_.end(); ++next, ++seen) {
    if (seen == each_max)
      return found;
    const bool is_told =
      is_wanted(*next) && (what == telling::each || *newest_of_.find(next->item) == next->sequence);
    if (is_told && found.events.size() == max)
      return found;
    if (is_told)
      found.events.push_back(*next);
    found.reached = next->sequence;
  }
  found.reached = newest_;
  found.complete = true;
  return found;
}

std::uint64_t broadcaster::at_rest(const std::function<void()>& look) const {
  const std::lock_guard lock{guard_};
  look();
  return newest_;
}

std::string stream_message(std::optional<std::uint64_t> sequence, std::string_view data) {
  auto text = std::string{};
  if (sequence)
    text.append("id: ").append(std::to_string(*sequence)).append("\n");
  return text.append("data: ").append(data).append("\n\n");
}

std::string stream_message(const store::live_event& event) {
  return stream_message(event.sequence, net::render_update(event.product, event.item, event.stock,
                                                           event.available, event.at));
}

} // namespace ankkor::actors

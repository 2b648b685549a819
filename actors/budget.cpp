#include "actors/budget.hpp"

#include <algorithm>
#include <cmath>

namespace ankkor::actors {

namespace {

// Every so many grants the one who has waited longest goes first, whatever it is for: so nobody
// starves.
constexpr std::uint32_t fair_every = 8;
// Halved when the shop can't keep up, and given back slowly.
constexpr double pace_least = 1.0 / 64;
constexpr double pace_recovery = 1.0 / 50;
constexpr auto retry_after_max = std::chrono::hours{1};

} // namespace

budget::budget(budget_options options, clock_point now)
  : options_(options), refilled_(now), closed_until_(now) {}

std::optional<budget::ticket> budget::ask(purpose what) {
  if (waiting() >= options_.waiting_max)
    return std::nullopt;
  queues_.at(static_cast<std::size_t>(what)).push_back(++last_ticket_);
  return last_ticket_;
}

bool budget::give_up(ticket number) {
  for (auto& queue : queues_) {
    const auto found = std::find(queue.begin(), queue.end(), number);
    if (found != queue.end()) {
      queue.erase(found);
      return true;
    }
  }
  return false;
}

std::optional<budget::ticket> budget::grant(clock_point now) {
  refill(now);
  if (in_flight_ >= options_.concurrency || tokens_ < 1 || now < closed_until_)
    return std::nullopt;
  auto* queue = choose();
  if (queue == nullptr)
    return std::nullopt;
  const auto number = queue->front();
  queue->pop_front();
  tokens_ -= 1;
  ++in_flight_;
  ++grants_;
  return number;
}

std::optional<budget::clock_point> budget::next_grant() const {
  if (waiting() == 0 || in_flight_ >= options_.concurrency)
    return std::nullopt;
  // A nanosecond more than the sum says, lest rounding wakes us a token's crumb too early.
  const auto missing = std::max(0.0, 1 - tokens_) / rate();
  const auto full =
    refilled_ + std::chrono::nanoseconds{std::llround(std::ceil(missing * 1e9)) + 1};
  return std::max(missing > 0 ? full : refilled_, closed_until_);
}

void budget::finished(const feedback& how, clock_point now) {
  refill(now);
  in_flight_ -= std::min(in_flight_, 1U);
  if (!how.overloaded) {
    pace_ = std::min(1.0, pace_ + pace_recovery);
    return;
  }
  pace_ = std::max(pace_least, pace_ / 2);
  const auto asked = std::min<std::chrono::milliseconds>(how.retry_after, retry_after_max);
  closed_until_ = std::max(closed_until_, now + asked);
}

double budget::tokens(clock_point now) const {
  const std::chrono::duration<double> passed = now - refilled_;
  return std::min<double>(options_.burst, tokens_ + std::max(0.0, passed.count()) * rate());
}

std::size_t budget::waiting() const noexcept {
  std::size_t sum = 0;
  for (const auto& queue : queues_)
    sum += queue.size();
  return sum;
}

double budget::rate() const {
  return pace_ * options_.count / static_cast<double>(options_.window.count());
}

void budget::refill(clock_point now) {
  tokens_ = tokens(now);
  refilled_ = std::max(refilled_, now);
}

std::deque<budget::ticket>* budget::choose() {
  std::deque<ticket>* oldest = nullptr;
  std::deque<ticket>* urgent = nullptr;
  for (auto& queue : queues_) {
    if (queue.empty())
      continue;
    if (urgent == nullptr)
      urgent = &queue;
    if (oldest == nullptr || queue.front() < oldest->front())
      oldest = &queue;
  }
  return grants_ % fair_every == fair_every - 1 ? oldest : urgent;
}

} // namespace ankkor::actors

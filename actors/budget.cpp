#include "actors/budget.hpp"

#include "base/planted_fault.hpp"

#include <algorithm>

namespace ankkor::actors {

namespace {

// Every so many grants the one who has waited longest goes first, whatever it is for: so nobody
// starves.
constexpr std::uint32_t fair_every = 8;
// Halved when the shop can't keep up, down to 1, and given back one at a time.
constexpr std::int64_t pace_full = 64;
constexpr auto retry_after_max = std::chrono::hours{1};
// An answer that is slow takes an eighth of the pace, down to an eighth of all.
constexpr std::int64_t slow_step = 8;
constexpr std::int64_t pace_when_slow = pace_full / 8;
constexpr int slow_times = 4;
// No shop is overloaded that answers within it; what is faster still varies without a meaning.
constexpr auto quick_enough = std::chrono::milliseconds{500};
// A request without products takes the shop about 100 ms, and each product about 10 ms more
// (measured on a real one: 105 ms bare, 906 ms for 100 of them).
constexpr std::int64_t products_that_cost_a_request = 10;

std::int64_t price_of_a_token(const budget_options& options) {
  const std::int64_t count = std::max(options.count, 1U);
  const auto window = std::chrono::nanoseconds{options.window}.count();
  // Rounded up: a nanosecond too slow, never too fast.
  return std::max((window + count - 1) / count, std::int64_t{1}) * pace_full;
}

} // namespace

budget::budget(budget_options options, clock_point now)
  : options_(options), cost_(price_of_a_token(options)), full_(cost_ * std::max(options.burst, 1U)),
    refilled_(now), pace_(pace_full) {
  if (is_planted(planted_fault::budget_full_at_start))
    credit_ = full_;
}

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
  if (in_flight_ >= options_.concurrency || credit_ < cost_ || now < refilled_)
    return std::nullopt;
  auto* queue = choose();
  if (queue == nullptr)
    return std::nullopt;
  const auto number = queue->front();
  queue->pop_front();
  constexpr std::uint32_t free_every = 4;
  if (!is_planted(planted_fault::forget_to_count_tokens) || grants_ % free_every != 0)
    credit_ -= cost_;
  ++in_flight_;
  ++grants_;
  return number;
}

std::optional<budget::clock_point> budget::next_grant() const {
  if (waiting() == 0 || in_flight_ >= options_.concurrency)
    return std::nullopt;
  const auto missing = std::max(credit{0}, cost_ - credit_);
  return refilled_ + std::chrono::nanoseconds{(missing + pace_ - 1) / pace_};
}

void budget::finished(const feedback& how, clock_point now) {
  refill(now);
  in_flight_ -= std::min(in_flight_, 1U);
  if (!how.overloaded) {
    learn(how);
    if (how.took.count() > 0 && is_slower_than_usual())
      pace_ = std::max(pace_ - std::max(pace_ / slow_step, credit{1}),
                       std::min(pace_ + 1, pace_when_slow));
    else
      pace_ = std::min(pace_full, pace_ + 1);
    return;
  }
  pace_ = std::max(credit{1}, pace_ / 2);
  credit_ = std::min(credit_, cost_);
  const auto asked = std::clamp<std::chrono::milliseconds>(
    how.retry_after, std::chrono::milliseconds{0}, retry_after_max);
  if (!is_planted(planted_fault::drop_retry_after))
    refilled_ = std::max(refilled_, now + asked);
}

void budget::learn(const feedback& how) {
  if (how.took.count() <= 0)
    return;
  constexpr auto longest = std::chrono::minutes{10}; // so that nothing overflows
  const auto took =
    std::chrono::microseconds{std::min<std::chrono::milliseconds>(how.took, longest)};
  const auto of_one = std::max(took * products_that_cost_a_request /
                                 (products_that_cost_a_request + std::int64_t{how.items}),
                               std::chrono::microseconds{1});
  if (usual_.count() == 0) {
    usual_ = recent_ = of_one;
    return;
  }
  recent_ += (of_one - recent_) / 4;
  if (recent_ < usual_)
    usual_ += (recent_ - usual_) / 8;
  else
    usual_ += std::min(recent_ - usual_, usual_) / 128; // to double takes it 90 answers
}

bool budget::is_slower_than_usual() const noexcept {
  return recent_ > std::max<std::chrono::microseconds>(usual_ * slow_times, quick_enough);
}

double budget::tokens(clock_point now) const {
  return static_cast<double>(credit_at(now)) / static_cast<double>(cost_);
}

double budget::pace() const noexcept {
  return static_cast<double>(pace_) / static_cast<double>(pace_full);
}

std::size_t budget::waiting() const noexcept {
  std::size_t sum = 0;
  for (const auto& queue : queues_)
    sum += queue.size();
  return sum;
}

budget::credit budget::credit_at(clock_point now) const {
  const auto passed = std::max<credit>((now - refilled_).count(), 0);
  // Compared before it is multiplied: a pause of weeks overflows nothing.
  const auto until_full = (full_ - credit_ + pace_ - 1) / pace_;
  return passed >= until_full ? full_ : credit_ + passed * pace_;
}

void budget::refill(clock_point now) {
  credit_ = credit_at(now);
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

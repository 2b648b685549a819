// The one budget for requests to WooCommerce (invariant I4), as arithmetic on time
// that is given: who may ask next, and when. The limiter actor turns it into messages.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace ankkor::actors {

// What a request is for, the most urgent first.
enum class purpose : std::uint8_t { reader, confirmation, incremental, scrub, housekeeping };

inline constexpr std::size_t purpose_count = 5;

struct budget_options {
  std::uint32_t count = 120; // requests in every window
  std::chrono::seconds window{60};
  std::uint32_t burst = 10;         // at once after a pause; 1 and up
  std::uint32_t concurrency = 4;    // in flight at once; 1 and up
  std::size_t waiting_max = 10'000; // over it, who asks is refused
};

// How a request ended, for the pace.
struct feedback {
  bool overloaded = false; // 429, 503, maintenance, a time-out: the shop can't keep up
  std::chrono::milliseconds retry_after{0}; // the shop's own word; 0 if it gave none
  std::chrono::milliseconds took{0};        // until the answer was there; 0 if that says nothing
  std::uint32_t items = 1;                  // products in it: the more, the longer it may take
};

// In every window W at most burst + rate x W requests are granted, restarts included: a start
// begins with nothing to spend, so nothing needs to be remembered and a crash loop can't multiply
// the budget. All of it is integers of nanoseconds, rounded so that the bound holds exactly.
//
// Nobody starves: who has k older ones waiting is granted within 8 x (k + 1) grants.
//
// While the shop asks for a pause nothing is saved up, so it isn't met with a burst at its end.
//
// Answers that take four times as long as they used to slow the pace as well, gently and to an
// eighth at most: a shop that is slow works, one that fails doesn't. What they used to take follows
// what they take, quickly down and slowly up, so that a shop that has become slower for good gets
// its pace back.
class budget {
public:
  using clock_point = std::chrono::steady_clock::time_point;
  using ticket = std::uint64_t;

  budget(budget_options options, clock_point now);

  // Joins the queue; nothing if the queue is full.
  std::optional<ticket> ask(purpose what);

  // Leaves the queue; false if it isn't waiting any more.
  bool give_up(ticket waiting);

  // Who may go now; call again until it answers nothing.
  std::optional<ticket> grant(clock_point now);

  // When grant() may have something to answer, if nothing else happens; nothing while nobody waits
  // or all places are taken.
  [[nodiscard]] std::optional<clock_point> next_grant() const;

  // A granted request has ended.
  void finished(const feedback& how, clock_point now);

  [[nodiscard]] double tokens(clock_point now) const;

  [[nodiscard]] double pace() const noexcept; // of the configured rate, above 0 to 1

  [[nodiscard]] std::uint32_t in_flight() const noexcept { return in_flight_; }

  [[nodiscard]] std::size_t waiting() const noexcept;

private:
  // A token's price is `cost_`, and every nanosecond brings `pace_`: so a slower pace is exact,
  // too.
  using credit = std::int64_t;

  void learn(const feedback& how);
  [[nodiscard]] bool is_slower_than_usual() const noexcept;
  [[nodiscard]] credit credit_at(clock_point now) const;
  void refill(clock_point now);
  [[nodiscard]] std::deque<ticket>* choose();

  budget_options options_;
  std::array<std::deque<ticket>, purpose_count> queues_; // each the oldest first
  ticket last_ticket_ = 0;
  credit cost_;
  credit full_; // `burst` tokens
  credit credit_ = 0;
  clock_point refilled_; // to be refilled from then on: ahead of the clock while the shop rests
  credit pace_;
  std::chrono::microseconds recent_{0}; // an answer of one product takes, of late
  std::chrono::microseconds usual_{0};  // and always; 0 while nothing is known
  std::uint32_t in_flight_ = 0;
  std::uint32_t grants_ = 0;
};

} // namespace ankkor::actors

// The budget for requests to WooCommerce (I4): what it promises, under 10,000 random schedules in
// virtual time, and each rule by itself.
#include "actors/budget.hpp"
#include "actors/reading/shop_caller.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace ankkor::actors;
using namespace std::chrono_literals;

namespace {

using clock_point = budget::clock_point;
using std::chrono::nanoseconds;

constexpr auto begin = clock_point{std::chrono::hours{1}};

// What one schedule does, drawn at random.
struct chances {
  budget_options options;
  nanoseconds ask_every{}; // on average
  nanoseconds answer_within{};
  double overloaded = 0; // of the answers
  double slow = 0;       // the same
  double gives_up = 0;   // of those who ask
  double crash = 0;      // at every event
  std::size_t asks = 0;

  [[nodiscard]] bool healthy() const { return overloaded == 0 && slow == 0 && crash == 0; }
};

chances draw(std::mt19937_64& random) {
  const auto among = [&](std::uint64_t least, std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>{least, most}(random);
  };
  auto drawn = chances{};
  drawn.options.count = static_cast<std::uint32_t>(among(1, among(0, 1) == 0 ? 7 : 1'000));
  drawn.options.window = std::chrono::seconds{among(0, 1) == 0 ? 1 : 60};
  drawn.options.burst = static_cast<std::uint32_t>(among(1, 20));
  drawn.options.concurrency = static_cast<std::uint32_t>(among(1, 6));
  drawn.options.waiting_max = among(5, 100);
  const auto interval =
    static_cast<std::uint64_t>(nanoseconds{drawn.options.window}.count()) / drawn.options.count;
  drawn.ask_every = nanoseconds{among(1, 3 * interval)};
  drawn.answer_within = nanoseconds{among(1, 4 * interval)};
  drawn.overloaded = among(0, 2) == 0 ? 0.2 : 0;
  drawn.slow = among(0, 2) == 0 ? 0.3 : 0;
  drawn.gives_up = among(0, 1) == 0 ? 0.2 : 0;
  drawn.crash = among(0, 2) == 0 ? 0.03 : 0;
  drawn.asks = among(20, 80);
  return drawn;
}

class schedule {
public:
  explicit schedule(std::uint64_t seed)
    : random_(seed), chances_(draw(random_)), budget_(chances_.options, begin) {}

  void run() {
    next_ask_ = begin;
    while (asked_ < chances_.asks || budget_.waiting() != 0 || !in_flight_.empty())
      step();
    check_every_window();
  }

private:
  struct waiter {
    purpose what{};
    clock_point since{};
    std::uint64_t grants_before = 0;
    std::uint64_t older = 0;
  };

  struct answer {
    clock_point at{};
    feedback how;
  };

  void step() {
    const auto granting = budget_.next_grant();
    auto next = clock_point::max();
    if (asked_ < chances_.asks)
      next = next_ask_;
    for (const auto& each : in_flight_)
      next = std::min(next, each.at);
    const bool grant_is_next = granting && std::max(*granting, now_) <= next;
    BOOST_REQUIRE((grant_is_next || next != clock_point::max()));
    if (grant_is_next) {
      take_grants(std::max(*granting, now_), *granting > now_);
    } else {
      check_nothing_before(next);
      now_ = next;
      finish();
      ask();
    }
    if (chance(chances_.crash))
      crash();
  }

  // next_grant() is no moment too late, and a grant is possible then.
  void take_grants(clock_point at, bool is_later) {
    if (is_later)
      check_nothing_before(at);
    now_ = at;
    auto count = 0;
    while (const auto next = budget_.grant(now_)) {
      granted(*next);
      ++count;
    }
    BOOST_REQUIRE(count > 0);
  }

  void check_nothing_before(clock_point at) {
    auto copy = budget_;
    BOOST_REQUIRE(!copy.grant(at - 1ns));
  }

  void granted(budget::ticket number) {
    const auto found = waiting_.find(number);
    BOOST_REQUIRE((found != waiting_.end()));
    const auto& who = found->second;
    for (const auto& [other, each] : waiting_)
      BOOST_REQUIRE((each.what != who.what || other >= number)); // the first of its purpose
    times_.push_back(now_);
    ++grants_;
    BOOST_REQUIRE(now_ >= closed_until_);
    BOOST_REQUIRE(grants_ - who.grants_before <= 8 * (who.older + 1));
    if (chances_.healthy()) {
      const auto& options = chances_.options;
      const auto interval = nanoseconds{options.window} / options.count + 1ns;
      const auto most = std::max(interval, chances_.answer_within);
      BOOST_REQUIRE((now_ - who.since <= static_cast<long>(8 * (who.older + 1)) * most));
    }
    waiting_.erase(found);
    auto coming = answer{now_ + nanoseconds{upto(chances_.answer_within.count())}, {}};
    coming.how.overloaded = chance(chances_.overloaded);
    if (coming.how.overloaded && chance(0.5))
      coming.how.retry_after = std::chrono::milliseconds{upto(100'000)};
    // How long it took, in no relation to when it comes: a budget may not rely on that.
    if (chances_.slow != 0) {
      coming.how.took = std::chrono::milliseconds{chance(chances_.slow) ? upto(60'000) : upto(300)};
      coming.how.items = static_cast<std::uint32_t>(upto(100));
    }
    in_flight_.push_back(coming);
    BOOST_REQUIRE(in_flight_.size() <= chances_.options.concurrency);
    BOOST_REQUIRE(budget_.in_flight() == in_flight_.size());
  }

  void finish() {
    for (auto each = in_flight_.begin(); each != in_flight_.end();) {
      if (each->at > now_) {
        ++each;
        continue;
      }
      const auto before = budget_.pace();
      budget_.finished(each->how, now_);
      check_pace(each->how, before, budget_.pace());
      if (each->how.overloaded)
        closed_until_ = std::max(closed_until_, now_ + each->how.retry_after);
      each = in_flight_.erase(each);
    }
  }

  static void check_pace(const feedback& how, double before, double after) {
    BOOST_REQUIRE(after <= 1);
    BOOST_REQUIRE(after > 0);
    if (how.overloaded)
      BOOST_REQUIRE((after <= before / 2 || after == 1.0 / 64));
    else if (how.took == 0ms)
      BOOST_REQUIRE((after >= before && after - before <= 1.0 / 50));
    else
      BOOST_REQUIRE((after >= std::min(before, 1.0 / 8) && before - after <= 1.0 / 8 &&
                     after - before <= 1.0 / 50));
  }

  void ask() {
    if (now_ < next_ask_ || asked_ == chances_.asks)
      return;
    ++asked_;
    next_ask_ = now_ + nanoseconds{upto(2 * chances_.ask_every.count())};
    const auto what = static_cast<purpose>(upto(purpose_count - 1));
    const auto older = budget_.waiting();
    const auto number = budget_.ask(what);
    BOOST_REQUIRE(number.has_value() == (older < chances_.options.waiting_max));
    if (number)
      waiting_.emplace(*number, waiter{what, now_, grants_, older});
    if (!waiting_.empty() && chance(chances_.gives_up)) {
      const auto leaves = std::next(waiting_.begin(), upto(static_cast<long>(waiting_.size()) - 1));
      BOOST_REQUIRE(budget_.give_up(leaves->first));
      BOOST_REQUIRE(!budget_.give_up(leaves->first));
      waiting_.erase(leaves);
    }
  }

  // A restart, at once or later: nothing is remembered of what was granted.
  void crash() {
    now_ += nanoseconds{chance(0.5) ? 0 : upto(3 * chances_.ask_every.count())};
    budget_ = budget{chances_.options, now_};
    waiting_.clear();
    in_flight_.clear();
    closed_until_ = {};
    next_ask_ = std::max(next_ask_, now_);
  }

  void check_every_window() const {
    const auto& options = chances_.options;
    const auto window = nanoseconds{options.window}.count();
    for (std::size_t last = 0; last < times_.size(); ++last) {
      for (std::size_t first = 0; first <= last; ++first) {
        const auto over_burst = static_cast<std::int64_t>(last - first + 1) - options.burst;
        const auto length = (times_[last] - times_[first]).count();
        // requests <= burst + count / window x length, without a division
        if (over_burst * window > options.count * length)
          BOOST_FAIL("over the budget in the window between grants " << first << " and " << last);
      }
    }
  }

  bool chance(double of) { return std::uniform_real_distribution{}(random_) < of; }

  long upto(long most) { return std::uniform_int_distribution<long>{0, most}(random_); }

  std::mt19937_64 random_;
  chances chances_;
  budget budget_;
  clock_point now_ = begin;
  clock_point next_ask_;
  clock_point closed_until_{};
  std::size_t asked_ = 0;
  std::uint64_t grants_ = 0;
  std::map<budget::ticket, waiter> waiting_;
  std::vector<answer> in_flight_;
  std::vector<clock_point> times_;
};

budget_options two_a_second() {
  auto options = budget_options{};
  options.count = 120;
  options.burst = 3;
  options.concurrency = 100;
  return options;
}

std::size_t grant_all(budget& from, clock_point now) {
  std::size_t count = 0;
  while (from.grant(now))
    ++count;
  return count;
}

void ask_often(budget& of, std::size_t times) {
  for (std::size_t at = 0; at < times; ++at)
    BOOST_TEST_REQUIRE(of.ask(purpose::scrub).has_value());
}

constexpr auto fine = feedback{};
constexpr auto too_much = feedback{true, 0ms};

} // namespace

BOOST_AUTO_TEST_SUITE(budget_of_requests)

BOOST_AUTO_TEST_CASE(ten_thousand_random_schedules_keep_every_promise) {
  for (std::uint64_t seed = 1; seed <= 10'000; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      schedule{seed}.run();
    }
  }
}

BOOST_AUTO_TEST_CASE(a_start_has_nothing_to_spend) {
  auto tokens = budget{two_a_second(), begin};
  ask_often(tokens, 10);
  BOOST_TEST(grant_all(tokens, begin) == 0U);
  BOOST_TEST((tokens.next_grant() == begin + 500ms));
  BOOST_TEST(grant_all(tokens, begin + 500ms) == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_saved_up_is_the_burst_however_long_the_pause) {
  auto tokens = budget{two_a_second(), begin};
  const auto later = begin + std::chrono::hours{24 * 365 * 100};
  ask_often(tokens, 10);
  BOOST_TEST(tokens.tokens(later) == 3);
  BOOST_TEST(grant_all(tokens, later) == 3U);
  BOOST_TEST((tokens.next_grant() == later + 500ms));
}

BOOST_AUTO_TEST_CASE(a_pause_that_the_shop_asks_for_holds_for_everybody_and_ends_without_a_burst) {
  auto tokens = budget{two_a_second(), begin};
  const auto full = begin + 10s;
  ask_often(tokens, 10);
  BOOST_TEST_REQUIRE(tokens.grant(full).has_value());
  tokens.finished({true, 600s}, full);
  BOOST_TEST_REQUIRE(tokens.ask(purpose::reader).has_value());
  BOOST_TEST((tokens.next_grant() == full + 600s));
  BOOST_TEST(grant_all(tokens, full + 600s - 1ns) == 0U);
  BOOST_TEST(grant_all(tokens, full + 600s) == 1U);
}

BOOST_AUTO_TEST_CASE(a_pause_ends_after_an_hour_whatever_the_shop_says) {
  auto tokens = budget{two_a_second(), begin};
  ask_often(tokens, 2);
  BOOST_TEST_REQUIRE(tokens.grant(begin + 1s).has_value());
  tokens.finished({true, std::chrono::hours{100'000}}, begin + 1s);
  BOOST_TEST((tokens.next_grant() == begin + 1s + 1h));
}

BOOST_AUTO_TEST_CASE(the_pace_halves_at_once_and_recovers_slowly) {
  auto tokens = budget{two_a_second(), begin};
  auto now = begin;
  tokens.finished(too_much, now);
  BOOST_TEST(tokens.pace() == 0.5);
  ask_often(tokens, 2);
  BOOST_TEST((tokens.next_grant() == begin + 1s));
  for (int at = 0; at < 20; ++at)
    tokens.finished(too_much, now);
  BOOST_TEST(tokens.pace() == 1.0 / 64);
  for (int at = 0; at < 62; ++at)
    tokens.finished(fine, now);
  BOOST_TEST(tokens.pace() < 1);
  for (int at = 0; at < 100; ++at)
    tokens.finished(fine, now);
  BOOST_TEST(tokens.pace() == 1);
}

// A simulated world found it: a shop that had failed and was slow then was asked once in 96 s, for
// as long as it took its answers to count as quick.
BOOST_AUTO_TEST_CASE(a_slow_shop_is_asked_at_an_eighth_of_the_pace_also_after_it_has_failed) {
  auto tokens = budget{two_a_second(), begin};
  for (int at = 0; at < 20; ++at)
    tokens.finished({false, 0ms, 200ms, 1}, begin);
  for (int at = 0; at < 20; ++at)
    tokens.finished(too_much, begin);
  BOOST_TEST(tokens.pace() == 1.0 / 64);
  for (int at = 0; at < 7; ++at)
    tokens.finished({false, 0ms, 30'000ms, 1}, begin);
  BOOST_TEST(tokens.pace() == 1.0 / 8);
  for (int at = 0; at < 3; ++at)
    tokens.finished({false, 0ms, 30'000ms, 1}, begin);
  BOOST_TEST(tokens.pace() == 1.0 / 8);
}

BOOST_AUTO_TEST_CASE(answers_that_take_ever_longer_slow_the_pace_to_an_eighth_and_it_comes_back) {
  auto tokens = budget{two_a_second(), begin};
  const auto answered = [&](std::chrono::milliseconds took, int times, std::uint32_t items = 1) {
    for (int at = 0; at < times; ++at)
      tokens.finished({false, 0ms, took, items}, begin);
  };
  answered(200ms, 20);
  BOOST_TEST(tokens.pace() == 1);
  answered(700ms, 20); // slower, and not yet alarming
  BOOST_TEST(tokens.pace() == 1);
  answered(3'000ms, 5);
  BOOST_TEST(tokens.pace() < 0.8);
  BOOST_TEST(tokens.pace() > 0.5);
  answered(3'000ms, 30);
  BOOST_TEST(tokens.pace() == 1.0 / 8);
  answered(200ms, 5);
  BOOST_TEST(tokens.pace() < 0.25); // back slowly
  answered(200ms, 70);
  BOOST_TEST(tokens.pace() == 1);
}

BOOST_AUTO_TEST_CASE(a_shop_that_is_slower_for_good_gets_its_pace_back) {
  auto tokens = budget{two_a_second(), begin};
  for (int at = 0; at < 20; ++at)
    tokens.finished({false, 0ms, 200ms, 1}, begin);
  int answers = 0;
  double slowest = 1;
  do {
    tokens.finished({false, 0ms, 2'000ms, 1}, begin);
    slowest = std::min(slowest, tokens.pace());
  } while (++answers < 1'000 && (answers < 20 || tokens.pace() < 1));
  BOOST_TEST(slowest == 1.0 / 8);
  BOOST_TEST(answers > 100);
  BOOST_TEST(answers < 500);
}

BOOST_AUTO_TEST_CASE(many_products_may_take_longer_and_a_quick_shop_may_waver) {
  auto tokens = budget{two_a_second(), begin};
  for (int at = 0; at < 50; ++at) {
    tokens.finished({false, 0ms, 105ms, 1}, begin);
    tokens.finished({false, 0ms, 2'600ms, 100}, begin); // a page with all fields
  }
  BOOST_TEST(tokens.pace() == 1);
  for (int at = 0; at < 50; ++at) {
    tokens.finished({false, 0ms, 2ms, 1}, begin);
    tokens.finished({false, 0ms, 450ms, 1}, begin);
  }
  BOOST_TEST(tokens.pace() == 1);
}

// A simulated world found it: the shop was taken for slow, and asked at an eighth of the pace.
BOOST_AUTO_TEST_CASE(a_clock_that_was_set_forward_makes_no_answer_slow) {
  static auto now = ankkor::stock::moment{};
  auto options = shop_options{};
  options.request_timeout = 30s;
  options.now = [] { return now; };
  auto caller = shop_caller{options, {"reader", "failing", "working"}};
  const auto sent = ankkor::stock::moment{1h};
  const auto took = [&](auto time) {
    now = sent + time;
    return caller.succeeded(sent, 1, true).took;
  };
  BOOST_TEST((took(1'500us) == 2ms));
  BOOST_TEST((took(30s) == 30s));
  BOOST_TEST((took(2h) == 0ms));
}

BOOST_AUTO_TEST_CASE(the_urgent_go_first_and_every_eighth_grant_goes_to_the_oldest) {
  auto options = two_a_second();
  options.burst = 100;
  auto tokens = budget{options, begin};
  const auto oldest = tokens.ask(purpose::housekeeping);
  for (int at = 0; at < 30; ++at)
    BOOST_TEST_REQUIRE(tokens.ask(purpose::reader).has_value());
  const auto later = begin + 1h;
  for (int at = 0; at < 7; ++at)
    BOOST_TEST((tokens.grant(later) != oldest));
  BOOST_TEST((tokens.grant(later) == oldest));
}

BOOST_AUTO_TEST_CASE(who_is_too_many_is_refused_until_one_gives_up) {
  auto options = two_a_second();
  options.waiting_max = 2;
  auto tokens = budget{options, begin};
  const auto first = tokens.ask(purpose::scrub);
  BOOST_TEST(tokens.ask(purpose::scrub).has_value());
  BOOST_TEST(!tokens.ask(purpose::reader));
  BOOST_TEST(tokens.give_up(first.value()));
  BOOST_TEST(tokens.ask(purpose::reader).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

// The open loop's plan: when requests are due, whatever became of those before.
#include "bench/load/schedule.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace ankkor;
using namespace std::chrono_literals;

constexpr auto begin = load::schedule::time{} + 5s;

} // namespace

BOOST_AUTO_TEST_CASE(requests_are_due_at_their_rate_from_the_beginning) {
  auto plan = load::schedule{begin, begin + 1s, 4};
  for (const auto due : {begin, begin + 250ms, begin + 500ms, begin + 750ms}) {
    BOOST_TEST((plan.next() == due));
    BOOST_TEST(!plan.take(due - 1ns));
    BOOST_TEST((plan.take(due) == due));
  }
  BOOST_TEST(!plan.next());
  BOOST_TEST(!plan.take(begin + 1h));
  BOOST_TEST(plan.taken() == 4U);
}

BOOST_AUTO_TEST_CASE(what_is_late_keeps_the_time_it_was_meant_for) {
  auto plan = load::schedule{begin, begin + 1s, 1'000};
  // A stall of 300 ms: 301 are due at once, each with its own intended time.
  const auto now = begin + 300ms;
  for (int at = 0; at <= 300; ++at) {
    const auto intended = plan.take(now);
    BOOST_REQUIRE(intended);
    BOOST_TEST((now - *intended == 300ms - at * 1ms));
  }
  BOOST_TEST(!plan.take(now));
}

BOOST_AUTO_TEST_CASE(a_rate_that_divides_no_second_does_not_drift) {
  auto plan = load::schedule{begin, begin + 1h, 3'333};
  std::uint64_t sent = 0;
  while (plan.take(begin + 1h))
    ++sent;
  // One more or less, for the last one's rounding.
  BOOST_TEST(sent >= 3'333U * 3'600U);
  BOOST_TEST(sent <= 3'333U * 3'600U + 1U);
}

// Time does not go back, whatever is done to this machine's clock.
#include "base/clock.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace std::chrono_literals;

namespace {

// The two clocks of a machine.
struct machine {
  forward_clock clock;
  forward_clock::utc wall{1'000'000h};
  forward_clock::steady uptime{5min};

  void pass(std::chrono::microseconds time) {
    wall += time;
    uptime += time;
  }

  forward_clock::utc now() { return clock.read(wall, uptime); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(clock_that_goes_forward)

BOOST_AUTO_TEST_CASE(it_is_this_machines_clock) {
  auto here = machine{};
  BOOST_TEST((here.now() == here.wall));
  here.pass(90min);
  BOOST_TEST((here.now() == here.wall));
}

BOOST_AUTO_TEST_CASE(set_back_it_goes_on_from_where_it_was) {
  auto here = machine{};
  const auto begun = here.now();
  here.wall -= 2h;
  BOOST_TEST((here.now() == begun));
  here.pass(1s);
  BOOST_TEST((here.now() == begun + 1s));
  here.wall += 1h; // still behind
  here.pass(1s);
  BOOST_TEST((here.now() == begun + 2s));
}

BOOST_AUTO_TEST_CASE(set_forward_it_follows) {
  auto here = machine{};
  const auto begun = here.now();
  here.wall += 2h;
  BOOST_TEST((here.now() == begun + 2h));
  here.wall -= 1h;
  BOOST_TEST((here.now() == begun + 2h));
}

BOOST_AUTO_TEST_CASE(the_process_s_own_does_not_go_back) {
  auto last = wall_clock();
  for (int round = 0; round < 10'000; ++round) {
    const auto now = wall_clock();
    BOOST_REQUIRE((now >= last));
    last = now;
  }
  const auto wall = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  BOOST_TEST((wall_clock() >= wall - 1s));
}

BOOST_AUTO_TEST_SUITE_END()

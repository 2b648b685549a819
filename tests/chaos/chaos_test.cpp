// Real processes under random faults. How long: ANKKOR_CHAOS_SECONDS, 20 by default; from which
// seed: ANKKOR_CHAOS_SEED. A seed gives the same faults in the same order; when they meet what is
// the machine's affair, so a failing run's story is printed. scripts/chaos runs it for minutes.
#include "run.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>

using namespace ankkor::chaos;

namespace {

unsigned number_from(const char* name, unsigned fallback) {
  const auto* const text = std::getenv(name);
  return text == nullptr ? fallback : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

} // namespace

BOOST_AUTO_TEST_SUITE(chaos)

BOOST_AUTO_TEST_CASE(whatever_is_broken_every_promise_is_kept) {
  using clock = std::chrono::steady_clock;
  constexpr std::array kinds{storage::sqlite, storage::sqlite_with_mirror, storage::redis};
  const auto end = clock::now() + std::chrono::seconds{number_from("ANKKOR_CHAOS_SECONDS", 20)};
  auto seed = number_from("ANKKOR_CHAOS_SEED", 1);
  std::size_t runs = 0;
  // Each kind at least once.
  for (; runs < kinds.size() || clock::now() < end; ++runs, ++seed) {
    auto options = run_options{};
    options.seed = seed;
    options.where = kinds[seed % kinds.size()];
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now());
    options.lasts =
      std::clamp(left / 3, std::chrono::milliseconds{3'000}, std::chrono::milliseconds{15'000});
    auto one = run{options};
    const auto broken = one.live();
    BOOST_TEST_MESSAGE(one.story());
    BOOST_TEST_REQUIRE(broken.empty(), one.story());
  }
}

BOOST_AUTO_TEST_SUITE_END()

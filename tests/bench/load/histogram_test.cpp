// The generator's histogram: what its quantiles promise, against the sorted values themselves.
#include "bench/load/histogram.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <random>

namespace {

using namespace ankkor;
using std::chrono::nanoseconds;

// The least value that `share` of the sorted ones don't exceed.
nanoseconds exact(const std::vector<std::int64_t>& sorted, double share) {
  const auto rank = std::max<double>(1, std::ceil(share * static_cast<double>(sorted.size())));
  return nanoseconds{sorted[static_cast<std::size_t>(rank) - 1]};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_histogram_of_nothing_says_zero) {
  const auto empty = load::histogram{};
  BOOST_TEST(empty.count() == 0U);
  BOOST_TEST(empty.quantile(0.99).count() == 0);
  BOOST_TEST(empty.max().count() == 0);
  BOOST_TEST(empty.mean().count() == 0);
}

BOOST_AUTO_TEST_CASE(small_values_are_told_exactly) {
  auto times = load::histogram{};
  for (std::int64_t value = 0; value < 256; ++value)
    times.add(nanoseconds{value});
  for (std::int64_t value = 0; value < 256; ++value)
    BOOST_TEST(times.quantile(static_cast<double>(value + 1) / 256).count() == value);
}

BOOST_AUTO_TEST_CASE(a_quantile_is_never_below_the_true_one_and_at_most_a_128th_above) {
  auto random = std::mt19937_64{7};
  // From tens of nanoseconds to minutes.
  auto exponents = std::uniform_real_distribution<double>{1, 11};
  auto times = load::histogram{};
  auto values = std::vector<std::int64_t>{};
  for (int at = 0; at < 20'000; ++at) {
    values.push_back(static_cast<std::int64_t>(std::pow(10.0, exponents(random))));
    times.add(nanoseconds{values.back()});
  }
  std::sort(values.begin(), values.end());
  for (const auto share : load::shown_quantiles) {
    const auto right = exact(values, share);
    const auto told = times.quantile(share);
    BOOST_TEST(told.count() >= right.count());
    BOOST_TEST(static_cast<double>(told.count()) <=
               static_cast<double>(right.count()) * (1 + 1.0 / 128));
  }
  BOOST_TEST(times.quantile(1).count() == values.back());
  BOOST_TEST(times.max().count() == values.back());
}

BOOST_AUTO_TEST_CASE(the_greatest_value_there_is_has_a_bucket) {
  auto times = load::histogram{};
  times.add(nanoseconds::max());
  times.add(nanoseconds{-5});
  BOOST_TEST(times.quantile(1).count() == nanoseconds::max().count());
  BOOST_TEST(times.quantile(0.5).count() == 0);
}

BOOST_AUTO_TEST_CASE(merged_histograms_are_one_of_all_values) {
  auto random = std::mt19937_64{3};
  auto values = std::uniform_int_distribution<std::int64_t>{0, 50'000'000};
  auto one = load::histogram{};
  auto other = load::histogram{};
  auto both = load::histogram{};
  for (int at = 0; at < 5'000; ++at) {
    const auto value = nanoseconds{values(random)};
    (at % 3 == 0 ? one : other).add(value);
    both.add(value);
  }
  one.merge(other);
  BOOST_TEST(one.count() == both.count());
  BOOST_TEST(one.max().count() == both.max().count());
  BOOST_TEST(std::abs((one.mean() - both.mean()).count()) <= 1);
  for (const auto share : load::shown_quantiles)
    BOOST_TEST(one.quantile(share).count() == both.quantile(share).count());
}

// What kinds of deliveries a load is made of.
#include "bench/load/mix.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace {

using namespace ankkor;
using load::delivery_kind;

std::map<delivery_kind, int> count(load::mix_shares shares, int draws) {
  auto kinds = load::mix{shares, 5};
  auto counted = std::map<delivery_kind, int>{};
  for (int at = 0; at < draws; ++at)
    ++counted[kinds.next()];
  return counted;
}

} // namespace

BOOST_AUTO_TEST_CASE(without_shares_all_are_fresh) {
  BOOST_TEST(count({}, 1'000)[delivery_kind::fresh] == 1'000);
}

BOOST_AUTO_TEST_CASE(a_share_of_one_leaves_no_other) {
  BOOST_TEST(count({0, 0, 1}, 1'000)[delivery_kind::forged] == 1'000);
}

BOOST_AUTO_TEST_CASE(shares_come_out_as_they_were_given) {
  auto counted = count({0.1, 0.2, 0.05}, 100'000);
  // Four standard deviations of the widest.
  BOOST_TEST(std::abs(counted[delivery_kind::duplicate] - 10'000) < 500);
  BOOST_TEST(std::abs(counted[delivery_kind::stale] - 20'000) < 500);
  BOOST_TEST(std::abs(counted[delivery_kind::forged] - 5'000) < 500);
}

BOOST_AUTO_TEST_CASE(one_seed_gives_one_row_of_kinds) {
  auto one = load::mix{{0.3, 0.3, 0.3}, 9};
  auto same = load::mix{{0.3, 0.3, 0.3}, 9};
  auto other = load::mix{{0.3, 0.3, 0.3}, 10};
  int different = 0;
  for (int at = 0; at < 200; ++at) {
    const auto kind = one.next();
    BOOST_TEST((kind == same.next()));
    different += kind == other.next() ? 0 : 1;
  }
  BOOST_TEST(different > 0);
}

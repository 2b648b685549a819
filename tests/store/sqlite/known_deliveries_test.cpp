// Which deliveries are known, by mark and row: the table alone, and under the store.
#include "place.hpp"
#include "store/sqlite/known_deliveries.hpp"
#include "store/sqlite/store.hpp"
#include "suite.hpp"

#include <cstring>
#include <map>
#include <random>

namespace ankkor::store::testing {

namespace {

bool has(const known_deliveries& all, std::uint32_t mark, std::int64_t row) {
  return all.contains(mark, [&](std::int64_t found) { return found == row; });
}

// Another delivery with the same mark.
delivery twin_of(const delivery& of, std::string delivery_id) {
  const keyed_hash hash;
  std::uint64_t digest = 0;
  std::memcpy(&digest, of.body_digest.data(), sizeof digest);
  digest ^= hash(of.delivery_id) ^ hash(delivery_id);
  auto twin = of;
  twin.delivery_id = std::move(delivery_id);
  std::memcpy(twin.body_digest.data(), &digest, sizeof digest);
  return twin;
}

} // namespace

BOOST_AUTO_TEST_SUITE(deliveries_that_are_known)

BOOST_AUTO_TEST_CASE(nothing_is_known_at_first) {
  known_deliveries all;
  BOOST_TEST(!has(all, 1, 1));
  all.remove(1, 1);
  BOOST_TEST(all.size() == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_added_is_known_until_it_is_removed) {
  std::mt19937 random{20'261'126};
  known_deliveries all;
  std::multimap<std::uint32_t, std::int64_t> truth;
  // Begins below 2^32 and ends above, where only the lower halves of the rows begin anew.
  std::int64_t row = (std::int64_t{1} << 32) - 3'000;
  for (int round = 0; round < 20'000; ++round) {
    // Few marks, so that many are the same and lie beside each other.
    const auto spread = round % 2 == 0 ? random() : random() % 64 << 24U;
    const auto mark = static_cast<std::uint32_t>(spread) | 1U;
    if (random() % 3 != 0 || truth.empty()) {
      all.add(mark, ++row);
      truth.emplace(mark, row);
    } else {
      auto gone = truth.lower_bound(mark);
      if (gone == truth.end())
        gone = truth.begin();
      all.remove(gone->first, gone->second);
      BOOST_REQUIRE(!has(all, gone->first, gone->second));
      truth.erase(gone);
    }
    BOOST_REQUIRE(all.size() == truth.size());
  }
  for (const auto& [mark, known] : truth)
    BOOST_REQUIRE(has(all, mark, known));
  BOOST_TEST(!has(all, truth.begin()->first, row + 1));
  for (const auto& [mark, known] : truth)
    all.remove(mark, known);
  BOOST_TEST(all.size() == 0U);
  BOOST_TEST(!has(all, truth.begin()->first, truth.begin()->second));
}

BOOST_AUTO_TEST_CASE(deliveries_that_share_a_mark_are_told_apart) {
  const directory where;
  auto opened = need(open_sqlite(where.path(), {}));
  entry first;
  first.delivery = make_delivery(1);
  entry second;
  second.delivery = twin_of(*first.delivery, "another");
  entry third;
  third.delivery = twin_of(*first.delivery, "a third");
  BOOST_REQUIRE(mark_of(first.delivery->delivery_id, first.delivery->body_digest) ==
                mark_of(second.delivery->delivery_id, second.delivery->body_digest));
  using enum commit_outcome;
  BOOST_TEST((commit(*opened, std::array{first, second, first, second}) ==
              std::vector{committed, committed, duplicate, duplicate}));
  opened.reset();
  opened = need(open_sqlite(where.path(), {}));
  BOOST_TEST((commit(*opened, std::array{second, third, first}) ==
              std::vector{duplicate, committed, duplicate}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ankkor::store::testing

// What readers see of what was published, and the table that it is kept in.
#include "actors/change/view.hpp"
#include "examples.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <thread>

namespace stock = ankkor::stock;
using namespace ankkor::actors;
using namespace ankkor::actors::testing;

namespace {

stock::product some_product(stock::product_id id, std::uint64_t version, std::int64_t quantity) {
  auto held = stock::product{};
  held.id = id;
  held.version = version;
  held.self = stock::record{some_item(id, quantity, 0), {start_of_time, start_of_time}};
  return held;
}

} // namespace

BOOST_AUTO_TEST_SUITE(flat_tables)

BOOST_AUTO_TEST_CASE(a_table_holds_what_was_added_and_not_removed) {
  auto random = std::mt19937{34};
  auto table = ankkor::flat_table<std::uint64_t>{};
  auto model = std::map<std::uint64_t, std::uint64_t>{};
  for (int turn = 0; turn < 50'000; ++turn) {
    // Close together, as a shard's IDs are; more added than removed at first.
    const auto number = std::uint64_t{1} + random() % 2'000 * 64;
    const bool adds = random() % 100 < (turn < 20'000 ? 70U : 40U);
    if (!adds) {
      table.remove(number);
      model.erase(number);
    } else if (model.emplace(number, static_cast<std::uint64_t>(turn)).second) {
      table.add(number, static_cast<std::uint64_t>(turn));
    }
    const auto probe = std::uint64_t{1} + random() % 2'000 * 64;
    const auto* found = table.find(probe);
    const auto expected = model.find(probe);
    BOOST_TEST_REQUIRE((found == nullptr) == (expected == model.end()));
    if (found != nullptr)
      BOOST_TEST_REQUIRE(*found == expected->second);
    BOOST_TEST_REQUIRE(table.size() == model.size());
  }
  auto all = std::map<std::uint64_t, std::uint64_t>{};
  table.for_each([&](std::uint64_t number, std::uint64_t value) { all.emplace(number, value); });
  BOOST_TEST((all == model));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(views)

BOOST_AUTO_TEST_CASE(a_reader_is_never_shown_what_was_replaced) {
  auto committed = view{};
  for (std::uint64_t version = 1; version <= 3; ++version) {
    const auto held = some_product(34, version, static_cast<std::int64_t>(version));
    committed.publish(held);
    for (int again = 0; again < 3; ++again) { // the third finds it rendered
      const auto found = committed.find(34);
      BOOST_TEST_REQUIRE(found);
      BOOST_TEST((found->held == held));
      BOOST_TEST(found->stock_json->find("\"version\":\"" + std::to_string(version) + "\"") !=
                 std::string::npos);
    }
    BOOST_TEST((committed.held(34) == held));
    BOOST_TEST(committed.version(34) == version);
  }
}

BOOST_AUTO_TEST_CASE(what_was_read_twice_is_not_rendered_again) {
  auto committed = view{};
  committed.publish(some_product(34, 1, 5));
  const auto first = committed.find(34);
  const auto second = committed.find(34);
  BOOST_TEST((second != first));
  BOOST_TEST((committed.find(34) == second));
  committed.publish(some_product(35, 2, 5));
  BOOST_TEST((committed.find(34) == second));
}

BOOST_AUTO_TEST_CASE(a_reader_of_everything_takes_no_place_from_what_is_read_often) {
  constexpr stock::product_id places = 65'536; // so far apart they share one
  auto committed = view{};
  for (stock::product_id id = 34; id < 20 * places; id += places)
    committed.publish(some_product(id, id, 5));
  BOOST_TEST(committed.find(34));
  const auto kept = committed.find(34);
  for (stock::product_id id = 34 + places; id < 20 * places; id += places)
    BOOST_TEST_REQUIRE(committed.find(id)->held.id == id);
  BOOST_TEST((committed.find(34) == kept));
  // Read twice, another takes it.
  BOOST_TEST((committed.find(34 + places) != committed.find(34 + places)));
  BOOST_TEST((committed.find(34) != kept));
}

// More than are kept unpacked: they share places, and none is taken for another.
BOOST_AUTO_TEST_CASE(every_one_of_many_products_is_found_as_it_is) {
  constexpr stock::product_id count = 100'000;
  auto committed = view{};
  for (stock::product_id id = 1; id <= count; ++id)
    committed.publish(some_product(id, id, static_cast<std::int64_t>(id)));
  for (int round = 0; round < 3; ++round) {
    for (stock::product_id id = 1; id <= count; id += 7) {
      BOOST_TEST_REQUIRE(committed.find(id));
      const auto found = committed.find(id);
      BOOST_TEST_REQUIRE(found);
      BOOST_TEST_REQUIRE(found->held.id == id);
      BOOST_TEST_REQUIRE(found->held.version == id);
    }
  }
  BOOST_TEST(!committed.find(count + 1));
  BOOST_TEST(!committed.held(count + 1));
  BOOST_TEST(committed.version(count + 1) == 0U);
  BOOST_TEST(committed.products() == count);
  auto ids = committed.ids();
  std::sort(ids.begin(), ids.end());
  BOOST_TEST(ids.size() == count);
  BOOST_TEST((std::adjacent_find(ids.begin(), ids.end()) == ids.end()));
}

BOOST_AUTO_TEST_CASE(what_a_shopper_can_have_is_counted_anew_with_each_change) {
  auto committed = view{};
  committed.publish(some_product(34, 1, 5));
  committed.publish(some_product(35, 2, 5));
  BOOST_TEST(committed.products(view::shown::in_stock) == 2U);
  auto gone = some_product(34, 3, 5);
  gone.self->value.status = stock::publication::gone;
  committed.publish(gone);
  BOOST_TEST(committed.products(view::shown::in_stock) == 1U);
  BOOST_TEST(committed.products(view::shown::hidden) == 1U);
  BOOST_TEST(committed.products() == 2U);
  BOOST_TEST(!committed.find(34)->stock_json);
}

// A generator of load may give all of its products one slug.
BOOST_AUTO_TEST_CASE(one_slug_may_be_that_of_many_products) {
  constexpr stock::product_id count = 200;
  auto committed = view{};
  const auto publish = [&](stock::product_id id, std::uint64_t version, const char* slug) {
    auto held = some_product(id, version, 5);
    held.self->value.slug = slug;
    committed.publish(held);
  };
  for (stock::product_id id = 1; id <= count; ++id)
    publish(id, id, "tea");
  BOOST_TEST(committed.find_slug("tea")->held.id == count); // the one that changed last
  // Each leaves it: the first, the last, and those between.
  for (stock::product_id step = 0; step < count; ++step) {
    const auto id = step * 77 % count + 1;
    publish(id, count + 1 + step, "coffee");
    BOOST_TEST(committed.find_slug("coffee")->held.id == id);
    const auto left = committed.find_slug("tea");
    BOOST_TEST_REQUIRE((left == nullptr) == (step + 1 == count));
    if (left)
      BOOST_TEST(left->held.self->value.slug == "tea");
  }
}

// What a reader has unpacked while something newer was published must not stay for the next one.
BOOST_AUTO_TEST_CASE(readers_beside_a_writer_see_no_version_go_back) {
  constexpr std::uint64_t versions = 20'000;
  auto committed = view{};
  committed.publish(some_product(34, 1, 1));
  auto readers = std::vector<std::thread>{};
  auto backwards = std::atomic<int>{0};
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      for (std::uint64_t seen = 0; seen < versions;) {
        const auto version = committed.find(34)->held.version;
        if (version < seen)
          ++backwards;
        seen = version;
      }
    });
  }
  for (std::uint64_t version = 2; version <= versions; ++version) {
    committed.publish(some_product(34, version, 1));
    if (committed.find(34)->held.version != version)
      ++backwards;
  }
  for (auto& reader : readers)
    reader.join();
  BOOST_TEST(backwards == 0);
}

BOOST_AUTO_TEST_SUITE_END()

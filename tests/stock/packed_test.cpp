// A packed product is the product, whatever is in it.
#include "examples.hpp"
#include "simulated_item.hpp"
#include "stock/packed.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace ankkor::stock;
using namespace ankkor::stock::testing;

namespace {

std::string random_text(dice& random) {
  auto text = std::string(random.one_in(20) ? random.below(1000) : random.below(30), ' ');
  for (auto& byte : text)
    byte = static_cast<char>(random.below(256));
  return text;
}

// Of every size, and both signs.
std::int64_t random_number(dice& random) {
  const auto bits = random.below(~std::uint64_t{0}) >> random.below(64);
  return static_cast<std::int64_t>(random.one_in(2) ? bits : ~bits);
}

quantity random_quantity(dice& random) {
  return random.one_in(2) ? quantity{random_number(random)}
                          : quantity::of_parts(random_number(random));
}

std::vector<std::string> random_texts(dice& random) {
  auto texts = std::vector<std::string>{};
  for (auto left = random.below(4); left > 0; --left)
    texts.push_back(random_text(random));
  return texts;
}

item_details random_details(dice& random) {
  auto made = item_details{};
  made.known = static_cast<std::uint8_t>(random.below(256));
  made.sold_individually = random.one_in(4);
  made.purchasable = !random.one_in(4);
  made.has_password = random.one_in(4);
  made.listed = static_cast<listing>(random.below(4));
  for (auto* amount :
       {&made.low_stock, &made.amounts.minimum, &made.amounts.maximum, &made.amounts.step}) {
    if (random.one_in(4))
      *amount = random_quantity(random);
  }
  made.brands = random_texts(random);
  made.tags = random_texts(random);
  return made;
}

record random_record(dice& random, product_id parent) {
  auto made = record{};
  auto& item = made.value;
  item.id = static_cast<product_id>(random_number(random));
  item.parent = parent;
  item.type = static_cast<product_type>(random.below(6));
  item.status = static_cast<publication>(random.below(8));
  for (auto* text : {&item.slug, &item.name, &item.sku, &item.price.current, &item.price.regular,
                     &item.price.sale})
    *text = random_text(random);
  for (auto left = random.below(4); left > 0; --left)
    item.categories.push_back({random_text(random), random_text(random)});
  for (auto left = random.below(4); left > 0; --left)
    item.variations.push_back(random.below(~std::uint64_t{0}));
  item.stock = {static_cast<stock_management>(random.below(3)), std::nullopt,
                static_cast<stock_status>(random.below(3)),
                static_cast<backorders>(random.below(3))};
  if (random.one_in(2))
    item.stock.quantity = random_quantity(random);
  if (random.one_in(4))
    item.stock.own_status = "preorder";
  item.details = random_details(random);
  item.modified = store_time{std::chrono::seconds{random_number(random)}};
  made.read = {random.one_in(3) ? reading::unknown
                                : moment{std::chrono::microseconds{random_number(random)}},
               moment{std::chrono::microseconds{random_number(random)}}};
  return made;
}

product random_product(dice& random) {
  auto made = product{};
  made.id = static_cast<product_id>(random_number(random));
  made.version = static_cast<std::uint64_t>(random_number(random));
  made.changed = moment{std::chrono::microseconds{random_number(random)}};
  if (!random.one_in(4))
    made.self = random_record(random, 0);
  for (auto left = random.below(5); left > 0; --left)
    made.variations.push_back(random_record(random, made.id));
  return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(packed)

BOOST_AUTO_TEST_CASE(any_product_is_unpacked_as_it_was) {
  auto random = dice{20'261'125};
  for (int round = 0; round < 5'000; ++round) {
    const auto held = random_product(random);
    const auto mark = static_cast<std::uint8_t>(random.below(256));
    const auto packed = packed_product{held, mark};
    BOOST_TEST_REQUIRE((packed.unpack() == held), round);
    BOOST_TEST_REQUIRE(packed.version() == held.version);
    BOOST_TEST_REQUIRE(packed.mark() == mark);
    BOOST_TEST_REQUIRE(packed.slug() == (held.self ? held.self->value.slug : ""));
  }
}

BOOST_AUTO_TEST_CASE(the_least_and_the_greatest_numbers_are_kept) {
  for (const auto number : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-65},
                            std::int64_t{-64}, std::int64_t{-1}, std::int64_t{0}, std::int64_t{63},
                            std::int64_t{64}, std::numeric_limits<std::int64_t>::max()}) {
    auto held = product{};
    held.id = static_cast<product_id>(number);
    held.self = held_as(webhook(simple_item(34, number), 1s));
    held.self->value.modified = store_time{std::chrono::seconds{number}};
    BOOST_TEST((packed_product{held, 0}.unpack() == held), number);
  }
}

BOOST_AUTO_TEST_SUITE_END()

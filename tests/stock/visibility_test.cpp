// What a change makes visible: the table of contract section 6, and the paths.
#include "examples.hpp"
#include "stock/visibility.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor::stock;
using namespace ankkor::stock::testing;

namespace {

using texts = std::vector<std::string>;
using ids = std::vector<product_id>;

product holding(const item& value, std::chrono::microseconds arrival = 1s) {
  return with_item(product{}, held_as(webhook(value, arrival)));
}

const texts page_tags{"product-34", "product-tea-34"};
const texts all_tags{"category-drinks", "category-tea", "product-34", "product-tea-34"};

visible_change change_of(void (*change)(item&)) {
  auto after_it = simple_item(34, 5, 10s);
  change(after_it);
  return what_changed(holding(simple_item(34, 5)), holding(after_it));
}

item with_status(publication status) {
  auto value = simple_item(34, 5);
  value.status = status;
  return value;
}

// A variable product with two variations that count for themselves.
product family(std::int64_t first, std::int64_t second) {
  auto parent = variable_item(34, {35, 36});
  parent.stock.status =
    first > 0 || second > 0 ? stock_status::in_stock : stock_status::out_of_stock;
  auto held = holding(parent);
  held = with_item(std::move(held), held_as(webhook(variation_item(35, 34, first), 2s)));
  return with_item(std::move(held), held_as(webhook(variation_item(36, 34, second), 2s)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(visibility)

BOOST_AUTO_TEST_CASE(a_quantity_shows_on_the_products_page_and_in_no_listing) {
  const auto found = change_of([](item& i) { i.stock.quantity = 4; });
  BOOST_TEST(found.tags == page_tags);
  BOOST_TEST(found.slugs == texts{"tea-34"});
  BOOST_TEST(found.items == ids{34});
}

BOOST_AUTO_TEST_CASE(what_a_listing_shows_reaches_the_categories) {
  using change = void (*)(item&);
  const std::vector<std::pair<std::string_view, change>> table{
    {"status", [](item& i) { i.stock.status = stock_status::out_of_stock; }},
    {"backorder", [](item& i) { i.stock.status = stock_status::on_backorder; }},
    {"name", [](item& i) { i.name = "Green tea"; }},
    {"price", [](item& i) { i.price.current = "6"; }},
    {"sale", [](item& i) { i.price.sale = ""; }},
    {"type", [](item& i) { i.type = product_type::external; }},
    {"category's name", [](item& i) { i.categories[0].name = "Hot drinks"; }},
  };
  for (const auto& [what, change_it] : table) {
    BOOST_TEST_CONTEXT(what) {
      const auto found = change_of(change_it);
      BOOST_TEST(found.tags == all_tags);
      BOOST_TEST(found.slugs == texts{"tea-34"});
      BOOST_TEST(found.items == ids{34});
    }
  }
}

BOOST_AUTO_TEST_CASE(what_only_the_page_shows_reaches_the_page) {
  BOOST_TEST(change_of([](item& i) { i.sku = "X"; }).tags == page_tags);
  BOOST_TEST(change_of([](item& i) { i.stock.backorder = backorders::notify; }).tags == page_tags);
}

BOOST_AUTO_TEST_CASE(what_nobody_sees_tells_nobody) {
  BOOST_TEST(change_of([](item&) {}).empty()); // a save that moves only the date
  const auto draft = with_status(publication::draft);
  auto edited = draft;
  edited.stock.quantity = 9;
  edited.slug = "other";
  BOOST_TEST((what_changed(holding(draft), holding(edited)) == visible_change{}));
  BOOST_TEST((what_changed(product{}, holding(draft)) == visible_change{}));
  BOOST_TEST((what_changed(holding(draft), holding(gone_item(34))) == visible_change{}));
  BOOST_TEST((what_changed(product{}, product{}) == visible_change{}));
}

BOOST_AUTO_TEST_CASE(a_new_slug_tells_both_pages) {
  const auto found = change_of([](item& i) { i.slug = "green-tea"; });
  BOOST_TEST(found.tags == (texts{"category-drinks", "category-tea", "product-34",
                                  "product-green-tea", "product-tea-34"}));
  BOOST_TEST(found.slugs == (texts{"green-tea", "tea-34"}));
}

BOOST_AUTO_TEST_CASE(a_move_tells_both_categories) {
  const auto found = change_of([](item& i) {
    i.categories = {{"gifts", "Gifts"}, {"tea", "Tea"}};
  });
  BOOST_TEST(found.tags == (texts{"category-drinks", "category-gifts", "category-tea", "product-34",
                                  "product-tea-34"}));
}

BOOST_AUTO_TEST_CASE(appearing_and_going_tell_page_and_listings) {
  const auto shown = holding(simple_item(34, 5));
  for (const auto status : {publication::draft, publication::pending, publication::hidden,
                            publication::scheduled, publication::trashed, publication::other}) {
    const auto hidden = holding(with_status(status));
    for (const auto& found : {what_changed(hidden, shown), what_changed(shown, hidden)}) {
      BOOST_TEST(found.tags == all_tags);
      BOOST_TEST(found.slugs == texts{"tea-34"});
      BOOST_TEST(found.items == ids{34});
    }
  }
  BOOST_TEST(what_changed(product{}, shown).tags == all_tags);
}

BOOST_AUTO_TEST_CASE(what_is_gone_is_told_by_the_slug_and_the_categories_it_had) {
  const auto found = what_changed(holding(simple_item(34, 5)), holding(gone_item(34)));
  BOOST_TEST(found.tags == all_tags);
  BOOST_TEST(found.slugs == texts{"tea-34"});
}

// Recording 043: in the trash the slug is another one, which no page has.
BOOST_AUTO_TEST_CASE(the_slug_of_a_trashed_product_is_told_to_nobody) {
  auto trashed = with_status(publication::trashed);
  trashed.slug = "tea-34__trashed";
  const auto found = what_changed(holding(simple_item(34, 5)), holding(trashed));
  BOOST_TEST(found.slugs == texts{"tea-34"});
}

BOOST_AUTO_TEST_CASE(a_variations_quantity_shows_on_its_parents_page) {
  const auto found = what_changed(family(5, 5), family(4, 5));
  BOOST_TEST(found.tags == page_tags);
  BOOST_TEST(found.slugs == texts{"tea-34"});
  BOOST_TEST(found.items == ids{35});
}

BOOST_AUTO_TEST_CASE(a_variation_that_is_sold_out_alone_reaches_no_listing) {
  BOOST_TEST(what_changed(family(5, 5), family(0, 5)).tags == page_tags);
}

BOOST_AUTO_TEST_CASE(the_last_variation_sold_out_reaches_the_listings) {
  const auto before = family(0, 5);
  const auto last = with_item(before, held_as(webhook(variation_item(36, 34, 0), 3s)));
  const auto found = what_changed(before, last);
  BOOST_TEST(found.tags == all_tags);
  BOOST_TEST(found.items == (ids{34, 36}));
}

// Recording 033: one delivery for the parent, all variations follow.
BOOST_AUTO_TEST_CASE(a_parents_quantity_changes_every_variation_that_follows_it) {
  const auto counting = [](std::int64_t quantity) {
    auto held = family(1, 1);
    held.self->value.stock = simple_item(34, quantity).stock;
    held.variations[0].value.stock = {stock_management::parent, 90, stock_status::in_stock,
                                      backorders::no};
    return held;
  };
  const auto found = what_changed(counting(90), counting(61));
  BOOST_TEST(found.tags == page_tags);
  BOOST_TEST(found.items == (ids{34, 35}));
}

BOOST_AUTO_TEST_CASE(a_variation_that_nobody_sees_tells_nobody) {
  const auto hidden = [](std::int64_t quantity) {
    auto held = family(5, 5);
    held.variations[0].value.stock.quantity = quantity;
    held.variations[0].value.status = publication::hidden;
    return held;
  };
  BOOST_TEST(what_changed(hidden(5), hidden(4)).empty());
  BOOST_TEST(what_changed(family(5, 5), hidden(5)).items == ids{35});
  auto draft = family(5, 5);
  draft.self->value.status = publication::draft;
  auto edited = draft;
  edited.variations[0].value.stock.quantity = 1;
  BOOST_TEST(what_changed(draft, edited).empty());
}

BOOST_AUTO_TEST_CASE(a_variation_without_its_product_is_told_by_the_products_id) {
  const auto first = holding(variation_item(35, 34, 5));
  const auto found = what_changed(product{}, first);
  BOOST_TEST(found.tags == texts{"product-34"});
  BOOST_TEST(found.slugs.empty());
  BOOST_TEST(found.items == ids{35});
  const auto whole = with_item(first, held_as(webhook(variable_item(34, {35}), 3s)));
  BOOST_TEST(what_changed(first, whole).tags == all_tags);
}

BOOST_AUTO_TEST_CASE(items_are_ascending_though_a_product_be_younger_than_its_variation) {
  auto before = holding(variable_item(34, {12}));
  before = with_item(before, held_as(webhook(variation_item(12, 34, 0), 2s)));
  const auto restocked = with_item(before, held_as(webhook(variation_item(12, 34, 5), 3s)));
  BOOST_TEST(what_changed(before, restocked).items == (ids{12, 34}));
}

BOOST_AUTO_TEST_CASE(a_draft_without_a_slug_is_published_under_its_new_one) {
  auto draft = with_status(publication::draft);
  draft.slug.clear();
  BOOST_TEST(what_changed(holding(draft), holding(simple_item(34, 5))).slugs == texts{"tea-34"});
  // A published product may lack a slug for a moment: its ID names it.
  auto nameless = simple_item(34, 5);
  nameless.slug.clear();
  nameless.categories.clear();
  BOOST_TEST(what_changed(product{}, holding(nameless)).tags == texts{"product-34"});
}

BOOST_AUTO_TEST_CASE(paths_are_templates_filled_for_every_slug) {
  const texts templates{"/product/{slug}", "/p/{id}", "/{slug}/{slug}?v={id}", "/all"};
  const texts slugs{"tea", "green-tea"};
  BOOST_TEST(render_paths(templates, 34, slugs) ==
             (texts{"/all", "/green-tea/green-tea?v=34", "/p/34", "/product/green-tea",
                    "/product/tea", "/tea/tea?v=34"}));
  BOOST_TEST(render_paths({}, 34, slugs).empty());
}

BOOST_AUTO_TEST_CASE(a_path_that_needs_no_slug_is_told_without_one) {
  BOOST_TEST(render_paths(texts{"/p/{id}", "/product/{slug}"}, 34, {}) == texts{"/p/34"});
}

// "%7bid%7d" or a slug like "{id}" can't come from WooCommerce; a filled-in value is never filled
// again.
BOOST_AUTO_TEST_CASE(what_was_filled_in_is_not_filled_again) {
  BOOST_TEST(render_paths(texts{"/{slug}"}, 34, texts{"{id}{slug}"}) == texts{"/{id}{slug}"});
}

BOOST_AUTO_TEST_SUITE_END()

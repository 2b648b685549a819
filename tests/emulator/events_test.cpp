// tests/recordings/FACTS.md, section 4, row by row: which operation tells which webhook topics of
// which object, in which order, and whose dates move.
#include "emulator/catalog.hpp"
#include "tests/emulator/emulated_shop.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <ostream>

using namespace ankkor::emulator;
using namespace ankkor::emulator::test;

namespace {

constexpr post_id mug = 20;      // simple, 10 in stock
constexpr post_id lamp = 21;     // simple, 5 in stock
constexpr post_id draft = 22;    // a draft
constexpr post_id shirt = 30;    // variable, counts nothing itself
constexpr post_id shirt_s = 31;  // counts itself, 5
constexpr post_id shirt_m = 32;  // counts itself, 6
constexpr post_id poster = 40;   // variable, counts 90
constexpr post_id poster_a = 41; // its parent counts
constexpr post_id poster_b = 42; // likewise
constexpr post_id page = 77;     // an ordinary page

// A shop some minutes old, which writes down what it fires. The actions on stock, whose webhooks
// nobody can use, are left out.
struct fixture {
  std::vector<std::string> fired;
  catalog shop{[this](const event& what, moment) {
                 if (what.topic.find("set_stock") == std::string_view::npos)
                   fired.push_back(std::string(what.topic) + " " + std::to_string(what.object));
               },
               1};
  moment now = after(std::chrono::minutes(10));

  fixture() {
    simple(mug, 10);
    simple(lamp, 5);
    new_item hidden;
    hidden.id = draft;
    hidden.name = "Draft";
    hidden.status = post_status::draft;
    shop.seed_product(hidden, begin());
    variable(shirt, false, 0);
    variation(shirt, shirt_s, true, 5);
    variation(shirt, shirt_m, true, 6);
    variable(poster, true, 90);
    variation(poster, poster_a, false, 0);
    variation(poster, poster_b, false, 0);
  }

  void simple(post_id id, std::int64_t quantity) {
    new_item made;
    made.id = id;
    made.name = "Product " + std::to_string(id);
    made.regular_price = "5";
    made.manages_stock = true;
    made.quantity = quantity;
    shop.seed_product(made, begin());
  }

  void variable(post_id id, bool counts, std::int64_t quantity) {
    new_item made;
    made.type = kind::variable;
    made.id = id;
    made.name = "Variable " + std::to_string(id);
    made.attribute = "Size";
    made.manages_stock = counts;
    made.quantity = quantity;
    shop.seed_product(made, begin());
  }

  void variation(post_id parent, post_id id, bool counts, std::int64_t quantity) {
    new_item made;
    made.id = id;
    made.option = std::to_string(id);
    made.regular_price = "7";
    made.manages_stock = counts;
    made.quantity = quantity;
    shop.seed_variation(parent, made, begin());
  }

  void quantity(post_id id, std::int64_t to) {
    item_change what;
    what.quantity = to;
    shop.edit(id, what, now);
  }

  post_id order(order_status status, bool storefront, post_id product, post_id variation,
                post_id second = 0) {
    std::vector<order_line> lines(1);
    lines[0].product = product;
    lines[0].variation = variation;
    lines[0].quantity = 2;
    if (second != 0) {
      lines.emplace_back();
      lines[1].product = second;
    }
    return shop.create_order(lines, status, storefront, now);
  }

  // The order's number is what comes next; rows name it "N".
  [[nodiscard]] std::string order_id() const { return std::to_string(shop.highest_id()); }
};

struct row {
  const char* what;
  std::function<void(fixture&)> happens;
  std::vector<std::string> told; // "#" stands for the highest ID when all is done
  std::vector<post_id> dated;    // whose date_modified moves, of those that the shop began with
};

std::ostream& operator<<(std::ostream& to, const row& of) {
  return to << of.what;
}

template <class F>
std::function<void(fixture&)> change(post_id id, F&& set) {
  return [id, set](fixture& in) {
    item_change what;
    set(what);
    in.shop.edit(id, what, in.now);
  };
}

std::vector<row> rows_of_edits() {
  return {
    {"REST stock PUT (008)",
     [](fixture& in) { in.quantity(mug, 77); },
     {"product.updated 20"},
     {mug}},
    {"REST stock PUT of the same value (009)",
     [](fixture& in) { in.quantity(mug, 10); },
     {"product.updated 20"},
     {mug}},
    {"empty PUT (172)", change(mug, [](item_change&) {}), {"product.updated 20"}, {mug}},
    {"name only (010)",
     change(mug, [](item_change& to) { to.name = "New"; }),
     {"product.updated 20"},
     {mug}},
    {"slug only (107)",
     change(mug, [](item_change& to) { to.slug = "new"; }),
     {"product.updated 20"},
     {mug}},
    {"price only (086)",
     change(mug, [](item_change& to) { to.regular_price = "6"; }),
     {"product.updated 20"},
     {mug}},
    {"type only (110)",
     change(mug, [](item_change& to) { to.type = kind::variable; }),
     {"product.updated 20"},
     {mug}},
    {"wc_update_product_stock set (011)",
     [](fixture& in) { in.shop.set_stock(mug, 50, in.now); },
     {"product.updated 20"},
     {mug}},
    {"wc_update_product_stock increase (012)",
     [](fixture& in) { in.shop.adjust_stock(mug, 3, in.now); },
     {"product.updated 20"},
     {mug}},
    {"wc_update_product_stock decrease (013)",
     [](fixture& in) { in.shop.adjust_stock(mug, -4, in.now); },
     {"product.updated 20"},
     {mug}},
    {"raw SQL (100)", [](fixture& in) { in.shop.write_stock_by_sql(mug, 999); }, {}, {}},
    {"category renamed", [](fixture& in) { in.shop.rename_category(15, "Other"); }, {}, {}},
  };
}

std::vector<row> rows_of_orders() {
  return {
    {"order created pending (014, 015)",
     [](fixture& in) { in.order(order_status::pending, false, mug, 0, lamp); },
     {"order.created #", "order.updated #"},
     {}},
    {"order to processing (016-018)",
     [](fixture& in) {
       const auto id = in.order(order_status::pending, false, mug, 0, lamp);
       in.fired.clear();
       in.shop.set_order_status(id, order_status::processing, in.now);
     },
     {"order.updated #", "product.updated 20", "product.updated 21"},
     {mug, lamp}},
    {"order cancelled (019-021)",
     [](fixture& in) {
       const auto id = in.order(order_status::processing, false, mug, 0, lamp);
       in.fired.clear();
       in.shop.set_order_status(id, order_status::cancelled, in.now);
     },
     {"order.updated #", "product.updated 20", "product.updated 21"},
     {mug, lamp}},
    {"order created processing in one request (022-024)",
     [](fixture& in) { in.order(order_status::processing, false, mug, 0); },
     {"order.created #", "order.updated #", "product.updated 20"},
     {mug}},
    {"storefront checkout (163-165)",
     [](fixture& in) { in.order(order_status::processing, true, mug, 0); },
     {"order.updated #", "order.created #", "product.updated 20"},
     {mug}},
    {"refund with restock (025, 026)",
     [](fixture& in) {
       const auto id = in.order(order_status::processing, false, mug, 0);
       in.fired.clear();
       in.shop.refund(id, 0, 1, true, in.now);
       in.fired.back() =
         in.fired.back() == "order.updated " + std::to_string(id) ? "order.updated" : "?";
     },
     {"product.updated 20", "order.updated"},
     {mug}},
  };
}

std::vector<row> rows_of_variations() {
  return {
    {"a variation's own stock by REST (027)",
     [](fixture& in) { in.quantity(shirt_s, 42); },
     {"product.updated 31"},
     {shirt, shirt_s}},
    {"order of a variation with own stock (028-030)",
     [](fixture& in) { in.order(order_status::processing, false, shirt, shirt_m); },
     {"order.created #", "order.updated #", "product.updated 32"},
     {shirt, shirt_m}},
    {"order of a variation with its parent's stock (031-033)",
     [](fixture& in) { in.order(order_status::processing, false, poster, poster_a); },
     {"order.created #", "order.updated #", "product.updated 40"},
     {poster}},
    {"parent stock to 0 with inheriting variations (190)",
     [](fixture& in) { in.quantity(poster, 0); },
     {"product.updated 40"},
     {poster}},
    {"every variation to 0 (037-041)",
     [](fixture& in) {
       in.quantity(shirt_s, 0);
       in.quantity(shirt_m, 0);
     },
     {"product.updated 31", "product.updated 32"},
     {shirt, shirt_s, shirt_m}},
    {"variable parent renamed (035)",
     change(shirt, [](item_change& to) { to.name = "New"; }),
     {"product.updated 30"},
     {shirt}},
    {"variation created (036)",
     [](fixture& in) {
       new_item made;
       made.option = "L";
       in.shop.create_variation(shirt, made, in.now);
     },
     {"product.created #"},
     {shirt}},
    {"variation deleted (219)",
     [](fixture& in) { in.shop.erase(shirt_s, in.now); },
     {"action.woocommerce_delete_product_variation 31"},
     {shirt}},
    {"variation disabled (200)",
     change(shirt_s, [](item_change& to) { to.status = post_status::hidden; }),
     {"product.updated 31"},
     {shirt, shirt_s}},
  };
}

std::vector<row> rows_of_trash() {
  return {
    {"product to trash (042)",
     [](fixture& in) { in.shop.trash(mug, in.now); },
     {"product.deleted 20"},
     {mug}},
    {"variable product to trash (048-053)",
     [](fixture& in) { in.shop.trash(shirt, in.now); },
     {"product.deleted 31", "product.deleted 32", "product.deleted 30"},
     {shirt, shirt_s, shirt_m}},
    {"edited while in the trash (043)",
     [](fixture& in) {
       in.shop.trash(mug, in.now);
       in.fired.clear();
       in.quantity(mug, 9);
     },
     {"product.updated 20"},
     {mug}},
    {"restored (044, 045)",
     [](fixture& in) {
       in.shop.trash(mug, in.now);
       in.fired.clear();
       in.shop.restore(mug, in.now);
     },
     {"product.updated 20", "product.restored 20"},
     {mug}},
    {"variable product restored (054-060)",
     [](fixture& in) {
       in.shop.trash(shirt, in.now);
       in.fired.clear();
       in.shop.restore(shirt, in.now);
     },
     {"product.restored 31", "product.restored 32", "product.updated 30", "product.restored 30"},
     {shirt, shirt_s, shirt_m}},
  };
}

std::vector<row> rows_of_deletions() {
  return {
    {"permanent delete by REST (221, 222)",
     [](fixture& in) { in.shop.erase(mug, in.now); },
     {"action.woocommerce_before_delete_product 20", "action.woocommerce_delete_product 20"},
     {}},
    {"permanent delete of a variable product (220-222)",
     [](fixture& in) { in.shop.erase(shirt, in.now); },
     {"action.woocommerce_delete_product_variation 31",
      "action.woocommerce_delete_product_variation 32",
      "action.woocommerce_before_delete_product 30", "action.woocommerce_delete_product 30"},
     {}},
    {"permanent delete in wp-admin",
     [](fixture& in) { in.shop.erase_in_admin(shirt, in.now); },
     {},
     {}},
    {"an ordinary page trashed (061)",
     [](fixture& in) { in.shop.trash_page(page, in.now); },
     {"product.deleted 77"},
     {}},
    {"an ordinary page restored (062)",
     [](fixture& in) { in.shop.restore_page(page, in.now); },
     {"product.restored 77"},
     {}},
  };
}

std::vector<row> rows_of_creations() {
  return {
    {"created as a draft (104)",
     [](fixture& in) {
       new_item made;
       made.status = post_status::draft;
       in.shop.create_product(made, in.now);
     },
     {"product.created #"},
     {}},
    {"a draft published (168, 169)",
     change(draft, [](item_change& to) { to.status = post_status::publish; }),
     {"product.published 22", "product.updated 22"},
     {draft}},
    {"created published by REST (111)",
     [](fixture& in) { in.shop.create_product({}, in.now); },
     {"product.created #"},
     {}},
    {"new product published in wp-admin (201, 202)",
     [](fixture& in) { in.shop.publish_in_admin({}, in.now); },
     {"product.created #", "product.updated #"},
     {}},
    {"updated in wp-admin within 10 s (203, 204)",
     [](fixture& in) {
       const auto id = in.shop.publish_in_admin({}, in.now);
       in.fired.clear();
       in.shop.update_in_admin(id, {}, in.now + std::chrono::seconds(8));
     },
     {"product.created #", "product.updated #"},
     {}},
    {"updated in wp-admin later (205)",
     [](fixture& in) { in.shop.update_in_admin(mug, {}, in.now); },
     {"product.updated 20"},
     {mug}},
    {"unpublished (109)",
     change(mug, [](item_change& to) { to.status = post_status::draft; }),
     {"product.updated 20"},
     {mug}},
    {"order trashed",
     [](fixture& in) {
       const auto id = in.order(order_status::pending, false, mug, 0);
       in.fired.clear();
       in.shop.trash_order(id, in.now);
     },
     std::vector<std::string>{"order.deleted #"},
     {}},
  };
}

std::vector<row> table() {
  auto all = std::vector<row>{};
  for (auto&& part : {rows_of_edits(), rows_of_orders(), rows_of_variations(), rows_of_trash(),
                      rows_of_deletions(), rows_of_creations()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

} // namespace

BOOST_DATA_TEST_CASE(each_operation_tells_what_the_table_says_and_moves_those_dates,
                     boost::unit_test::data::make(table()), what) {
  fixture in;
  what.happens(in);
  auto expected = what.told;
  for (auto& each : expected) {
    if (each.back() == '#')
      each = each.substr(0, each.size() - 1) + in.order_id();
  }
  BOOST_TEST(in.fired == expected, boost::test_tools::per_element());
  std::vector<post_id> dated;
  for (const auto id : {mug, lamp, draft, shirt, shirt_s, shirt_m, poster, poster_a, poster_b}) {
    const auto* of = in.shop.find(id);
    if (of != nullptr && of->modified != std::chrono::floor<std::chrono::seconds>(begin()))
      dated.push_back(id);
  }
  BOOST_TEST(dated == what.dated, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_variable_product_follows_its_variations_without_a_word, fixture) {
  quantity(shirt_s, 0);
  BOOST_TEST((shop.shown_stock(*shop.find(shirt)).state == stock_state::in_stock));
  quantity(shirt_m, 0);
  BOOST_TEST((shop.shown_stock(*shop.find(shirt)).state == stock_state::out_of_stock));
  shop.adjust_stock(shirt_m, 1, now);
  BOOST_TEST((shop.shown_stock(*shop.find(shirt)).state == stock_state::in_stock));
}

BOOST_FIXTURE_TEST_CASE(an_inheriting_variation_shows_its_parents_numbers, fixture) {
  quantity(poster, 0);
  const auto shown = shop.shown_stock(*shop.find(poster_a));
  BOOST_TEST((shown.managed == managed_by::parent));
  BOOST_TEST(shown.quantity.value_or(-1) == 0);
  BOOST_TEST((shown.state == stock_state::out_of_stock));
}

BOOST_FIXTURE_TEST_CASE(the_stock_status_follows_quantity_and_backorders, fixture) {
  const auto state = [&] { return shop.shown_stock(*shop.find(mug)).state; };
  shop.set_stock(mug, 0, now);
  BOOST_TEST((state() == stock_state::out_of_stock));
  item_change allow;
  allow.backorders = backorder_policy::notify;
  shop.edit(mug, allow, now);
  BOOST_TEST((state() == stock_state::on_backorder));
  shop.adjust_stock(mug, -3, now);
  BOOST_TEST(shop.shown_stock(*shop.find(mug)).quantity.value_or(0) == -3);
  shop.set_stock(mug, 1, now);
  BOOST_TEST((state() == stock_state::in_stock));
}

BOOST_FIXTURE_TEST_CASE(an_order_takes_stock_once_and_a_cancellation_gives_it_back_once, fixture) {
  const auto left = [&] { return shop.shown_stock(*shop.find(mug)).quantity.value_or(-1); };
  const auto id = order(order_status::pending, false, mug, 0);
  BOOST_TEST(left() == 10);
  shop.set_order_status(id, order_status::processing, now);
  shop.set_order_status(id, order_status::completed, now);
  BOOST_TEST(left() == 8);
  shop.refund(id, 0, 1, true, now);
  BOOST_TEST(left() == 9);
  shop.set_order_status(id, order_status::cancelled, now);
  shop.set_order_status(id, order_status::cancelled, now);
  BOOST_TEST(left() == 10);
}

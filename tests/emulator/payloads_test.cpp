// The emulated shop's representations against those that a real one delivered, byte for byte.
#include "emulator/payloads.hpp"
#include "emulator/webhook_queue.hpp"
#include "tests/emulator/emulated_shop.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor::emulator;
using namespace ankkor::emulator::test;

namespace {

std::string repeated(std::string_view what, int times) {
  std::string made;
  for (int i = 0; i < times; ++i)
    made += what;
  return made;
}

struct lab {
  catalog shop{{}, 1};
  site where;

  [[nodiscard]] std::string product(post_id id) const {
    json_writer to;
    write_product(to, shop, where, *shop.find(id));
    return without_related(to.take());
  }

  post_id variable(post_id id, const std::string& number, const std::string& created,
                   const std::string& modified) {
    new_item made;
    made.type = kind::variable;
    made.id = id;
    made.name = "Variable product " + number;
    made.sku = "VAR-" + number;
    made.attribute = "Size";
    made.options = {"S", "M", "L", "XL", "XXL", "Ü-Größe"};
    made.categories = {shop.add_category("Shirts", {}, 16)};
    made.created = at(created);
    made.modified = at(modified);
    return shop.seed_product(made, begin());
  }

  void variation(post_id parent, post_id id, const std::string& option, const std::string& price,
                 bool own, std::int64_t quantity, const std::string& created,
                 const std::string& modified) {
    new_item made;
    made.id = id;
    made.option = option;
    made.sku = shop.find(parent)->sku + "-" + option;
    made.regular_price = price;
    made.manages_stock = own;
    made.quantity = quantity;
    made.created = at(created);
    made.modified = at(modified);
    shop.seed_variation(parent, made, begin());
  }
};

new_item simple_product_5() {
  new_item made;
  made.id = 14;
  made.name = "Simple product 5";
  made.sku = "SIM-005";
  made.regular_price = "6.85";
  made.manages_stock = true;
  made.quantity = 77;
  made.description = "<p>" + repeated("Long text of product 5. ", 10) + "</p>\n";
  made.short_description = "<p>Short text of product 5</p>\n";
  made.categories = {21};
  made.created = at("2026-11-22T16:30:11");
  made.modified = at("2026-11-22T16:36:11");
  return made;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_simple_product_has_the_recorded_bytes) {
  lab made;
  made.shop.add_category("Ελληνικά", {}, 21);
  made.shop.seed_product(simple_product_5(), begin());
  BOOST_TEST(made.product(14) == without_related(recording("008").body));
}

BOOST_AUTO_TEST_CASE(a_variation_has_the_recorded_bytes) {
  lab made;
  made.variable(139, "1", "2026-11-22T16:30:17", "2026-11-22T16:30:17");
  made.variation(139, 140, "S", "10", true, 42, "2026-11-22T16:30:17", "2026-11-22T16:36:51");
  BOOST_TEST(made.product(140) == without_related(recording("027").body));
}

BOOST_AUTO_TEST_CASE(
  a_variable_product_with_its_own_stock_and_its_inheriting_variation_have_the_recorded_bytes) {
  lab made;
  const std::string created = "2026-11-22T16:30:18";
  made.variable(152, "3", created, "2026-11-22T16:37:03");
  made.variation(152, 153, "S", "10", true, 3, created, created);
  made.variation(152, 154, "M", "11", false, 0, created, created);
  made.variation(152, 155, "L", "12", false, 0, created, created);
  made.variation(152, 156, "XL", "13", false, 0, created, created);
  item_change change;
  change.manages_stock = true;
  change.quantity = 90;
  made.shop.edit(152, change, at("2026-11-22T16:37:03"));
  auto expected = without_related(recording("034").body);
  const std::string sold = "\"total_sales\":2";
  expected.replace(expected.find(sold), sold.size(), "\"total_sales\":0");
  BOOST_TEST(made.product(152) == expected);

  item_change price;
  price.regular_price = "31";
  made.shop.edit(154, price, at("2026-11-22T16:55:42"));
  BOOST_TEST(made.product(154) == without_related(recording("189").body));
}

BOOST_AUTO_TEST_CASE(
  a_name_of_other_scripts_a_draft_and_a_backordered_product_have_the_recorded_bytes) {
  lab made;
  made.shop.add_category("日本茶", {}, 22);
  new_item tea;
  tea.id = 122;
  tea.name = "緑茶 抹茶";
  tea.sku = "UNI-2";
  tea.regular_price = "7.77";
  tea.manages_stock = true;
  tea.quantity = 3;
  tea.categories = {22};
  tea.created = at("2026-11-22T16:30:16");
  tea.modified = at("2026-11-22T16:40:04");
  made.shop.seed_product(tea, begin());
  BOOST_TEST(made.product(122) == without_related(recording("117").body));

  new_item draft;
  draft.id = 207;
  draft.name = "Draft then published ✓";
  draft.sku = "DTP-1";
  draft.regular_price = "5";
  draft.status = post_status::draft;
  draft.manages_stock = true;
  draft.quantity = 6;
  draft.created = at("2026-11-22T16:39:38");
  draft.modified = at("2026-11-22T16:39:41");
  made.shop.seed_product(draft, begin());
  BOOST_TEST(made.product(207) == without_related(recording("105").body));
  item_change publish;
  publish.status = post_status::publish;
  made.shop.edit(207, publish, at("2026-11-22T16:39:44"));
  BOOST_TEST(made.product(207) == without_related(recording("106").body));

  new_item late;
  late.id = 115;
  late.name = "Backorder yes 1";
  late.sku = "BO-yes-1";
  late.regular_price = "20";
  late.manages_stock = true;
  late.backorders = backorder_policy::yes;
  late.created = at("2026-11-22T16:30:15");
  made.shop.seed_product(late, begin());
  made.shop.adjust_stock(115, -7, at("2026-11-22T16:40:14"));
  BOOST_TEST(made.product(115) == without_related(recording("120").body));
}

BOOST_AUTO_TEST_CASE(a_product_on_sale_and_back_from_the_trash_has_the_recorded_bytes) {
  lab made;
  made.shop.add_category("日本茶", {}, 22);
  const auto expected = recording("044");
  const auto body = parse_json(expected.body);
  new_item sale;
  sale.id = 29;
  sale.name = "Simple product 20";
  sale.sku = "SIM-020";
  sale.regular_price = "12.40";
  sale.sale_price = "4.99";
  sale.manages_stock = true;
  sale.quantity = 9;
  sale.description = *body->find("description")->string();
  sale.short_description = *body->find("short_description")->string();
  sale.categories = {22};
  sale.created = at("2026-11-22T16:30:11");
  made.shop.seed_product(sale, begin());
  made.shop.trash(29, at("2026-11-22T16:38:25"));
  const auto trashed = parse_json(made.product(29));
  BOOST_TEST(*trashed->find("slug")->string() == "simple-product-20__trashed");
  BOOST_TEST(*trashed->find("status")->string() == "trash");
  BOOST_TEST(trashed->find("meta_data")->items()->size() == 3U);
  made.shop.restore(29, at("2026-11-22T16:38:32"));
  BOOST_TEST(made.product(29) == without_related(expected.body));
}

BOOST_AUTO_TEST_CASE(a_variation_in_a_list_of_variations_has_the_recorded_fields_in_their_order) {
  lab made;
  const std::string created = "2026-11-22T16:30:17";
  made.where.url = "https://127.0.0.1:8088"; // the recorded client claimed TLS
  made.variable(139, "1", created, created);
  made.variation(139, 144, "XXL", "14", true, 21, created, created);
  json_writer to;
  write_variation(to, made.shop, made.where, *made.shop.find(144));
  json_writer expected;
  expected.value(read_json("rest/product-variations.json").find("response")->items()->front());
  BOOST_TEST(to.str() == expected.str());
}

BOOST_AUTO_TEST_CASE(an_order_has_the_recorded_fields_in_their_order) {
  lab made;
  made.shop.seed_product(simple_product_5(), begin());
  made.variable(139, "1", "2026-11-22T16:30:17", "2026-11-22T16:30:17");
  made.variation(139, 141, "M", "11", true, 6, "2026-11-22T16:30:17", "2026-11-22T16:30:17");
  std::vector<order_line> lines(1);
  lines[0].product = 139;
  lines[0].variation = 141;
  lines[0].quantity = 2;
  const auto id =
    made.shop.create_order(lines, order_status::processing, false, at("2026-11-22T16:36:54"));
  json_writer to;
  write_order(to, made.shop, made.where, *made.shop.find_order(id));
  const auto got = parse_json(to.str());
  const auto expected = parse_json(recording("028").body);
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST(keys(*got) == keys(*expected), boost::test_tools::per_element());
  const auto& line = got->find("line_items")->items()->front();
  const auto& recorded_line = expected->find("line_items")->items()->front();
  BOOST_TEST(keys(line) == keys(recorded_line), boost::test_tools::per_element());
  for (const auto* same :
       {"name", "product_id", "variation_id", "quantity", "total", "sku", "price", "parent_name"})
    BOOST_TEST(line.find(same)->as_text().value_or("?") ==
               recorded_line.find(same)->as_text().value_or("?"));
  for (const auto* same : {"status", "total", "date_paid_gmt", "created_via"})
    BOOST_TEST(*got->find(same)->string() == *expected->find(same)->string());
}

BOOST_AUTO_TEST_CASE(every_build_of_a_product_draws_its_related_products_anew) {
  lab made;
  for (int i = 0; i < 50; ++i) {
    new_item each;
    each.name = "Product " + std::to_string(i);
    made.shop.seed_product(each, begin());
  }
  const auto build = [&] {
    json_writer to;
    write_product(to, made.shop, made.where, *made.shop.find(20));
    return to.take();
  };
  const auto first = build();
  bool differs = false;
  for (int i = 0; i < 5; ++i)
    differs = differs || build() != first;
  BOOST_TEST(differs);
}

// net/woocommerce_rest against every recorded delivery, and against bodies that no shop should
// send.
#include "net/woocommerce/payload.hpp"
#include "recordings.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <set>

using namespace ankkor;
using ankkor::testing::recorded_deliveries;
using ankkor::testing::recorded_delivery;
using ankkor::testing::recorded_index;
using net::payload;
using net::topic_kind;

namespace {

// The body at the start of a block that ends with the promised padding, so that AddressSanitizer
// sees a read beyond it. The padding holds what could complete a truncated body, not zeros.
class padded_body {
public:
  explicit padded_body(std::string_view body)
    : size_(body.size()), bytes_(std::make_unique<char[]>(body.size() + padding)) {
    std::copy(body.begin(), body.end(), bytes_.get());
    for (std::size_t at = 0; at != padding; ++at)
      bytes_[size_ + at] = "}]\"0"[at % 4];
  }

  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

private:
  static constexpr std::size_t padding = 64;
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

result<payload> read(topic_kind kind, std::string_view body) {
  static auto reader = net::payload_reader{};
  return reader.read(kind, padded_body{body}.view());
}

template <class Expected>
Expected read_as(topic_kind kind, std::string_view body) {
  auto found = read(kind, body);
  if (!found)
    BOOST_FAIL(found.failure().message);
  if (!std::holds_alternative<Expected>(*found))
    BOOST_FAIL("another kind of payload: " << found->index());
  return std::get<Expected>(*found);
}

stock::item recorded_item(unsigned sequence) {
  const auto& delivery = recorded_delivery(sequence);
  return read_as<stock::item>(net::classify_topic(delivery.topic), delivery.body);
}

bool unusable(topic_kind kind, std::string_view body) {
  const auto found = read(kind, body);
  return !found && found.failure().code == errc::invalid_input && !found.failure().message.empty();
}

// A product with every field that is read, `change` replacing one of them or adding another.
std::string product_body(const std::string& key = {}, const std::string& value = {}) {
  auto fields = std::vector<std::pair<std::string, std::string>>{
    {"id", "14"},
    {"name", "\"Tea\""},
    {"slug", "\"tea\""},
    {"date_modified_gmt", "\"2026-11-22T16:36:11\""},
    {"type", "\"simple\""},
    {"status", "\"publish\""},
    {"sku", "\"T-1\""},
    {"price", "\"7.50\""},
    {"regular_price", "\"8\""},
    {"sale_price", "\"7.50\""},
    {"manage_stock", "true"},
    {"stock_quantity", "5"},
    {"backorders", "\"no\""},
    {"parent_id", "0"},
    {"categories", R"([{"id":2,"name":"Tea","slug":"tea"}])"},
    {"variations", "[]"},
    {"stock_status", "\"instock\""},
  };
  auto body = std::string{"{"};
  bool replaced = key.empty();
  for (const auto& [name, present] : fields) {
    replaced = replaced || name == key;
    body += "\"" + name + "\":" + (name == key ? value : present) + ",";
  }
  if (!replaced)
    body += "\"" + key + "\":" + value + ",";
  body.back() = '}';
  return body;
}

std::string without(const std::string& key) {
  auto body = product_body(key, "\"~\"");
  const auto field = "\"" + key + "\":\"~\"";
  const auto at = body.find(field);
  const bool last = body[at + field.size()] == '}';
  return body.erase(last ? at - 1 : at, field.size() + 1);
}

bool refused(const std::string& key, const std::string& value) {
  return unusable(topic_kind::product, product_body(key, value));
}

stock::item item_with(const std::string& key, const std::string& value) {
  return read_as<stock::item>(topic_kind::product, product_body(key, value));
}

std::optional<stock::quantity> quantity_with(const std::string& value) {
  return item_with("stock_quantity", value).stock.quantity;
}

} // namespace

BOOST_AUTO_TEST_SUITE(recorded_payloads)

BOOST_AUTO_TEST_CASE(pings_are_recognized_and_nothing_else_is_taken_for_one) {
  for (const auto& delivery : recorded_deliveries()) {
    BOOST_TEST_CONTEXT(delivery.file)
    BOOST_TEST(net::is_ping(delivery.header("Content-Type").value(), delivery.body) ==
               delivery.is_ping());
  }
}

BOOST_AUTO_TEST_CASE(every_recorded_topic_has_its_kind) {
  const auto table = std::vector<std::pair<std::string_view, topic_kind>>{
    {"product.updated", topic_kind::product},
    {"product.created", topic_kind::product},
    {"product.restored", topic_kind::product},
    {"product.deleted", topic_kind::product_deleted},
    {"product.published", topic_kind::ignored},
    {"order.created", topic_kind::order},
    {"order.updated", topic_kind::order},
    {"action.woocommerce_delete_product", topic_kind::product_destroyed},
    {"action.woocommerce_delete_product_variation", topic_kind::product_destroyed},
    {"action.woocommerce_before_delete_product", topic_kind::ignored},
    {"action.woocommerce_product_set_stock", topic_kind::ignored},
    {"action.woocommerce_variation_set_stock", topic_kind::ignored},
  };
  auto topics = std::set<std::string_view>{};
  for (const auto& delivery : recorded_deliveries()) {
    if (!delivery.is_ping())
      topics.insert(delivery.topic);
  }
  BOOST_TEST(topics.size() == table.size());
  for (const auto& [topic, kind] : table) {
    BOOST_TEST_CONTEXT(topic) {
      BOOST_TEST(topics.contains(topic));
      BOOST_TEST((net::classify_topic(topic) == kind));
    }
  }
  BOOST_TEST((net::classify_topic("order.deleted") == topic_kind::order));
  BOOST_TEST((net::classify_topic("order.restored") == topic_kind::order));
  for (const auto* other : {"", "product", "product.", "product.updated ", "Product.Updated",
                            "coupon.updated", "customer.created", "action.woocommerce_delete"})
    BOOST_TEST((net::classify_topic(other) == topic_kind::ignored));
}

BOOST_AUTO_TEST_CASE(every_recorded_delivery_says_what_the_index_says) {
  std::size_t compared = 0;
  for (std::size_t at = 0; at != recorded_deliveries().size(); ++at) {
    const auto& delivery = recorded_deliveries()[at];
    const auto& row = recorded_index()[at];
    const auto kind = net::classify_topic(delivery.topic);
    BOOST_TEST_CONTEXT(delivery.file) {
      BOOST_TEST_REQUIRE(row.file == delivery.file);
      if (delivery.is_ping() || kind == topic_kind::ignored)
        continue;
      ++compared;
      if (!delivery.complete) {
        BOOST_TEST(unusable(kind, delivery.body));
        continue;
      }
      if (!row.code.empty()) {
        BOOST_TEST(read_as<net::remote_error>(kind, delivery.body).code == row.code);
        continue;
      }
      switch (kind) {
      case topic_kind::product: {
        const auto item = read_as<stock::item>(kind, delivery.body);
        BOOST_TEST(std::to_string(item.id) == row.id);
        BOOST_TEST(stock::to_string(item.type) == row.type);
        BOOST_TEST(stock::to_string(item.status) == row.status);
        const auto& quantity = item.stock.quantity;
        BOOST_TEST((quantity ? to_string(*quantity) : "None") == row.stock_quantity);
        // The payload is built after the change that it shows, and before it arrives.
        BOOST_TEST((item.modified <= delivery.received));
        BOOST_TEST((item.modified > delivery.received - std::chrono::minutes{10}));
        BOOST_TEST(item.is_variation() == (row.type == "variation"));
        BOOST_TEST(std::is_sorted(item.variations.begin(), item.variations.end()));
        break;
      }
      case topic_kind::product_deleted:
        BOOST_TEST(std::to_string(read_as<net::item_hint>(kind, delivery.body).item) == row.id);
        break;
      case topic_kind::product_destroyed:
        BOOST_TEST(read_as<net::item_hint>(kind, delivery.body).item > 0U);
        break;
      case topic_kind::order:
        BOOST_TEST(std::to_string(read_as<net::order_hint>(kind, delivery.body).order) == row.id);
        break;
      case topic_kind::ignored:
        break;
      }
    }
  }
  BOOST_TEST(compared == 200U);
}

BOOST_AUTO_TEST_CASE(a_product_is_read_field_by_field) {
  const auto item = recorded_item(8);
  BOOST_TEST(item.id == 14U);
  BOOST_TEST(item.parent == 0U);
  BOOST_TEST((item.type == stock::product_type::simple));
  BOOST_TEST((item.status == stock::publication::published));
  BOOST_TEST(item.slug == "simple-product-5");
  BOOST_TEST(item.name == "Simple product 5");
  BOOST_TEST(item.sku == "SIM-005");
  BOOST_TEST(item.price.current == item.price.regular);
  BOOST_TEST(item.price.sale.empty());
  BOOST_TEST(
    (item.stock == stock::stock_level{stock::stock_management::own, 77,
                                      stock::stock_status::in_stock, stock::backorders::no}));
  BOOST_TEST((item.modified == net::parse_gmt("2026-11-22T16:36:11").value()));
}

BOOST_AUTO_TEST_CASE(names_and_slugs_that_are_not_ascii_are_decoded_as_documented) {
  const auto tea = recorded_item(117);
  BOOST_TEST(tea.name == "緑茶 抹茶");
  BOOST_TEST(tea.slug == "%e7%b7%91%e8%8c%b6-%e6%8a%b9%e8%8c%b6");
  BOOST_TEST(
    (tea.categories == std::vector{stock::category{"%e6%97%a5%e6%9c%ac%e8%8c%b6", "日本茶"}}));
  const auto coffee = recorded_item(118);
  BOOST_TEST(coffee.name == "Кофе \"Эспрессо\" & <b>Bold</b>");
  BOOST_TEST(coffee.slug ==
             "%d0%ba%d0%be%d1%84%d0%b5-%d1%8d%d1%81%d0%bf%d1%80%d0%b5%d1%81%d1%81%d0%be-bold");
}

// WordPress stores a category's name escaped and REST gives it so ("K\u00e4se &amp; Wein"), while
// WooGraphQL decodes it (graphql/products-page1-first100-key.json): one category, one name.
BOOST_AUTO_TEST_CASE(a_categorys_name_is_plain_text_as_in_graphql) {
  const auto coffee = recorded_item(118);
  BOOST_TEST((coffee.categories == std::vector{stock::category{"kase-wein", "Käse & Wein"}}));
}

BOOST_AUTO_TEST_CASE(a_fraction_and_a_negative_quantity_are_read) {
  BOOST_TEST(recorded_item(119).stock.quantity.value() == 2);
  const auto owed = recorded_item(120).stock;
  BOOST_TEST(
    (owed == stock::stock_level{stock::stock_management::own, -7, stock::stock_status::on_backorder,
                                stock::backorders::yes}));
}

BOOST_AUTO_TEST_CASE(a_variation_whose_parent_counts_says_so) {
  const auto variation = recorded_item(189);
  BOOST_TEST(variation.id == 154U);
  BOOST_TEST(variation.parent == 152U);
  BOOST_TEST((variation.stock.managed == stock::stock_management::parent));
  BOOST_TEST(variation.stock.quantity.value() == 90);
  const auto parent = recorded_item(190);
  BOOST_TEST((parent.variations == std::vector<stock::product_id>{171, 172, 173, 174}));
  BOOST_TEST((parent.stock.managed == stock::stock_management::own));
  BOOST_TEST((parent.stock.status == stock::stock_status::out_of_stock));
}

BOOST_AUTO_TEST_CASE(woocommerces_own_errors_are_told_apart) {
  const auto deleted = read_as<net::remote_error>(topic_kind::product, recorded_delivery(101).body);
  BOOST_TEST(deleted.code == "woocommerce_rest_product_invalid_id");
  BOOST_TEST(deleted.message == "Invalid ID.");
  const auto forbidden =
    read_as<net::remote_error>(topic_kind::product, recorded_delivery(182).body);
  BOOST_TEST(forbidden.code == "woocommerce_rest_cannot_view");
  BOOST_TEST(forbidden.message == "Sorry, you cannot view this resource.");
}

BOOST_AUTO_TEST_CASE(an_order_hints_at_the_products_and_variations_of_its_lines) {
  const auto products = read_as<net::order_hint>(topic_kind::order, recorded_delivery(14).body);
  BOOST_TEST(products.order == 199U);
  BOOST_TEST((products.items == std::vector<stock::product_id>{19, 20}));
  const auto variation = read_as<net::order_hint>(topic_kind::order, recorded_delivery(28).body);
  BOOST_TEST((variation.items == std::vector<stock::product_id>{139, 141}));
}

BOOST_AUTO_TEST_CASE(a_permanent_deletion_names_the_item) {
  BOOST_TEST(
    read_as<net::item_hint>(topic_kind::product_destroyed, recorded_delivery(219).body).item ==
    227U);
  BOOST_TEST(
    read_as<net::item_hint>(topic_kind::product_destroyed, recorded_delivery(222).body).item ==
    226U);
}

BOOST_AUTO_TEST_CASE(a_body_cut_anywhere_is_never_accepted) {
  // A simple product, a variation, one with categories and non-ASCII text, an order, a deletion,
  // a destruction, an error.
  for (const unsigned sequence : {8U, 27U, 118U, 190U, 28U, 42U, 222U, 101U}) {
    const auto& delivery = recorded_delivery(sequence);
    const auto kind = net::classify_topic(delivery.topic);
    BOOST_TEST_REQUIRE(read(kind, delivery.body).ok());
    for (std::size_t size = 0; size != delivery.body.size(); ++size) {
      if (!unusable(kind, delivery.body.substr(0, size)))
        BOOST_ERROR(delivery.file << " was accepted when cut to " << size << " bytes");
    }
  }
}

// Whatever is read, the reader survives and answers the next body right.
BOOST_AUTO_TEST_CASE(damaged_bodies_never_harm_the_reader) {
  auto random = std::mt19937{20261122};
  const auto at_most = [&](std::size_t limit) { return random() % (limit + 1); };
  constexpr std::string_view spice = "{}[]\",:\\0-9.eEtfn \t\n\xff\xc3u";
  for (const unsigned sequence : {8U, 190U, 28U, 101U}) {
    const auto& delivery = recorded_delivery(sequence);
    const auto kind = net::classify_topic(delivery.topic);
    for (int round = 0; round != 3000; ++round) {
      auto body = delivery.body;
      for (auto changes = at_most(3); changes-- != 0;) {
        const auto at = at_most(body.size() - 1);
        switch (at_most(3)) {
        case 0:
          body[at] = spice[at_most(spice.size() - 1)];
          break;
        case 1:
          body.erase(at, 1 + at_most(40));
          break;
        case 2:
          body.insert(at, 1, spice[at_most(spice.size() - 1)]);
          break;
        default:
          body.insert(at, body.substr(at_most(body.size() - 1), at_most(40)));
        }
        body += body.empty() ? "{" : "";
      }
      const auto found = read(kind, body);
      if (found && std::holds_alternative<stock::item>(*found))
        BOOST_TEST(std::get<stock::item>(*found).id != 0U);
    }
    BOOST_TEST(read(kind, delivery.body).ok());
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(strange_payloads)

BOOST_AUTO_TEST_CASE(the_hand_made_product_is_a_good_one) {
  const auto item = read_as<stock::item>(topic_kind::product, product_body());
  BOOST_TEST(item.id == 14U);
  BOOST_TEST(item.price.current == "7.5");
  BOOST_TEST(item.stock.quantity.value() == 5);
  BOOST_TEST((item.categories == std::vector{stock::category{"tea", "Tea"}}));
}

BOOST_AUTO_TEST_CASE(what_is_no_json_object_is_unusable) {
  for (const auto kind : {topic_kind::product, topic_kind::product_deleted,
                          topic_kind::product_destroyed, topic_kind::order}) {
    for (const auto* body : {"",
                             " ",
                             "\n",
                             "null",
                             "true",
                             "14",
                             "\"id\"",
                             "[]",
                             "[{\"id\":14}]",
                             "{}",
                             "{",
                             "}",
                             "{\"id\"}",
                             "{\"id\":}",
                             "{\"id\":14",
                             "{id:14}",
                             "{\"id\":14,}",
                             "webhook_id=2",
                             "<html></html>",
                             "\xef\xbb\xbf",
                             "{\"id\" 14}",
                             "{\"arg\":14",
                             "{'arg':14}"})
      BOOST_TEST(unusable(kind, body), "accepted: " << body);
    BOOST_TEST(unusable(kind, std::string_view{"\0", 1}));
    BOOST_TEST(unusable(kind, std::string(100'000, '[')));
    BOOST_TEST(unusable(kind, std::string(100'000, '{')));
  }
}

BOOST_AUTO_TEST_CASE(an_id_is_a_whole_number_from_one_to_the_largest_of_wordpress) {
  for (const auto* bad : {"0", "-14", "14.0", "14.5", "\"14\"", "null", "true", "[14]",
                          "{\"id\":14}", "9223372036854775808", "18446744073709551616",
                          "99999999999999999999999999", "1e3", "014", "0x14", "+14", "NaN"}) {
    BOOST_TEST(refused("id", bad), "accepted: " << bad);
    const auto hint = [&](std::string key) { return "{\"" + key + "\":" + bad + "}"; };
    BOOST_TEST(unusable(topic_kind::product_deleted, hint("id")), "accepted: " << bad);
    BOOST_TEST(unusable(topic_kind::product_destroyed, hint("arg")), "accepted: " << bad);
    BOOST_TEST(unusable(topic_kind::order, hint("id")), "accepted: " << bad);
  }
  BOOST_TEST(item_with("id", "9223372036854775807").id == 9'223'372'036'854'775'807U);
  BOOST_TEST(item_with("id", " 1 ").id == 1U);
}

BOOST_AUTO_TEST_CASE(a_quantity_is_exact_and_never_invented) {
  BOOST_TEST(quantity_with("0").value() == 0);
  BOOST_TEST(quantity_with("-7").value() == -7);
  BOOST_TEST((quantity_with("2.9") == stock::parse_quantity("2.9")));
  BOOST_TEST((quantity_with("-0.125") == stock::parse_quantity("-0.125")));
  BOOST_TEST(quantity_with("3e2").value() == 300);
  for (const auto* endless : {"9223372036854775807", "9223372036854775808", "1e300", "1e400"})
    BOOST_TEST(quantity_with(endless).value() == stock::quantity::whole_max);
  for (const auto* bad : {"\"5\"", "true", "[]", "{}", "\"\"", "5 5", "5a", "--5", "."})
    BOOST_TEST(refused("stock_quantity", bad), "accepted: " << bad);
}

// WooGraphQL gives null for a managed 0 (facts, section 6), and WooCommerce treats a managed
// quantity that was never set as none left: one state, one value.
BOOST_AUTO_TEST_CASE(a_managed_quantity_of_null_is_zero_and_an_unmanaged_one_is_absent) {
  BOOST_TEST((quantity_with("null") == std::optional<stock::quantity>{0}));
  BOOST_TEST(!item_with("manage_stock", "false").stock.quantity.has_value());
}

BOOST_AUTO_TEST_CASE(null_fields_of_text_are_empty) {
  for (const auto* key : {"name", "slug", "sku", "price", "regular_price", "sale_price"})
    BOOST_TEST(read(topic_kind::product, product_body(key, "null")).ok(), key);
  BOOST_TEST(item_with("sku", "null").sku.empty());
  BOOST_TEST(item_with("price", "null").price.current.empty());
  for (const auto* key : {"name", "slug", "sku", "type", "status"}) {
    BOOST_TEST(refused(key, "5"), key);
    BOOST_TEST(refused(key, "{}"), key);
    BOOST_TEST(refused(key, "[\"a\"]"), key);
  }
}

BOOST_AUTO_TEST_CASE(prices_may_be_numbers) {
  BOOST_TEST(item_with("price", "7.50").price.current == "7.5");
  BOOST_TEST(item_with("regular_price", "7").price.regular == "7");
  BOOST_TEST(item_with("sale_price", "0.10 ").price.sale == "0.1");
  BOOST_TEST(refused("price", "true"));
  BOOST_TEST(refused("price", "[]"));
}

BOOST_AUTO_TEST_CASE(a_product_without_what_its_stock_needs_is_unusable) {
  for (const auto* key : {"id", "type", "status", "date_modified_gmt", "manage_stock",
                          "stock_quantity", "stock_status"})
    BOOST_TEST(unusable(topic_kind::product, without(key)), "accepted without " << key);
  BOOST_TEST(read(topic_kind::product, without("sku")).ok());
  BOOST_TEST(refused("manage_stock", "null"));
  BOOST_TEST(refused("manage_stock", "\"yes\""));
  BOOST_TEST(refused("manage_stock", "1"));
  BOOST_TEST(refused("stock_status", "null"));
  BOOST_TEST(refused("stock_status", "\"\""));
  BOOST_TEST(refused("backorders", "\"maybe\""));
  BOOST_TEST(refused("status", "null"));
}

BOOST_AUTO_TEST_CASE(unknown_types_and_statuses_of_plugins_are_kept_apart) {
  BOOST_TEST((item_with("type", "\"subscription\"").type == stock::product_type::other));
  BOOST_TEST((item_with("status", "\"wc-archived\"").status == stock::publication::other));
  BOOST_TEST((item_with("status", "\"gone\"").status != stock::publication::gone));
}

BOOST_AUTO_TEST_CASE(a_parent_belongs_to_a_variation_and_to_nothing_else) {
  BOOST_TEST(refused("type", "\"variation\"")); // parent_id 0
  BOOST_TEST(item_with("parent_id", "9").parent == 0U);
  auto variation = product_body("type", "\"variation\"");
  const auto at = variation.find("\"parent_id\":0");
  BOOST_TEST_REQUIRE(at != std::string::npos);
  const auto with_parent = [&](const std::string& id) {
    return std::string{variation}.replace(at, 13, "\"parent_id\":" + id);
  };
  BOOST_TEST(read_as<stock::item>(topic_kind::product, with_parent("9")).parent == 9U);
  for (const auto* bad : {"14", "-1", "null", "\"9\"", "9.5", "9223372036854775808"})
    BOOST_TEST(unusable(topic_kind::product, with_parent(bad)), "accepted: " << bad);
}

BOOST_AUTO_TEST_CASE(of_a_doubled_key_the_last_counts_for_all_its_kinds) {
  BOOST_TEST(item_with("extra", "1,\"stock_quantity\":9").stock.quantity.value() == 9);
  BOOST_TEST(item_with("extra", "1,\"id\":15").id == 15U);
  BOOST_TEST(unusable(topic_kind::product, product_body("extra", "1,\"id\":\"x\"")));
  const auto unmanaged = item_with("extra", "1,\"manage_stock\":false");
  BOOST_TEST(!unmanaged.stock.quantity.has_value());
  const auto categories = item_with("extra", R"(1,"categories":[{"slug":"b"},{"slug":"a"}])");
  BOOST_TEST(
    (categories.categories == std::vector{stock::category{"a", ""}, stock::category{"b", ""}}));
}

BOOST_AUTO_TEST_CASE(lists_are_sorted_and_what_is_no_id_in_them_is_left_out) {
  BOOST_TEST((item_with("variations", "[9,3,3,0,-1,\"7\",null,5]").variations ==
              std::vector<stock::product_id>{3, 5, 9}));
  BOOST_TEST(refused("variations", "5"));
  BOOST_TEST(refused("categories", "{}"));
  BOOST_TEST(refused("categories", "[5]"));
  BOOST_TEST(
    (item_with("categories", R"([{"slug":"b","name":"x"},{"name":"y","slug":"a"}])").categories ==
     std::vector{stock::category{"a", "y"}, stock::category{"b", "x"}}));
}

BOOST_AUTO_TEST_CASE(fields_that_are_not_read_may_hold_anything_however_deep) {
  const auto deep = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  BOOST_TEST(item_with("meta_data", deep(1000)).id == 14U);
  BOOST_TEST(item_with("meta_data", R"([{"id":1,"key":"id","value":{"id":99}}])").id == 14U);
  BOOST_TEST(item_with("image", "null").id == 14U);
  // Deeper than any parser should follow: usable or not, but never a crash.
  const auto found = read(topic_kind::product, product_body("meta_data", deep(1'000'000)));
  BOOST_TEST((!found.ok() || std::get<stock::item>(*found).id == 14U));
  BOOST_TEST(read(topic_kind::product, product_body()).ok());
}

BOOST_AUTO_TEST_CASE(bytes_after_the_object_are_unusable) {
  for (const auto* more : {"x", "{}", "}", "]", ",", "0", "\"", "null", "{\"id\":15}"}) {
    BOOST_TEST(unusable(topic_kind::product, product_body() + more), "accepted: " << more);
    BOOST_TEST(unusable(topic_kind::product_deleted, std::string{"{\"id\":14}"} + more));
    BOOST_TEST(unusable(topic_kind::order, std::string{"{\"id\":14}"} + more));
    BOOST_TEST(unusable(topic_kind::product, std::string{"{\"code\":\"a\"}"} + more));
  }
  BOOST_TEST(unusable(topic_kind::product, product_body() + '\0'));
  BOOST_TEST(read(topic_kind::product, product_body() + " \r\n\t").ok());
  BOOST_TEST(read(topic_kind::product, " \r\n\t" + product_body()).ok());
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_unusable) {
  for (const auto* bad : {"\"\xff\"", "\"\xc3\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"",
                          "\"\xf4\x90\x80\x80\"", "\"\\ud800\"", "\"\\x41\"", "\"\\u12\""})
    BOOST_TEST(refused("name", bad), "accepted: " << bad);
  BOOST_TEST(item_with("name", "\"\\ud83c\\udf75\"").name == "🍵");
  BOOST_TEST(item_with("name", "\"a\\u0000b\"").name == std::string("a\0b", 3));
}

BOOST_AUTO_TEST_CASE(a_grouped_product_has_no_price_of_its_own) {
  BOOST_TEST((item_with("type", "\"grouped\"").price == stock::prices{}));
  BOOST_TEST(item_with("type", "\"external\"").price.current == "7.5");
}

BOOST_AUTO_TEST_CASE(names_are_decoded_once) {
  BOOST_TEST(item_with("name", "\"Tea &amp; Cake\"").name == "Tea & Cake");
  BOOST_TEST(item_with("name", "\"&amp;lt;\"").name == "&lt;");
  BOOST_TEST(item_with("name", "\"&lt;b&gt; &quot;x&quot; it&#039;s &#39;y\"").name ==
             "<b> \"x\" it's 'y");
  for (const auto* plain : {"&", "&;", "a & b; c", "&amp", "&nosuch;", "&AMP;", "&&", "&#;"})
    BOOST_TEST(item_with("name", std::string{"\""} + plain + "\"").name == plain);
}

BOOST_AUTO_TEST_CASE(a_date_must_be_one) {
  for (const auto* bad :
       {"null", "\"\"", "5", "\"2026-11-22\"", "\"2026-11-22 16:36:11\"",
        "\"2026-11-22T16:36:11Z\"", "\"2026-13-01T00:00:00\"", "\"2026-02-29T00:00:00\"",
        "\"2026-00-10T00:00:00\"", "\"2026-01-00T00:00:00\"", "\"2026-01-01T24:00:00\"",
        "\"2026-01-01T00:60:00\"", "\"2026-01-01T00:00:60\"", "\"-001-01-01T00:00:00\"",
        "\"2026-1--1T00:00:00\"", "\"2026-01-01T+1:00:00\"", "\" 026-01-01T00:00:00\""})
    BOOST_TEST(refused("date_modified_gmt", bad), "accepted: " << bad);
  using namespace std::chrono;
  BOOST_TEST((net::parse_gmt("1970-01-01T00:00:01") == stock::store_time{seconds{1}}));
  BOOST_TEST((net::parse_gmt("2024-02-29T23:59:59") ==
              stock::store_time{sys_days{year{2024} / February / 29} + hours{23} + minutes{59} +
                                seconds{59}}));
  BOOST_TEST(net::parse_gmt("9999-12-31T23:59:59").has_value());
}

BOOST_AUTO_TEST_CASE(an_error_needs_only_its_code) {
  BOOST_TEST(read_as<net::remote_error>(topic_kind::product, "{\"code\":\"x\"}").code == "x");
  BOOST_TEST(read_as<net::remote_error>(topic_kind::order,
                                        R"({"message":"m","code":"x","data":{"status":404}})")
               .message == "m");
  BOOST_TEST(read_as<net::remote_error>(topic_kind::product_deleted, "{\"code\":\"x\"}").code ==
             "x");
  BOOST_TEST(unusable(topic_kind::product, "{\"code\":5}"));
  BOOST_TEST(unusable(topic_kind::product, "{\"message\":\"m\"}"));
  // A product with a field of that name is a product all the same.
  BOOST_TEST(item_with("code", "\"x\"").id == 14U);
}

BOOST_AUTO_TEST_CASE(an_orders_lines_may_be_missing_or_name_deleted_products) {
  const auto order = [](const std::string& lines) {
    return read_as<net::order_hint>(topic_kind::order, "{\"id\":7,\"line_items\":" + lines + "}")
      .items;
  };
  using ids = std::vector<stock::product_id>;
  BOOST_TEST((read_as<net::order_hint>(topic_kind::order, "{\"id\":7}").items.empty()));
  BOOST_TEST(order("[]").empty());
  BOOST_TEST((order(R"([{"product_id":0,"variation_id":0},{"product_id":null}])").empty()));
  BOOST_TEST((order(R"([{"variation_id":5,"product_id":9},{"product_id":2},{"product_id":9}])") ==
              ids{2, 5, 9}));
  BOOST_TEST(unusable(topic_kind::order, R"({"id":7,"line_items":{}})"));
  BOOST_TEST(unusable(topic_kind::order, R"({"id":7,"line_items":[5]})"));
}

BOOST_AUTO_TEST_CASE(a_ping_is_its_form_and_nothing_else) {
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  BOOST_TEST(net::is_ping(form, "webhook_id=2"));
  BOOST_TEST(net::is_ping("Application/X-WWW-Form-Urlencoded; charset=UTF-8", "webhook_id=12345"));
  for (const auto* body : {"", "webhook_id=", "webhook_id=x", "webhook_id=2&a=b", "webhook_id=2\n",
                           " webhook_id=2", "webhook_id=-2", "webhook_id=2 ", "WEBHOOK_ID=2",
                           "a=b&webhook_id=2", "webhook_id=123456789012345678901"})
    BOOST_TEST(!net::is_ping(form, body), "accepted: " << body);
  for (const auto* type : {"", "application/json", "application/x-www-form-urlencodedx",
                           "application/x-www-form", ";"})
    BOOST_TEST(!net::is_ping(type, "webhook_id=2"), "accepted: " << type);
}

BOOST_AUTO_TEST_CASE(a_reader_that_was_moved_still_reads) {
  auto first = net::payload_reader{};
  const auto body = padded_body{product_body()};
  BOOST_TEST(first.read(topic_kind::product, body.view()).ok());
  auto second = std::move(first);
  BOOST_TEST(second.read(topic_kind::product, body.view()).ok());
}

BOOST_AUTO_TEST_SUITE_END()

#include "net/woocommerce/payload.hpp"

#include "net/woocommerce/html_entities.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace ankkor::net {

namespace {

namespace json = simdjson::ondemand;

// The largest ID that WordPress can give: its column is a BIGINT that PHP reads as a signed number.
constexpr std::uint64_t id_max = 9'223'372'036'854'775'807ULL;

error unusable(std::string reason) {
  return {errc::invalid_input, std::move(reason),
          "Look at the webhook's log in WooCommerce > Status > Logs."};
}

// Thrown inside this file only: On-Demand reports a malformed document wherever it is met.
struct malformed {
  std::string reason;
};

std::optional<std::uint64_t> read_id(json::value value) {
  std::uint64_t id = 0;
  if (value.get_uint64().get(id) == simdjson::SUCCESS && id > 0 && id <= id_max)
    return id;
  return std::nullopt;
}

// Plugins write null for "", as WooGraphQL does. A view into what the parser holds until it reads
// the next document.
std::string_view read_text(json::value value, std::string_view key) {
  if (value.is_null())
    return {};
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS)
    throw malformed{"its field \"" + std::string{key} + "\" is no text"};
  return text;
}

// A decimal string; some plugins write a number.
std::string read_price(json::value value, std::string_view key) {
  json::json_type type{};
  if (value.type().get(type) == simdjson::SUCCESS && type == json::json_type::number) {
    const auto token = value.raw_json_token();
    return stock::canonical_price(token.substr(0, token.find_last_not_of(" \t\r\n") + 1));
  }
  return stock::canonical_price(read_text(value, key));
}

std::optional<stock::quantity> read_quantity(json::value value) {
  if (value.is_null())
    return std::nullopt;
  json::json_type type{};
  if (value.type().get(type) == simdjson::SUCCESS && type == json::json_type::number) {
    const auto token = value.raw_json_token();
    if (const auto read =
          stock::parse_quantity(token.substr(0, token.find_last_not_of(" \t\r\n") + 1)))
      return read;
  }
  throw malformed{"its stock_quantity is no number"};
}

// true, false or the string "parent" (recording 189).
stock::stock_management read_management(json::value value) {
  bool flag = false;
  if (value.get_bool().get(flag) == simdjson::SUCCESS)
    return flag ? stock::stock_management::own : stock::stock_management::none;
  if (read_text(value, "manage_stock") == "parent")
    return stock::stock_management::parent;
  throw malformed{"its manage_stock is neither true, false nor \"parent\""};
}

std::vector<stock::category> read_categories(json::value value) {
  auto categories = std::vector<stock::category>{};
  for (json::object entry : value.get_array()) {
    auto next = stock::category{};
    for (auto field : entry) {
      const std::string_view key = field.unescaped_key();
      if (key == "slug")
        next.slug = stock::canonical_slug(read_text(field.value(), key));
      else if (key == "name")
        next.name = decode_entities(read_text(field.value(), key));
    }
    categories.push_back(std::move(next));
  }
  std::sort(categories.begin(), categories.end(),
            [](const auto& a, const auto& b) { return a.slug < b.slug; });
  return categories;
}

std::vector<stock::product_id> read_ids(json::value value) {
  auto ids = std::vector<stock::product_id>{};
  for (json::value element : value.get_array()) {
    if (const auto id = read_id(element))
      ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

remote_error read_remote_error(json::object object) {
  auto found = remote_error{};
  for (auto field : object) {
    const std::string_view key = field.unescaped_key();
    if (key == "code")
      found.code = read_text(field.value(), key);
    else if (key == "message")
      found.message = read_text(field.value(), key);
  }
  return found;
}

struct item_fields {
  stock::item value;
  bool has_code = false;
  bool has_type = false;
  bool has_status = false;
  bool has_modified = false;
  bool has_management = false;
  bool has_quantity = false;
  bool has_stock_status = false;

  // The first field that is missing of those without which the stock would be a guess (a product
  // without a status is not a published one); "" if they are all there.
  [[nodiscard]] std::string_view missing() const {
    const std::array<std::pair<bool, std::string_view>, 6> needed{{
      {has_type, "type"},
      {has_status, "status"},
      {has_modified, "date_modified_gmt"},
      {has_management, "manage_stock"},
      {has_quantity, "stock_quantity"},
      {has_stock_status, "stock_status"},
    }};
    for (const auto& [present, name] : needed) {
      if (!present)
        return name;
    }
    return {};
  }
};

void read_item_field(item_fields& into, std::string_view key, json::value value) {
  auto& item = into.value;
  if (key == "id") {
    item.id = read_id(value).value_or(0);
  } else if (key == "parent_id") {
    // 0 for a product.
    std::uint64_t parent = 0;
    if (value.get_uint64().get(parent) != simdjson::SUCCESS || parent > id_max)
      throw malformed{"its parent_id is no ID"};
    item.parent = parent;
  } else if (key == "name") {
    // WordPress keeps the names of categories, and of what its less trusted users write, escaped
    // for HTML; REST gives them as kept (recording 118), WooGraphQL decoded: one name, one value.
    item.name = decode_entities(read_text(value, key));
  } else if (key == "slug") {
    item.slug = stock::canonical_slug(read_text(value, key));
  } else if (key == "sku") {
    item.sku = read_text(value, key);
  } else if (key == "type") {
    const auto type = read_text(value, key);
    item.type = stock::parse_product_type(type);
    into.has_type = !type.empty();
  } else if (key == "status") {
    const auto status = read_text(value, key);
    item.status = stock::parse_publication(status);
    // The spelling "gone" is ours, for what a read didn't find; here it can only be a plugin's.
    if (item.status == stock::publication::gone)
      item.status = stock::publication::other;
    into.has_status = !status.empty();
  } else if (key == "date_modified_gmt") {
    const auto modified = parse_gmt(read_text(value, key));
    if (!modified)
      throw malformed{"its date_modified_gmt is no date"};
    item.modified = *modified;
    into.has_modified = true;
  } else if (key == "price") {
    item.price.current = read_price(value, key);
  } else if (key == "regular_price") {
    item.price.regular = read_price(value, key);
  } else if (key == "sale_price") {
    item.price.sale = read_price(value, key);
  } else if (key == "manage_stock") {
    item.stock.managed = read_management(value);
    into.has_management = true;
  } else if (key == "stock_quantity") {
    item.stock.quantity = read_quantity(value);
    into.has_quantity = true;
  } else if (key == "stock_status") {
    const auto status = stock::parse_stock_status(read_text(value, key));
    if (!status)
      throw malformed{"its stock_status is unknown"};
    item.stock.status = *status;
    into.has_stock_status = true;
  } else if (key == "backorders") {
    const auto backorders = stock::parse_backorders(read_text(value, key));
    if (!backorders)
      throw malformed{"its backorders setting is unknown"};
    item.stock.backorder = *backorders;
  } else if (key == "categories") {
    item.categories = read_categories(value);
  } else if (key == "variations") {
    item.variations = read_ids(value);
  } else if (key == "code") {
    into.has_code = true;
  }
}

payload read_item(json::document& document) {
  auto fields = item_fields{};
  json::object object = document.get_object();
  for (auto field : object)
    read_item_field(fields, field.unescaped_key(), field.value());
  if (fields.value.id == 0) {
    if (!fields.has_code)
      throw malformed{"it has no usable ID"};
    document.rewind();
    return read_remote_error(document.get_object());
  }
  if (const auto missing = fields.missing(); !missing.empty())
    throw malformed{"it lacks the product's " + std::string{missing}};
  auto& item = fields.value;
  if (item.type == stock::product_type::variation && item.parent == 0)
    throw malformed{"it is a variation without a parent_id"};
  // Grouped and external products may carry a parent_id of their own in old shops; only variations
  // live in a parent.
  if (item.type != stock::product_type::variation)
    item.parent = 0;
  if (item.parent == item.id)
    throw malformed{"it is its own parent"};
  // Nobody pays a grouped product's price, but those of the products in it; WooGraphQL can't give
  // it as a number.
  if (item.type == stock::product_type::grouped)
    item.price = {};
  if (item.stock.managed == stock::stock_management::none)
    item.stock.quantity.reset();
  else if (!item.stock.quantity)
    item.stock.quantity = 0; // never set; WooGraphQL can't tell it from 0 (facts, section 6)
  return std::move(item);
}

payload read_hint(json::document& document, std::string_view wanted_key) {
  auto hint = item_hint{};
  bool has_code = false;
  json::object object = document.get_object();
  for (auto field : object) {
    const std::string_view key = field.unescaped_key();
    if (key == wanted_key)
      hint.item = read_id(field.value()).value_or(0);
    else if (key == "code")
      has_code = true;
  }
  if (hint.item != 0)
    return hint;
  if (!has_code)
    throw malformed{"it has no usable ID"};
  document.rewind();
  return read_remote_error(document.get_object());
}

void read_order_line(order_hint& order, json::object line) {
  for (auto field : line) {
    const std::string_view key = field.unescaped_key();
    if (key != "product_id" && key != "variation_id")
      continue;
    if (const auto id = read_id(field.value()))
      order.items.push_back(*id);
  }
}

payload read_order(json::document& document) {
  auto order = order_hint{};
  bool has_code = false;
  json::object object = document.get_object();
  for (auto field : object) {
    const std::string_view key = field.unescaped_key();
    if (key == "id") {
      order.order = read_id(field.value()).value_or(0);
    } else if (key == "line_items") {
      for (json::object line : field.value().get_array())
        read_order_line(order, line);
    } else if (key == "code") {
      has_code = true;
    }
  }
  if (order.order == 0) {
    if (!has_code)
      throw malformed{"it has no usable ID"};
    document.rewind();
    return read_remote_error(document.get_object());
  }
  std::sort(order.items.begin(), order.items.end());
  order.items.erase(std::unique(order.items.begin(), order.items.end()), order.items.end());
  return order;
}

bool read_digits(std::string_view text, unsigned& into) noexcept {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), into);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size();
}

} // namespace

topic_kind classify_topic(std::string_view topic) noexcept {
  if (topic == "product.updated" || topic == "product.created" || topic == "product.restored")
    return topic_kind::product;
  if (topic == "product.deleted")
    return topic_kind::product_deleted;
  if (topic == "action.woocommerce_delete_product" ||
      topic == "action.woocommerce_delete_product_variation")
    return topic_kind::product_destroyed;
  if (topic == "order.created" || topic == "order.updated" || topic == "order.deleted" ||
      topic == "order.restored")
    return topic_kind::order;
  return topic_kind::ignored;
}

struct payload_reader::implementation {
  json::parser parser;
};

payload_reader::payload_reader() : impl_(std::make_unique<implementation>()) {}

payload_reader::~payload_reader() = default;
payload_reader::payload_reader(payload_reader&&) noexcept = default;
payload_reader& payload_reader::operator=(payload_reader&&) noexcept = default;

result<payload> payload_reader::read(topic_kind kind, std::string_view body) {
  try {
    auto document = json::document{impl_->parser.iterate(simdjson::padded_string_view{
      body.data(), body.size(), body.size() + simdjson::SIMDJSON_PADDING})};
    auto found = [&]() -> payload {
      switch (kind) {
      case topic_kind::product_deleted:
        return read_hint(document, "id");
      case topic_kind::product_destroyed:
        return read_hint(document, "arg");
      case topic_kind::order:
        return read_order(document);
      case topic_kind::product:
      case topic_kind::ignored:
        break;
      }
      return read_item(document);
    }();
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
      return unusable("The delivery's body goes on after its JSON object.");
    return found;
  } catch (const malformed& problem) {
    return unusable("The delivery can't be used: " + problem.reason + ".");
  } catch (const simdjson::simdjson_error& problem) {
    return unusable(std::string{"The delivery's body is not the JSON that was expected ("} +
                    problem.what() + ").");
  }
}

bool is_ping(std::string_view content_type, std::string_view body) noexcept {
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  constexpr std::string_view key = "webhook_id=";
  constexpr std::size_t digits_max = 20;
  const auto type = content_type.substr(0, content_type.find_first_of("; \t"));
  const bool is_form =
    std::equal(type.begin(), type.end(), form.begin(), form.end(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  if (!is_form || !body.starts_with(key))
    return false;
  const auto number = body.substr(key.size());
  return !number.empty() && number.size() <= digits_max &&
         number.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<stock::store_time> parse_gmt(std::string_view text) noexcept {
  using namespace std::chrono;
  constexpr std::size_t size = 19; // 2026-11-22T16:36:11
  if (text.size() != size || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text[13] != ':' || text[16] != ':')
    return std::nullopt;
  unsigned y = 0;
  unsigned mo = 0;
  unsigned d = 0;
  unsigned h = 0;
  unsigned mi = 0;
  unsigned s = 0;
  if (!read_digits(text.substr(0, 4), y) || !read_digits(text.substr(5, 2), mo) ||
      !read_digits(text.substr(8, 2), d) || !read_digits(text.substr(11, 2), h) ||
      !read_digits(text.substr(14, 2), mi) || !read_digits(text.substr(17, 2), s))
    return std::nullopt;
  const auto date = year_month_day{year{static_cast<int>(y)}, month{mo}, day{d}};
  if (!date.ok() || h > 23 || mi > 59 || s > 59)
    return std::nullopt;
  return sys_days{date} + hours{h} + minutes{mi} + seconds{s};
}

} // namespace ankkor::net

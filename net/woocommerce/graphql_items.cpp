#include "net/woocommerce/graphql_items.hpp"

#include "net/woocommerce/html_entities.hpp"
#include "net/woocommerce/payload.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace ankkor::net {

namespace graphql {

namespace {

using std::chrono::seconds;

constexpr std::uint64_t id_max = 9'223'372'036'854'775'807ULL;

std::string lower(std::string_view text) {
  auto out = std::string{text};
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// "2026-11-22T17:45:17", whatever zone follows it.
std::optional<stock::store_time> read_clock(std::string_view text) {
  constexpr std::size_t size = 19;
  return parse_gmt(text.substr(0, size));
}

// The "+01:00" at the end of a date.
std::optional<seconds> read_zone(std::string_view text) {
  constexpr std::size_t clock_size = 19;
  const auto zone = text.substr(std::min(clock_size, text.size()));
  if (zone == "Z")
    return seconds{0};
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':')
    return std::nullopt;
  const auto number = [](std::string_view digits) {
    int value = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  };
  const auto hours = number(zone.substr(1, 2));
  const auto minutes = number(zone.substr(4, 2));
  if (hours < 0 || minutes < 0)
    return std::nullopt;
  const auto offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  return zone[0] == '-' ? -offset : offset;
}

// WordPress leaves the UTC date of some imported posts empty.
stock::store_time read_modified(json::object of) {
  if (const auto modified = read_clock(read_text(of, "modifiedGmt")))
    return *modified;
  const auto local = read_text(of, "modified");
  const auto clock = read_clock(local);
  const auto zone = read_zone(local);
  if (!clock || !zone)
    throw malformed{"it has no date of its last change"};
  return *clock - *zone;
}

std::int64_t read_number(json::element value) {
  std::int64_t whole = 0;
  if (value.get(whole) == simdjson::SUCCESS)
    return whole;
  double fraction = 0;
  constexpr double limit = 9e15;
  if (value.get(fraction) == simdjson::SUCCESS && fraction > -limit && fraction < limit)
    return static_cast<std::int64_t>(fraction);
  throw malformed{"its stockQuantity is no number"};
}

stock::stock_management read_management(json::object of) {
  const auto spelled = read_text(of, "manageStock");
  if (spelled == "TRUE")
    return stock::stock_management::own;
  if (spelled == "PARENT")
    return stock::stock_management::parent;
  if (spelled.empty() || spelled == "FALSE") // null where it is false
    return stock::stock_management::none;
  throw malformed{"its manageStock is unknown"};
}

// null where the quantity is 0 (recording zero-stock-variations).
stock::stock_level read_stock(json::object of) {
  auto level = stock::stock_level{};
  level.managed = read_management(of);
  const auto quantity = member(of, "stockQuantity");
  if (level.managed != stock::stock_management::none)
    level.quantity = quantity ? read_number(*quantity) : 0;
  const auto spelled = read_text(of, "stockStatus");
  if (spelled == "IN_STOCK")
    level.status = stock::stock_status::in_stock;
  else if (spelled == "OUT_OF_STOCK")
    level.status = stock::stock_status::out_of_stock;
  else if (spelled == "ON_BACKORDER")
    level.status = stock::stock_status::on_backorder;
  else
    throw malformed{"its stockStatus is missing or unknown"};
  const auto backorders = lower(read_text(of, "backorders"));
  if (const auto known = stock::parse_backorders(backorders))
    level.backorder = *known;
  else if (!backorders.empty())
    throw malformed{"its backorders setting is unknown"};
  return level;
}

// WooGraphQL gives null for "0" and for none; what has no price is not purchasable.
stock::prices read_prices(json::object of) {
  auto price = stock::prices{stock::canonical_price(read_text(of, "price")),
                             stock::canonical_price(read_text(of, "regularPrice")),
                             stock::canonical_price(read_text(of, "salePrice"))};
  if (price.current.empty() && member_as<bool>(of, "purchasable").value_or(false)) {
    price.current = "0";
    if (price.regular.empty())
      price.regular = "0";
    else if (price.sale.empty())
      price.sale = "0";
  }
  return price;
}

std::optional<double> worth(std::string_view price) {
  double value = 0;
  const auto* end = price.data() + price.size();
  const auto read = std::from_chars(price.data(), end, value);
  return read.ec == std::errc{} && read.ptr == end ? std::optional{value} : std::nullopt;
}

void take_lesser(std::string& least, std::string_view price) {
  const auto candidate = worth(price);
  const auto present = worth(least);
  if (candidate && (!present || *candidate < *present))
    least = price;
}

// "10.00, 11.00, 12.00"
std::string least_of(std::string_view list) {
  auto least = std::string{};
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    auto price = list.substr(0, comma);
    price.remove_prefix(std::min(price.find_first_not_of(' '), price.size()));
    take_lesser(least, stock::canonical_price(price));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return least;
}

// REST gives a variable product the least price of its variations as they are kept; WooGraphQL's
// list has them as the shop displays them, maybe rounded, and with taxes. So a price of the list
// that no variation has isn't taken, and that of the least published variation is.
void settle_price(found_item& product) {
  auto& price = product.value.price.current;
  auto least = std::string{};
  for (const auto& variation : product.variations) {
    if (variation.price.current == price)
      return;
    if (variation.status == stock::publication::published)
      take_lesser(least, variation.price.current);
  }
  if (!least.empty() && product.failed_variations.empty())
    price = least;
}

stock::item read_item(json::object of) {
  auto item = stock::item{};
  item.id = read_id(of).value_or(0);
  if (item.id == 0)
    throw malformed{"it has no usable ID"};
  const auto status = read_text(of, "status");
  if (status.empty())
    throw malformed{"it has no status"};
  item.status = stock::parse_publication(status);
  // The spelling "gone" is ours.
  if (item.status == stock::publication::gone)
    item.status = stock::publication::other;
  item.slug = stock::canonical_slug(read_text(of, "slug"));
  item.name = read_text(of, "name");
  item.sku = read_text(of, "sku");
  item.modified = read_modified(of);
  return item;
}

stock::item read_variation(json::object of, stock::product_id parent) {
  auto item = read_item(of);
  item.type = stock::product_type::variation;
  item.parent = parent;
  if (item.id == parent)
    throw malformed{"it is its own parent"};
  // WooGraphQL decodes the names of products, and those of variations not.
  item.name = decode_entities(item.name);
  item.stock = read_stock(of);
  item.price = read_prices(of);
  return item;
}

std::vector<stock::category> read_categories(json::object of) {
  auto categories = std::vector<stock::category>{};
  const auto connection = member_as<json::object>(of, "productCategories");
  const auto nodes = connection ? member_as<json::array>(*connection, "nodes") : std::nullopt;
  if (!nodes)
    throw malformed{"it lacks its categories"};
  for (const auto node : *nodes) {
    json::object category;
    if (node.get(category) != simdjson::SUCCESS)
      throw malformed{"one of its categories is missing"};
    // Comes decoded, unlike a product's (recording products-page1-first100-anon).
    categories.push_back({stock::canonical_slug(read_text(category, "slug")),
                          std::string{read_text(category, "name")}});
  }
  std::sort(categories.begin(), categories.end(),
            [](const auto& a, const auto& b) { return a.slug < b.slug; });
  return categories;
}

stock::product_type read_type(json::object of) {
  const auto spelled = lower(read_text(of, "type"));
  const auto type = stock::parse_product_type(spelled);
  // A product that says it is a variation would need a parent.
  return type == stock::product_type::variation ? stock::product_type::other : type;
}

stock::item read_product(json::object of) {
  using stock::product_type;
  auto item = read_item(of);
  item.type = read_type(of);
  // External and grouped products have no stock in WooGraphQL; REST says for them what a new
  // stock_level says.
  if (has(of, "stockStatus"))
    item.stock = read_stock(of);
  else if (item.type != product_type::external && item.type != product_type::grouped)
    throw malformed{"it has no stock"};
  // A grouped product's price is that of the products in it: WooGraphQL gives a range as text with
  // a currency, whatever format it is asked for. payload.cpp takes none, either.
  if (item.type == product_type::variable)
    item.price.current = least_of(read_text(of, "price"));
  else if (item.type != product_type::grouped)
    item.price = read_prices(of);
  item.categories = read_categories(of);
  return item;
}

} // namespace

std::optional<stock::product_id> read_id(json::object of) {
  const auto id = member_as<std::uint64_t>(of, "databaseId");
  return id && *id > 0 && *id <= id_max ? id : std::nullopt;
}

std::string_view read_text(json::object of, std::string_view key) {
  const auto found = member(of, key);
  std::string_view text;
  if (found && found->get(text) != simdjson::SUCCESS)
    throw malformed{"its field \"" + std::string{key} + "\" is no text"};
  return text;
}

json::array read_nodes(json::object connection) {
  const auto nodes = member_as<json::array>(connection, "nodes");
  if (!nodes)
    throw malformed{"a list in it has no items"};
  return *nodes;
}

void read_page_info(json::object connection, bool& more, std::string& cursor) {
  const auto info = member_as<json::object>(connection, "pageInfo");
  const auto next = info ? member_as<bool>(*info, "hasNextPage") : std::nullopt;
  if (!next)
    throw malformed{"a list in it doesn't say whether it goes on"};
  more = *next;
  cursor = read_text(*info, "endCursor");
  if (more && cursor.empty())
    throw malformed{"a list in it goes on, but not where"};
}

variations_page read_variations(json::object connection, stock::product_id parent,
                                const std::string& path, const damage& errors) {
  auto page = variations_page{};
  read_page_info(connection, page.more, page.cursor);
  const auto nodes = path + "/nodes";
  std::size_t index = 0;
  for (const auto node : read_nodes(connection)) {
    const auto at = errors.path_of(nodes, index++);
    json::object object;
    const auto id = node.get(object) == simdjson::SUCCESS ? read_id(object) : std::nullopt;
    if (!id) {
      ++page.nameless_failures;
      continue;
    }
    try {
      if (errors.count(at) != 0)
        throw malformed{"the shop could not read it: " + errors.words_of(at)};
      page.variations.push_back(read_variation(object, parent));
    } catch (const malformed&) {
      page.failed.push_back(*id);
    }
  }
  return page;
}

found_item read_found_product(json::object of, const std::string& path, const damage& errors) {
  if (errors.reaches(path))
    throw malformed{"the shop could not read it: " + errors.words_of(path)};
  auto found = found_item{read_product(of), {}, {}, {}};
  const auto connection = member_as<json::object>(of, "variations");
  if (!connection) {
    if (found.value.type == stock::product_type::variable)
      throw malformed{"it lacks its variations"};
    return found;
  }
  auto page = read_variations(*connection, found.value.id, path + "/variations", errors);
  if (page.nameless_failures != 0)
    throw malformed{"the shop could not read one of its variations"};
  add_variations(found, std::move(page));
  return found;
}

std::optional<found_item> read_found_variation(json::object of, const std::string& path,
                                               const damage& errors) {
  if (errors.count(path) != 0)
    throw malformed{"the shop could not read it: " + errors.words_of(path)};
  const auto edge = member_as<json::object>(of, "parent");
  const auto node = edge ? member_as<json::object>(*edge, "node") : std::nullopt;
  if (!node)
    return std::nullopt;
  const auto parent = read_id(*node);
  if (!parent)
    throw malformed{"its product has no usable ID"};
  return found_item{read_variation(of, *parent), {}, {}, {}};
}

void site_clock::look_at(json::object of) {
  const auto utc = member_as<std::string_view>(of, "modifiedGmt");
  const auto local = member_as<std::string_view>(of, "modified");
  const auto in_utc = utc ? read_clock(*utc) : std::nullopt;
  const auto in_local = local ? read_clock(*local) : std::nullopt;
  if (!in_utc || !in_local || (offset_ && *in_utc < newest_))
    return;
  // Some imports write one of the two dates only: that is no time zone.
  const auto offset = *in_local - *in_utc;
  constexpr auto offset_max = std::chrono::hours{14};
  if (offset > offset_max || offset < -offset_max ||
      offset % std::chrono::minutes{15} != seconds{0})
    return;
  newest_ = *in_utc;
  offset_ = offset;
}

void site_clock::look_at_variations(json::object product) {
  const auto connection = member_as<json::object>(product, "variations");
  const auto nodes = connection ? member_as<json::array>(*connection, "nodes") : std::nullopt;
  if (!nodes)
    return;
  for (const auto node : *nodes) {
    json::object object;
    if (node.get(object) == simdjson::SUCCESS)
      look_at(object);
  }
}

} // namespace graphql

void add_variations(found_item& into, variations_page page) {
  auto& listed = into.value.variations;
  for (auto& variation : page.variations) {
    listed.push_back(variation.id);
    into.variations.push_back(std::move(variation));
  }
  for (const auto id : page.failed) {
    listed.push_back(id);
    into.failed_variations.push_back(id);
  }
  const auto by_id = [](const stock::item& a, const stock::item& b) { return a.id < b.id; };
  const auto same_id = [](const stock::item& a, const stock::item& b) { return a.id == b.id; };
  // A page may repeat what an earlier one had; the later reading counts.
  std::reverse(into.variations.begin(), into.variations.end());
  std::stable_sort(into.variations.begin(), into.variations.end(), by_id);
  into.variations.erase(std::unique(into.variations.begin(), into.variations.end(), same_id),
                        into.variations.end());
  std::sort(listed.begin(), listed.end());
  listed.erase(std::unique(listed.begin(), listed.end()), listed.end());
  into.more_variations = page.more ? std::move(page.cursor) : std::string{};
  if (!page.more && into.value.type == stock::product_type::variable)
    graphql::settle_price(into);
}

variations_progress take_variations(found_item& into, variations_page page) {
  if (page.nameless_failures != 0)
    return variations_progress::read_again;
  const auto known = into.value.variations.size();
  add_variations(into, std::move(page));
  if (into.more_variations.empty())
    return variations_progress::complete;
  return into.value.variations.size() == known ? variations_progress::read_again
                                               : variations_progress::more;
}

} // namespace ankkor::net

#include "net/woocommerce/graphql.hpp"

#include "base/text.hpp"
#include "net/woocommerce/html_entities.hpp"
#include "net/woocommerce/payload.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace ankkor::net {

namespace {

namespace json = simdjson::dom;
using std::chrono::seconds;

constexpr std::uint64_t id_max = 9'223'372'036'854'775'807ULL;
constexpr std::string_view internal_error = "Internal server error";

constexpr unsigned status_ok_end = 300;
constexpr unsigned status_redirect_end = 400;
constexpr unsigned status_client_end = 500;

// What a part of an answer lacks to be used. Never leaves this file.
struct malformed {
  std::string reason;
};

std::optional<json::element> member(json::object of, std::string_view key) {
  json::element found;
  if (of.at_key(key).get(found) != simdjson::SUCCESS || found.is_null())
    return std::nullopt;
  return found;
}

template <class T>
std::optional<T> member_as(json::object of, std::string_view key) {
  T value{};
  const auto found = member(of, key);
  if (!found || found->get(value) != simdjson::SUCCESS)
    return std::nullopt;
  return value;
}

bool has(json::object of, std::string_view key) {
  return of.at_key(key).error() == simdjson::SUCCESS;
}

// The shop's own words, fit for a line of a log.
std::string in_short(std::string_view words) {
  constexpr std::size_t bytes_max = 200;
  return quoted(cut_utf8(words, bytes_max));
}

// --- judging -------------------------------------------------------------------------------------

judgement failed(answer_kind kind, errc code, std::string message, std::string mend) {
  auto made = judgement{};
  made.kind = kind;
  made.failure = {kind, {code, std::move(message), std::move(mend)}, std::nullopt};
  return made;
}

judgement not_now(std::string message, std::string mend) {
  return failed(answer_kind::transient, errc::unavailable, std::move(message), std::move(mend));
}

judgement refused(errc code, std::string message, std::string mend) {
  return failed(answer_kind::permanent, code, std::move(message), std::move(mend));
}

std::string numbered(unsigned status) {
  return " (HTTP status " + std::to_string(status) + ")";
}

judgement redirected(const client_response& response) {
  auto to = std::string{"elsewhere"};
  if (const auto location = response.field("location"))
    to = "to " + in_short(location->substr(0, location->find_first_of("?#")));
  return refused(errc::not_found, "The shop's GraphQL address redirects " + to + ".",
                 "Set WOOCOMMERCE_STORE_URL or WOOCOMMERCE_GRAPHQL_URL to the address that answers "
                 "without a redirect.");
}

// An answer that isn't GraphQL's; only here the HTTP status has the word. `words` is "" or what the
// shop says of itself.
judgement judge_by_status(const client_response& response, const std::string& words,
                          std::string_view body) {
  constexpr unsigned too_early = 425;
  const auto status = response.status;
  const auto says = words.empty() ? std::string{"."} : ": " + in_short(words);
  if (status >= status_client_end || status == 408 || status == too_early)
    return not_now("The shop can't answer now" + numbered(status) + says,
                   "ankkor tries again by itself; if it lasts, look at the shop's server.");
  if (status == 429)
    return not_now("The shop's server asks for fewer requests" + numbered(status) + says,
                   "ankkor slows down by itself; if it lasts, lower ANKKOR_GRAPHQL_BUDGET.");
  if (status < status_ok_end && body.empty())
    return not_now("The shop's answer to a GraphQL request was empty.",
                   "Look at the shop's PHP error log.");
  if (status < status_ok_end)
    return not_now(
      "The shop answered a GraphQL request with something that isn't a GraphQL answer, "
      "or with a part of one" +
        says,
      "Look for a plugin or a cache that shows a page of its own, and at the shop's "
      "PHP error log.");
  if (status < status_redirect_end)
    return redirected(response);
  if (status == 404 || status == 410)
    return refused(errc::not_found, "The shop has no GraphQL at this address" + numbered(status),
                   "Activate WPGraphQL and WooGraphQL, or set WOOCOMMERCE_GRAPHQL_URL.");
  return refused(errc::invalid_input,
                 "The shop's server refuses the GraphQL request" + numbered(status) + says,
                 "Let ankkor's requests through: look at firewall and security plugins, and at "
                 "the credentials.");
}

std::string joined_path(json::array path) {
  auto joined = std::string{};
  for (const auto part : path) {
    std::string_view name;
    std::int64_t index = 0;
    if (!joined.empty())
      joined += '/';
    if (part.get(name) == simdjson::SUCCESS)
      joined += name;
    else if (part.get(index) == simdjson::SUCCESS)
      joined += std::to_string(index);
  }
  return joined;
}

std::vector<field_error> read_errors(json::array errors) {
  auto found = std::vector<field_error>{};
  for (const auto entry : errors) {
    auto next = field_error{};
    json::object object;
    if (entry.get(object) == simdjson::SUCCESS) {
      next.message = member_as<std::string_view>(object, "message").value_or("");
      if (const auto path = member_as<json::array>(object, "path"))
        next.path = joined_path(*path);
    }
    found.push_back(std::move(next));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.path < b.path; });
  return found;
}

// Errors and no data: the document was refused (recordings error-*), or all of it broke.
judgement judge_refusal(const client_response& response, const std::vector<field_error>& errors) {
  const auto& words = errors.front().message;
  const bool all_internal = std::all_of(errors.begin(), errors.end(), [](const field_error& each) {
    return each.message == internal_error;
  });
  const auto status = response.status;
  if (all_internal || status == 429 || status > status_client_end)
    return not_now("The shop could not answer a GraphQL request" + numbered(status) + ": " +
                     in_short(words),
                   "ankkor tries again by itself; if it lasts, look at the shop's PHP error log.");
  return refused(errc::invalid_input, "The shop refuses what ankkor asked for: " + in_short(words),
                 "Run ankkor doctor: WooGraphQL is missing, or of a version that ankkor doesn't "
                 "know.");
}

judgement judge_data(std::vector<field_error> errors) {
  auto made = judgement{};
  if (errors.empty())
    return made;
  // Sorted by path: one without a path, which may have damaged anything, comes first.
  if (errors.front().path.empty())
    return not_now("The shop's answer holds an error of an unknown place: " +
                     in_short(errors.front().message),
                   "Look at the shop's PHP error log.");
  made.kind = answer_kind::partial;
  made.errors = std::move(errors);
  return made;
}

judgement judge_object(json::object root, const client_response& response) {
  auto errors = std::vector<field_error>{};
  if (const auto given = member_as<json::array>(root, "errors"))
    errors = read_errors(*given);
  const auto data = member_as<json::object>(root, "data");
  // WordPress's own error has "data", too, and GraphQL's answer no "code" (recording
  // error-maintenance-mode).
  if (has(root, "code"))
    return judge_by_status(response,
                           std::string{member_as<std::string_view>(root, "message").value_or("")},
                           response.body);
  if (data)
    return judge_data(std::move(errors));
  if (!errors.empty())
    return judge_refusal(response, errors);
  return judge_by_status(response, {}, response.body);
}

// --- damage --------------------------------------------------------------------------------------

// Which parts of the data an error has reached.
class damage {
public:
  explicit damage(std::vector<field_error> errors) : errors_(std::move(errors)) {}

  // How many errors there are at this path and below it.
  [[nodiscard]] std::size_t count(const std::string& path) const {
    if (errors_.empty())
      return 0;
    const auto exact = std::equal_range(errors_.begin(), errors_.end(), path, by_path{});
    const auto begin = std::lower_bound(errors_.begin(), errors_.end(), path + '/', by_path{});
    const auto end =
      std::lower_bound(begin, errors_.end(), path + static_cast<char>('/' + 1), by_path{});
    return static_cast<std::size_t>((exact.second - exact.first) + (end - begin));
  }

  // True if an error reached the object at this path, not counting the variations in its list.
  [[nodiscard]] bool reaches(const std::string& path) const {
    return !errors_.empty() && count(path) > count(path + "/variations/nodes");
  }

  // The path of an element of a list; "" if no error could be found there anyway.
  [[nodiscard]] std::string path_of(const std::string& list, std::size_t index) const {
    return errors_.empty() ? std::string{} : list + '/' + std::to_string(index);
  }

  // The first error at exactly this path.
  [[nodiscard]] const field_error* at(const std::string& path) const {
    const auto found = std::lower_bound(errors_.begin(), errors_.end(), path, by_path{});
    return found != errors_.end() && found->path == path ? &*found : nullptr;
  }

  [[nodiscard]] std::string_view first_message() const {
    return errors_.empty() ? std::string_view{} : std::string_view{errors_.front().message};
  }

  // The words of the first error at this path or below it.
  [[nodiscard]] std::string words_of(const std::string& path) const {
    const auto found = std::lower_bound(errors_.begin(), errors_.end(), path, by_path{});
    return in_short(found == errors_.end() ? std::string_view{} : std::string_view{found->message});
  }

private:
  struct by_path {
    bool operator()(const field_error& a, const std::string& b) const { return a.path < b; }

    bool operator()(const std::string& a, const field_error& b) const { return a < b.path; }
  };

  std::vector<field_error> errors_; // sorted by path
};

// --- fields --------------------------------------------------------------------------------------

std::optional<stock::product_id> read_id(json::object of) {
  const auto id = member_as<std::uint64_t>(of, "databaseId");
  return id && *id > 0 && *id <= id_max ? id : std::nullopt;
}

// WooGraphQL writes null for "". The text lives as long as the document.
std::string_view read_text(json::object of, std::string_view key) {
  const auto found = member(of, key);
  std::string_view text;
  if (found && found->get(text) != simdjson::SUCCESS)
    throw malformed{"its field \"" + std::string{key} + "\" is no text"};
  return text;
}

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

// --- connections ---------------------------------------------------------------------------------

json::array read_nodes(json::object connection) {
  const auto nodes = member_as<json::array>(connection, "nodes");
  if (!nodes)
    throw malformed{"a list in it has no items"};
  return *nodes;
}

// A page that says that there are more, and not where, would never end.
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

// A variation by itself; nothing if its product is hidden from us, as it is then hidden as well.
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

// --- the site's clock ----------------------------------------------------------------------------

// Gathers the site's offset from UTC: that of what was modified last.
class site_clock {
public:
  void look_at(json::object of) {
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

  [[nodiscard]] std::optional<seconds> offset() const { return offset_; }

private:
  stock::store_time newest_{};
  std::optional<seconds> offset_;
};

void look_at_variations(site_clock& clock, json::object product) {
  const auto connection = member_as<json::object>(product, "variations");
  const auto nodes = connection ? member_as<json::array>(*connection, "nodes") : std::nullopt;
  if (!nodes)
    return;
  for (const auto node : *nodes) {
    json::object object;
    if (node.get(object) == simdjson::SUCCESS)
      clock.look_at(object);
  }
}

void read_page_node(items_page& page, site_clock& clock, json::element node,
                    const std::string& path, const damage& errors) {
  json::object object;
  const auto id = node.get(object) == simdjson::SUCCESS ? read_id(object) : std::nullopt;
  if (!id) {
    ++page.nameless_failures;
    return;
  }
  clock.look_at(object);
  look_at_variations(clock, object);
  const auto type = member_as<std::string_view>(object, "__typename").value_or("");
  try {
    if (!type.ends_with("Variation"))
      page.items.push_back(read_found_product(object, path, errors));
    else if (auto found = read_found_variation(object, path, errors))
      page.items.push_back(std::move(*found));
  } catch (const malformed&) {
    page.failed.push_back(*id);
  }
}

items_page read_page(json::object data, const std::string& name, const damage& errors,
                     site_clock& clock) {
  const auto connection = member_as<json::object>(data, name);
  if (!connection || errors.count(name) != errors.count(name + "/nodes"))
    throw malformed{"it lacks its list"};
  auto page = items_page{};
  read_page_info(*connection, page.more, page.cursor);
  page.total = member_as<std::uint64_t>(*connection, "found");
  const auto nodes = name + "/nodes";
  std::size_t index = 0;
  for (const auto node : read_nodes(*connection))
    read_page_node(page, clock, node, errors.path_of(nodes, index++), errors);
  return page;
}

// --- items by ID ---------------------------------------------------------------------------------

// What one alias says.
struct sighting {
  item_presence presence = item_presence::failed;
  found_item found;
  std::string reason;
};

sighting not_read(std::string reason) {
  return {item_presence::failed, {}, std::move(reason)};
}

// null without an error is what the shop hides from us; null with an error that says so is what it
// doesn't have. Any other error says nothing about whether the item is there.
template <class SaysMissing>
sighting read_null(const std::string& alias, const damage& errors, SaysMissing says_missing) {
  const auto* error = errors.at(alias);
  if (error == nullptr && errors.count(alias) == 0)
    return {item_presence::absent, {}, {}};
  if (error != nullptr && says_missing(error->message))
    return {item_presence::absent, {}, {}};
  return not_read("the shop could not read it: " + errors.words_of(alias));
}

// What the data has under an alias; if it is null, `says_missing` knows the words for an item that
// the shop doesn't have.
template <class SaysMissing>
sighting look_at(json::object data, const std::string& alias, bool product, const damage& errors,
                 site_clock& clock, SaysMissing says_missing) {
  json::element value;
  if (data.at_key(alias).get(value) != simdjson::SUCCESS)
    return not_read("the shop's answer lacks it");
  if (value.is_null())
    return read_null(alias, errors, says_missing);
  json::object object;
  if (value.get(object) != simdjson::SUCCESS || !read_id(object))
    return not_read("the shop's answer holds something else in its place");
  clock.look_at(object);
  look_at_variations(clock, object);
  try {
    if (product)
      return {item_presence::found, read_found_product(object, alias, errors), {}};
    auto variation = read_found_variation(object, alias, errors);
    if (!variation)
      return {item_presence::absent, {}, {}};
    return {item_presence::found, std::move(*variation), {}};
  } catch (const malformed& problem) {
    return not_read(problem.reason);
  }
}

sighting look_for(json::object data, char prefix, stock::product_id id, const damage& errors,
                  site_clock& clock) {
  const auto digits = std::to_string(id);
  const bool product = prefix == 'p';
  const auto missing = std::string{"No product "} + (product ? "" : "variation ") +
                       "exists with the database_id: " + digits;
  auto seen = look_at(data, prefix + digits, product, errors, clock,
                      [&](const std::string& message) { return message == missing; });
  if (seen.presence == item_presence::found && seen.found.value.id != id)
    return not_read("the shop's answer holds something else in its place");
  return seen;
}

// The shop repeats the slug in its own spelling, so only how its words begin is compared (recording
// product-notfound-sku).
item_answer answer_for_slug(std::size_t at, json::object data, const damage& errors,
                            site_clock& clock) {
  auto seen =
    look_at(data, "s" + std::to_string(at), true, errors, clock, [](std::string_view message) {
      return message.starts_with("No product ID was found corresponding to the slug") ||
             message.starts_with("No product exists with the slug");
    });
  const auto id = seen.found.value.id;
  return {id, seen.presence, std::move(seen.found), std::move(seen.reason)};
}

item_answer answer_for(const wanted_item& wanted, json::object data, const damage& errors,
                       site_clock& clock) {
  auto seen = sighting{item_presence::absent, {}, {}};
  if (wanted.kind != item_kind::variation)
    seen = look_for(data, 'p', wanted.id, errors, clock);
  if (seen.presence != item_presence::found && wanted.kind != item_kind::product) {
    auto as_variation = look_for(data, 'v', wanted.id, errors, clock);
    // It is absent only if it is neither.
    if (as_variation.presence != item_presence::absent)
      seen = std::move(as_variation);
  }
  return {wanted.id, seen.presence, std::move(seen.found), std::move(seen.reason)};
}

graphql_failure unusable(const std::string& reason, const damage& errors) {
  auto message = "The shop's GraphQL answer can't be used: " + reason;
  if (!errors.first_message().empty())
    message += " (" + in_short(errors.first_message()) + ")";
  return {answer_kind::transient,
          {errc::unavailable, message + ".", "Look at the shop's PHP error log."},
          std::nullopt};
}

// In a string of its own; the padding of the original stays behind it.
std::string_view without_byte_order_mark(std::string_view body) {
  // Plugins saved with one put it in front of every answer; RFC 8259 section 8.1 lets us skip it.
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  if (body.starts_with(mark))
    body.remove_prefix(mark.size());
  return body;
}

} // namespace

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
    settle_price(into);
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

std::optional<std::chrono::seconds> pause_asked_for(const client_response& response,
                                                    std::chrono::system_clock::time_point now) {
  constexpr unsigned unavailable = 503;
  constexpr auto maintenance_says = std::chrono::seconds{600};
  constexpr auto maintenance_means = std::chrono::seconds{60};
  const auto asked = response.retry_after(now);
  return response.status == unavailable && asked == maintenance_says ? maintenance_means : asked;
}

graphql_failure judge_silence(const error& failure) {
  const bool hopeless = failure.code == errc::invalid_input;
  return {hopeless ? answer_kind::permanent : answer_kind::transient, failure, std::nullopt};
}

struct graphql_reader::implementation {
  json::parser parser;
  json::object root; // of the answer judged last, if it is an object

  judgement judge(const client_response& response, time_point now) {
    auto made = judge_body(response);
    if (made.kind == answer_kind::transient)
      made.failure.retry_after = pause_asked_for(response, now);
    return made;
  }

  // Judges, and hands the data with its damage to `read`.
  template <class T, class Read>
  graphql_result<T> read(const client_response& response, time_point now, Read reader) {
    auto judged = judge(response, now);
    if (judged.kind != answer_kind::complete && judged.kind != answer_kind::partial)
      return std::move(judged.failure);
    const auto errors = damage{std::move(judged.errors)};
    try {
      return T{reader(member_as<json::object>(root, "data").value(), errors)};
    } catch (const malformed& problem) {
      return unusable(problem.reason, errors);
    }
  }

private:
  judgement judge_body(const client_response& response) {
    const auto body = without_byte_order_mark(response.body);
    json::element parsed;
    if (parser.parse(body.data(), body.size(), false).get(parsed) != simdjson::SUCCESS ||
        parsed.get(root) != simdjson::SUCCESS)
      return judge_by_status(response, {}, body);
    return judge_object(root, response);
  }
};

graphql_reader::graphql_reader() : impl_(std::make_unique<implementation>()) {}

graphql_reader::~graphql_reader() = default;
graphql_reader::graphql_reader(graphql_reader&&) noexcept = default;
graphql_reader& graphql_reader::operator=(graphql_reader&&) noexcept = default;

judgement graphql_reader::judge(const client_response& response, time_point now) {
  return impl_->judge(response, now);
}

graphql_result<items_answer> graphql_reader::items_by_id(std::span<const wanted_item> wanted,
                                                         std::span<const std::string> slugs,
                                                         const client_response& response,
                                                         time_point now) {
  return impl_->read<items_answer>(response, now, [&](json::object data, const damage& errors) {
    auto clock = site_clock{};
    auto answer = items_answer{};
    for (const auto& item : wanted)
      answer.items.push_back(answer_for(item, data, errors, clock));
    for (std::size_t at = 0; at < slugs.size(); ++at)
      answer.by_slug.push_back(answer_for_slug(at, data, errors, clock));
    answer.utc_offset = clock.offset();
    return answer;
  });
}

graphql_result<variations_page> graphql_reader::more_variations(stock::product_id product,
                                                                const client_response& response,
                                                                time_point now) {
  return impl_->read<variations_page>(response, now, [&](json::object data, const damage& errors) {
    const auto path = std::string{"product/variations"};
    if (!has(data, "product"))
      throw malformed{"it lacks product " + std::to_string(product)};
    const auto of = member_as<json::object>(data, "product");
    const auto connection = of ? member_as<json::object>(*of, "variations") : std::nullopt;
    if (connection && !errors.reaches("product"))
      return read_variations(*connection, product, path, errors);
    auto gone = variations_page{};
    gone.nameless_failures = 1;
    return gone;
  });
}

graphql_result<items_page> graphql_reader::modified_since(const client_response& response,
                                                          time_point now) {
  return impl_->read<items_page>(response, now, [&](json::object data, const damage& errors) {
    auto clock = site_clock{};
    auto page = read_page(data, "changed", errors, clock);
    // Only its dates count: with the offset that they tell, these items are asked for again.
    if (const auto folded = member_as<json::object>(data, "folded")) {
      for (const auto node : read_nodes(*folded)) {
        json::object object;
        if (node.get(object) == simdjson::SUCCESS)
          clock.look_at(object);
      }
    }
    page.utc_offset = clock.offset();
    return page;
  });
}

graphql_result<items_page> graphql_reader::catalog_page(const client_response& response,
                                                        time_point now) {
  return impl_->read<items_page>(response, now, [&](json::object data, const damage& errors) {
    auto clock = site_clock{};
    auto page = read_page(data, "products", errors, clock);
    page.utc_offset = clock.offset();
    return page;
  });
}

graphql_result<std::optional<std::uint64_t>> graphql_reader::viewer(const client_response& response,
                                                                    time_point now) {
  using answer = std::optional<std::uint64_t>;
  return impl_->read<answer>(response, now, [&](json::object data, const damage& errors) -> answer {
    if (errors.count("viewer") != 0 || !has(data, "viewer"))
      throw malformed{"it doesn't say who we are"};
    const auto viewer = member_as<json::object>(data, "viewer");
    return viewer ? read_id(*viewer) : std::nullopt;
  });
}

} // namespace ankkor::net

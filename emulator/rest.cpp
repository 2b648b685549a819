// See rest.hpp. Shapes and messages of errors: recordings in tests/recordings/rest.
#include "emulator/rest.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace ankkor::emulator {

namespace {

constexpr std::string_view root = "/wp-json/wc/v3/";

// One request on its way through the API.
struct call {
  rest_context on;
  const http_question& request;
  moment now;
  query_fields query;
  std::vector<std::string_view> path; // below wc/v3
  json_value body;

  [[nodiscard]] const std::string* field(std::string_view name) const {
    return find_field(query, name);
  }

  [[nodiscard]] bool reads() const { return request.method == "GET" || request.method == "HEAD"; }

  [[nodiscard]] bool updates() const {
    return request.method == "PUT" || request.method == "POST" || request.method == "PATCH";
  }

  [[nodiscard]] bool forced() const {
    const auto* force = field("force");
    const auto* in_body = body.find("force");
    return (force != nullptr && (*force == "true" || *force == "1")) ||
           (in_body != nullptr && in_body->boolean() != nullptr && *in_body->boolean());
  }
};

std::optional<post_id> parse_id(std::string_view text) {
  post_id id = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), id);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size())
    return std::nullopt;
  return id;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = text.find(at);
    if (end != 0)
      parts.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return parts;
}

http_answer answer(const call& of, unsigned status, std::string body, std::string_view allow) {
  http_answer made;
  made.status = status;
  made.body = std::move(body);
  made.fields = {{"Content-Type", "application/json; charset=UTF-8"},
                 {"X-Powered-By", "PHP/8.2.36"},
                 {"X-Robots-Tag", "noindex"},
                 {"X-Content-Type-Options", "nosniff"},
                 {"Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"},
                 {"Access-Control-Allow-Headers",
                  "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type"},
                 {"Link", "<" + of.on.where.url + "/wp-json/>; rel=\"https://api.w.org/\""}};
  if (!allow.empty())
    made.fields.emplace_back("Allow", allow);
  made.fields.emplace_back("Expires", "Wed, 11 Jan 1984 05:00:00 GMT");
  made.fields.emplace_back("Cache-Control",
                           "no-cache, must-revalidate, max-age=0, no-store, private");
  return made;
}

constexpr std::string_view allow_item = "GET, POST, PUT, PATCH, DELETE";
constexpr std::string_view allow_list = "GET, POST";

http_answer failure(const call& of, unsigned status, std::string_view code,
                    std::string_view message, std::string_view allow = {}) {
  return answer(of, status, error_body(code, message, status), allow);
}

http_answer no_product(const call& of) {
  return failure(of, 404, "woocommerce_rest_product_invalid_id", "Invalid ID.", allow_item);
}

http_answer no_variation(const call& of) {
  return failure(of, 404, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.",
                 allow_item);
}

http_answer bad_parameter(const call& of, std::string_view name, std::string_view code,
                          std::string_view message) {
  json_writer body;
  body.begin_object().text("code", "rest_invalid_param");
  body.text("message", "Invalid parameter(s): " + std::string(name)).key("data").begin_object();
  body.number("status", std::uint64_t{400})
    .key("params")
    .begin_object()
    .text(name, message)
    .end_object();
  body.key("details")
    .begin_object()
    .key(name)
    .begin_object()
    .text("code", code)
    .text("message", message);
  body.null("data").end_object().end_object().end_object().end_object();
  return answer(of, 400, body.take(), allow_list);
}

http_answer missing_parameter(const call& of, std::string_view name) {
  json_writer body;
  body.begin_object().text("code", "rest_missing_callback_param");
  body.text("message", "Missing parameter(s): " + std::string(name)).key("data").begin_object();
  body.number("status", std::uint64_t{400}).key("params").begin_array().text(name).end_array();
  body.end_object().end_object();
  return answer(of, 400, body.take(), allow_list);
}

http_answer no_route(const call& of) {
  return failure(of, 404, "rest_no_route",
                 "No route was found matching the URL and request method.");
}

http_answer refuse(const call& of, const rest_access& who) {
  if (!who.refusal.empty())
    return failure(of, 401, "woocommerce_rest_authentication_error", who.refusal);
  if (!of.reads())
    return failure(of, 401, "woocommerce_rest_cannot_create",
                   "Sorry, you are not allowed to create resources.");
  const bool one = of.path.size() == 2 && parse_id(of.path[1]);
  return failure(of, 401, "woocommerce_rest_cannot_view",
                 one ? "Sorry, you cannot view this resource."
                     : "Sorry, you cannot list resources.");
}

std::vector<std::string> wanted_fields(const call& of) {
  std::vector<std::string> wanted;
  if (const auto* fields = of.field("_fields")) {
    for (auto& each : split(*fields, ','))
      wanted.push_back(each.substr(0, each.find('.')));
  }
  return wanted;
}

// --- lists
// -----------------------------------------------------------------------------------------

struct page {
  std::uint64_t number = 1;
  std::uint64_t size = 10;
};

// False: `refusal` says why.
bool read_page(const call& of, page& to, http_answer& refusal) {
  if (const auto* size = of.field("per_page")) {
    to.size = parse_id(*size).value_or(0);
    if (to.size < 1 || to.size > 100) {
      refusal = bad_parameter(of, "per_page", "rest_out_of_bounds",
                              "per_page must be between 1 (inclusive) and 100 (inclusive)");
      return false;
    }
  }
  if (const auto* number = of.field("page")) {
    to.number = parse_id(*number).value_or(0);
    if (to.number < 1) {
      refusal =
        bad_parameter(of, "page", "rest_out_of_bounds", "page must be greater than or equal to 1");
      return false;
    }
  }
  return true;
}

// The URL of another page of the same list, with the keys that came in the query (they are echoed).
std::string page_link(const call& of, std::uint64_t number, std::string_view relation) {
  std::string query;
  for (const auto& [name, value] : of.query) {
    if (name != "page")
      query += (query.empty() ? "?" : "&") + name + "=" + percent_encode(value, false);
  }
  query += (query.empty() ? "?page=" : "&page=") + std::to_string(number);
  return "<" + of.on.where.url + std::string(of.request.path) + query + ">; rel=\"" +
         std::string(relation) + "\"";
}

http_answer list_answer(const call& of, const page& at, std::uint64_t total, std::string body,
                        std::string_view allow) {
  auto made = answer(of, 200, std::move(body), allow);
  const auto pages = (total + at.size - 1) / at.size;
  made.fields.emplace_back("X-WP-Total", std::to_string(total));
  made.fields.emplace_back("X-WP-TotalPages", std::to_string(pages));
  std::string links;
  if (at.number > 1)
    links = page_link(of, std::min(at.number - 1, std::max<std::uint64_t>(pages, 1)), "prev");
  if (at.number < pages)
    links += (links.empty() ? "" : ", ") + page_link(of, at.number + 1, "next");
  if (!links.empty()) // it takes the place of the link to the API's root
    std::find_if(made.fields.begin(), made.fields.end(), [](const auto& f) {
      return f.first == "Link";
    })->second = links;
  return made;
}

// Which items a list is to have.
struct item_filter {
  bool variations = false;
  std::optional<post_status> status; // absent: all but the trash
  std::optional<second> modified_after;
  std::optional<second> modified_before;
  std::vector<post_id> include;
  std::vector<post_id> exclude;
  std::optional<kind> type;
  std::optional<stock_state> stock;
  const std::string* sku = nullptr;
  post_id parent = 0;

  [[nodiscard]] bool plain() const {
    return !variations && !modified_after && !modified_before && include.empty() &&
           exclude.empty() && !type && !stock && sku == nullptr;
  }

  [[nodiscard]] bool takes(const catalog& shop, const item& of) const {
    const auto listed = [&](const std::vector<post_id>& ids) {
      return std::find(ids.begin(), ids.end(), of.id) != ids.end();
    };
    return of.is_variation() == variations &&
           (status ? of.status == *status : of.status != post_status::trash) &&
           (!modified_after || of.modified > *modified_after) &&
           (!modified_before || of.modified < *modified_before) &&
           (include.empty() || listed(include)) && !listed(exclude) &&
           (!type || of.type == *type) && (!stock || shop.shown_stock(of).state == *stock) &&
           (sku == nullptr || shop.shown_sku(of) == *sku) && (parent == 0 || of.parent == parent);
  }
};

std::vector<post_id> read_ids(const call& of, std::string_view name) {
  std::vector<post_id> ids;
  for (const auto& [field, value] : of.query) {
    if (field != name && field.substr(0, field.find('[')) != name)
      continue;
    for (const auto& each : split(value, ',')) {
      if (const auto id = parse_id(each))
        ids.push_back(*id);
    }
  }
  return ids;
}

// A time in a query: in the shop's zone, unless it says otherwise or dates_are_gmt is set.
std::optional<second> read_time(const call& of, std::string_view name) {
  const auto* text = of.field(name);
  const auto date = text == nullptr ? std::nullopt : parse_date(*text);
  if (!date)
    return std::nullopt;
  const auto* gmt = of.field("dates_are_gmt");
  const bool utc = date->zoned || (gmt != nullptr && (*gmt == "true" || *gmt == "1"));
  return utc ? date->at : date->at - of.on.where.zone;
}

item_filter read_filter(const call& of) {
  item_filter made;
  if (const auto* status = of.field("status"); status != nullptr && *status != "any")
    made.status = parse_post_status(*status);
  made.modified_after = read_time(of, "modified_after");
  made.modified_before = read_time(of, "modified_before");
  made.include = read_ids(of, "include");
  made.exclude = read_ids(of, "exclude");
  if (const auto* type = of.field("type"))
    made.type = parse_kind(*type);
  if (const auto* stock = of.field("stock_status"))
    made.stock = parse_stock_state(*stock);
  made.sku = of.field("sku");
  return made;
}

bool sorts_before(std::string_view by, const item& a, const item& b) {
  if (by == "modified" && a.modified != b.modified)
    return a.modified < b.modified;
  if (by == "date" && a.created != b.created)
    return a.created < b.created;
  if (by == "title" && a.title_key != b.title_key)
    return a.title_key < b.title_key;
  if (by == "slug" && a.slug != b.slug)
    return a.slug < b.slug;
  return a.id < b.id;
}

std::vector<const item*> collect(const call& of, const item_filter& filter) {
  std::vector<const item*> found;
  const auto& shop = of.on.shop;
  const auto take = [&](const item& each) {
    if (filter.takes(shop, each))
      found.push_back(&each);
    return true;
  };
  if (!filter.include.empty()) {
    for (const auto id : filter.include) {
      if (const auto* each = shop.find(id))
        take(*each);
    }
  } else if (const auto* parent = shop.find(filter.parent)) {
    for (const auto id : parent->variations) {
      if (const auto* each = shop.find(id))
        take(*each);
    }
  } else if (filter.modified_after) {
    shop.walk_modified_after(*filter.modified_after, take);
  } else {
    shop.walk(sort_by::date, true, 0, take);
  }
  return found;
}

std::vector<const item*> sorted_page(const call& of, const item_filter& filter, const page& at,
                                     std::uint64_t& total) {
  const auto* by = of.field("orderby");
  const auto* order = of.field("order");
  const bool ascending = order != nullptr && *order == "asc";
  std::vector<const item*> found;
  if (filter.plain() && !ascending &&
      (by == nullptr || *by == "date")) { // the usual case: nothing to sort
    total = 0;
    for (const auto each : {post_status::publish, post_status::draft, post_status::pending,
                            post_status::hidden, post_status::trash}) {
      if (filter.status ? *filter.status == each : each != post_status::trash)
        total += of.on.shop.count(each);
    }
    auto skip = (at.number - 1) * at.size;
    of.on.shop.walk(sort_by::date, true, 0, [&](const item& each) {
      if (filter.takes(of.on.shop, each) && (skip == 0 || skip-- == 0))
        found.push_back(&each);
      return found.size() < at.size;
    });
    return found;
  }
  found = collect(of, filter);
  if (by == nullptr || *by != "include") {
    const std::string_view key = by == nullptr ? std::string_view("date") : std::string_view(*by);
    std::sort(found.begin(), found.end(), [&](const item* a, const item* b) {
      return ascending ? sorts_before(key, *a, *b) : sorts_before(key, *b, *a);
    });
  }
  total = found.size();
  const auto begin = std::min<std::uint64_t>(found.size(), (at.number - 1) * at.size);
  const auto end = std::min<std::uint64_t>(found.size(), begin + at.size);
  return {found.begin() + static_cast<std::ptrdiff_t>(begin),
          found.begin() + static_cast<std::ptrdiff_t>(end)};
}

http_answer list_items(const call& of, const item_filter& filter, std::string_view allow) {
  page at;
  http_answer refusal;
  if (!read_page(of, at, refusal))
    return refusal;
  std::uint64_t total = 0;
  const auto items = sorted_page(of, filter, at, total);
  json_writer body;
  body.reserve(items.size() * 2800 + 16);
  body.keep_only(1, wanted_fields(of));
  body.begin_array();
  for (const auto* each : items) {
    if (filter.variations)
      write_variation(body, of.on.shop, of.on.where, *each);
    else
      write_product(body, of.on.shop, of.on.where, *each);
  }
  body.end_array();
  return list_answer(of, at, total, body.take(), allow);
}

std::string product_body(const call& of, post_id id) {
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  write_product(body, of.on.shop, of.on.where, *of.on.shop.find(id));
  return body.take();
}

std::string variation_body(const call& of, post_id id) {
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  write_variation(body, of.on.shop, of.on.where, *of.on.shop.find(id));
  return body.take();
}

// --- reading bodies
// ----------------------------------------------------------------------------------

template <class T>
void read_text(const json_value& from, std::string_view name, T& to) {
  if (const auto* value = from.find(name)) {
    if (auto text = value->as_text())
      to = std::move(*text);
  }
}

std::vector<post_id> read_references(const json_value& from, std::string_view name) {
  std::vector<post_id> ids;
  const auto* list = from.find(name);
  if (list == nullptr || list->items() == nullptr)
    return ids;
  for (const auto& each : *list->items()) {
    const auto* inside = each.find("id");
    const auto id = (inside == nullptr ? each : *inside).as_integer();
    if (id && *id > 0)
      ids.push_back(static_cast<post_id>(*id));
  }
  return ids;
}

item_change read_change(const json_value& from) {
  item_change made;
  read_text(from, "name", made.name);
  read_text(from, "slug", made.slug);
  read_text(from, "sku", made.sku);
  read_text(from, "regular_price", made.regular_price);
  read_text(from, "sale_price", made.sale_price);
  read_text(from, "description", made.description);
  read_text(from, "short_description", made.short_description);
  const auto spelled = [&](std::string_view name, auto parse, auto& to) {
    if (const auto* value = from.find(name); value != nullptr && value->string() != nullptr)
      to = parse(*value->string());
  };
  spelled("status", parse_post_status, made.status);
  spelled("type", parse_kind, made.type);
  spelled("stock_status", parse_stock_state, made.stock);
  spelled("backorders", parse_backorder_policy, made.backorders);
  if (const auto* manages = from.find("manage_stock"))
    made.manages_stock = manages->boolean() != nullptr && *manages->boolean();
  if (const auto* quantity = from.find("stock_quantity"))
    made.quantity = quantity->as_integer();
  if (from.find("categories") != nullptr)
    made.categories = read_references(from, "categories");
  return made;
}

new_item read_new(const json_value& from) {
  const auto change = read_change(from);
  new_item made;
  made.type = change.type.value_or(kind::simple);
  made.name = change.name.value_or("Product");
  made.slug = change.slug ? std::optional(slug_of(*change.slug)) : std::nullopt;
  made.sku = change.sku.value_or("");
  made.regular_price = change.regular_price.value_or("");
  made.sale_price = change.sale_price.value_or("");
  made.description = change.description.value_or("");
  made.short_description = change.short_description.value_or("");
  made.status = change.status.value_or(post_status::publish);
  made.manages_stock = change.manages_stock.value_or(false);
  made.quantity = change.quantity.value_or(0);
  made.stock = change.stock.value_or(stock_state::in_stock);
  made.backorders = change.backorders.value_or(backorder_policy::no);
  made.categories = change.categories.value_or(std::vector<post_id>());
  made.grouped = read_references(from, "grouped_products");
  read_text(from, "external_url", made.external_url);
  read_text(from, "button_text", made.button_text);
  if (const auto* low = from.find("low_stock_amount"))
    made.low_stock = low->as_integer();
  if (const auto* is_virtual = from.find("virtual");
      is_virtual != nullptr && is_virtual->boolean() != nullptr)
    made.is_virtual = *is_virtual->boolean();
  const auto* attributes = from.find("attributes");
  if (attributes == nullptr || attributes->items() == nullptr || attributes->items()->empty())
    return made;
  const auto& first = attributes->items()->front();
  read_text(first, "name", made.attribute);
  read_text(first, "option", made.option);
  if (const auto* options = first.find("options");
      options != nullptr && options->items() != nullptr) {
    for (const auto& each : *options->items()) {
      if (auto text = each.as_text())
        made.options.push_back(std::move(*text));
    }
  }
  return made;
}

// --- products and variations
// ---------------------------------------------------------------------------

http_answer duplicate_sku(const call& of, const std::string& sku, post_id holder) {
  json_writer body;
  body.begin_object()
    .text("code", "product_invalid_sku")
    .text("message", "Invalid or duplicated SKU.");
  body.key("data")
    .begin_object()
    .number("status", std::uint64_t{400})
    .number("resource_id", holder);
  body.text("unique_sku", sku + "-1").end_object().end_object();
  return answer(of, 400, body.take(), allow_list);
}

http_answer create_product(const call& of) {
  const auto what = read_new(of.body);
  if (const auto holder = what.sku.empty() ? 0 : of.on.shop.by_sku(what.sku); holder != 0)
    return duplicate_sku(of, what.sku, holder);
  const auto id = of.on.shop.create_product(what, of.now);
  auto made = answer(of, 201, product_body(of, id), allow_list);
  made.fields.emplace_back("Location",
                           of.on.where.url + std::string(root) + "products/" + std::to_string(id));
  return made;
}

http_answer erase_product(const call& of, const item& what) {
  if (of.forced() || what.is_variation()) {
    auto body = product_body(of, what.id);
    of.on.shop.erase(what.id, of.now);
    return answer(of, 200, std::move(body), allow_item);
  }
  if (!of.on.shop.trash(what.id, of.now))
    return failure(of, 410, "woocommerce_rest_already_trashed",
                   "The product has already been deleted.", allow_item);
  return answer(of, 200, product_body(of, what.id), allow_item);
}

http_answer one_product(const call& of, post_id id) {
  const auto* what = of.on.shop.find(id);
  if (what == nullptr)
    return no_product(of);
  if (of.request.method == "DELETE")
    return erase_product(of, *what);
  if (of.updates())
    of.on.shop.edit(id, read_change(of.body), of.now);
  return answer(of, 200, product_body(of, id), allow_item);
}

http_answer one_variation(const call& of, post_id parent, post_id id) {
  const auto* what = of.on.shop.find(id);
  if (what == nullptr || what->parent != parent)
    return no_variation(of);
  if (of.request.method == "DELETE") { // always permanent
    auto body = variation_body(of, id);
    of.on.shop.erase(id, of.now);
    return answer(of, 200, std::move(body), allow_item);
  }
  if (of.updates())
    of.on.shop.edit(id, read_change(of.body), of.now);
  return answer(of, 200, variation_body(of, id), allow_item);
}

// "create", "update" and "delete" of one kind of thing, one after another within one request.
http_answer batch(const call& of, post_id parent) {
  auto& shop = of.on.shop;
  json_writer body;
  body.begin_object();
  const auto write = [&](post_id id) {
    if (shop.find(id) == nullptr)
      body.begin_object()
        .number("id", id)
        .key("error")
        .raw(error_body("woocommerce_rest_product_invalid_id", "Invalid ID.", 400))
        .end_object();
    else if (parent != 0)
      write_variation(body, shop, of.on.where, *shop.find(id));
    else
      write_product(body, shop, of.on.where, *shop.find(id));
  };
  const auto each_of = [&](std::string_view name, const auto& act) {
    const auto* list = of.body.find(name);
    if (list == nullptr || list->items() == nullptr)
      return;
    body.key(name).begin_array();
    for (const auto& each : *list->items())
      act(each);
    body.end_array();
  };
  each_of("create", [&](const json_value& each) {
    const auto what = read_new(each);
    write(parent != 0 ? shop.create_variation(parent, what, of.now)
                      : shop.create_product(what, of.now));
  });
  each_of("update", [&](const json_value& each) {
    const auto* id = each.find("id");
    const auto which = static_cast<post_id>(id == nullptr ? 0 : id->as_integer().value_or(0));
    shop.edit(which, read_change(each), of.now);
    write(which);
  });
  each_of("delete", [&](const json_value& each) {
    const auto which = static_cast<post_id>(each.as_integer().value_or(0));
    write(which);
    shop.erase(which, of.now);
  });
  body.end_object();
  return answer(of, 200, body.take(), "POST, PUT, PATCH");
}

http_answer variations_of(const call& of, post_id parent) {
  const auto* owner = of.on.shop.find(parent);
  if (owner == nullptr || owner->is_variation())
    return no_product(of);
  if (of.path.size() == 4 && of.path[3] == "batch")
    return batch(of, parent);
  if (of.path.size() == 4) {
    const auto id = parse_id(of.path[3]);
    return id ? one_variation(of, parent, *id) : no_route(of);
  }
  if (of.reads()) {
    auto filter = read_filter(of);
    filter.variations = true;
    filter.parent = parent;
    return list_items(of, filter, allow_list);
  }
  const auto id = of.on.shop.create_variation(parent, read_new(of.body), of.now);
  return id == 0 ? no_product(of) : answer(of, 201, variation_body(of, id), allow_list);
}

http_answer products(const call& of) {
  if (of.path.size() == 1)
    return of.reads() ? list_items(of, read_filter(of), allow_list) : create_product(of);
  if (of.path[1] == "batch")
    return batch(of, 0);
  const auto id = parse_id(of.path[1]);
  if (!id)
    return no_route(of);
  if (of.path.size() == 2)
    return one_product(of, *id);
  return of.path[2] == "variations" ? variations_of(of, *id) : no_route(of);
}

http_answer variations(const call& of) {
  if (!of.reads() || of.path.size() != 1)
    return no_route(of);
  auto filter = read_filter(of);
  filter.variations = true;
  return list_items(of, filter, "GET");
}

// --- orders
// --------------------------------------------------------------------------------------------

std::string order_body(const call& of, post_id id) {
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  write_order(body, of.on.shop, of.on.where, *of.on.shop.find_order(id));
  return body.take();
}

std::int64_t integer_of(const json_value& from, std::string_view name, std::int64_t otherwise) {
  const auto* value = from.find(name);
  return value == nullptr ? otherwise : value->as_integer().value_or(otherwise);
}

std::optional<order_status> read_order_status(const json_value& from) {
  const auto* status = from.find("status");
  return status == nullptr || status->string() == nullptr ? std::nullopt
                                                          : parse_order_status(*status->string());
}

http_answer create_order(const call& of) {
  std::vector<order_line> lines;
  const auto* given = of.body.find("line_items");
  if (given != nullptr && given->items() != nullptr) {
    for (const auto& each : *given->items()) {
      order_line line;
      line.product = static_cast<post_id>(integer_of(each, "product_id", 0));
      line.variation = static_cast<post_id>(integer_of(each, "variation_id", 0));
      line.quantity = integer_of(each, "quantity", 1);
      const auto* what = of.on.shop.find(line.variation != 0 ? line.variation : line.product);
      if (what == nullptr)
        return failure(of, 400, "woocommerce_rest_invalid_product_id", "Product ID is invalid.",
                       allow_list);
      if (what->is_variation()) {
        line.variation = what->id;
        line.product = what->parent;
      }
      lines.push_back(std::move(line));
    }
  }
  const auto status = read_order_status(of.body).value_or(order_status::pending);
  const auto id = of.on.shop.create_order(std::move(lines), status, false, of.now);
  return answer(of, 201, order_body(of, id), allow_list);
}

http_answer refund_order(const call& of, const order& what) {
  const auto* restock = of.body.find("api_restock");
  const bool back = restock == nullptr || restock->boolean() == nullptr || *restock->boolean();
  const auto* lines = of.body.find("line_items");
  if (lines != nullptr && lines->items() != nullptr) {
    for (const auto& each : *lines->items()) {
      const auto line = static_cast<std::uint64_t>(integer_of(each, "id", 0)) - what.first_line_id;
      of.on.shop.refund(what.id, line, integer_of(each, "quantity", 0), back, of.now);
    }
  }
  json_writer body;
  body.begin_object()
    .number("id", what.refunds.empty() ? 0 : what.refunds.back().first)
    .number("parent_id", what.id);
  return answer(of, 201, body.end_object().take(), allow_list);
}

http_answer one_order(const call& of, post_id id) {
  const auto* what = of.on.shop.find_order(id);
  if (what == nullptr)
    return failure(of, 404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.", allow_item);
  if (of.path.size() == 3)
    return of.path[2] == "refunds" && of.request.method == "POST" ? refund_order(of, *what)
                                                                  : no_route(of);
  if (of.request.method == "DELETE") {
    of.on.shop.trash_order(id, of.now);
  } else if (of.updates()) {
    const auto status = read_order_status(of.body);
    if (status && *status != what->status)
      of.on.shop.set_order_status(id, *status, of.now);
    else
      of.on.shop.touch_order(id, of.now);
  }
  return answer(of, 200, order_body(of, id), allow_item);
}

http_answer list_orders(const call& of) {
  page at;
  http_answer refusal;
  if (!read_page(of, at, refusal))
    return refusal;
  const auto& all = of.on.shop.orders();
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  body.begin_array();
  std::uint64_t passed = 0;
  for (auto each = all.rbegin(); each != all.rend(); ++each, ++passed) {
    if (passed / at.size == at.number - 1)
      write_order(body, of.on.shop, of.on.where, each->second);
  }
  body.end_array();
  return list_answer(of, at, all.size(), body.take(), allow_list);
}

http_answer orders(const call& of) {
  if (of.path.size() == 1)
    return of.reads() ? list_orders(of) : create_order(of);
  const auto id = parse_id(of.path[1]);
  return id ? one_order(of, *id) : no_route(of);
}

// --- webhooks
// ------------------------------------------------------------------------------------------

std::vector<std::string_view> hooks_of(const webhook& of) {
  if (of.resource() == "action")
    return {of.event_name()};
  if (of.topic == "product.created")
    return {"woocommerce_process_product_meta", "woocommerce_new_product",
            "woocommerce_new_product_variation"};
  if (of.topic == "product.updated")
    return {"woocommerce_process_product_meta", "woocommerce_update_product",
            "woocommerce_update_product_variation"};
  if (of.topic == "order.created")
    return {"woocommerce_new_order"};
  if (of.topic == "order.updated")
    return {"woocommerce_update_order", "woocommerce_order_refunded"};
  if (of.topic == "product.published")
    return {"woocommerce_product_published"};
  const bool order = of.resource() == "order";
  if (of.event_name() == "deleted")
    return {order ? "woocommerce_trash_order" : "wp_trash_post"};
  return {order ? "woocommerce_untrash_order" : "untrashed_post"};
}

void write_webhook(json_writer& to, const site& where, const webhook& of) {
  to.begin_object().number("id", of.id).text("name", of.name).text("status", to_string(of.status));
  to.text("topic", of.topic).text("resource", of.resource()).text("event", of.event_name());
  to.key("hooks").begin_array();
  for (const auto hook : hooks_of(of))
    to.text(hook);
  to.end_array().text("delivery_url", of.delivery_url);
  to.text("date_created", local_date_text(of.created, where.zone))
    .text("date_created_gmt", date_text(of.created));
  if (of.modified) {
    to.text("date_modified", local_date_text(*of.modified, where.zone));
    to.text("date_modified_gmt", date_text(*of.modified));
  } else {
    to.null("date_modified").null("date_modified_gmt");
  }
  const auto list = where.url + std::string(root) + "webhooks";
  to.key("_links").begin_object().key("self").begin_array().begin_object();
  to.text("href", list + "/" + std::to_string(of.id)).key("targetHints").begin_object();
  to.key("allow")
    .raw(R"(["GET","POST","PUT","PATCH","DELETE"])")
    .end_object()
    .end_object()
    .end_array();
  to.key("collection")
    .begin_array()
    .begin_object()
    .text("href", list)
    .end_object()
    .end_array()
    .end_object();
  to.end_object();
}

std::string webhook_body(const call& of, std::uint64_t id) {
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  write_webhook(body, of.on.where, *of.on.webhooks.find(id));
  return body.take();
}

http_answer list_webhooks(const call& of) {
  page at;
  http_answer refusal;
  if (!read_page(of, at, refusal))
    return refusal;
  const auto* status = of.field("status");
  std::vector<const webhook*> found;
  const auto& all = of.on.webhooks.webhooks();
  for (auto each = all.rbegin(); each != all.rend(); ++each) { // the newest first
    if (status == nullptr || *status == "all" || to_string(each->second.status) == *status)
      found.push_back(&each->second);
  }
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  body.begin_array();
  for (std::uint64_t i = (at.number - 1) * at.size;
       i < std::min<std::uint64_t>(found.size(), at.number * at.size); ++i)
    write_webhook(body, of.on.where, *found[i]);
  body.end_array();
  return list_answer(of, at, found.size(), body.take(), allow_list);
}

http_answer bad_topic(const call& of) {
  return failure(of, 400, "woocommerce_rest_shop_webhook_invalid_topic",
                 "Webhook topic is required and must be valid.", allow_list);
}

http_answer create_webhook(const call& of) {
  webhook what;
  read_text(of.body, "name", what.name);
  read_text(of.body, "topic", what.topic);
  read_text(of.body, "delivery_url", what.delivery_url);
  read_text(of.body, "secret", what.secret);
  if (what.delivery_url.empty())
    return missing_parameter(of, "delivery_url");
  if (!valid_topic(what.topic))
    return bad_topic(of);
  if (what.delivery_url.rfind("http://", 0) != 0 && what.delivery_url.rfind("https://", 0) != 0)
    return failure(of, 400, "woocommerce_rest_shop_webhook_invalid_delivery_url",
                   "Webhook delivery URL must be a valid URL starting with http:// or https://.",
                   allow_list);
  std::string status;
  read_text(of.body, "status", status);
  what.status = parse_webhook_status(status).value_or(webhook_status::active);
  if (what.name.empty())
    what.name = "Webhook for " + what.topic;
  const auto id = of.on.webhooks.add(std::move(what), of.now);
  auto made = answer(of, 201, webhook_body(of, id), allow_list);
  made.fields.emplace_back("Location",
                           of.on.where.url + std::string(root) + "webhooks/" + std::to_string(id));
  return made;
}

http_answer edit_webhook(const call& of, std::uint64_t id) {
  webhook_queue::change what;
  read_text(of.body, "name", what.name);
  read_text(of.body, "topic", what.topic);
  read_text(of.body, "delivery_url", what.delivery_url);
  read_text(of.body, "secret", what.secret);
  if (what.topic && !valid_topic(*what.topic))
    return bad_topic(of);
  if (const auto* status = of.body.find("status"); status != nullptr && status->string() != nullptr)
    what.status = parse_webhook_status(*status->string());
  of.on.webhooks.edit(id, what, of.now);
  return answer(of, 200, webhook_body(of, id), allow_item);
}

http_answer one_webhook(const call& of, std::uint64_t id) {
  if (of.on.webhooks.find(id) == nullptr)
    return failure(of, 404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.", allow_item);
  if (of.request.method == "DELETE") {
    if (!of.forced())
      return failure(of, 501, "woocommerce_rest_trash_not_supported",
                     "Webhooks do not support trashing.", allow_item);
    auto body = webhook_body(of, id);
    of.on.webhooks.remove(id);
    return answer(of, 200, std::move(body), allow_item);
  }
  return of.updates() ? edit_webhook(of, id) : answer(of, 200, webhook_body(of, id), allow_item);
}

http_answer webhooks(const call& of) {
  if (of.path.size() == 1)
    return of.reads() ? list_webhooks(of) : create_webhook(of);
  const auto id = of.path.size() == 2 ? parse_id(of.path[1]) : std::nullopt;
  return id ? one_webhook(of, *id) : no_route(of);
}

// --- the rest
// ------------------------------------------------------------------------------------------

http_answer system_status(const call& of) {
  static constexpr std::array<std::array<std::string_view, 3>, 3> plugins{
    {{"woocommerce/woocommerce.php", "WooCommerce", "11.0.1"},
     {"wp-graphql-woocommerce/wp-graphql-woocommerce.php", "WPGraphQL for eCommerce (WooGraphQL)",
      "1.0.2"},
     {"wp-graphql/wp-graphql.php", "WPGraphQL", "2.20.0"}}};
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  body.begin_object().key("environment").begin_object();
  body.text("home_url", of.on.where.url)
    .text("site_url", of.on.where.url)
    .text("version", "11.0.1");
  body.text("wp_version", "6.9.1").text("php_version", "8.2.36");
  body.text("mysql_version_string", "10.11.19-MariaDB-0+deb12u1")
    .text("server_info", "nginx/1.22.1");
  body.boolean("wp_cron", false).null("external_object_cache").end_object();
  body.key("active_plugins").begin_array();
  for (const auto& [file, name, version] : plugins)
    body.begin_object()
      .text("plugin", file)
      .text("name", name)
      .text("version", version)
      .end_object();
  body.end_array()
    .key("settings")
    .begin_object()
    .boolean("api_enabled", false)
    .boolean("force_ssl", false);
  body.text("currency", of.on.where.currency).text("currency_symbol", of.on.where.currency_html);
  body.text("currency_position", "left")
    .text("thousand_separator", ",")
    .text("decimal_separator", ".");
  body.number("number_of_decimals", std::uint64_t{2}).boolean("HPOS_enabled", true).end_object();
  return answer(of, 200, body.end_object().take(), "GET");
}

http_answer api_root(const call& of) {
  json_writer body;
  body.begin_object()
    .text("name", "Emulated shop")
    .text("description", "")
    .text("url", of.on.where.url);
  body.text("home", of.on.where.url).number("gmt_offset", of.on.where.zone.count() / 60);
  body.key("namespaces").raw(R"(["oembed\/1.0","wc\/v1","wc\/v2","wc\/v3","wp\/v2"])").end_object();
  return answer(of, 200, body.take(), "GET");
}

http_answer route(const call& of) {
  const auto what = of.path.empty() ? std::string_view() : of.path.front();
  if (what == "products")
    return products(of);
  if (what == "variations")
    return variations(of);
  if (what == "orders")
    return orders(of);
  if (what == "webhooks")
    return webhooks(of);
  if (what == "system_status" && of.reads())
    return system_status(of);
  return no_route(of);
}

} // namespace

http_answer answer_rest(rest_context on, const http_question& request, moment now) {
  call of{on, request, now, parse_query(request.query), {}, {}};
  if (request.path == "/wp-json" || request.path == "/wp-json/")
    return api_root(of);
  if (request.path.substr(0, root.size()) != root)
    return no_route(of);
  for (auto rest = request.path.substr(root.size()); !rest.empty();) {
    const auto end = rest.find('/');
    if (end != 0)
      of.path.push_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  const auto who = judge(on.access, request, of.query);
  if (!who.read || (!of.reads() && !who.write))
    return refuse(of, who);
  if (!request.body.empty()) {
    auto body = parse_json(request.body);
    if (!body)
      return failure(of, 400, "rest_invalid_json", "Invalid JSON body passed.");
    of.body = std::move(*body);
  }
  return route(of);
}

} // namespace ankkor::emulator

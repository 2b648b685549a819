// See graphql_connections.hpp. The ties: among equals of any order the higher ID comes first, also
// when ascending (products-dateQuery-modified-local, contentNodes-products-modified-after-17h45).
#include "emulator/graphql_connections.hpp"

#include "emulator/graphql_filters.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace ankkor::emulator::graphql {

namespace {

constexpr std::int64_t page_default = 10;

constexpr std::array<post_status, 5> all_statuses{post_status::publish, post_status::draft,
                                                  post_status::pending, post_status::hidden,
                                                  post_status::trash};

enum class order_key : std::uint8_t { title, date, modified, slug, menu, price, sales, input };

struct ordering {
  order_key key = order_key::title;
  bool descending = true;
};

ordering read_order(const json_value& where, ordering otherwise) {
  const auto* list = member(where, "orderby");
  if (list == nullptr || list->items() == nullptr || list->items()->empty())
    return otherwise;
  const auto& first = list->items()->front();
  const auto* field = member(first, "field");
  const auto* order = member(first, "order");
  if (field == nullptr || field->string() == nullptr)
    return otherwise;
  ordering made;
  made.descending = order == nullptr || order->string() == nullptr || *order->string() == "DESC";
  const auto& name = *field->string();
  if (name == "DATE")
    made.key = order_key::date;
  else if (name == "MODIFIED")
    made.key = order_key::modified;
  else if (name == "SLUG")
    made.key = order_key::slug;
  else if (name == "MENU_ORDER")
    made.key = order_key::menu;
  else if (name == "PRICE" || name == "REGULAR_PRICE" || name == "SALE_PRICE")
    made.key = order_key::price;
  else if (name == "POPULARITY" || name == "TOTAL_SALES")
    made.key = order_key::sales;
  else if (name == "IN" || name == "NAME_IN")
    made.key = order_key::input;
  return made;
}

// --- sorted lists that no index holds ------------------------------------------------------------

std::string title_of(const catalog& shop, const item& of) {
  return of.is_variation() ? sorting_key(shop.shown_name(of)) : of.title_key;
}

int compare_keys(const catalog& shop, order_key by, const item& a, const item& b) {
  const auto three_way = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  switch (by) {
  case order_key::title:
  case order_key::menu: // they all have menu order 0, then WooCommerce goes by name
    return three_way(title_of(shop, a), title_of(shop, b));
  case order_key::date:
    return three_way(a.created, b.created);
  case order_key::modified:
    return three_way(a.modified, b.modified);
  case order_key::slug:
    return three_way(a.slug, b.slug);
  case order_key::price:
    return three_way(cents(shop.price(a)).value_or(0), cents(shop.price(b)).value_or(0));
  case order_key::sales:
    return three_way(a.total_sales, b.total_sales);
  case order_key::input:
    break;
  }
  return 0;
}

bool comes_before(const catalog& shop, const ordering& by, const item& a, const item& b) {
  const auto order = compare_keys(shop, by.key, a, b);
  if (order != 0)
    return by.descending ? order > 0 : order < 0;
  return a.id > b.id;
}

void sort(const catalog& shop, const ordering& by, std::vector<const item*>& rows) {
  if (by.key == order_key::input)
    return;
  std::sort(rows.begin(), rows.end(),
            [&](const item* a, const item* b) { return comes_before(shop, by, *a, *b); });
}

// Where the rows behind the cursor begin: behind where the cursor's item stands now, which after an
// edit may be another place (cursor-product-modified-between-pages).
std::size_t behind(const catalog& shop, const ordering& by, const std::vector<const item*>& rows,
                   post_id cursor) {
  const auto* from = shop.find(cursor);
  if (from == nullptr) // deleted or garbage: from the beginning (cursor-product-deleted)
    return 0;
  const auto found = by.key == order_key::input
                       ? std::find(rows.begin(), rows.end(), from)
                       : std::find_if(rows.begin(), rows.end(), [&](const item* each) {
                           return each == from || comes_before(shop, by, *from, *each);
                         });
  const auto index = static_cast<std::size_t>(found - rows.begin());
  return found != rows.end() && *found == from ? index + 1 : index;
}

// --- from rows to a page -------------------------------------------------------------------------

void keep_visible(connection& to, const std::vector<const item*>& rows, const user* viewer) {
  for (const auto* each :
       rows) { // after the query, so a page may be short (products-status-draft-anon)
    if (visible(*each, viewer))
      to.nodes.push_back(each);
  }
}

connection cut(const list_context& on, const ordering& by, std::vector<const item*> rows,
               const paging& page) {
  connection made;
  const auto total = rows.size();
  sort(on.shop, by, rows);
  if (page.after != 0 && by.key == order_key::menu && on.shop.find(page.after) != nullptr)
    // WPGraphQL compares menu order and then the ID although the rows are not in that order: items
    // are skipped and given twice.
    std::erase_if(rows, [&](const item* each) { return each->id >= page.after; });
  else if (page.after != 0)
    rows.erase(rows.begin(),
               rows.begin() + static_cast<std::ptrdiff_t>(behind(on.shop, by, rows, page.after)));
  made.has_next = rows.size() > page.first;
  made.has_previous = page.continued;
  if (made.has_next)
    rows.resize(page.first);
  keep_visible(made, rows, on.viewer);
  if (!page.continued && total > 0)
    made.found = static_cast<std::int64_t>(total);
  return made;
}

// The next page of an order that an index holds: costs what the page costs.
connection walk_page(const list_context& on, sort_by order, bool descending, const predicate& takes,
                     const paging& page) {
  connection made;
  std::vector<const item*> rows;
  on.shop.walk(order, descending, page.after, [&](const item& each) {
    if (takes(each))
      rows.push_back(&each);
    return rows.size() <= page.first;
  });
  made.has_next = rows.size() > page.first;
  made.has_previous = page.continued;
  if (made.has_next)
    rows.pop_back();
  keep_visible(made, rows, on.viewer);
  return made;
}

std::optional<sort_by> index_for(order_key by) {
  switch (by) {
  case order_key::title:
    return sort_by::title;
  case order_key::date:
    return sort_by::date;
  case order_key::modified:
    return sort_by::modified;
  default:
    return std::nullopt;
  }
}

// --- products ------------------------------------------------------------------------------------

std::vector<post_status> queried_statuses(const json_value& where, const user* viewer) {
  const auto* wanted = member(where, "status");
  const auto* name = wanted == nullptr ? nullptr : wanted->string();
  if (name != nullptr && *name != "any") {
    const auto one = parse_post_status(*name);
    return one ? std::vector{*one} : std::vector<post_status>();
  }
  // Anonymous queries count drafts, too, and drop them afterwards (found 140 of 135).
  std::vector<post_status> some{post_status::publish, post_status::draft, post_status::pending};
  if (viewer != nullptr && viewer->manages())
    some.push_back(post_status::hidden);
  return some;
}

} // namespace

std::string cursor_of(post_id id) {
  return base64_encode("arrayconnection:" + std::to_string(id));
}

post_id read_cursor(std::string_view text) {
  static constexpr std::string_view prefix = "arrayconnection:";
  const auto plain = base64_decode(text);
  if (!plain || plain->rfind(prefix, 0) != 0)
    return 0;
  post_id id = 0;
  std::from_chars(plain->data() + prefix.size(), plain->data() + plain->size(), id);
  return id;
}

std::optional<paging> read_paging(const json_value& arguments, std::size_t page_max) {
  paging made;
  if (const auto* first = member(arguments, "first")) {
    const auto count = first->as_integer().value_or(0);
    if (count < 0)
      return std::nullopt;
    made.first =
      std::min(static_cast<std::size_t>(count == 0 ? page_default : count), page_max); // silently
  }
  if (const auto* after = member(arguments, "after");
      after != nullptr && after->string() != nullptr) {
    made.after = read_cursor(*after->string());
    made.continued = !after->string()->empty();
  }
  return made;
}

bool visible(const item& of, const user* viewer) {
  return of.status == post_status::publish || (viewer != nullptr && viewer->manages());
}

connection list_products(const list_context& on, const json_value& where, const paging& page,
                         bool may_have_variations) {
  // dateQuery is taken and ignored (products-dateQuery-*).
  const auto* variations = member(where, "includeVariations");
  const bool with_variations = may_have_variations && variations != nullptr &&
                               variations->boolean() != nullptr && *variations->boolean();
  const auto statuses = queried_statuses(where, on.viewer);
  const auto filters = read_filters(on.shop, where);
  const auto include = read_ids(where, "include"); // empty: all
  const auto order = read_order(where, {});
  const predicate takes = [&](const item& of) {
    return (with_variations || !of.is_variation()) &&
           std::find(statuses.begin(), statuses.end(), of.status) != statuses.end() &&
           std::all_of(filters.begin(), filters.end(), [&](const auto& each) { return each(of); });
  };
  const auto index = index_for(order.key);
  if (include.empty() && !with_variations && index) {
    auto made = walk_page(on, *index, order.descending, takes, page);
    if (page.continued)
      return made;
    std::int64_t total = 0;
    if (filters.empty()) {
      for (const auto each : all_statuses)
        total += std::find(statuses.begin(), statuses.end(), each) == statuses.end()
                   ? 0
                   : static_cast<std::int64_t>(on.shop.count(each));
    } else {
      on.shop.walk(*index, order.descending, 0, [&](const item& of) {
        total += takes(of) ? 1 : 0;
        return true;
      });
    }
    made.found = total == 0 ? std::nullopt : std::optional(total);
    return made;
  }
  std::vector<const item*> rows;
  if (include.empty()) {
    on.shop.walk(sort_by::date, true, 0, [&](const item& of) {
      if (takes(of))
        rows.push_back(&of);
      return true;
    });
  }
  for (const auto id : include) {
    const auto* of = on.shop.find(id);
    if (of != nullptr && takes(*of) && std::find(rows.begin(), rows.end(), of) == rows.end())
      rows.push_back(of);
  }
  return cut(on, order, std::move(rows), page);
}

// Published ones, unless who manages the shop asks for others.
std::vector<post_status> content_statuses(const json_value& where, const user* viewer) {
  const auto* wanted = member(where, "stati");
  if (wanted == nullptr || wanted->items() == nullptr || viewer == nullptr || !viewer->manages())
    return {post_status::publish};
  std::vector<post_status> some;
  for (const auto each : all_statuses) {
    if (lists(*wanted, upper(to_string(each))))
      some.push_back(each);
  }
  return some;
}

connection list_content(const list_context& on, const json_value& where, const paging& page) {
  const auto* types = member(where, "contentTypes");
  const bool products = types == nullptr || types->items()->empty() || lists(*types, "PRODUCT");
  const bool variations =
    types == nullptr || types->items()->empty() || lists(*types, "PRODUCT_VARIATION");
  const auto range = read_range(on, where);
  const auto wanted = read_ids(where, "in");
  const auto unwanted = read_ids(where, "notIn");
  const auto order = read_order(where, {order_key::date, true});
  const auto statuses = content_statuses(where, on.viewer);
  const predicate takes = [&](const item& of) {
    return std::find(statuses.begin(), statuses.end(), of.status) != statuses.end() &&
           (of.is_variation() ? variations : products) && inside(range, of) &&
           (wanted.empty() || std::find(wanted.begin(), wanted.end(), of.id) != wanted.end()) &&
           std::find(unwanted.begin(), unwanted.end(), of.id) == unwanted.end();
  };
  const auto index = order.key == order_key::title ? std::nullopt : index_for(order.key);
  if (index && !range.after && wanted.empty())
    return walk_page(on, *index, order.descending, takes, page);
  std::vector<const item*> rows;
  const auto take = [&](const item& of) {
    if (takes(of))
      rows.push_back(&of);
    return true;
  };
  if (range.modified && range.after)
    on.shop.walk_modified_after(*range.after, take);
  else
    on.shop.walk(sort_by::date, true, 0, take);
  return cut(on, order, std::move(rows), page);
}

connection list_variations(const list_context& on, const item& of, const json_value& where,
                           const paging& page) {
  const auto include = read_ids(where, "include");
  const auto exclude = read_ids(where, "exclude");
  std::vector<const item*> rows;
  for (const auto id : of.variations) {
    const auto* each = on.shop.find(id);
    const auto in = [&](const std::vector<post_id>& ids) {
      return std::find(ids.begin(), ids.end(), id) != ids.end();
    };
    if (each != nullptr && each->status != post_status::trash && (include.empty() || in(include)) &&
        !in(exclude) &&
        visible(*each, on.viewer)) // disabled ones are left out for all but managers
      rows.push_back(each);
  }
  const auto order = read_order(where, {});
  if (order.key == order_key::title ||
      order.key == order_key::menu) { // the parent's name is the same in all
    std::sort(rows.begin(), rows.end(), [&](const item* a, const item* b) {
      const auto x = sorting_key(a->option);
      const auto y = sorting_key(b->option);
      return x != y ? (order.descending ? x > y : x < y) : a->id > b->id;
    });
    const auto from = std::find_if(rows.begin(), rows.end(),
                                   [&](const item* each) { return each->id == page.after; });
    if (from != rows.end())
      rows.erase(rows.begin(), from + 1);
    auto rest = page;
    rest.after = 0;
    return cut(on, {order_key::input, true}, std::move(rows), rest);
  }
  return cut(on, order, std::move(rows), page);
}

} // namespace ankkor::emulator::graphql

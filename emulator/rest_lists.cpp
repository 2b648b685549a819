// See rest_lists.hpp.
#include "emulator/rest_lists.hpp"

#include <algorithm>

namespace ankkor::emulator::rest {

namespace {

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

} // namespace

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

} // namespace ankkor::emulator::rest

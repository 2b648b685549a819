// See graphql_filters.hpp.
#include "emulator/graphql_filters.hpp"

#include <algorithm>

namespace ankkor::emulator::graphql {

const json_value* member(const json_value& of, std::string_view name) {
  const auto* found = of.find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::vector<post_id> read_ids(const json_value& where, std::string_view name) {
  std::vector<post_id> ids;
  const auto* list = member(where, name);
  if (list == nullptr || list->items() == nullptr)
    return ids;
  for (const auto& each : *list->items()) {
    if (const auto id = each.as_integer(); id && *id > 0)
      ids.push_back(static_cast<post_id>(*id));
  }
  return ids;
}

std::string upper(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return made;
}

bool lists(const json_value& list, std::string_view text) {
  return list.items() != nullptr &&
         std::any_of(list.items()->begin(), list.items()->end(), [&](const auto& each) {
           return each.string() != nullptr && *each.string() == text;
         });
}

std::string_view stock_name(stock_state state) {
  switch (state) {
  case stock_state::in_stock:
    return "IN_STOCK";
  case stock_state::on_backorder:
    return "ON_BACKORDER";
  case stock_state::out_of_stock:
    break;
  }
  return "OUT_OF_STOCK";
}

namespace {

using std::chrono::days;
using std::chrono::year_month_day;

bool in_category(const catalog& shop, const item& of, const json_value& list) {
  return std::any_of(of.categories.begin(), of.categories.end(), [&](std::uint32_t index) {
    const auto& each = shop.categories()[index];
    return lists(list, each.slug) || lists(list, percent_decode(each.slug, false)) ||
           lists(list, each.name);
  });
}

// WP_Date_Query::build_mysql_datetime: what is left out becomes the earliest or the latest, by the
// side.
second build_date(const json_value& parts, bool latest, second local_now) {
  const auto part = [&](std::string_view name) {
    const auto* value = member(parts, name);
    return value == nullptr ? std::nullopt : value->as_integer();
  };
  const year_month_day today{std::chrono::floor<days>(local_now)};
  const std::chrono::year year(
    static_cast<int>(part("year").value_or(static_cast<int>(today.year()))));
  const auto month_number =
    std::clamp<std::int64_t>(part("month").value_or(latest ? 12 : 1), 1, 12);
  const std::chrono::month month(static_cast<unsigned>(month_number));
  const auto last = static_cast<unsigned>((year / month / std::chrono::last).day());
  const auto day = std::clamp<std::int64_t>(part("day").value_or(latest ? last : 1), 1, 31);
  return std::chrono::sys_days(year / month / 1) + days(day - 1) +
         std::chrono::hours(part("hour").value_or(latest ? 23 : 0)) +
         std::chrono::minutes(part("minute").value_or(latest ? 59 : 0)) +
         std::chrono::seconds(part("second").value_or(latest ? 59 : 0));
}

} // namespace

std::vector<predicate> read_filters(const catalog& shop, const json_value& where) {
  std::vector<predicate> made;
  if (const auto excluded = read_ids(where, "exclude"); !excluded.empty())
    made.emplace_back([excluded](const item& of) {
      return std::find(excluded.begin(), excluded.end(), of.id) == excluded.end();
    });
  if (const auto* sku = member(where, "sku"))
    made.emplace_back(
      [&shop, sku](const item& of) { return shop.shown_sku(of) == *sku->string(); });
  if (const auto* slugs = member(where, "slugIn"))
    made.emplace_back([slugs](const item& of) {
      return lists(*slugs, of.slug) || lists(*slugs, percent_decode(of.slug, false));
    });
  if (const auto* stock = member(where, "stockStatus"))
    made.emplace_back([&shop, stock](const item& of) {
      return lists(*stock, stock_name(shop.shown_stock(of).state));
    });
  if (const auto* type = member(where, "type"))
    made.emplace_back(
      [type](const item& of) { return upper(to_string(of.type)) == *type->string(); });
  if (const auto* types = member(where, "typeIn"))
    made.emplace_back([types](const item& of) { return lists(*types, upper(to_string(of.type))); });
  if (const auto* types = member(where, "typeNotIn"))
    made.emplace_back(
      [types](const item& of) { return !lists(*types, upper(to_string(of.type))); });
  if (const auto* words = member(where, "search"))
    made.emplace_back([words](const item& of) {
      return of.title_key.find(sorting_key(*words->string())) != std::string::npos;
    });
  const auto by_term = [&](std::vector<post_id> terms) {
    made.emplace_back([&shop, terms = std::move(terms)](const item& of) {
      return std::any_of(of.categories.begin(), of.categories.end(), [&](std::uint32_t index) {
        return std::find(terms.begin(), terms.end(), shop.categories()[index].id) != terms.end();
      });
    });
  };
  if (const auto* term = member(where, "categoryId"))
    by_term({static_cast<post_id>(term->as_integer().value_or(0))});
  if (auto terms = read_ids(where, "categoryIdIn"); !terms.empty())
    by_term(std::move(terms));
  for (const auto* name : {"category", "categoryIn"}) {
    if (const auto* given = member(where, name)) {
      const auto list = given->items() != nullptr ? *given : json_value(json_value::array{*given});
      made.emplace_back([&shop, list](const item& of) { return in_category(shop, of, list); });
    }
  }
  return made;
}

date_range read_range(const list_context& on, const json_value& where) {
  date_range made;
  const auto* query = member(where, "dateQuery");
  if (query == nullptr)
    return made;
  const auto* column = member(*query, "column");
  made.modified =
    column != nullptr && column->string() != nullptr && *column->string() == "MODIFIED";
  const auto* given = member(*query, "inclusive");
  const bool inclusive = given != nullptr && given->boolean() != nullptr && *given->boolean();
  const auto local_now = std::chrono::floor<std::chrono::seconds>(on.now) + on.zone;
  const auto one = std::chrono::seconds(inclusive ? 1 : 0);
  if (const auto* after = member(*query, "after"))
    made.after = build_date(*after, !inclusive, local_now) - on.zone - one;
  if (const auto* before = member(*query, "before"))
    made.before = build_date(*before, inclusive, local_now) - on.zone + one;
  return made;
}

bool inside(const date_range& range, const item& of) {
  const auto at = range.modified ? of.modified : of.created;
  return (!range.after || at > *range.after) && (!range.before || at < *range.before);
}

} // namespace ankkor::emulator::graphql

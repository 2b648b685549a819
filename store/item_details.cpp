#include "store/item_details.hpp"

#include "base/json.hpp"

#include <simdjson.h>

#include <array>
#include <utility>
#include <vector>

namespace ankkor::store {

namespace {

namespace dom = simdjson::dom;
using stock::item_details;

// Members by the names that they are kept under.
template <class Member>
using named = std::pair<std::string_view, Member item_details::*>;

constexpr std::array<named<bool>, 2> flags{{
  {"sold_individually", &item_details::sold_individually},
  {"password", &item_details::has_password},
}};
constexpr std::array<named<std::vector<std::string>>, 2> lists{{
  {"brands", &item_details::brands},
  {"tags", &item_details::tags},
}};
constexpr std::array<
  std::pair<std::string_view, std::optional<stock::quantity> stock::order_amounts::*>, 3>
  amounts{{
    {"minimum", &stock::order_amounts::minimum},
    {"maximum", &stock::order_amounts::maximum},
    {"step", &stock::order_amounts::step},
  }};

// Kept as text: a JSON reader would make a double of a fraction.
bool read(dom::element value, std::optional<stock::quantity>& into) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS)
    return false;
  into = stock::parse_quantity(text);
  return into.has_value();
}

bool read(dom::element value, std::vector<std::string>& into) {
  dom::array list;
  if (value.get(list) != simdjson::SUCCESS)
    return false;
  for (const auto each : list) {
    std::string_view text;
    if (each.get(text) != simdjson::SUCCESS)
      return false;
    into.emplace_back(text);
  }
  return true;
}

bool read(dom::element value, stock::listing& into) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS)
    return false;
  const auto known = stock::parse_listing(text);
  into = known.value_or(into);
  return known.has_value();
}

// False only if a name that is known has a value that it can't have.
bool read_field(std::string_view name, dom::element value, item_details& into) {
  if (name == "purchasable")
    return value.get(into.purchasable) == simdjson::SUCCESS;
  if (name == "listed")
    return read(value, into.listed);
  if (name == "low_stock")
    return read(value, into.low_stock);
  for (const auto& [known, member] : flags) {
    if (name == known)
      return value.get(into.*member) == simdjson::SUCCESS;
  }
  for (const auto& [known, member] : lists) {
    if (name == known)
      return read(value, into.*member);
  }
  for (const auto& [known, member] : amounts) {
    if (name == known)
      return read(value, into.amounts.*member);
  }
  return true;
}

} // namespace

std::string details_to_json(const item_details& details) {
  auto text = std::string{};
  if (auto plain = item_details{}; (plain.known = details.known, plain) == details)
    return text;
  auto out = json::writer{text};
  out.begin_object();
  for (const auto& [name, member] : flags) {
    if (details.*member)
      out.field(name, true);
  }
  if (!details.purchasable)
    out.field("purchasable", false);
  if (details.listed != stock::listing::everywhere)
    out.field("listed", stock::to_string(details.listed));
  if (details.low_stock)
    out.field("low_stock", stock::to_string(*details.low_stock));
  for (const auto& [name, member] : lists) {
    if (!(details.*member).empty())
      out.field(name, details.*member);
  }
  for (const auto& [name, member] : amounts) {
    if (details.amounts.*member)
      out.field(name, stock::to_string(*(details.amounts.*member)));
  }
  out.end_object();
  return text;
}

std::optional<item_details> details_from_json(std::string_view text) {
  auto details = item_details{};
  if (text.empty())
    return details;
  // One a thread: it keeps its buffers from row to row.
  thread_local dom::parser parser;
  dom::object fields;
  if (parser.parse(text.data(), text.size()).get(fields) != simdjson::SUCCESS)
    return std::nullopt;
  for (const auto field : fields) {
    if (!read_field(field.key, field.value, details))
      return std::nullopt;
  }
  return details;
}

} // namespace ankkor::store

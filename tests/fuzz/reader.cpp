// What readers of the public API ask with, for any bytes: carts, lists of IDs, slugs, queries, and
// where an event stream goes on. The first byte chooses which.
#include "actors/change/broadcaster.hpp"
#include "api/asking.hpp"
#include "api/http.hpp"
#include "net/http/grammar.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <limits>
#include <set>

using namespace ankkor;
using namespace ankkor::fuzz;

namespace {

constexpr auto id_max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

bool is_id(stock::product_id id) {
  return id > 0 && id <= id_max;
}

// As it stands in the answer: a number, or one in quotation marks; or null.
bool is_id_as_json(std::string_view text, stock::product_id id) {
  if (text.starts_with('"'))
    text = text.substr(1, text.size() - 2);
  return api::parse_id(text) == id;
}

void try_cart(std::string_view bytes) {
  const auto body = padded(bytes);
  const auto lines = api::parse_cart(body);
  if (!lines) {
    require(!lines.failure().message.empty(), "a refusal says why");
    return;
  }
  require(lines->size() <= api::cart_limits::lines_max, "a cart is bounded");
  for (const auto& line : *lines) {
    require(is_id(line.wanted.item), "a line names an item");
    require(line.quantity >= 1 && line.quantity <= api::cart_limits::quantity_max,
            "a quantity is bounded");
    const auto product = line.wanted.of.value_or(line.wanted.item);
    require(is_id_as_json(line.product, product), "a product is answered as it was written");
    require(line.wanted.of ? is_id_as_json(line.variation, line.wanted.item)
                           : line.variation == "null",
            "a variation is answered as it was written");
  }
}

void try_ids(std::string_view bytes) {
  constexpr std::size_t most = 20;
  const auto ids = api::parse_ids(bytes, most);
  if (!ids)
    return;
  require(!ids->empty() && ids->size() <= most, "a list is bounded");
  require(std::all_of(ids->begin(), ids->end(), is_id), "what is listed is IDs");
  require(std::set<stock::product_id>(ids->begin(), ids->end()).size() == ids->size(),
          "each is listed once");
}

void try_slug(std::string_view bytes) {
  const auto slug = api::slug_of_segment(bytes);
  if (!slug)
    return;
  constexpr std::size_t longest = 600;
  require(!slug->empty() && slug->size() <= longest, "a slug is bounded");
  require(
    std::none_of(slug->begin(), slug->end(),
                 [](char c) { return c <= ' ' || c > '~' || c == '/' || (c >= 'A' && c <= 'Z'); }),
    "a slug is as WooCommerce keeps it");
}

// A few events behind, and others that are forgotten.
const actors::broadcaster& told() {
  static actors::broadcaster all;
  if (all.newest() == 0) {
    auto events = std::vector<store::live_event>(20);
    for (std::size_t at = 0; at < events.size(); ++at) {
      events[at].sequence = 100 + at;
      events[at].product = 34 + at % 3;
      events[at].item = events[at].product;
    }
    all.load(std::move(events));
  }
  return all;
}

void try_stream(std::string_view query, std::string_view field) {
  auto request = net::request{};
  request.query = query;
  request.fields.emplace_back("Last-Event-ID", field);
  const auto after = api::resumes_after(request);
  const bool asked =
    !field.empty() || !api::query_parameter(query, "lastEventId").value_or("").empty();
  require(after.has_value() == asked, "who says an ID comes back");
  if (!after)
    return;
  constexpr std::size_t slice = 5;
  auto seen = *after;
  for (bool complete = false; !complete;) {
    const auto more = told().follow(seen, slice, [](const auto&) { return true; });
    if (!more.known) {
      require(seen == *after, "what was known stays known");
      require(seen < 99 || seen > 119, "what is kept is told");
      return;
    }
    require(more.reached >= seen && more.events.size() <= slice, "a slice goes on");
    for (const auto& event : more.events) {
      require(event.sequence == seen + 1, "no gap and no repetition");
      seen = event.sequence;
    }
    complete = more.complete;
    require(complete || !more.events.empty(), "it comes to an end");
    seen = more.reached;
  }
  require(seen == 119, "all of it is told");
}

void try_conditions(std::string_view field, std::string_view etag) {
  const bool holds = api::none_match_holds(field, etag);
  require(!holds || field == "*" || field.find('"') != std::string_view::npos,
          "a tag has quotation marks");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = as_text(data, size);
  const auto choice = take_choice(bytes) % 5;
  const auto end = std::min(bytes.find('\n'), bytes.size());
  const auto first = bytes.substr(0, end);
  const auto second = bytes.substr(std::min(end + 1, bytes.size()));
  if (choice == 0)
    try_cart(bytes);
  else if (choice == 1)
    try_ids(bytes);
  else if (choice == 2)
    try_slug(bytes);
  else if (choice == 3)
    try_stream(first, second);
  else
    try_conditions(first, second);
  return 0;
}

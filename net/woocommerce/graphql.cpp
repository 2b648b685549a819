#include "net/woocommerce/graphql.hpp"

#include "net/woocommerce/graphql_dom.hpp"
#include "net/woocommerce/graphql_items.hpp"

#include <simdjson.h>

#include <utility>

namespace ankkor::net {

namespace {

namespace json = simdjson::dom;
using graphql::damage;
using graphql::malformed;
using graphql::member_as;
using graphql::site_clock;

void read_page_node(items_page& page, site_clock& clock, json::element node,
                    const std::string& path, const damage& errors) {
  json::object object;
  const auto id = node.get(object) == simdjson::SUCCESS ? graphql::read_id(object) : std::nullopt;
  if (!id) {
    ++page.nameless_failures;
    return;
  }
  clock.look_at(object);
  clock.look_at_variations(object);
  const auto type = member_as<std::string_view>(object, "__typename").value_or("");
  try {
    if (!type.ends_with("Variation"))
      page.items.push_back(graphql::read_found_product(object, path, errors));
    else if (auto found = graphql::read_found_variation(object, path, errors))
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
  graphql::read_page_info(*connection, page.more, page.cursor);
  page.total = member_as<std::uint64_t>(*connection, "found");
  const auto nodes = name + "/nodes";
  std::size_t index = 0;
  for (const auto node : graphql::read_nodes(*connection))
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
  if (value.get(object) != simdjson::SUCCESS || !graphql::read_id(object))
    return not_read("the shop's answer holds something else in its place");
  clock.look_at(object);
  clock.look_at_variations(object);
  try {
    if (product)
      return {item_presence::found, graphql::read_found_product(object, alias, errors), {}};
    auto variation = graphql::read_found_variation(object, alias, errors);
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
    message += " (" + graphql::in_short(errors.first_message()) + ")";
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
      return graphql::judge_by_status(response, {}, body);
    return graphql::judge_object(root, response);
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
    if (!graphql::has(data, "product"))
      throw malformed{"it lacks product " + std::to_string(product)};
    const auto of = member_as<json::object>(data, "product");
    const auto connection = of ? member_as<json::object>(*of, "variations") : std::nullopt;
    if (connection && !errors.reaches("product"))
      return graphql::read_variations(*connection, product, path, errors);
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
      for (const auto node : graphql::read_nodes(*folded)) {
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
    if (errors.count("viewer") != 0 || !graphql::has(data, "viewer"))
      throw malformed{"it doesn't say who we are"};
    const auto viewer = member_as<json::object>(data, "viewer");
    return viewer ? graphql::read_id(*viewer) : std::nullopt;
  });
}

} // namespace ankkor::net

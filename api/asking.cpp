#include "api/asking.hpp"

#include "api/http.hpp"
#include "base/keyed_hash.hpp"
#include "net/http/grammar.hpp"

#include <boost/unordered/unordered_flat_set.hpp>
#include <simdjson.h>

#include <limits>

namespace ankkor::api {

namespace {

// WordPress keeps at most 200 characters of a slug; encoded, and encoded again, they are more.
constexpr std::size_t slug_bytes_max = 600;

namespace dom = simdjson::dom;

error malformed(std::string message) {
  return {errc::invalid_input, std::move(message), ""};
}

error in_line(std::size_t number, std::string_view what) {
  return malformed("Line " + std::to_string(number + 1) + ": " + std::string{what});
}

struct written_id {
  stock::product_id id = 0; // 0: none
  std::string text = "null";
};

// Nothing if it is no ID. Absent, null and 0 are none.
std::optional<written_id> read_id(const dom::object& line, std::string_view key) {
  auto value = dom::element{};
  if (line[key].get(value) != simdjson::SUCCESS || value.is_null())
    return written_id{};
  auto number = std::int64_t{};
  if (value.get(number) == simdjson::SUCCESS) {
    if (number == 0)
      return written_id{};
    if (number < 0)
      return std::nullopt;
    return written_id{static_cast<stock::product_id>(number), std::to_string(number)};
  }
  auto text = std::string_view{};
  if (value.get(text) != simdjson::SUCCESS)
    return std::nullopt;
  if (text == "0")
    return written_id{};
  const auto id = parse_id(text);
  if (!id)
    return std::nullopt;
  return written_id{*id, "\"" + std::string{text} + "\""};
}

result<asked_line> read_line(const dom::element& element, std::size_t number) {
  auto fields = dom::object{};
  if (element.get(fields) != simdjson::SUCCESS)
    return in_line(number, "It has to be an object.");
  const auto product = read_id(fields, "productId");
  if (!product || product->id == 0)
    return in_line(number, "productId has to be a whole number above 0.");
  const auto variation = read_id(fields, "variationId");
  if (!variation)
    return in_line(number, "variationId has to be a whole number above 0, or null.");
  auto line = asked_line{};
  if (fields["quantity"].get(line.quantity) != simdjson::SUCCESS || line.quantity < 1 ||
      line.quantity > cart_limits::quantity_max)
    return in_line(number, "quantity has to be a whole number from 1 to 1000000000.");
  line.wanted = {product->id, std::nullopt};
  if (variation->id != 0)
    line.wanted = {variation->id, product->id};
  line.product = product->text;
  line.variation = variation->text;
  return line;
}

// Somebody's "" is nobody's ID: polyfills send it before they have seen an event.
std::optional<std::string> last_event_id(const net::request& request) {
  if (const auto field = request.field("last-event-id"); field && !field->empty())
    return std::string{*field};
  auto parameter = query_parameter(request.query, "lastEventId");
  return parameter && !parameter->empty() ? parameter : std::nullopt;
}

} // namespace

std::optional<std::vector<stock::product_id>> parse_ids(std::string_view list, std::size_t max) {
  auto ids = std::vector<stock::product_id>{};
  auto known = boost::unordered_flat_set<stock::product_id, keyed_hash>{};
  for (std::size_t begin = 0; begin <= list.size();) {
    const auto end = std::min(list.find(',', begin), list.size());
    const auto id = parse_id(list.substr(begin, end - begin));
    if (!id)
      return std::nullopt;
    if (known.insert(*id).second)
      ids.push_back(*id);
    if (ids.size() > max)
      return std::nullopt;
    begin = end + 1;
  }
  return ids;
}

std::optional<std::string> slug_of_segment(std::string_view segment) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto decoded = decode_path(segment);
  if (!decoded || decoded->empty())
    return std::nullopt;
  auto slug = std::string{};
  for (const char c : *decoded) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F || c == '/')
      return std::nullopt;
    if (c >= 'A' && c <= 'Z')
      slug += static_cast<char>(c - 'A' + 'a');
    else if (byte < 0x80)
      slug += c;
    else
      slug.append({'%', digits[byte >> 4U], digits[byte & 0xFU]});
  }
  return slug.size() <= slug_bytes_max ? std::optional{std::move(slug)} : std::nullopt;
}

result<std::vector<asked_line>> parse_cart(std::string_view json) {
  if (json.size() > cart_limits::body_bytes_max)
    return error{errc::too_large, "A cart is at most 64 KiB of JSON.", ""};
  thread_local dom::parser parser;
  auto root = dom::object{};
  if (parser.parse(json.data(), json.size(), false).get(root) != simdjson::SUCCESS)
    return malformed("The body has to be a JSON object.");
  auto items = dom::array{};
  if (root["items"].get(items) != simdjson::SUCCESS)
    return malformed("The body has to have a list called items.");
  auto lines = std::vector<asked_line>{};
  for (const auto element : items) {
    if (lines.size() == cart_limits::lines_max)
      return error{errc::too_large, "A cart has at most 200 lines.", ""};
    auto line = read_line(element, lines.size());
    if (!line)
      return line.failure();
    lines.push_back(*std::move(line));
  }
  return lines;
}

std::optional<std::uint64_t> resumes_after(const net::request& request) {
  const auto said = last_event_id(request);
  if (!said)
    return std::nullopt;
  // Something that isn't ours is as good as something that is too long ago.
  return net::grammar::parse_decimal(*said).value_or(std::numeric_limits<std::uint64_t>::max());
}

} // namespace ankkor::api

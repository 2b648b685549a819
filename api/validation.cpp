#include "api/validation.hpp"

#include "api/http.hpp"
#include "base/json.hpp"
#include "base/metrics.hpp"
#include "stock/cart.hpp"

#include <simdjson.h>

#include <algorithm>
#include <set>

namespace ankkor::api {

namespace {

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

// --- answering -----------------------------------------------------------------------------------

void write_remark(json::writer& out, stock::cart_remark remark) {
  out.key("reason");
  if (remark == stock::cart_remark::none)
    out.null();
  else
    out.value(stock::to_string(remark));
}

void write_number(json::writer& out, std::string_view name,
                  const std::optional<std::int64_t>& number) {
  out.key(name);
  if (number)
    out.value(*number);
  else
    out.null();
}

void write_line(json::writer& out, const asked_line& asked, const found_item& found,
                const stock::cart_verdict& verdict) {
  out.begin_object();
  out.key("productId").raw(asked.product).key("variationId").raw(asked.variation);
  out.field("quantity", asked.quantity).field("available", verdict.available);
  write_remark(out, verdict.remark);
  out.key("stockStatus");
  if (found.as == holding::shown) {
    const auto level = stock::effective_stock(found.snapshot->held, *found.item);
    out.value(stock::to_string(level.status));
    write_number(out, "stockQuantity", level.quantity);
  } else {
    out.null();
    write_number(out, "stockQuantity", std::nullopt);
  }
  write_number(out, "availableQuantity", verdict.left);
  out.end_object();
}

// `unread`: what neither is held nor could be read.
void answer_cart(net::exchange& exchange, const actors::view& view,
                 const std::vector<asked_line>& asked, const std::set<stock::product_id>& unread) {
  auto found = std::vector<found_item>{};
  auto lines = std::vector<stock::cart_line>{};
  for (const auto& line : asked) {
    auto item = find_item(view, line.wanted);
    lines.push_back({item.snapshot ? &item.snapshot->held : nullptr, item.item, line.quantity});
    found.push_back(std::move(item));
  }
  auto verdicts = stock::check_cart(lines);
  for (std::size_t at = 0; at < asked.size(); ++at) {
    if (found[at].as != holding::shown && unread.contains(asked[at].wanted.item))
      verdicts[at].remark = stock::cart_remark::unavailable;
  }
  auto text = std::string{};
  auto out = json::writer{text};
  const bool valid = std::all_of(verdicts.begin(), verdicts.end(),
                                 [](const auto& verdict) { return verdict.available; });
  out.begin_object().field("valid", valid).key("items").begin_array();
  for (std::size_t at = 0; at < asked.size(); ++at)
    write_line(out, asked[at], found[at], verdicts[at]);
  out.end_array().end_object();
  exchange.respond(json_response(200, std::move(text)));
}

} // namespace

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

void validation::check(const std::shared_ptr<net::exchange>& exchange) const {
  auto lines = parse_cart(exchange->req().body);
  if (!lines) {
    const auto& why = lines.failure();
    exchange->respond(why.code == errc::too_large
                        ? error_response(413, "too_large", why.message)
                        : error_response(400, "bad_request", why.message));
    return;
  }
  const auto& view = engine_->products();
  auto unknown = std::set<stock::product_id>{};
  for (const auto& line : *lines) {
    if (find_item(view, line.wanted).as == holding::unknown)
      unknown.insert(line.wanted.item);
  }
  const auto asked = std::vector<stock::product_id>(unknown.begin(), unknown.end());
  read_missing(*engine_, exchange, asked,
               [&view, exchange, asked, lines = *std::move(lines)](const auto& answers) {
                 auto unread = std::set<stock::product_id>{};
                 for (std::size_t at = 0; at < asked.size(); ++at) {
                   if (answers[at].outcome == actors::read_outcome::unavailable)
                     unread.insert(asked[at]);
                 }
                 answer_cart(*exchange, view, lines, unread);
               });
}

} // namespace ankkor::api

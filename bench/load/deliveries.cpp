#include "bench/load/deliveries.hpp"

#include "net/stock_json.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace ankkor::load {

namespace {

struct place {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Where the value of the first such field stands: a number, or the inside of a string.
std::optional<place> find_value(std::string_view body, std::string_view name) {
  const auto key = fmt::format("\"{}\":", name);
  auto begin = body.find(key);
  if (begin == std::string_view::npos)
    return std::nullopt;
  begin += key.size();
  const bool quoted = begin < body.size() && body[begin] == '"';
  if (quoted)
    ++begin;
  const auto end = quoted ? body.find('"', begin) : body.find_first_not_of("-0123456789", begin);
  if (end == std::string_view::npos || end == begin)
    return std::nullopt;
  return place{begin, end};
}

// As date_modified_gmt is written: without a zone.
std::string render_gmt(stock::store_time time) {
  auto text = net::render_time(time);
  text.pop_back();
  return text;
}

// The same bytes, from base64 to hexadecimal digits.
std::string hex_of(std::string_view base64) {
  constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  auto hex = std::string{};
  unsigned bits = 0;
  unsigned count = 0;
  for (const char letter : base64.substr(0, base64.find('='))) {
    bits = (bits << 6U | static_cast<unsigned>(alphabet.find(letter))) & 0xFFFFU;
    count += 6;
    for (; count >= 8; count -= 8)
      fmt::format_to(std::back_inserter(hex), "{:02x}", bits >> (count - 8) & 0xFFU);
  }
  return hex;
}

} // namespace

result<delivery_maker> delivery_maker::from(std::string_view body, const std::string& secret,
                                            std::string host, std::uint64_t seed) {
  auto made = delivery_maker{};
  made.signer_ = std::make_shared<net::signer>(secret);
  made.wrong_signature_ = made.signer_->sign("");
  made.host_ = std::move(host);
  made.seed_ = seed;
  auto blanks = std::vector<std::pair<place, blank>>{};
  // The first of each name: within a product's own fields these come before those of its
  // categories.
  for (const auto& [name, what] : {std::pair{"id", blank::id},
                                   {"slug", blank::slug},
                                   {"sku", blank::sku},
                                   {"stock_quantity", blank::quantity},
                                   {"date_modified", blank::modified},
                                   {"date_modified_gmt", blank::modified}}) {
    const auto found = find_value(body, name);
    if (!found)
      return error{errc::invalid_input, fmt::format("The body has no usable \"{}\".", name),
                   "Give a simple product with managed stock, as WooCommerce sends it."};
    blanks.emplace_back(*found, what);
  }
  std::sort(blanks.begin(), blanks.end(),
            [](const auto& a, const auto& b) { return a.first.begin < b.first.begin; });
  std::size_t from = 0;
  for (const auto& [where, what] : blanks) {
    made.pieces_.push_back({std::string{body.substr(from, where.begin - from)}, what});
    from = where.end;
  }
  made.pieces_.push_back({std::string{body.substr(from)}, blank::none});
  return made;
}

void delivery_maker::fill(const product_state& state) {
  body_.clear();
  for (const auto& each : pieces_) {
    body_ += each.text;
    if (each.next == blank::id)
      fmt::format_to(std::back_inserter(body_), "{}", state.id);
    else if (each.next == blank::slug)
      fmt::format_to(std::back_inserter(body_), "simple-product-{}", state.id);
    else if (each.next == blank::sku)
      fmt::format_to(std::back_inserter(body_), "SIM-{}", state.id);
    else if (each.next == blank::quantity)
      fmt::format_to(std::back_inserter(body_), "{}", state.quantity);
    else if (each.next == blank::modified)
      body_ += render_gmt(state.modified);
  }
}

void delivery_maker::make(const product_state& state, std::string& request) {
  repeat(state, ++made_, request);
}

void delivery_maker::repeat(const product_state& state, std::uint64_t number,
                            std::string& request) {
  fill(state);
  const auto signature = signer_->sign(body_);
  write(number, hex_ ? hex_of(signature) : signature, request);
}

void delivery_maker::forge(const product_state& state, std::string& request) {
  fill(state);
  write(++made_, wrong_signature_, request);
}

void delivery_maker::sign_in_hex() {
  hex_ = true;
  wrong_signature_ = hex_of(wrong_signature_);
}

void delivery_maker::write(std::uint64_t number, std::string_view signature, std::string& request) {
  // The fields that WooCommerce sends, in its order (recording 008), but for the connection, which
  // it closes after each.
  request.clear();
  fmt::format_to(std::back_inserter(request),
                 "POST /api/webhooks/woocommerce HTTP/1.1\r\n"
                 "Host: {}\r\n"
                 "User-Agent: ankkor-load\r\n"
                 "Accept: */*\r\n"
                 "Accept-Encoding: deflate, gzip, br, zstd\r\n"
                 "Content-Type: application/json\r\n"
                 "X-WC-Webhook-Source: http://{}/\r\n"
                 "X-WC-Webhook-Topic: product.updated\r\n"
                 "X-WC-Webhook-Resource: product\r\n"
                 "X-WC-Webhook-Event: updated\r\n"
                 "X-WC-Webhook-Signature: {}\r\n"
                 "X-WC-Webhook-ID: 2\r\n"
                 "X-WC-Webhook-Delivery-ID: {:016x}{:016x}\r\n"
                 "Content-Length: {}\r\n\r\n",
                 host_, host_, signature, seed_, number, body_.size());
  request += body_;
}

std::string padded(std::string body, std::size_t size) {
  constexpr std::string_view sentence = "Made by hand in small numbers, and packed with care. ";
  constexpr std::string_view key = R"("description":")";
  const auto at = body.find(key);
  if (at == std::string::npos || body.size() >= size)
    return body;
  auto filler = std::string{};
  for (auto missing = size - body.size(); filler.size() < missing;)
    filler += sentence;
  filler.resize(size - body.size(), ' ');
  return body.insert(at + key.size(), filler);
}

result<std::string> read_body(const std::string& path) {
  auto file = std::ifstream{path, std::ios::binary};
  auto text = std::ostringstream{};
  if (!file || !(text << file.rdbuf()))
    return error{errc::not_found, fmt::format("{} can't be read.", path), "Give another --body."};
  auto content = std::move(text).str();
  auto parser = simdjson::dom::parser{};
  simdjson::dom::element whole;
  if (parser.parse(content).get(whole) != simdjson::SUCCESS)
    return error{errc::invalid_input, fmt::format("{} is no JSON.", path), "Give another --body."};
  std::string_view recorded;
  if (whole["body_text"].get(recorded) == simdjson::SUCCESS)
    return std::string{recorded};
  return content;
}

} // namespace ankkor::load

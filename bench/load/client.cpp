#include "bench/load/client.hpp"

#include "net/stock_json.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <simdjson.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ankkor::load {

namespace {

constexpr int patience_ms = 10'000;

bool wait_for(const descriptor& socket, short what) {
  auto waiting = pollfd{socket.get(), what, 0};
  return ::poll(&waiting, 1, patience_ms) == 1;
}

bool shows(const std::string& body, const product_state& expected) {
  auto parser = simdjson::dom::parser{};
  simdjson::dom::element whole;
  std::int64_t quantity = 0;
  if (parser.parse(body).get(whole) != simdjson::SUCCESS ||
      whole["stockQuantity"].get(quantity) != simdjson::SUCCESS || quantity != expected.quantity)
    return false;
  std::string_view modified;
  return whole["modified"].get(modified) != simdjson::SUCCESS ||
         modified == net::render_time(expected.modified);
}

} // namespace

client::client(net::url where, descriptor socket)
  : where_(std::move(where)), socket_(std::move(socket)) {}

result<client> client::connect(const net::url& where) {
  auto connected = connect_to(where);
  if (!connected)
    return connected.failure();
  return client{where, std::move(*connected)};
}

std::optional<answer> client::ask(const std::string& request) {
  last_.clear();
  for (std::size_t written = 0; written < request.size();) {
    const auto count =
      ::send(socket_.get(), request.data() + written, request.size() - written, MSG_NOSIGNAL);
    if (count <= 0 && !wait_for(socket_, POLLOUT))
      return std::nullopt;
    written += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  while (wait_for(socket_, POLLIN)) {
    std::array<char, 16'384> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): recv fills it
    const auto count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count <= 0)
      return std::nullopt;
    last_.append(bytes.data(), static_cast<std::size_t>(count));
    if (auto read = read_answer(last_))
      return read;
  }
  return std::nullopt;
}

std::optional<answer> client::get(const std::string& target) {
  return ask(
    fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\n\r\n", target, where_.host, where_.port));
}

std::optional<std::string> client::last_field(std::string_view name) const {
  const auto found = find_field(last_, name);
  return found ? std::optional{std::string{*found}} : std::nullopt;
}

result<verification> verify(const net::url& where, const std::vector<product_state>& expected,
                            std::size_t sample) {
  auto reader = client::connect(where);
  if (!reader)
    return reader.failure();
  auto found = verification{};
  const auto step = std::max<std::size_t>(1, expected.size() / std::max<std::size_t>(1, sample));
  for (std::size_t at = 0; at < expected.size() && found.read < sample; at += step) {
    const auto came = reader->get(fmt::format("/api/products/{}/stock", expected[at].id));
    if (!came)
      return error{errc::unavailable, "A product could not be read back.",
                   "See that the server still runs."};
    ++found.read;
    if (came->status != 200 || !shows(came->body, expected[at])) {
      found.wrong.push_back(fmt::format(
        "product {}: expected {} at {}, got {} {}", expected[at].id, expected[at].quantity,
        net::render_time(expected[at].modified), came->status, came->body));
    }
  }
  return found;
}

} // namespace ankkor::load

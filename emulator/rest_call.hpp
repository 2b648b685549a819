// One REST request on its way, and what every answer shares. For the sources of this folder alone.
#pragma once

#include "emulator/rest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ankkor::emulator::rest {

inline constexpr std::string_view root = "/wp-json/wc/v3/";

// One request on its way through the API.
struct call {
  rest_context on;
  const http_question& request;
  moment now;
  query_fields query;
  std::vector<std::string_view> path; // below wc/v3
  json_value body;

  [[nodiscard]] const std::string* field(std::string_view name) const {
    return find_field(query, name);
  }

  [[nodiscard]] bool reads() const { return request.method == "GET" || request.method == "HEAD"; }

  [[nodiscard]] bool updates() const {
    return request.method == "PUT" || request.method == "POST" || request.method == "PATCH";
  }

  [[nodiscard]] bool forced() const {
    const auto* force = field("force");
    const auto* in_body = body.find("force");
    return (force != nullptr && (*force == "true" || *force == "1")) ||
           (in_body != nullptr && in_body->boolean() != nullptr && *in_body->boolean());
  }
};

[[nodiscard]] std::optional<post_id> parse_id(std::string_view text);
[[nodiscard]] std::vector<std::string> split(std::string_view text, char at);

// --- answers -------------------------------------------------------------------------------------

inline constexpr std::string_view allow_item = "GET, POST, PUT, PATCH, DELETE";
inline constexpr std::string_view allow_list = "GET, POST";

[[nodiscard]] http_answer answer(const call& of, unsigned status, std::string body,
                                 std::string_view allow);
[[nodiscard]] http_answer failure(const call& of, unsigned status, std::string_view code,
                                  std::string_view message, std::string_view allow = {});
[[nodiscard]] http_answer missing_parameter(const call& of, std::string_view name);
[[nodiscard]] http_answer no_route(const call& of);
[[nodiscard]] http_answer refuse(const call& of, const rest_access& who);
// What `_fields` asks for; empty: all.
[[nodiscard]] std::vector<std::string> wanted_fields(const call& of);

// --- lists ---------------------------------------------------------------------------------------

struct page {
  std::uint64_t number = 1;
  std::uint64_t size = 10;
};

// False: `refusal` says why.
[[nodiscard]] bool read_page(const call& of, page& to, http_answer& refusal);
[[nodiscard]] http_answer list_answer(const call& of, const page& at, std::uint64_t total,
                                      std::string body, std::string_view allow);

// --- bodies --------------------------------------------------------------------------------------

template <class T>
void read_text(const json_value& from, std::string_view name, T& to) {
  if (const auto* value = from.find(name)) {
    if (auto text = value->as_text())
      to = std::move(*text);
  }
}

// --- what answers below products, orders and webhooks --------------------------------------------

[[nodiscard]] http_answer products(const call& of);
[[nodiscard]] http_answer variations(const call& of);
[[nodiscard]] http_answer orders(const call& of);
[[nodiscard]] http_answer webhooks(const call& of);

} // namespace ankkor::emulator::rest

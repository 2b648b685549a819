#include "api/admin/lists.hpp"

#include "net/stock_json.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace ankkor::api {

namespace {

constexpr std::size_t limit_default = 50;
constexpr std::size_t limit_max = 500;

} // namespace

std::string render_moment(stock::moment at) {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  auto text = net::render_time(second);
  char fraction[16];
  std::snprintf(
    fraction, sizeof fraction, ".%03dZ",
    static_cast<int>(std::chrono::floor<std::chrono::milliseconds>(at - second).count()));
  text.replace(text.size() - 1, 1, fraction);
  return text;
}

std::size_t limit_of(const net::request& request) {
  const auto text = query_parameter(request.query, "limit");
  const auto wanted = text ? parse_id(*text) : std::nullopt;
  return std::min<std::size_t>(wanted.value_or(limit_default), limit_max);
}

void write_texts(json::writer& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name).begin_array();
  for (const auto& text : texts)
    out.value(text);
  out.end_array();
}

} // namespace ankkor::api

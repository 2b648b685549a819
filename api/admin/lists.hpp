// What the admin API's lists share: how many entries, how times and texts are written.
#pragma once

#include "api/http.hpp"
#include "base/json.hpp"
#include "net/http/server.hpp"
#include "stock/product.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ankkor::api {

// "2026-11-22T10:00:00.007Z"
[[nodiscard]] std::string render_moment(stock::moment at);

// ?limit=, 50 without it, 500 at most.
[[nodiscard]] std::size_t limit_of(const net::request& request);

void write_texts(json::writer& out, std::string_view name, const std::vector<std::string>& texts);

// {"name":[…]} of what a read answered, or 503 with its error.
template <class Item, class Write>
void answer_list(net::exchange& exchange, std::string_view name,
                 const result<std::vector<Item>>& items, Write write) {
  if (!items) {
    exchange.respond(unavailable(items.failure().message, 5));
    return;
  }
  auto body = std::string{};
  auto out = json::writer{body};
  out.begin_object().key(name).begin_array();
  for (const auto& item : *items)
    write(out, item);
  out.end_array().end_object();
  exchange.respond(json_response(200, std::move(body)));
}

} // namespace ankkor::api

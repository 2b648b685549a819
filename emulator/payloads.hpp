// The REST v3 representations: what GET answers and what webhooks deliver, field for field as
// recorded.
#pragma once

#include "emulator/catalog.hpp"
#include "emulator/json.hpp"

#include <chrono>
#include <string>

namespace ankkor::emulator {

// How the shop presents itself.
struct site {
  std::string url = "http://127.0.0.1:8088"; // without a slash at the end
  std::chrono::minutes zone{60};             // its time zone's offset from UTC
  std::string currency = "EUR";
  std::string currency_symbol = "\xE2\x82\xAC"; // as text
  std::string currency_html = "&euro;";         // as WooCommerce puts it into prices
};

// The product or variation as `GET products/ID` gives it.
void write_product(json_writer& to, const catalog& shop, const site& where, const item& of);
// The variation as `GET products/ID/variations` gives it: another order, other fields.
void write_variation(json_writer& to, const catalog& shop, const site& where, const item& of);
void write_order(json_writer& to, const catalog& shop, const site& where, const order& of);

// WordPress's error body: {"code":…,"message":…,"data":{"status":…}}
[[nodiscard]] std::string error_body(std::string_view code, std::string_view message,
                                     unsigned status);

// https://shop.example/product/slug/ and the forms it has for drafts, trash and variations.
[[nodiscard]] std::string permalink(const catalog& shop, const site& where, const item& of);

} // namespace ankkor::emulator

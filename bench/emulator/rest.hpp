// WooCommerce's REST API v3, as much of it as a stock service and its tests use: products,
// variations, batches, orders, refunds, webhooks and the system status (tests/recordings/FACTS.md
// section 7).
#pragma once

#include "bench/emulator/access.hpp"
#include "bench/emulator/catalog.hpp"
#include "bench/emulator/http.hpp"
#include "bench/emulator/payloads.hpp"
#include "bench/emulator/webhook_queue.hpp"

namespace ankkor::emulator {

// What a REST request acts on. Not thread-safe: for who owns all of it.
struct rest_context {
  catalog& shop;
  webhook_queue& webhooks;
  const site& where;
  const access_settings& access;
};

// Answers a request below /wp-json. An order of the storefront is made by other means
// (catalog.hpp).
[[nodiscard]] http_answer answer_rest(rest_context on, const http_question& request, moment now);

} // namespace ankkor::emulator

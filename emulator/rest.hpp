// WooCommerce's REST API v3, as much of it as a stock service and its tests use: products,
// variations, batches, orders, refunds, webhooks and the system status (tests/recordings/FACTS.md
// section 7).
#pragma once

#include "emulator/access.hpp"
#include "emulator/catalog.hpp"
#include "emulator/http.hpp"
#include "emulator/payloads.hpp"
#include "emulator/webhook_queue.hpp"

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

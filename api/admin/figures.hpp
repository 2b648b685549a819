// What the daemon can say of itself at one moment, as values: the dashboard plots it, and the
// alerts judge it.
#pragma once

#include "actors/engine.hpp"
#include "base/metrics_snapshot.hpp"
#include "stock/product.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ankkor::api {

// What became of a delivery, as ankkor_webhook_deliveries_total counts it. WooCommerce's pings are
// none of them.
enum class delivery_kind : std::uint8_t {
  applied,
  unchanged,
  stale,
  queued,
  duplicate,
  ignored,
  unusable,
  unauthorized, // no valid signature: 401
  unavailable,  // could not be committed: 503
  refused       // malformed or too large, before anything was believed
};

inline constexpr std::array<std::string_view, 10> delivery_kind_names{
  "applied", "unchanged", "stale",        "queued",      "duplicate",
  "ignored", "unusable",  "unauthorized", "unavailable", "refused"};

// One revalidation target. The counts are calls since the start of the process.
struct target_figures {
  std::string name;
  std::string format;        // "next", "fastly", …
  std::uint64_t pending = 0; // products in the outbox
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  std::uint64_t given_up = 0;
  bool circuit_open = false;
};

// Counts are since the start of the process; times are in seconds.
struct figures {
  stock::moment at{};
  std::array<std::uint64_t, delivery_kind_names.size()> deliveries{}; // by delivery_kind
  // Of `unauthorized`, those that named one of WooCommerce's topics: a scanner names none.
  std::uint64_t unauthorized_known = 0;
  std::uint64_t missed = 0;          // changes that reconciliation found and no webhook told of
  std::uint64_t drift = 0;           // differences that reconciliation found and fixed
  metrics::distribution answers;     // of webhooks
  metrics::distribution propagation; // from a webhook to the storefront's 2xx
  metrics::distribution commits;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t stale_reads = 0;
  std::uint64_t negative_reads = 0;
  double budget_tokens = 0;   // requests to WooCommerce that could be sent at once
  std::uint64_t requests = 0; // to WooCommerce
  std::uint64_t requests_failed = 0;
  std::uint64_t dead_letters = 0; // since the start: unusable deliveries, and jobs given up
  bool store_up = true;
  std::optional<bool> redis_up; // of the mirror; nothing without one
  std::optional<stock::moment> incremental_success;
  std::optional<stock::moment> scrub_success;
  std::optional<stock::moment> certificate_expires; // of the public listener; nothing without TLS
  // Webhooks of ours in WooCommerce that are not active or missing; nothing while nobody looked.
  std::optional<std::uint64_t> webhooks_not_active;
  std::vector<target_figures> targets;

  [[nodiscard]] std::uint64_t of(delivery_kind kind) const {
    return deliveries[static_cast<std::size_t>(kind)];
  }

  // Deliveries that told something of a product or an order, the first time.
  [[nodiscard]] std::uint64_t delivered() const;
  // Deliveries with a valid signature.
  [[nodiscard]] std::uint64_t verified() const;
  [[nodiscard]] std::uint64_t outbox() const; // products pending, of all targets
};

[[nodiscard]] figures read_figures(const metrics::snapshot& from,
                                   const actors::engine_status& engine, stock::moment now);

} // namespace ankkor::api

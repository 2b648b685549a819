// The effective configuration as typed values. How each is named, parsed and described:
// config/table.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::config {

// A rate of requests: `count` in every `window`.
struct rate {
  std::uint32_t count = 120;
  std::chrono::seconds window{60};

  bool operator==(const rate&) const = default;
};

struct endpoint {
  std::string host = "127.0.0.1"; // an IPv4 or IPv6 address, the latter without brackets
  std::uint16_t port = 0;         // 0: the system chooses

  bool operator==(const endpoint&) const = default;
};

enum class log_level : std::uint8_t { debug, info, warning, error };
enum class log_format : std::uint8_t { automatic, json, text };

// How a target is called: docs/http-api.md.
enum class target_format : std::uint8_t {
  next,
  ankkor,
  fastly,
  cloudflare,
  vercel,
  varnish,
  webhook
};

[[nodiscard]] std::string_view to_string(target_format value) noexcept;

// Renders pages and keeps them: told before any CDN.
[[nodiscard]] constexpr bool is_storefront(target_format value) noexcept {
  return value == target_format::next || value == target_format::ankkor;
}

// Keeps what a storefront rendered: told once the storefronts have heard. Neither: somebody who is
// told of the change itself, at once.
[[nodiscard]] constexpr bool is_cdn(target_format value) noexcept {
  return !is_storefront(value) && value != target_format::webhook;
}

// One place that is told of changes.
struct revalidate_target {
  std::string name; // unique; 1 to 64 of A-Z a-z 0-9 . _ -; "next" for the one given by environment
  std::string url;
  std::string secret; // never printed; empty: none
  target_format format = target_format::next;
  std::vector<std::string> paths{"/product/{slug}"}; // templates of {slug} and {id}
  bool soft = false; // fastly: what is purged may still be served stale

  bool operator==(const revalidate_target&) const = default;
};

// How the daemon's own alerts are sent: docs/alerts.md.
enum class alert_format : std::uint8_t { webhook, slack, discord };

enum class store_kind : std::uint8_t { sqlite, redis };

// Whom the shop's and the targets' URLs may lead to.
enum class outgoing_addresses : std::uint8_t { any, on_internet };

struct settings {
  std::string store_url; // without a trailing slash
  std::string graphql_url;
  std::string consumer_key;    // secret
  std::string consumer_secret; // secret
  std::string app_user;
  std::string app_password;                 // secret
  std::vector<std::string> webhook_secrets; // secret; the first is the current one

  endpoint listen{"127.0.0.1", 8080};
  endpoint admin_listen{"127.0.0.1", 8081};
  std::string admin_token; // secret; empty: loopback only
  std::string tls_cert;    // paths, both or neither
  std::string tls_key;

  std::string data_dir = "./ankkor-data";
  store_kind store = store_kind::sqlite;
  std::string redis_url;                           // secret; as parse_redis_url takes it; or empty
  std::string redis_ca;                            // a path; empty: the system's certificates
  std::chrono::milliseconds redis_ttl{86'400'000}; // of mirrored products; 0: for ever

  rate graphql_budget;
  std::uint32_t graphql_burst = 10;
  std::uint32_t graphql_concurrency = 4;
  std::chrono::milliseconds read_patience{3'000}; // of a reader of what isn't held
  std::chrono::milliseconds absence_ttl{10'000};  // how long what isn't there isn't asked for again
  std::chrono::milliseconds reconcile_interval{60'000};
  std::chrono::milliseconds scrub_interval{24 * 3'600'000};

  std::vector<revalidate_target> targets;
  std::chrono::milliseconds revalidate_window{100};
  outgoing_addresses outgoing = outgoing_addresses::any;
  std::uint64_t max_body = 4ULL * 1024 * 1024; // bytes
  std::vector<std::string> cors_origins;       // as browsers write them; or the single "*"

  std::string alert_url;    // secret; where alerts are sent; empty: nowhere
  std::string alert_secret; // secret; with alert_format::webhook
  alert_format alerts = alert_format::webhook;

  log_level level = log_level::info;
  log_format format = log_format::automatic;

  // How busy the engine may be at once; not in the contract, for those who tune
  // (docs/configuration.md).
  std::uint32_t io_threads = 0;     // 0: one for every two cores, at least one
  std::uint32_t engine_threads = 0; // 0: one for every two cores, at least one
  std::uint32_t product_actors_max = 20'000;
  std::uint32_t connections_max = 12'000; // of one listener
  std::uint32_t streams_max = 10'000;     // of those of the public listener

  bool operator==(const settings&) const = default;
};

} // namespace ankkor::config

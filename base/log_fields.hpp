// The names of a log line's fields, in one place: the same thing has the same name on every line,
// so that people can search for it. A name that isn't listed here doesn't compile.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace ankkor::log {

inline constexpr auto field_names = std::to_array<std::string_view>({
  "admin_listen",     // where the admin listener listens
  "admin_port",       //
  "alert",            // the name of an alert
  "appendfsync",      // as Redis names its settings
  "appendonly",       //
  "changes",          // how many changes the event is about
  "database",         // number of the Redis database
  "delivery",         // a webhook's X-WC-Webhook-Delivery-ID
  "dropped",          // log lines that were not written
  "duration_ms",      //
  "failures",         // in a row
  "fix",              // what to do about it
  "from",             // the version before
  "listen",           // where the public listener listens
  "listener",         // public or admin
  "maxmemory_policy", // as Redis names its setting
  "outcome",          // what became of a delivery
  "pages",            // of a list of WooCommerce's
  "pass",             // incremental or scrub
  "path",             // of a request
  "peer",             // the address of a client
  "pending",          // how many still have to be done
  "port",             //
  "product",          // a product's ID
  "products",         // how many
  "purpose",          // of requests to WooCommerce, as the metrics call it
  "reason",           // why it happened
  "redis",            // where Redis is, without its password
  "repair",           // whether all of the mirror is written again
  "seconds",          //
  "severity",         // of an alert: critical or warning
  "status",           // of an HTTP answer
  "subject",          // what an alert is about
  "summary",          // what an alert says, one line
  "suppressed",       // lines like this one that were not written since the last of them
  "target",           // the name of a revalidation target
  "to",               // the version after
  "topic",            // of a webhook
  "variations",       // how many
  "version",          //
  "wait_ms",          // until it is tried again
  "where",            // the part of ankkor
  "within_minutes",   //
});

// A string literal that is one of them; anything else is an error of the compiler.
struct field_name {
  // NOLINTNEXTLINE(google-explicit-constructor): written as a plain literal in every log call
  consteval field_name(const char* name) : text(name) {
    if (std::find(field_names.begin(), field_names.end(), text) == field_names.end())
      throw "base/log_fields.hpp has no field of this name: take one of those, or add it there";
  }

  std::string_view text;
};

} // namespace ankkor::log

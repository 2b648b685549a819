// What an answer of the shop's GraphQL means before anything of it is read: complete, in part, not
// now, or never as things are.
#pragma once

#include "base/error.hpp"
#include "net/http/client.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ankkor::net {

enum class answer_kind : std::uint8_t {
  complete,  // data, and no errors
  partial,   // data, and errors that say which parts of it are missing
  transient, // no data now, maybe later: maintenance, too many requests, a broken or cut answer
  permanent, // no data until somebody changes the shop, its address, or ankkor
};

struct graphql_failure {
  answer_kind kind = answer_kind::transient; // transient or permanent
  error what;                                // for the shop owner; without secrets
  std::optional<std::chrono::seconds> retry_after;
};

// How long the shop asks not to be asked. WordPress's maintenance page always says ten minutes
// (facts, section 6), after which it takes an update for dead, and in words "Check back in a
// minute": a minute is what it gets, or an update of seconds would leave lost webhooks unhealed for
// ten.
[[nodiscard]] std::optional<std::chrono::seconds>
pause_asked_for(const client_response& response, std::chrono::system_clock::time_point now);

struct field_error {
  std::string path; // "products/nodes/3/sku"; "" if the error doesn't say where it belongs
  std::string message;
};

struct judgement {
  answer_kind kind = answer_kind::complete;
  std::vector<field_error> errors; // with `partial`, sorted by path
  graphql_failure failure;         // with `transient` and `permanent`
};

// The same for a request that got no answer: a failure of http_client.
[[nodiscard]] graphql_failure judge_silence(const error& failure);

} // namespace ankkor::net

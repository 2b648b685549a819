// A request to the emulated shop and its answer, as values: what the pure parts take and give.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ankkor::emulator {

struct http_question {
  std::string_view method = "GET";
  std::string_view path; // "/graphql", not decoded
  std::string_view query;
  std::string_view body;
  std::string_view content_type;
  std::string_view authorization;
  std::string_view cookie;
  std::string_view nonce;           // X-WP-Nonce
  std::string_view forwarded_proto; // X-Forwarded-Proto
  std::string_view signature;       // X-WC-Webhook-Signature, for who plays a receiver
};

struct http_answer {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  std::chrono::milliseconds delay{0}; // to wait before it is sent
  bool silent = false;                // never answer: the client has to give up by itself
  bool cut = false;                   // half of the body, then the connection ends
};

// Name and value, decoded, in order. "include[]=1" has the name "include[]".
using query_fields = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] query_fields parse_query(std::string_view query);
// The last value of that name, as PHP has it; null if there is none.
[[nodiscard]] const std::string* find_field(const query_fields& in, std::string_view name);

} // namespace ankkor::emulator

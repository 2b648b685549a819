// The signature of a WooCommerce delivery: base64(HMAC-SHA256(raw body, secret)) (facts,
// section 1).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::net {

// Identifies a body among verified ones: the first half of its HMAC under the first secret.
using body_digest = std::array<std::uint8_t, 16>;

// Holds the keyed contexts, so that a check costs only the hashing. One a thread: not thread-safe.
class signature_checker {
public:
  // Precondition: `secrets` is not empty, and none of them is. All are accepted, for rotation.
  explicit signature_checker(const std::vector<std::string>& secrets);
  ~signature_checker();
  signature_checker(signature_checker&&) noexcept;
  signature_checker& operator=(signature_checker&&) noexcept;

  // The body's digest if the signature is that of the body under one of the secrets. The comparison
  // takes the same time wherever two signatures differ. Only the canonical base64 spelling is
  // accepted.
  [[nodiscard]] std::optional<body_digest> check(std::string_view body, std::string_view signature);

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

// Signs as WooCommerce does, many bodies with one secret. One a thread: not thread-safe.
class signer {
public:
  // Precondition: `secret` is not empty.
  explicit signer(std::string_view secret);
  ~signer();
  signer(signer&&) noexcept;
  signer& operator=(signer&&) noexcept;

  [[nodiscard]] std::string sign(std::string_view body);

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

// What WooCommerce would send as signature. For tests, the emulated store and the load generator.
[[nodiscard]] std::string sign(std::string_view body, std::string_view secret);

} // namespace ankkor::net

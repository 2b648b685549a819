#include "net/woocommerce/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <cassert>
#include <stdexcept>

namespace ankkor::net {

namespace {

constexpr std::size_t mac_size = 32;
constexpr std::size_t base64_size = 44;

using mac = std::array<unsigned char, mac_size>;

struct free_context {
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};

using mac_context = std::unique_ptr<EVP_MAC_CTX, free_context>;

mac_context keyed(std::string_view secret) {
  // Fetching the algorithm costs more than hashing a short body, hence once.
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  auto context = mac_context{EVP_MAC_CTX_new(algorithm)};
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                   OSSL_PARAM_construct_end()};
  const auto* key = reinterpret_cast<const unsigned char*>(secret.data());
  if (context == nullptr || EVP_MAC_init(context.get(), key, secret.size(), parameters) != 1)
    throw std::runtime_error{"OpenSSL offers no HMAC-SHA256"};
  return context;
}

mac hash(EVP_MAC_CTX& context, std::string_view body) {
  auto digest = mac{};
  std::size_t size = 0;
  // A null key keeps the present one: half the cost of setting it again.
  if (EVP_MAC_init(&context, nullptr, 0, nullptr) != 1 ||
      EVP_MAC_update(&context, reinterpret_cast<const unsigned char*>(body.data()), body.size()) !=
        1 ||
      EVP_MAC_final(&context, digest.data(), &size, digest.size()) != 1)
    throw std::runtime_error{"OpenSSL failed to hash a body"};
  return digest;
}

std::array<char, base64_size + 1> encode(const mac& digest) {
  auto text = std::array<char, base64_size + 1>{};
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), digest.data(), mac_size);
  return text;
}

} // namespace

struct signature_checker::implementation {
  std::vector<mac_context> contexts;
};

signature_checker::signature_checker(const std::vector<std::string>& secrets)
  : impl_(std::make_unique<implementation>()) {
  assert(!secrets.empty());
  for (const auto& secret : secrets)
    impl_->contexts.push_back(keyed(secret));
}

signature_checker::~signature_checker() = default;
signature_checker::signature_checker(signature_checker&&) noexcept = default;
signature_checker& signature_checker::operator=(signature_checker&&) noexcept = default;

std::optional<body_digest> signature_checker::check(std::string_view body,
                                                    std::string_view signature) {
  if (signature.size() != base64_size)
    return std::nullopt;
  auto identity = std::optional<body_digest>{};
  auto matches = false;
  for (const auto& context : impl_->contexts) {
    const auto digest = hash(*context, body);
    if (!identity) {
      identity.emplace();
      std::copy_n(digest.begin(), identity->size(), identity->begin());
    }
    if (CRYPTO_memcmp(encode(digest).data(), signature.data(), base64_size) == 0) {
      matches = true;
      break;
    }
  }
  return matches ? identity : std::nullopt;
}

struct signer::implementation {
  mac_context context;
};

signer::signer(std::string_view secret)
  : impl_(std::make_unique<implementation>(implementation{keyed(secret)})) {}

signer::~signer() = default;
signer::signer(signer&&) noexcept = default;
signer& signer::operator=(signer&&) noexcept = default;

std::string signer::sign(std::string_view body) {
  const auto text = encode(hash(*impl_->context, body));
  return {text.data(), base64_size};
}

std::string sign(std::string_view body, std::string_view secret) {
  return signer{secret}.sign(body);
}

} // namespace ankkor::net

#include "net/http/basic_auth.hpp"

#include <openssl/evp.h>

namespace ankkor::net {

std::string basic_authorization(std::string_view user, std::string_view password) {
  const auto plain = std::string{user} + ":" + std::string{password};
  auto encoded = std::string((plain.size() + 2) / 3 * 4 + 1, '\0');
  const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                    reinterpret_cast<const unsigned char*>(plain.data()),
                                    static_cast<int>(plain.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return "Basic " + encoded;
}

} // namespace ankkor::net

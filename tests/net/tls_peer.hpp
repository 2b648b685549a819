// A TLS peer on a raw socket, without any verification and without OpenSSL's own scruples: it
// offers what it is told to, old and weak as it may be.
#pragma once

#include "tests/net/raw_socket.hpp"

#include <openssl/ssl.h>

#include <array>
#include <memory>

namespace ankkor::net::test {

class tls_peer {
public:
  explicit tls_peer(std::uint16_t port, int version_max = TLS1_3_VERSION,
                    const char* ciphers = "ALL:@SECLEVEL=0")
    : socket(port) {
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), version_max);
    SSL_CTX_set_cipher_list(context.get(), ciphers);
    ssl.reset(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), socket.descriptor());
    connected = SSL_connect(ssl.get()) == 1;
  }

  void send(std::string_view bytes) {
    SSL_write(ssl.get(), bytes.data(), static_cast<int>(bytes.size()));
  }

  // Everything until the peer says goodbye; `clean` if it did so by TLS's close_notify.
  std::string read_all() {
    std::string result;
    std::array<char, 16384> part{};
    for (;;) {
      const int count = SSL_read(ssl.get(), part.data(), part.size());
      if (count <= 0) {
        clean = SSL_get_error(ssl.get(), count) == SSL_ERROR_ZERO_RETURN;
        return result;
      }
      result.append(part.data(), static_cast<std::size_t>(count));
    }
  }

  raw_socket socket;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{SSL_CTX_new(TLS_client_method()),
                                                       &SSL_CTX_free};
  std::unique_ptr<SSL, void (*)(SSL*)> ssl{nullptr, &SSL_free};
  bool connected = false;
  bool clean = false;
};

} // namespace ankkor::net::test

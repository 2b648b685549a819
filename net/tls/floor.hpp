// What every TLS connection has, in and out: version 1.2 or 1.3, a key of its own that nobody can
// work out later (forward secrecy), and an authenticated cipher. For sources of net/ that compile
// OpenSSL anyway.
#pragma once

#include <openssl/ssl.h>

namespace ankkor::net {

// Of TLS 1.2; whom we serve can do these since 2014.
inline constexpr auto suites_served = "ECDHE+AESGCM:ECDHE+CHACHA20";
// Of servers that we call some know forward secrecy over finite fields only.
inline constexpr auto suites_called = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20";

// False if this OpenSSL has none of them.
[[nodiscard]] inline bool set_tls_floor(SSL_CTX* context, const char* suites) {
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, suites) == 1 &&
         SSL_CTX_set_ciphersuites(context, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
                                           "TLS_AES_128_GCM_SHA256") == 1;
}

} // namespace ankkor::net

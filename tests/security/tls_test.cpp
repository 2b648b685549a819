// The floor of TLS, below OpenSSL's own client: what a peer may offer is written byte by byte, so
// that also what no library here can do any more (RC4, EXPORT) is offered.
#include "net/http/client.hpp"
#include "net/http/server.hpp"
#include "net/io_pool.hpp"
#include "tests/net/certificates.hpp"
#include "tests/net/raw_socket.hpp"
#include "tests/net/tls_peer.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/ssl.h>

#include <future>

using namespace ankkor;
using namespace ankkor::net;

namespace {

std::string number(std::size_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t at = bytes; at-- > 0;)
    text.push_back(static_cast<char>(value >> (8 * at) & 0xff));
  return text;
}

// Behind its length in so many bytes.
std::string sized(const std::string& content, std::size_t bytes) {
  return number(content.size(), bytes) + content;
}

std::string extension(unsigned type, const std::string& content) {
  return number(type, 2) + sized(content, 2);
}

// RFC 5246 section 7.4.1.2: a ClientHello of this version with these suites, and with all that a
// good one needs besides.
std::string client_hello(unsigned version, const std::vector<unsigned>& suites) {
  std::string offered;
  for (const auto each : suites)
    offered += number(each, 2);
  const std::string curves = number(0x0017, 2) + number(0x001d, 2); // P-256, X25519
  // ECDSA and RSA with SHA-256, RSA-PSS.
  const std::string signatures = number(0x0403, 2) + number(0x0401, 2) + number(0x0804, 2);
  const std::string extensions = extension(0x000a, sized(curves, 2)) +
                                 extension(0x000b, sized(number(0, 1), 1)) +
                                 extension(0x000d, sized(signatures, 2));
  const std::string hello = number(version, 2) + std::string(32, 'r') + sized("", 1) +
                            sized(offered, 2) + sized(number(0, 1), 1) + sized(extensions, 2);
  return number(22, 1) + number(0x0301, 2) + sized(number(1, 1) + sized(hello, 3), 2);
}

enum class verdict { taken, refused, silent };

struct served {
  served() {
    server_options options;
    options.tls = server_tls{shown.certificate_file, shown.key_file};
    auto started = http_server::start(pool, options, [](const auto& given) { given->respond({}); });
    BOOST_REQUIRE(started.ok());
    server = std::move(started).value();
  }

  [[nodiscard]] verdict answer_to(unsigned version, const std::vector<unsigned>& suites) const {
    constexpr char alert = 21;
    constexpr char handshake = 22;
    auto peer = test::raw_socket(server->port());
    peer.send(client_hello(version, suites));
    const auto type = peer.read(1);
    if (type.empty())
      return verdict::silent;
    return type[0] == handshake ? verdict::taken
           : type[0] == alert   ? verdict::refused
                                : verdict::silent;
  }

  test::certificate_maker maker;
  test::certificate shown = maker.make("DNS:localhost,IP:127.0.0.1");
  io_pool pool{1};
  std::unique_ptr<http_server> server;
};

struct suite {
  const char* name;
  unsigned number;
};

constexpr unsigned tls_1_2 = 0x0303;

// The certificates of these tests are of an elliptic curve.
constexpr suite good_suites[] = {
  {"ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02b},
  {"ECDHE-ECDSA-AES256-GCM-SHA384", 0xc02c},
  {"ECDHE-ECDSA-CHACHA20-POLY1305", 0xcca9},
};

constexpr suite weak_suites[] = {
  {"NULL with no key exchange", 0x0000},
  {"RSA-NULL-SHA", 0x0002},
  {"RSA-NULL-SHA256", 0x003b},
  {"ECDHE-ECDSA-NULL-SHA", 0xc006},
  {"ECDHE-RSA-NULL-SHA", 0xc010},
  {"EXPORT RSA-RC4-40-MD5", 0x0003},
  {"EXPORT RSA-DES40-SHA", 0x0008},
  {"RSA-RC4-MD5", 0x0004},
  {"RSA-RC4-SHA", 0x0005},
  {"ECDHE-ECDSA-RC4-SHA", 0xc007},
  {"ECDHE-RSA-RC4-SHA", 0xc011},
  {"RSA-DES-SHA", 0x0009},
  {"RSA-3DES-SHA", 0x000a},
  {"ECDHE-ECDSA-3DES-SHA", 0xc008},
  {"ECDHE-RSA-3DES-SHA", 0xc012},
  {"anonymous DH, AES-128-GCM", 0x00a6},
  {"anonymous DH, AES-128-SHA", 0x0034},
  {"anonymous ECDH, AES-128-SHA", 0xc018},
  {"RSA-AES128-SHA, no forward secrecy", 0x002f},
  {"RSA-AES128-GCM-SHA256, no forward secrecy", 0x009c},
  {"RSA-AES256-GCM-SHA384, no forward secrecy", 0x009d},
  {"ECDH-ECDSA-AES128-GCM-SHA256, no forward secrecy", 0xc02d},
  {"PSK-AES128-GCM-SHA256", 0x00a8},
  {"SRP-AES128-SHA", 0xc01d},
  {"ECDHE-ECDSA-AES128-SHA", 0xc009},
  {"ECDHE-ECDSA-AES256-SHA", 0xc00a},
  {"ECDHE-ECDSA-AES128-SHA256 (CBC)", 0xc023},
  {"ECDHE-ECDSA-AES256-SHA384 (CBC)", 0xc024},
  {"ECDHE-RSA-AES128-SHA", 0xc013},
  {"ECDHE-ECDSA-AES128-CCM-8", 0xc0ae},
  {"ECDHE-ECDSA-CAMELLIA128-SHA256", 0xc072},
  {"ECDHE-ECDSA-ARIA128-GCM", 0xc05c},
};

} // namespace

BOOST_AUTO_TEST_SUITE(tls)

BOOST_AUTO_TEST_CASE(ciphers_with_forward_secrecy_and_authentication_are_served_and_no_other) {
  const served here;
  for (const auto& each : good_suites)
    BOOST_TEST((here.answer_to(tls_1_2, {each.number}) == verdict::taken), each.name);
  std::vector<unsigned> all;
  for (const auto& each : weak_suites) {
    BOOST_TEST((here.answer_to(tls_1_2, {each.number}) == verdict::refused), each.name);
    all.push_back(each.number);
  }
  BOOST_TEST((here.answer_to(tls_1_2, all) == verdict::refused));
  // A good one among them is the one.
  all.push_back(good_suites[0].number);
  BOOST_TEST((here.answer_to(tls_1_2, all) == verdict::taken));
}

BOOST_AUTO_TEST_CASE(ssl_3_tls_1_0_and_tls_1_1_are_not_served) {
  const served here;
  std::vector<unsigned> all;
  for (const auto& each : weak_suites)
    all.push_back(each.number);
  for (const auto& each : good_suites)
    all.push_back(each.number);
  for (const unsigned version : {0x0300U, 0x0301U, 0x0302U})
    BOOST_TEST((here.answer_to(version, all) == verdict::refused), version);
  BOOST_TEST((here.answer_to(tls_1_2, all) == verdict::taken));
}

namespace {

// A server as OpenSSL lets it be, however weak.
struct weak_server {
  weak_server(const test::certificate& shown, const std::string& ciphers) {
    SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context.get(), (ciphers + ":@SECLEVEL=0").c_str());
    SSL_CTX_use_certificate_file(context.get(), shown.certificate_file.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context.get(), shown.key_file.c_str(), SSL_FILETYPE_PEM);
  }

  // Whether it comes to an agreement with the next peer.
  bool agrees() {
    const auto peer = listener.accept();
    const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.get()), &SSL_free);
    SSL_set_fd(ssl.get(), peer.descriptor());
    return SSL_accept(ssl.get()) == 1;
  }

  test::raw_listener listener;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{SSL_CTX_new(TLS_server_method()),
                                                       &SSL_CTX_free};
};

} // namespace

BOOST_AUTO_TEST_CASE(a_server_that_knows_weak_ciphers_only_is_not_called) {
  test::certificate_maker maker;
  const auto shown = maker.make("IP:127.0.0.1");
  io_pool pool{1};
  client_options how;
  how.dial.ca_file = shown.certificate_file;
  http_client client(pool, how);
  const auto agree_on = [&](const std::string& ciphers) {
    weak_server server(shown, ciphers);
    client_request what;
    what.where =
      parse_url("https://127.0.0.1:" + std::to_string(server.listener.port()) + "/").value();
    std::promise<void> done;
    client.send(what, [&](const auto&) { done.set_value(); });
    const bool agreed = server.agrees();
    done.get_future().get();
    return agreed;
  };
  for (const auto* weak : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256",
                           "ECDHE-ECDSA-NULL-SHA", "AECDH-AES128-SHA", "ADH-AES128-GCM-SHA256",
                           "ECDHE-ECDSA-AES128-CCM8", "AES128-GCM-SHA256"})
    BOOST_TEST(!agree_on(weak), weak);
  for (const auto* good : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"})
    BOOST_TEST(agree_on(good), good);
}

BOOST_AUTO_TEST_SUITE_END()

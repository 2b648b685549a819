// How connections are made: the address that answers, the proxy, the certificate.
#include "net/http/server.hpp"
#include "net/tls/dial.hpp"
#include "tests/net/certificates.hpp"
#include "tests/net/http/client_fixture.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace ankkor;
using namespace ankkor::net;
using namespace ankkor::net::test;
using namespace std::chrono_literals;

namespace {

// An address whose queue of connections is full: the kernel drops further attempts, so they hang.
class dead_address {
public:
  dead_address(const char* address, std::uint16_t port) : full_(0, address, port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &to.sin_addr);
    for (int& each : waiting_) {
      each = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      (void)::connect(each, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
  }

  ~dead_address() {
    for (const int each : waiting_)
      ::close(each);
  }

  dead_address(const dead_address&) = delete;
  dead_address& operator=(const dead_address&) = delete;

private:
  raw_listener full_;
  std::array<int, 4> waiting_{};
};

client_options resolving_to(std::vector<std::string> addresses) {
  auto how = client_options{};
  how.dial.resolve = [addresses = std::move(addresses)](const std::string&) { return addresses; };
  return how;
}

client_request to(const std::string& url) {
  auto what = client_request{};
  what.where = parse_url(url).value();
  return what;
}

// Answers one request on the listener and closes.
std::string serve(raw_listener& listener) {
  auto peer = listener.accept();
  auto head = peer.read_head();
  peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
  return head;
}

std::string local(std::uint16_t port) {
  return "http://localhost:" + std::to_string(port) + "/";
}

} // namespace

BOOST_AUTO_TEST_SUITE(dialling_addresses)

BOOST_AUTO_TEST_CASE(a_dead_first_address_is_passed_by_within_a_quarter_of_a_second) {
  client_fixture run(resolving_to({"127.0.0.2", "127.0.0.1"}));
  const dead_address dead("127.0.0.2", run.listener.port());
  const auto begin = std::chrono::steady_clock::now();
  auto answer = run.send(to(local(run.listener.port())));
  serve(run.listener);
  BOOST_TEST(answer.get().ok());
  const auto took = std::chrono::steady_clock::now() - begin;
  BOOST_TEST((took >= 250ms)); // it was tried
  BOOST_TEST((took < 4s));     // and not waited for: a connection may take 5 s
}

BOOST_AUTO_TEST_CASE(the_address_that_worked_is_tried_first_until_it_fails) {
  client_fixture run(resolving_to({"127.0.0.2", "127.0.0.1", "127.0.0.3"}));
  const auto port = run.listener.port();
  auto alive = std::make_unique<raw_listener>(16, "127.0.0.3", port);
  auto first = run.send(to(local(port)));
  serve(run.listener); // 127.0.0.2 refuses
  BOOST_TEST(first.get().ok());
  raw_listener back(16, "127.0.0.2", port);
  auto second = run.send(to(local(port)));
  serve(run.listener);
  BOOST_TEST(second.get().ok());
  BOOST_TEST(!back.has_connection());
  BOOST_TEST(!alive->has_connection());
}

BOOST_AUTO_TEST_CASE(an_address_that_worked_and_refuses_now_is_passed_by) {
  client_fixture run(resolving_to({"127.0.0.2", "127.0.0.3"}));
  const auto port = run.listener.port();
  auto worked = std::make_unique<raw_listener>(16, "127.0.0.3", port);
  auto first = run.send(to(local(port)));
  serve(*worked);
  BOOST_TEST(first.get().ok());
  worked.reset();
  raw_listener back(16, "127.0.0.2", port);
  auto second = run.send(to(local(port)));
  serve(back);
  BOOST_TEST(second.get().ok());
}

BOOST_AUTO_TEST_CASE(a_host_of_which_no_address_accepts_is_unavailable) {
  client_fixture run(resolving_to({"127.0.0.2", "::1", "127.0.0.3"}));
  const auto refused = run.send(to(local(run.listener.port()))).get();
  BOOST_TEST(code_of(refused) == errc::unavailable);
  BOOST_TEST(refused.failure().message.find("can't connect to localhost:") == 0U);
  client_fixture nowhere(resolving_to({}));
  BOOST_TEST(nowhere.send(to(local(1))).get().failure().message ==
             "can't find the address of localhost");
}

BOOST_AUTO_TEST_CASE(both_families_are_tried_in_turn_and_what_worked_first) {
  boost::asio::io_context context{1};
  const auto made = std::make_shared<dialer>(context, std::make_shared<dial_setup>(dial_options{}));
  const auto ordered = [&](const std::vector<std::string>& texts) {
    dialer::addresses all;
    for (const auto& text : texts)
      all.push_back(boost::asio::ip::make_address(text));
    std::string out;
    for (const auto& each : made->in_order("shop.example", 443, std::move(all)))
      out += (out.empty() ? "" : " ") + each.to_string();
    return out;
  };
  BOOST_TEST(ordered({"::1", "::2", "::3", "10.0.0.1", "10.0.0.2"}) ==
             "::1 10.0.0.1 ::2 10.0.0.2 ::3");
  BOOST_TEST(ordered({"10.0.0.1", "::1", "::2"}) == "10.0.0.1 ::1 ::2");
  made->remember("shop.example", 443, boost::asio::ip::make_address("::3"));
  made->remember("shop.example", 80, boost::asio::ip::make_address("::2"));
  BOOST_TEST(ordered({"::1", "::2", "::3", "10.0.0.1"}) == "::3 ::1 10.0.0.1 ::2");
  BOOST_TEST(ordered({"::1", "10.0.0.1"}) == "::1 10.0.0.1"); // it is none of the name's any more
  made->forget("shop.example", 443);
  BOOST_TEST(ordered({"::1", "::2", "::3", "10.0.0.1"}) == "::1 10.0.0.1 ::2 ::3");
  std::vector<std::string> many;
  for (int i = 0; i != 100; ++i)
    many.push_back("10.0.0." + std::to_string(i));
  BOOST_TEST(ordered(many).find("10.0.0.15") != std::string::npos);
  BOOST_TEST(ordered(many).find("10.0.0.16") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_request_can_name_the_address_that_gets_it) {
  client_fixture run(resolving_to({"127.0.0.1", "127.0.0.2"}));
  const auto port = run.listener.port();
  raw_listener second(16, "127.0.0.2", port);
  auto what = to(local(port));
  what.address = "127.0.0.2";
  auto answer = run.send(what);
  BOOST_TEST(serve(second).find("Host: localhost:") != std::string::npos);
  BOOST_TEST(answer.get().ok());
  BOOST_TEST(!run.listener.has_connection());
  std::promise<result<std::vector<std::string>>> found;
  run.client.look_up("localhost", [&](auto all) { found.set_value(std::move(all)); });
  BOOST_TEST(
    (found.get_future().get().value() == std::vector<std::string>{"127.0.0.1", "127.0.0.2"}));
}

BOOST_AUTO_TEST_CASE(plain_http_goes_to_named_hosts_of_a_private_network) {
  auto how = resolving_to({"127.0.0.1"});
  how.plain_hosts = {"wordpress"};
  client_fixture run(how);
  const auto port = ":" + std::to_string(run.listener.port()) + "/";
  auto answer = run.send(to("http://wordpress" + port));
  serve(run.listener);
  BOOST_TEST(answer.get().ok());
  BOOST_TEST(code_of(run.send(to("http://nextjs" + port)).get()) == errc::invalid_input);
  // The name leads out of the private network all of a sudden.
  auto moved = resolving_to({"8.8.8.8", "2606:4700::1111"});
  moved.plain_hosts = {"wordpress"};
  const auto refused = client_fixture(moved).send(to("http://wordpress" + port)).get();
  BOOST_TEST(code_of(refused) == errc::unavailable);
  BOOST_TEST(refused.failure().message.find("is on the Internet") != std::string::npos);
  how.public_only = true;
  BOOST_TEST(client_fixture(how)
               .send(to("http://wordpress" + port))
               .get()
               .failure()
               .message.find("ANKKOR_OUTGOING_ADDRESSES") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dialling_by_proxy)

namespace {

client_options through(const raw_listener& listener) {
  auto how = client_options{};
  how.dial.by.host = "127.0.0.1";
  how.dial.by.port = listener.port();
  return how;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_tunnel_is_asked_for_and_the_certificate_is_the_hosts) {
  test::certificate_maker maker;
  const auto shown = maker.make("DNS:shop.example");
  raw_listener squid;
  auto how = through(squid);
  how.dial.by.authorization = "Basic dTpw";
  how.dial.ca_file = shown.certificate_file;
  client_fixture run(how);
  auto answer = run.send(to("https://shop.example/path"));
  auto peer = squid.accept();
  BOOST_TEST(peer.read_head() == "CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n"
                                 "Proxy-Authorization: Basic dTpw\r\n\r\n");
  peer.send("HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n");
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_server_method()),
                                                             &SSL_CTX_free);
  SSL_CTX_use_certificate_file(context.get(), shown.certificate_file.c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_use_PrivateKey_file(context.get(), shown.key_file.c_str(), SSL_FILETYPE_PEM);
  const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(ssl.get(), peer.descriptor());
  BOOST_REQUIRE(SSL_accept(ssl.get()) == 1);
  std::array<char, 4096> asked{};
  const int size = SSL_read(ssl.get(), asked.data(), asked.size());
  BOOST_REQUIRE(size > 0);
  const std::string head{asked.data(), static_cast<std::size_t>(size)};
  BOOST_TEST(head.find("POST /path HTTP/1.1\r\nHost: shop.example\r\n") == 0U);
  BOOST_TEST(head.find("Proxy-Authorization") == std::string::npos);
  SSL_write(ssl.get(), ok.data(), static_cast<int>(ok.size()));
  BOOST_TEST(answer.get()->body == "ok");
}

BOOST_AUTO_TEST_CASE(a_proxy_that_makes_no_tunnel_is_explained) {
  for (const auto& [bytes, part] :
       {std::pair{"HTTP/1.1 407 Auth\r\n\r\n", "wants a user name and password"},
        {"HTTP/1.1 403 No\r\n\r\n", "made no tunnel to shop.example: it answered 403"},
        {"SSH-2.0\r\n\r\n", "does not answer CONNECT"},
        {"HTTP/1.1 200 OK\r\n\r\nextra", "does not answer CONNECT"},
        {"", "does not answer CONNECT"}}) {
    raw_listener squid;
    client_fixture run(through(squid));
    auto answer = run.send(to("https://shop.example/"));
    auto peer = squid.accept();
    peer.read_head();
    peer.send(bytes);
    peer.half_close();
    const auto failed = answer.get();
    BOOST_TEST(code_of(failed) == errc::unavailable, part);
    BOOST_TEST(failed.failure().message.find(part) != std::string::npos, failed.failure().message);
    BOOST_TEST(!failed.failure().mend.empty());
  }
}

BOOST_AUTO_TEST_CASE(plain_http_this_machine_and_exceptions_need_no_proxy) {
  raw_listener squid;
  client_fixture run(through(squid));
  auto answer = run.send(to(local(run.listener.port())));
  serve(run.listener);
  BOOST_TEST(answer.get().ok());
  auto how = through(squid);
  how.dial.by.exceptions = {".example"};
  how.dial.resolve = [](const std::string&) { return std::vector<std::string>{"127.0.0.1"}; };
  client_fixture direct(how);
  auto secure =
    direct.send(to("https://shop.example:" + std::to_string(direct.listener.port()) + "/"));
  direct.listener.accept().reset();
  BOOST_TEST(code_of(secure.get()) == errc::unavailable);
  BOOST_TEST(!squid.has_connection());
}

BOOST_AUTO_TEST_CASE(exceptions_are_read_as_other_programs_read_no_proxy) {
  const auto exempt = [](const std::string& entry, const std::string& host, std::uint16_t port) {
    return is_exempt({entry}, host, port);
  };
  BOOST_TEST(exempt("shop.example", "shop.example", 443));
  BOOST_TEST(exempt("shop.example", "www.shop.example", 443));
  BOOST_TEST(exempt(".shop.example", "www.shop.example", 443));
  BOOST_TEST(!exempt("shop.example", "myshop.example", 443));
  BOOST_TEST(!exempt("www.shop.example", "shop.example", 443));
  BOOST_TEST(exempt("shop.example:8443", "shop.example", 8443));
  BOOST_TEST(!exempt("shop.example:8443", "shop.example", 443));
  BOOST_TEST(exempt("*", "anything.example", 443));
  BOOST_TEST(exempt("10.0.0.0/8", "10.1.2.3", 443));
  BOOST_TEST(!exempt("10.0.0.0/8", "11.1.2.3", 443));
  BOOST_TEST(!exempt("10.0.0.0/8", "10.example", 443));
  BOOST_TEST(exempt("fd00::/8", "fd12::1", 443));
  BOOST_TEST(exempt("fd12::1", "fd12::1", 443));
  BOOST_TEST(exempt("[fd12::1]", "fd12::1", 443));
  BOOST_TEST(!exempt("0.0.0.1", "10.0.0.1", 443));
  BOOST_TEST(exempt("shop.example", "localhost", 443));
  BOOST_TEST(exempt("shop.example", "127.0.0.1", 443));
  BOOST_TEST(!is_exempt({}, "shop.example", 443));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dialling_tls)

namespace {

struct tls_fixture {
  // Asks our own server, which shows this certificate.
  outcome ask(const test::certificate& shown, const std::string& trusted, const std::string& host) {
    server_options options;
    options.tls = server_tls{shown.certificate_file, shown.key_file};
    auto server = http_server::start(pool, options, [](const std::shared_ptr<exchange>& given) {
      response answer;
      answer.body = given->req().field("host").value_or("");
      given->respond(std::move(answer));
    });
    BOOST_REQUIRE(server.ok());
    client_options how;
    how.dial.ca_file = trusted;
    http_client client(pool, how);
    client_request what;
    what.where =
      parse_url("https://" + host + ":" + std::to_string((*server)->port()) + "/").value();
    auto last = send(client, what);
    if (last.ok()) { // and once more on the kept connection
      const auto again = send(client, what);
      BOOST_TEST(again.ok());
      BOOST_TEST((*server)->stats().connections == 1U);
    }
    return last;
  }

  static outcome send(http_client& client, const client_request& what) {
    std::promise<outcome> done;
    client.send(what, [&](outcome o) { done.set_value(std::move(o)); });
    return done.get_future().get();
  }

  test::certificate_maker maker;
  io_pool pool{2};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_certificate_with_the_right_name_is_accepted, tls_fixture) {
  const auto shown = maker.make("DNS:localhost,IP:127.0.0.1");
  BOOST_TEST(ask(shown, shown.certificate_file, "localhost")->body.starts_with("localhost:"));
  BOOST_TEST(ask(shown, shown.certificate_file, "127.0.0.1")->body.starts_with("127.0.0.1:"));
}

BOOST_FIXTURE_TEST_CASE(a_certificate_that_proves_nothing_is_refused, tls_fixture) {
  const auto good = maker.make("DNS:localhost,IP:127.0.0.1");
  const auto other_name = maker.make("DNS:other.example,IP:127.0.0.2");
  const auto expired = maker.make("DNS:localhost,IP:127.0.0.1", true);
  for (const std::string host : {"localhost", "127.0.0.1"}) {
    for (const auto& result : {ask(other_name, other_name.certificate_file, host),
                               ask(expired, expired.certificate_file, host),
                               ask(good, other_name.certificate_file, host), ask(good, "", host)}) {
      BOOST_TEST(code_of(result) == errc::unavailable);
      BOOST_TEST(result.failure().message.find("certificate") != std::string::npos);
    }
  }
  BOOST_TEST(code_of(ask(good, "/nonexistent", "localhost")) == errc::unavailable);
}

BOOST_FIXTURE_TEST_CASE(a_server_with_tls_1_1_only_is_refused, tls_fixture) {
  const auto shown = maker.make("IP:127.0.0.1");
  raw_listener old;
  client_options how;
  how.dial.ca_file = shown.certificate_file;
  http_client client(pool, how);
  client_request what;
  what.where = parse_url("https://127.0.0.1:" + std::to_string(old.port()) + "/").value();
  std::promise<outcome> done;
  client.send(what, [&](outcome o) { done.set_value(std::move(o)); });
  const auto peer = old.accept();
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_server_method()),
                                                             &SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
  SSL_CTX_use_certificate_file(context.get(), shown.certificate_file.c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_use_PrivateKey_file(context.get(), shown.key_file.c_str(), SSL_FILETYPE_PEM);
  const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(ssl.get(), peer.descriptor());
  BOOST_TEST(SSL_accept(ssl.get()) != 1);
  BOOST_TEST(code_of(done.get_future().get()) == errc::unavailable);
}

BOOST_AUTO_TEST_SUITE_END()

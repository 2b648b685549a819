// The client against servers that the test plays by hand, byte for byte, and against our own.
#include "net/http/client.hpp"
#include "net/http/server.hpp"
#include "net/io_pool.hpp"
#include "tests/net/certificates.hpp"
#include "tests/net/raw_socket.hpp"

#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

using namespace ankkor;
using namespace ankkor::net;
using namespace std::chrono_literals;
using test::eventually;
using test::raw_listener;
using test::raw_socket;

namespace {

using outcome = result<client_response>;

struct fixture {
  explicit fixture(client_options options = {}) : client(pool, std::move(options)) {}

  // A request to the listener of this fixture.
  [[nodiscard]] client_request to_listener(std::string body = "") const {
    client_request what;
    what.where =
      parse_url("http://127.0.0.1:" + std::to_string(listener.port()) + "/path?query").value();
    what.body = std::move(body);
    return what;
  }

  std::future<outcome> send(client_request what) {
    auto done = std::make_shared<std::promise<outcome>>();
    auto result = done->get_future();
    client.send(std::move(what), [done](outcome o) { done->set_value(std::move(o)); });
    return result;
  }

  // Sends one request, answers it with these bytes, closes.
  outcome answered_with(std::string_view bytes, client_request what) {
    auto result = send(std::move(what));
    auto peer = listener.accept();
    peer.read_head();
    peer.send(bytes);
    peer.half_close();
    return result.get();
  }

  outcome answered_with(std::string_view bytes) { return answered_with(bytes, to_listener()); }

  raw_listener listener;
  io_pool pool{2};
  http_client client;
};

// More than the buffers of two sockets take.
constexpr std::size_t large = 32'000'000;

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

errc code_of(const outcome& o) {
  BOOST_REQUIRE(!o.ok());
  return o.failure().code;
}

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(ankkor::errc)
BOOST_FIXTURE_TEST_SUITE(client, fixture)

BOOST_AUTO_TEST_CASE(a_request_is_sent_with_the_fields_that_frame_it) {
  auto what = to_listener("body");
  what.method = "PURGE";
  what.fields = {{"xkey", "a b"},
                 {"Host", "evil"},
                 {"Content-Length", "9"},
                 {"Connection", "x"},
                 {"Transfer-Encoding", "chunked"}};
  auto result = send(what);
  auto peer = listener.accept();
  BOOST_TEST(peer.read_head() ==
             "PURGE /path?query HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(listener.port()) +
               "\r\nxkey: a b\r\nUser-Agent: ankkor\r\nContent-Length: 4\r\n\r\n");
  BOOST_TEST(peer.read(4) == "body");
  peer.send(ok);
  BOOST_TEST(result.get().ok());
}

BOOST_AUTO_TEST_CASE(an_answer_is_given_in_its_parts) {
  const auto result = answered_with(
    "HTTP/1.1 302 Found\r\nLocation: /x\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 5\r\n\r\nhello");
  BOOST_REQUIRE(result.ok());
  BOOST_TEST(result->status == 302U); // not followed
  BOOST_TEST(result->body == "hello");
  BOOST_TEST(result->field("location").value() == "/x");
  BOOST_TEST(result->field("x-a").value() == "1");
  BOOST_TEST(result->fields.size() == 4U);
  BOOST_TEST(!result->field("x-b").has_value());
  BOOST_TEST(result->body.capacity() >= result->body.size() + 64);
}

BOOST_AUTO_TEST_CASE(every_plain_way_of_framing_an_answer_is_read) {
  const auto body_of = [&](std::string_view bytes) {
    const auto result = answered_with(bytes);
    BOOST_REQUIRE_MESSAGE(result.ok(), bytes);
    return result->body;
  };
  BOOST_TEST(body_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                     "Chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: u\r\n\r\n") == "abcde");
  BOOST_TEST(body_of("HTTP/1.1 200 OK\r\n\r\nuntil the end") == "until the end");
  BOOST_TEST(body_of("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok") == "ok");
  BOOST_TEST(body_of("HTTP/1.1 204 No Content\r\n\r\n") == "");
  BOOST_TEST(body_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                     ok) == "ok");
  auto head = to_listener();
  head.method = "HEAD";
  BOOST_TEST(answered_with("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", head)->body == "");
}

BOOST_AUTO_TEST_CASE(an_answer_that_could_be_framed_in_two_ways_is_an_error) {
  for (const std::string fields :
       {"Content-Length: 2\r\nContent-Length: 3", "Content-Length: 2\r\nContent-Length: 2",
        "Content-Length: 2, 2", "Content-Length: +2",
        "Content-Length:", "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 2", "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Bad Name: x\r\nContent-Length: 2"})
    BOOST_TEST(code_of(answered_with("HTTP/1.1 200 OK\r\n" + fields + "\r\n\r\nok")) ==
                 errc::invalid_input,
               fields);
  for (const std::string bytes :
       {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"})
    BOOST_TEST(code_of(answered_with(bytes)) == errc::invalid_input, bytes);
  std::string interim;
  for (int i = 0; i < 100; ++i)
    interim += "HTTP/1.1 102 Processing\r\n\r\n";
  BOOST_TEST(code_of(answered_with(interim)) == errc::invalid_input);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_cut_is_an_error) {
  for (const std::string bytes :
       {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"})
    BOOST_TEST(code_of(answered_with(bytes)) == errc::unavailable, bytes);
}

BOOST_AUTO_TEST_CASE(an_answer_over_a_limit_is_an_error) {
  auto what = to_listener();
  what.header_bytes_max = 1000;
  what.body_bytes_max = 1000;
  const std::string long_body(1001, 'x');
  for (const std::string& bytes :
       {"HTTP/1.1 200 OK\r\nX: " + long_body + "\r\nContent-Length: 0\r\n\r\n",
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"),
        "HTTP/1.1 200 OK\r\n\r\n" + long_body,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + long_body +
          "\r\n0\r\n\r\n"})
    BOOST_TEST(code_of(answered_with(bytes, what)) == errc::too_large, bytes.substr(0, 60));
  BOOST_TEST(
    answered_with("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'), what)
      .ok());
}

// --- kept connections
// ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_connection_is_used_again) {
  auto first = send(to_listener());
  auto peer = listener.accept();
  for (int i = 0; i < 3; ++i) {
    peer.read_head();
    peer.send(ok);
    BOOST_TEST(first.get().ok());
    first = send(to_listener());
  }
  peer.read_head();
  peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(first.get().ok());
  BOOST_TEST(peer.closed());
  BOOST_TEST(!listener.has_connection());
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_closed_while_idle_is_replaced) {
  auto first = send(to_listener());
  {
    auto peer = listener.accept();
    peer.read_head();
    peer.send(ok);
    BOOST_TEST(first.get().ok());
  }
  auto second = send(to_listener());
  auto peer = listener.accept();
  peer.read_head();
  peer.send(ok);
  BOOST_TEST(second.get().ok());
}

BOOST_AUTO_TEST_CASE(a_connection_with_bytes_nobody_asked_for_is_not_used_again) {
  auto first = send(to_listener());
  auto peer = listener.accept();
  peer.read_head();
  peer.send(ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  BOOST_TEST(first.get()->body == "ok");
  auto second = send(to_listener());
  auto other = listener.accept();
  other.read_head();
  other.send(ok);
  BOOST_TEST(second.get()->body == "ok");
}

BOOST_AUTO_TEST_CASE(a_request_on_a_stale_connection_is_tried_once_more) {
  for (const bool reset : {false, true}) {
    auto first = send(to_listener());
    auto kept = listener.accept();
    kept.read_head();
    kept.send(ok);
    BOOST_TEST(first.get().ok());
    auto second = send(to_listener("body"));
    kept.read_head();
    BOOST_TEST(kept.read(4) == "body");
    if (reset)
      kept.reset();
    else
      kept.close();
    auto fresh = listener.accept();
    fresh.read_head();
    BOOST_TEST(fresh.read(4) == "body");
    fresh.close(); // a new one that closes is not stale
    BOOST_TEST(code_of(second.get()) == errc::unavailable);
    BOOST_TEST(!listener.has_connection());
  }
}

BOOST_AUTO_TEST_CASE(a_request_that_is_counted_is_sent_once) {
  for (const bool reset : {false, true}) {
    auto first = send(to_listener());
    auto kept = listener.accept();
    kept.read_head();
    kept.send(ok);
    BOOST_TEST(first.get().ok());
    auto counted = to_listener("body");
    counted.once = true;
    auto second = send(counted);
    kept.read_head();
    BOOST_TEST(kept.read(4) == "body");
    if (reset)
      kept.reset();
    else
      kept.close();
    BOOST_TEST(code_of(second.get()) == errc::unavailable);
    BOOST_TEST(!listener.has_connection());
  }
}

BOOST_AUTO_TEST_CASE(a_request_that_was_partly_answered_is_not_tried_again) {
  auto first = send(to_listener());
  auto peer = listener.accept();
  peer.read_head();
  peer.send(ok);
  BOOST_TEST(first.get().ok());
  auto second = send(to_listener());
  peer.read_head();
  peer.send("HTTP");
  peer.close();
  BOOST_TEST(code_of(second.get()) == errc::unavailable);
  BOOST_TEST(!listener.has_connection());
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_after_its_time) {
  client_options options;
  options.idle_for = 0s;
  fixture hasty(options);
  auto first = hasty.send(hasty.to_listener());
  auto peer = hasty.listener.accept();
  peer.read_head();
  peer.send(ok);
  BOOST_TEST(first.get().ok());
  BOOST_TEST(peer.closed());
}

BOOST_AUTO_TEST_CASE(no_more_idle_connections_are_kept_than_allowed) {
  client_options options;
  options.idle_connections_per_host = 1;
  fixture frugal(options);
  auto first = frugal.send(frugal.to_listener());
  auto second = frugal.send(frugal.to_listener());
  auto one = frugal.listener.accept();
  auto two = frugal.listener.accept();
  for (auto* peer : {&one, &two}) {
    peer->read_head();
    peer->send(ok);
  }
  BOOST_TEST(first.get().ok());
  BOOST_TEST(second.get().ok());
  const auto open = [](const raw_socket& peer) {
    char byte = 0;
    return ::recv(peer.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
  };
  BOOST_TEST(eventually([&] { return open(one) != open(two); }));
}

BOOST_AUTO_TEST_CASE(requests_over_the_limit_are_refused_at_once) {
  client_options options;
  options.concurrent_max = 1;
  fixture narrow(options);
  auto first = narrow.send(narrow.to_listener());
  BOOST_TEST(code_of(narrow.send(narrow.to_listener()).get()) == errc::unavailable);
  auto peer = narrow.listener.accept();
  peer.read_head();
  peer.send(ok);
  BOOST_TEST(first.get().ok());
  auto third = narrow.send(narrow.to_listener());
  peer.read_head();
  peer.send(ok);
  BOOST_TEST(third.get().ok());
}

// --- time-outs
// -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_host_that_does_not_accept_is_given_up) {
  raw_listener full(0);
  std::vector<int> waiting; // fill its queue: the kernel then drops further attempts
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(full.port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    (void)::connect(waiting.back(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  auto what = to_listener();
  what.where.port = full.port();
  what.connect_timeout = 50ms;
  const auto result = send(what).get();
  BOOST_TEST(code_of(result) == errc::timed_out);
  BOOST_TEST(result.failure().message.find("connect") != std::string::npos);
  for (const int each : waiting)
    ::close(each);
}

BOOST_AUTO_TEST_CASE(a_host_that_is_silent_in_the_tls_handshake_is_given_up) {
  auto what = to_listener();
  what.where.https = true;
  what.connect_timeout = 50ms;
  auto result = send(what);
  const auto peer = listener.accept();
  BOOST_TEST(code_of(result.get()) == errc::timed_out);
}

BOOST_AUTO_TEST_CASE(a_host_that_does_not_answer_in_time_is_given_up) {
  for (const std::string part :
       {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"}) {
    auto what = to_listener();
    what.total_timeout = 50ms;
    auto result = send(what);
    auto peer = listener.accept();
    peer.read_head();
    peer.send(part);
    BOOST_TEST(code_of(result.get()) == errc::timed_out, part);
    BOOST_TEST(peer.closed());
  }
}

BOOST_AUTO_TEST_CASE(the_head_and_the_whole_answer_have_a_deadline_each) {
  const auto asked = [this](std::chrono::milliseconds head, std::chrono::milliseconds total,
                            const std::string& part) {
    auto what = to_listener();
    what.head_timeout = head;
    what.total_timeout = total;
    auto result = send(what);
    auto peer = listener.accept();
    peer.read_head();
    peer.send(part);
    return code_of(result.get());
  };
  BOOST_TEST(asked(50ms, 1h, "") == errc::timed_out);
  BOOST_TEST(asked(50ms, 1h, "HTTP/1.1 200 OK\r\nContent-") == errc::timed_out);
  BOOST_TEST(asked(1h, 50ms, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell") ==
             errc::timed_out);
  // An answer that has begun in time may take as long as all of it may.
  auto what = to_listener();
  what.head_timeout = 500ms;
  what.total_timeout = 1h;
  auto result = send(what);
  auto peer = listener.accept();
  peer.read_head();
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
  BOOST_TEST((result.wait_for(700ms) == std::future_status::timeout));
  peer.send("k");
  BOOST_TEST(result.get()->body == "ok");
}

BOOST_AUTO_TEST_CASE(a_host_that_does_not_take_the_request_is_given_up) {
  auto what = to_listener();
  what.body.resize(large, 'x');
  what.total_timeout = 100ms;
  auto result = send(what);
  const auto peer = listener.accept();
  BOOST_TEST(code_of(result.get()) == errc::timed_out);
}

BOOST_AUTO_TEST_CASE(a_port_where_nobody_listens_is_an_error) {
  auto what = to_listener();
  {
    const raw_listener gone;
    what.where.port = gone.port();
  }
  BOOST_TEST(code_of(send(what).get()) == errc::unavailable);
}

BOOST_AUTO_TEST_CASE(an_early_refusal_is_read_although_the_body_was_not_taken) {
  auto what = to_listener();
  what.body.resize(large, 'x');
  auto result = send(what);
  auto peer = listener.accept();
  peer.read_head();
  peer.send("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  peer.half_close();
  BOOST_TEST(peer.read(large).size() == large);
  BOOST_TEST(result.get()->status == 413U);
}

// --- what is refused
// -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(plain_http_goes_to_this_machine_only) {
  for (const std::string host :
       {"shop.example", "192.168.0.1", "localhost.example", "[2001:db8::1]", "127.0.0.1.example"}) {
    client_request what;
    what.where = parse_url("http://" + host + "/").value();
    const auto result = send(what).get();
    BOOST_TEST(code_of(result) == errc::invalid_input);
    BOOST_TEST(result.failure().message.find("plain http") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_redirect_is_not_followed) {
  raw_listener elsewhere;
  for (const auto* status : {"301", "302", "303", "307", "308"}) {
    const auto result =
      answered_with("HTTP/1.1 " + std::string(status) + " Moved\r\nLocation: http://127.0.0.1:" +
                    std::to_string(elsewhere.port()) + "/\r\nContent-Length: 0\r\n\r\n");
    BOOST_REQUIRE(result.ok());
    BOOST_TEST(std::to_string(result->status) == status);
  }
  BOOST_TEST(!elsewhere.has_connection());
}

// By address, by name and by odd spellings of an address; and nobody is connected to.
BOOST_AUTO_TEST_CASE(with_public_addresses_only_no_other_is_connected_to) {
  client_options how;
  how.public_only = true;
  http_client careful(pool, how);
  const auto port = ":" + std::to_string(listener.port());
  for (const std::string host :
       {"http://127.0.0.1", "http://[::1]", "http://localhost", "https://localhost",
        "https://127.0.0.1", "https://127.1", "https://2130706433", "https://0x7f000001",
        "https://[::ffff:127.0.0.1]", "https://0.0.0.0", "https://10.0.0.1",
        "https://169.254.169.254", "https://[fd00:ec2::254]"}) {
    client_request what;
    what.where = parse_url(host + port + "/").value();
    std::promise<outcome> done;
    careful.send(what, [&](outcome o) { done.set_value(std::move(o)); });
    const auto refused = done.get_future().get();
    BOOST_TEST(code_of(refused) == errc::unavailable, host);
    BOOST_TEST(refused.failure().message.find("private network") != std::string::npos, host);
    BOOST_TEST(refused.failure().message.find("ANKKOR_OUTGOING_ADDRESSES") != std::string::npos,
               host);
    BOOST_TEST(!refused.failure().mend.empty(), host);
  }
  BOOST_TEST(!listener.has_connection());
  // The same listener is called by who may call any.
  BOOST_TEST(answered_with(ok).ok());
}

BOOST_AUTO_TEST_CASE(a_field_that_would_break_the_request_is_refused_without_telling_it) {
  for (const auto& [name, value] :
       {std::pair{"Authorization", "Bearer s3cret\r\nX: y"}, std::pair{"Auth orization", "s3cret"},
        std::pair{"Authorization", "s3cret\x01"}, std::pair{"", "s3cret"}}) {
    auto what = to_listener();
    what.fields = {{name, value}};
    const auto result = send(what).get();
    BOOST_TEST(code_of(result) == errc::invalid_input);
    BOOST_TEST(result.failure().message.find("s3cret") == std::string::npos);
  }
  auto what = to_listener();
  what.where.target = "/ HTTP/1.1\r\nX: y";
  BOOST_TEST(code_of(send(what).get()) == errc::invalid_input);
  what = to_listener();
  what.method = "GET /";
  BOOST_TEST(code_of(send(what).get()) == errc::invalid_input);
}

BOOST_AUTO_TEST_CASE(no_error_tells_a_secret) {
  auto what = to_listener("s3cret");
  what.where.target = "/?key=s3cret";
  what.fields = {{"Authorization", "Bearer s3cret"}};
  for (const std::string bytes :
       {"", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "nonsense\r\n\r\n"}) {
    const auto result = answered_with(bytes, what);
    BOOST_TEST((result.failure().message + result.failure().mend).find("s3cret") ==
               std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_calls_nobody) {
  io_pool own(2);
  std::atomic<int> called{0};
  auto held = std::make_shared<int>(0);
  std::vector<raw_socket>
    peers; // they outlive the client, and so have answered nothing when it goes
  peers.reserve(5);
  {
    http_client going(own);
    for (int i = 0; i < 5; ++i)
      going.send(to_listener(), [&called, held](const outcome&) { ++called; });
    for (int i = 0; i < 5; ++i)
      peers.push_back(listener.accept());
    going.send(to_listener(), [&called, held](const outcome&) { ++called; });
  }
  BOOST_TEST(called == 0);
  BOOST_TEST(eventually([&] { return held.use_count() == 1; }));
}

BOOST_AUTO_TEST_CASE(a_handler_may_send_the_next_request) {
  std::promise<outcome> last;
  client.send(to_listener(), [&](const outcome&) {
    client.send(to_listener(), [&](outcome o) { last.set_value(std::move(o)); });
  });
  auto peer = listener.accept();
  for (int i = 0; i < 2; ++i) {
    peer.read_head();
    peer.send(ok);
  }
  BOOST_TEST(last.get_future().get().ok());
}

// --- TLS
// -------------------------------------------------------------------------------------------

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
    how.ca_file = trusted;
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
  how.ca_file = shown.certificate_file;
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

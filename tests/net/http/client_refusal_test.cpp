// What the client gives up, and what it refuses to send.
#include "tests/net/http/client_fixture.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <vector>

using namespace ankkor;
using namespace ankkor::net;
using namespace ankkor::net::test;
using namespace std::chrono_literals;

namespace {

// More than the buffers of two sockets take.
constexpr std::size_t large = 32'000'000;

} // namespace

BOOST_FIXTURE_TEST_SUITE(client_refusals, client_fixture)

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

BOOST_AUTO_TEST_SUITE_END()

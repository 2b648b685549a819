// The client against servers that the test plays by hand, byte for byte: asking, and kept
// connections.
#include "tests/net/http/client_fixture.hpp"

#include <sys/socket.h>

using namespace ankkor;
using namespace ankkor::net;
using namespace ankkor::net::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(client, client_fixture)

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
  client_fixture hasty(options);
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
  client_fixture frugal(options);
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
  client_fixture narrow(options);
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

BOOST_AUTO_TEST_SUITE_END()

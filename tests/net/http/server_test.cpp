// The server over real sockets: the strictness table again, every limit, and the ways of answering.
#include "net/http/server.hpp"
#include "net/io_pool.hpp"
#include "tests/net/certificates.hpp"
#include "tests/net/http/request_cases.hpp"
#include "tests/net/raw_socket.hpp"
#include "tests/net/tls_peer.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>
#include <mutex>
#include <numeric>

using namespace ankkor;
using namespace ankkor::net;
using namespace std::chrono_literals;
using test::eventually;
using test::raw_socket;
using test::tls_peer;

namespace {

const std::string get = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string get_and_close = "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

void echo(const std::shared_ptr<exchange>& given) {
  const request& r = given->req();
  response answer;
  answer.body = std::string(r.method) + " " + std::string(r.target) + " " + std::string(r.body);
  given->respond(std::move(answer));
}

struct running {
  explicit running(request_handler handler = &echo, server_options options = {}) {
    auto started = http_server::start(pool, std::move(options), std::move(handler));
    BOOST_REQUIRE(started.ok());
    server = std::move(started).value();
  }

  [[nodiscard]] raw_socket connect() const { return raw_socket(server->port()); }

  io_pool pool{2};
  std::unique_ptr<http_server> server;
};

server_options limited(std::function<void(server_limits&)> change) {
  server_options options;
  change(options.limits);
  return options;
}

// Keeps exchanges until the test answers them.
struct keeper {
  void operator()(const std::shared_ptr<exchange>& given) {
    const std::lock_guard lock(mutex);
    kept.push_back(given);
  }

  std::shared_ptr<exchange> take() {
    std::shared_ptr<exchange> result;
    BOOST_REQUIRE(eventually([&] {
      const std::lock_guard lock(mutex);
      if (kept.empty())
        return false;
      result = std::move(kept.front());
      kept.erase(kept.begin());
      return true;
    }));
    return result;
  }

  std::mutex mutex;
  std::vector<std::shared_ptr<exchange>> kept;
};

bool is_refused(std::uint16_t port) {
  try {
    const raw_socket peer(port);
    return false;
  } catch (const std::runtime_error&) {
    return true;
  }
}

std::string head_of_body(std::size_t size) {
  return "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
}

} // namespace

BOOST_AUTO_TEST_SUITE(server)

// --- strictness
// ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_refused_request_is_answered_once_and_the_connection_closes) {
  const running here;
  unsigned refused = 0;
  for (const auto& each : test::request_cases()) {
    if (each.status == 200)
      continue;
    auto peer = here.connect();
    peer.send(each.bytes + get);
    const auto answer = peer.read_answer();
    BOOST_REQUIRE_MESSAGE(answer, each.name);
    BOOST_TEST(answer->status == each.status, each.name);
    BOOST_TEST(answer->fields.at("connection") == "close", each.name);
    BOOST_TEST(answer->fields.at("content-type") == "application/json", each.name);
    BOOST_TEST(answer->body.starts_with(R"({"error":{"code":")"), each.name);
    BOOST_TEST(peer.closed(), each.name);
    ++refused;
  }
  BOOST_TEST(here.server->stats().rejected == refused);
  BOOST_TEST(here.server->stats().requests == 0U);
}

BOOST_AUTO_TEST_CASE(a_good_request_is_answered_and_so_is_the_next_one) {
  const running here;
  for (const auto& each : test::request_cases()) {
    if (each.status != 200)
      continue;
    auto peer = here.connect();
    peer.send(each.bytes + get_and_close);
    auto answer = peer.read_answer();
    if (answer && answer->status == 100)
      answer = peer.read_answer();
    BOOST_REQUIRE_MESSAGE(answer, each.name);
    BOOST_TEST(answer->status == 200U, each.name);
    if (!answer->fields.contains("connection")) { // HTTP/1.0 closes
      const auto next = peer.read_answer();
      BOOST_TEST((next && next->body == "GET /next "), each.name);
    }
    BOOST_TEST(peer.closed(), each.name);
  }
}

BOOST_AUTO_TEST_CASE(requests_that_come_byte_by_byte_are_answered_the_same) {
  const running here;
  auto peer = here.connect();
  const std::string bytes = head_of_body(5) + "hello" +
                            "PUT /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3\r\nabc\r\n4;x=\"y\"\r\ndefg\r\n0\r\nT: u\r\n\r\n" +
                            get_and_close;
  for (const char& byte : bytes)
    peer.send({&byte, 1});
  BOOST_TEST(peer.read_answer().value().body == "POST /body hello");
  BOOST_TEST(peer.read_answer().value().body == "PUT /chunks abcdefg");
  BOOST_TEST(peer.read_answer().value().body == "GET /next ");
  BOOST_TEST(peer.closed());
}

BOOST_AUTO_TEST_CASE(a_trailer_does_not_reach_the_fields) {
  keeper kept;
  const running here(std::ref(kept));
  auto peer = here.connect();
  peer.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX-A:  1 \r\nx-a: 2\r\n\r\n"
            "1\r\na\r\n0\r\nX-WC-Webhook-Signature: forged\r\n\r\n");
  const auto given = kept.take();
  BOOST_TEST(!given->req().field("x-wc-webhook-signature").has_value());
  BOOST_TEST(given->req().fields.size() == 4U);
  BOOST_TEST(given->req().count("X-A") == 2U);
  BOOST_TEST(given->req().field("X-A").value() == "1");
  given->respond({});
  BOOST_TEST(peer.read_answer().value().status == 200U);
}

BOOST_AUTO_TEST_CASE(a_request_that_ends_early_is_answered_400) {
  const running here;
  for (const std::string& part : {std::string("GET / HT"), head_of_body(5) + "hel"}) {
    auto peer = here.connect();
    peer.send(part);
    peer.half_close();
    BOOST_TEST(peer.read_answer().value().status == 400U);
    BOOST_TEST(peer.closed());
  }
}

// --- what the handler is given
// ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_request_is_given_in_its_parts) {
  keeper kept;
  const running here(std::ref(kept));
  auto peer = here.connect();
  const auto before = std::chrono::steady_clock::now();
  peer.send("POST http://a/b/c?d=e?f HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  const auto given = kept.take();
  const request& r = given->req();
  BOOST_TEST(r.method == "POST");
  BOOST_TEST(r.target == "/b/c?d=e?f");
  BOOST_TEST(r.path == "/b/c");
  BOOST_TEST(r.query == "d=e?f");
  BOOST_TEST(r.http_1_1);
  BOOST_TEST(r.body == "hello");
  BOOST_TEST(r.remote == "127.0.0.1");
  BOOST_TEST(r.loopback);
  BOOST_TEST((r.received >= before));
  BOOST_TEST(given->thread_index() < 2U);
  given->respond({});
  BOOST_TEST(peer.read_answer().has_value());
}

BOOST_AUTO_TEST_CASE(sixty_four_bytes_behind_every_body_can_be_read) {
  std::atomic<unsigned> sum{0};
  const running here([&sum](const std::shared_ptr<exchange>& given) {
    const auto body = given->req().body;
    const volatile char* behind = body.data() + body.size(); // AddressSanitizer watches
    for (std::size_t i = 0; i < 64; ++i)
      sum += static_cast<unsigned char>(behind[i]);
    echo(given);
  });
  auto peer = here.connect();
  for (std::size_t size = 3900; size < 4200; ++size) {
    const std::string body(size, 'x');
    peer.send(head_of_body(size) + body);
    BOOST_TEST(peer.read_answer().value().body.size() == size + 11);
  }
  for (const std::size_t size : {0U, 1U, 8191U, 8192U, 100'000U, 4'194'304U}) {
    peer.send(head_of_body(size) + std::string(size, 'x'));
    BOOST_TEST(peer.read_answer().value().body.size() == size + 11);
  }
  BOOST_TEST(eventually([&] { return here.server->stats().inflight_bytes == 0; }));
}

BOOST_AUTO_TEST_CASE(tasks_run_on_the_connections_own_thread) {
  std::promise<bool> same;
  const running here([&same](const std::shared_ptr<exchange>& given) {
    given->post([given, &same, thread = std::this_thread::get_id()] {
      same.set_value(thread == std::this_thread::get_id());
      echo(given);
    });
  });
  auto peer = here.connect();
  peer.send(get);
  BOOST_TEST(same.get_future().get());
  BOOST_TEST(peer.read_answer().value().body == "GET /next ");
}

// --- answers
// ---------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_answer_carries_date_server_length_and_its_own_fields) {
  const running here([](const std::shared_ptr<exchange>& given) {
    response answer;
    answer.status = 404;
    answer.fields = {
      {"X-A", "1"}, {"Content-Length", "77"}, {"Bad Name", "x"}, {"X-B", "a\r\nX-Evil: 1"}};
    answer.shared = std::make_shared<const std::string>("shared");
    answer.body = "owned";
    given->respond(std::move(answer));
    given->respond({}); // only the first counts
  });
  auto peer = here.connect();
  peer.send(get);
  const auto answer = peer.read_answer().value();
  BOOST_TEST(answer.status == 404U);
  BOOST_TEST(answer.body == "shared");
  BOOST_TEST(answer.fields.at("server") == "ankkor");
  BOOST_TEST(answer.fields.at("date").ends_with(" GMT"));
  BOOST_TEST(answer.fields.at("content-length") == "6");
  BOOST_TEST(answer.fields.at("x-a") == "1");
  BOOST_TEST(answer.fields.at("x-b") == "a  X-Evil: 1");
  BOOST_TEST(!answer.fields.contains("x-evil"));
  BOOST_TEST(!answer.fields.contains("bad name"));
  BOOST_TEST(!answer.fields.contains("connection"));
}

BOOST_AUTO_TEST_CASE(head_204_and_304_have_no_body) {
  const running here([](const std::shared_ptr<exchange>& given) {
    response answer;
    answer.status = given->req().path == "/304" ? 304 : given->req().path == "/204" ? 204 : 200;
    answer.body = "body";
    given->respond(std::move(answer));
  });
  auto peer = here.connect();
  for (const std::string path : {"/200", "/204", "/304"}) {
    peer.send("HEAD " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = peer.read_answer(true).value();
    BOOST_TEST(answer.fields.contains("content-length") == (path == "/200"));
  }
  for (const std::string path : {"/204", "/304"}) {
    peer.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(!peer.read_answer().value().fields.contains("content-length"));
  }
  peer.send("GET /200 HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(peer.read_answer().value().body == "body");
}

BOOST_AUTO_TEST_CASE(every_answer_is_told_once_to_who_counts) {
  std::mutex mutex;
  std::vector<std::string> told;
  server_options options;
  options.answered = [&](const sent_answer& answer) {
    const std::lock_guard lock(mutex);
    told.push_back(std::string(answer.path) + " " + std::to_string(answer.status) +
                   (answer.by_server ? " server" : ""));
  };
  const running here(&echo, options);
  auto peer = here.connect();
  peer.send(get + "GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n" +
            "POST /large?a HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n");
  for (const unsigned status : {200U, 200U, 413U})
    BOOST_TEST(peer.read_answer().value().status == status);
  auto other = here.connect();
  other.send("garbage\r\n");
  BOOST_TEST(other.read_answer().value().status == 400U);
  const std::vector<std::string> expected{"/next 200", "/b 200", "/large 413 server",
                                          " 400 server"};
  const std::lock_guard lock(mutex);
  BOOST_TEST(told == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_refused_head_request_gets_no_body) {
  const running here;
  auto peer = here.connect();
  peer.send("HEAD / HTTP/1.1\r\n\r\n");
  BOOST_TEST(peer.read_answer(true).value().status == 400U);
  BOOST_TEST(peer.closed());
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order_from_other_threads) {
  keeper kept;
  const running here(std::ref(kept));
  auto peer = here.connect();
  std::string all;
  for (int i = 0; i < 200; ++i)
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  peer.send(all);
  for (int i = 0; i < 200; ++i) {
    auto given = kept.take();
    BOOST_TEST(kept.kept.empty()); // one at a time
    echo(given);
    BOOST_TEST(peer.read_answer().value().body == "POST /" + std::to_string(i) + " abc");
  }
}

BOOST_AUTO_TEST_CASE(requests_behind_an_answer_that_puts_them_off_are_answered_in_order) {
  const running here([](const std::shared_ptr<exchange>& given) {
    response answer;
    answer.body = given->req().body;
    answer.after_others = true;
    given->respond(std::move(answer));
  });
  auto peer = here.connect();
  std::string all;
  for (int i = 0; i < 20; ++i)
    all += "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n" + std::to_string(10 + i);
  peer.send(all);
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(peer.read_answer().value().body == std::to_string(10 + i));
  peer.send(head_of_body(1) + "x"); // not there yet when its turn had come
  BOOST_TEST(peer.read_answer().value().body == "x");
}

// The loop's thread is held until all peers have sent all that they will, so nothing depends on who
// is faster.
BOOST_AUTO_TEST_CASE(what_is_put_off_holds_up_the_others_by_a_few_requests_only) {
  constexpr int peers = 32;
  constexpr int requests = 40;
  std::promise<void> all_sent;
  int handled = 0; // on the one thread
  int at_post = 0;
  std::promise<int> waited;
  io_pool pool{1};
  auto started = http_server::start(pool, {}, [&](const std::shared_ptr<exchange>& given) {
    if (given->req().path == "/hold")
      all_sent.get_future().wait();
    response answer;
    answer.after_others = true;
    given->respond(std::move(answer));
    if (++handled != peers * requests / 2)
      return;
    at_post = handled;
    given->post([&] { waited.set_value(handled - at_post); });
  });
  BOOST_REQUIRE(started.ok());
  const auto server = std::move(started).value();
  std::string all;
  for (int i = 0; i < requests; ++i)
    all += get;
  std::vector<raw_socket> open;
  open.emplace_back(server->port()).send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  for (int i = 0; i < peers; ++i)
    open.emplace_back(server->port()).send(all);
  all_sent.set_value();
  BOOST_TEST(waited.get_future().get() < 8);
  for (int i = 1; i <= peers; ++i)
    for (int k = 0; k < requests; ++k)
      BOOST_TEST_REQUIRE(open[static_cast<std::size_t>(i)].read_answer().value().status == 200U);
}

BOOST_AUTO_TEST_CASE(a_connection_is_kept_or_closed_as_asked) {
  const running here([](const std::shared_ptr<exchange>& given) {
    response answer;
    answer.close = given->req().path == "/close";
    given->respond(std::move(answer));
  });
  const auto end_of = [&](const std::string& bytes) {
    auto peer = here.connect();
    peer.send(bytes);
    const auto first = peer.read_answer().value();
    auto connection = first.fields.contains("connection") ? first.fields.at("connection") : "";
    peer.send(get_and_close);
    const bool again = peer.read_answer().has_value();
    BOOST_TEST(again == (connection != "close"));
    return connection;
  };
  BOOST_TEST(end_of(get) == "");
  BOOST_TEST(end_of(get_and_close) == "close");
  BOOST_TEST(end_of("GET /close HTTP/1.1\r\nHost: a\r\n\r\n") == "close");
  BOOST_TEST(end_of("GET / HTTP/1.0\r\n\r\n") == "close");
  BOOST_TEST(end_of("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n") == "keep-alive");
}

BOOST_AUTO_TEST_CASE(an_exchange_that_nobody_answers_is_answered_500) {
  const running here([](const std::shared_ptr<exchange>&) {});
  auto peer = here.connect();
  peer.send(get + get);
  BOOST_TEST(peer.read_answer().value().status == 500U);
  BOOST_TEST(peer.read_answer().value().status == 500U); // and the connection lives on
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_answered_500) {
  const running here([](const std::shared_ptr<exchange>& given) {
    if (given->req().path == "/next")
      throw std::runtime_error("a mistake");
    throw 1;
  });
  auto peer = here.connect();
  peer.send(get + "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(peer.read_answer().value().status == 500U);
  BOOST_TEST(peer.read_answer().value().status == 500U);
}

BOOST_AUTO_TEST_CASE(an_answer_to_a_peer_that_went_away_does_no_harm) {
  keeper kept;
  const running here(std::ref(kept));
  for (int i = 0; i < 3; ++i) {
    auto peer = here.connect();
    peer.send(get);
    const auto given = kept.take();
    peer.reset();
    echo(given);
  }
  BOOST_TEST(eventually([&] { return here.server->stats().connections == 0; }));
}

// --- Expect
// ----------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_peer_that_waits_for_100_is_told_to_go_on) {
  const running here;
  auto peer = here.connect();
  for (int i = 0; i < 2; ++i) {
    peer.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n");
    BOOST_TEST(peer.read_answer().value().status == 100U);
    peer.send("abc");
    BOOST_TEST(peer.read_answer().value().body == "POST / abc");
  }
  peer.send(
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  BOOST_TEST(peer.read_answer().value().status == 100U);
  peer.send("3\r\nabc\r\n0\r\n\r\n");
  BOOST_TEST(peer.read_answer().value().body == "POST / abc");
}

BOOST_AUTO_TEST_CASE(a_peer_that_has_sent_its_body_is_not_told_100) {
  const running here;
  auto peer = here.connect();
  peer.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
  BOOST_TEST(peer.read_answer().value().body == "POST / abc");
  peer.send("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(peer.read_answer().value().body == "GET / ");
  peer.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  peer.send("abc"); // HTTP/1.0 knows no 100
  BOOST_TEST(peer.read_answer().value().body == "POST / abc");
}

// --- limits
// ----------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_peer_that_sends_too_large_a_body_can_read_why) {
  const running here(&echo, limited([](auto& l) { l.body_bytes_max = 1000; }));
  auto peer = here.connect();
  peer.send(head_of_body(8'000'000) + std::string(8'000'000, 'x')); // all of it, before it reads
  BOOST_TEST(peer.read_answer().value().status == 413U);
  BOOST_TEST(peer.closed());
}

BOOST_AUTO_TEST_CASE(a_slow_header_is_answered_408) {
  const running here(&echo, limited([](auto& l) { l.header_timeout = 60ms; }));
  const auto start = std::chrono::steady_clock::now();
  auto silent = here.connect();
  auto slow = here.connect();
  slow.send("GET / HTTP/1.1\r\nHo");
  for (auto* peer : {&slow, &silent}) {
    BOOST_TEST(peer->read_answer().value().status == 408U);
    BOOST_TEST(peer->closed());
  }
  BOOST_TEST((std::chrono::steady_clock::now() - start >= 60ms));
}

BOOST_AUTO_TEST_CASE(a_header_that_trickles_does_not_win_time) {
  const running here(&echo, limited([](auto& l) {
    l.header_timeout = 60ms;
    l.header_fields_max = 10'000;
  }));
  auto peer = here.connect();
  peer.send("GET / HTTP/1.1\r\n");
  while (!peer.readable(5ms))
    peer.send("X: 1\r\n");
  BOOST_TEST(peer.read_answer().value().status == 408U);
}

BOOST_AUTO_TEST_CASE(a_slow_body_is_answered_408) {
  const running here(&echo, limited([](auto& l) { l.body_timeout = 60ms; }));
  auto peer = here.connect();
  peer.send(head_of_body(10) + "abc");
  BOOST_TEST(peer.read_answer().value().status == 408U);
  BOOST_TEST(peer.closed());
  auto chunked = here.connect();
  chunked.send(
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  BOOST_TEST(chunked.read_answer().value().status == 100U);
  BOOST_TEST(chunked.read_answer().value().status == 408U);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_silently) {
  const running here(&echo, limited([](auto& l) { l.idle_timeout = 60ms; }));
  auto peer = here.connect();
  peer.send(get);
  BOOST_TEST(peer.read_answer().has_value());
  BOOST_TEST(peer.closed());
  BOOST_TEST(here.server->stats().rejected == 0U);
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_take_its_answer_is_cut_off) {
  const auto large = std::make_shared<const std::string>(32'000'000, 'x');
  const running here(
    [&](const std::shared_ptr<exchange>& given) {
      response answer;
      answer.shared = large;
      given->respond(std::move(answer));
    },
    limited([](auto& l) { l.write_timeout = 60ms; }));
  auto peer = here.connect();
  peer.send(get);
  BOOST_TEST(eventually([&] { return here.server->stats().requests == 1; }));
  BOOST_TEST(eventually([&] { return here.server->stats().connections == 0; }));
  BOOST_TEST(eventually([&] { return large.use_count() == 1; })); // nobody holds it but this test
}

BOOST_AUTO_TEST_CASE(a_peer_that_never_closes_is_not_lingered_for_long) {
  const running here(&echo, limited([](auto& l) { l.linger_timeout = 60ms; }));
  auto peer = here.connect();
  peer.send(get_and_close);
  BOOST_TEST(peer.read_answer().has_value());
  BOOST_TEST(eventually([&] { return here.server->stats().connections == 0; }));
}

BOOST_AUTO_TEST_CASE(all_requests_together_hold_no_more_than_the_limit) {
  const running here(&echo, limited([](auto& l) { l.inflight_bytes_max = 300'000; }));
  auto first = here.connect();
  first.send(head_of_body(1'000'000) + std::string(100'000, 'x'));
  BOOST_TEST(eventually([&] { return here.server->stats().inflight_bytes > 100'000; }));
  auto second = here.connect();
  second.send(head_of_body(1'000'000) + std::string(250'000, 'x'));
  const auto answer = second.read_answer().value();
  BOOST_TEST(answer.status == 503U);
  BOOST_TEST(answer.fields.contains("retry-after"));
  BOOST_TEST(second.closed());
  second.close();
  first.reset();
  BOOST_TEST(eventually([&] { return here.server->stats().inflight_bytes == 0; }));
  auto third = here.connect();
  third.send(head_of_body(250'000) + std::string(250'000, 'x'));
  BOOST_TEST(third.read_answer().value().status == 200U);
  BOOST_TEST(eventually([&] { return here.server->stats().inflight_bytes == 0; }));
}

BOOST_AUTO_TEST_CASE(memory_is_not_taken_before_bytes_come) {
  const running here;
  auto peer = here.connect();
  peer.send(head_of_body(4'000'000) + std::string(10'000, 'x'));
  BOOST_TEST(eventually([&] { return here.server->stats().inflight_bytes > 0; }));
  BOOST_TEST(here.server->stats().inflight_bytes < 40'000U);
}

BOOST_AUTO_TEST_CASE(a_connection_too_many_is_answered_503) {
  const running here(&echo, limited([](auto& l) { l.connections_max = 2; }));
  auto first = here.connect();
  auto second = here.connect();
  BOOST_TEST(eventually([&] { return here.server->stats().connections == 2; }));
  auto third = here.connect();
  BOOST_TEST(third.read_answer().value().status == 503U);
  BOOST_TEST(third.closed());
  third.close();
  BOOST_TEST(here.server->stats().refused_connections == 1U);
  first.send(get);
  BOOST_TEST(first.read_answer().value().status == 200U);
  second.close();
  BOOST_TEST(eventually([&] { return here.server->stats().connections == 1; }));
  auto fourth = here.connect();
  fourth.send(get);
  BOOST_TEST(fourth.read_answer().value().status == 200U);
}

BOOST_AUTO_TEST_CASE(many_idle_connections_hold_up_nobody) {
  const running here;
  std::vector<raw_socket> idle;
  idle.reserve(400);
  for (int i = 0; i < 400; ++i)
    idle.push_back(here.connect());
  BOOST_TEST(eventually([&] { return here.server->stats().connections == 400; }));
  for (auto& each : idle) {
    each.send(get);
    BOOST_TEST(each.read_answer().value().status == 200U);
  }
  idle.clear();
  BOOST_TEST(eventually([&] { return here.server->stats().connections == 0; }));
}

BOOST_AUTO_TEST_CASE(running_out_of_descriptors_ends_when_some_are_free_again) {
  const running here;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{128, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  std::vector<int> taken;
  const int spare = ::dup(0);
  for (int each = ::dup(0); each >= 0; each = ::dup(0))
    taken.push_back(each);
  ::close(spare);
  auto peer = here.connect(); // takes the last one: the kernel accepts, the server can't
  peer.send(get);
  BOOST_TEST(here.server->stats().connections == 0U);
  for (const int each : taken)
    ::close(each);
  BOOST_TEST(peer.read_answer().value().status == 200U);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

// --- start and drain
// ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_port_in_use_is_an_error_even_for_another_ankkor) {
  const running here;
  server_options options;
  options.port = here.server->port();
  io_pool pool(2);
  const auto second = http_server::start(pool, options, &echo);
  BOOST_REQUIRE(!second.ok());
  BOOST_TEST(second.failure().message.find(std::to_string(options.port)) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_address_that_is_none_is_an_error) {
  io_pool pool(1);
  for (const std::string host : {"example.com", "", "203.0.113.1"}) { // the last is nobody's
    server_options options;
    options.host = host;
    BOOST_TEST(!http_server::start(pool, options, &echo).ok(), host);
  }
}

BOOST_AUTO_TEST_CASE(a_port_is_free_again_after_the_server) {
  io_pool pool(2);
  server_options options;
  for (int i = 0; i < 3; ++i) {
    auto started = http_server::start(pool, options, &echo);
    BOOST_REQUIRE(started.ok());
    options.port = (*started)->port();
    raw_socket peer(options.port);
    peer.send(get);
    BOOST_TEST(peer.read_answer().has_value());
  }
}

BOOST_AUTO_TEST_CASE(drain_answers_what_is_in_flight_and_closes_the_rest) {
  keeper kept;
  const running here(std::ref(kept));
  auto fresh = here.connect();
  auto idle = here.connect();
  idle.send(get);
  kept.take()->respond({});
  BOOST_TEST(idle.read_answer().has_value());
  auto busy = here.connect();
  busy.send(get);
  const auto given = kept.take();
  auto reading = here.connect();
  reading.send(head_of_body(10'000) + std::string(9'999, 'x'));
  BOOST_TEST(eventually([&] { return here.server->stats().connections == 4; }));
  BOOST_TEST(eventually([&] { return here.server->stats().inflight_bytes > 0; }));

  auto drained = std::async(std::launch::async, [&] { here.server->drain(10s); });
  BOOST_TEST(idle.closed());
  BOOST_TEST(fresh.closed());
  BOOST_TEST(eventually([&] { return is_refused(here.server->port()); }));
  echo(given);
  const auto answer = busy.read_answer().value();
  BOOST_TEST(answer.body == "GET /next ");
  BOOST_TEST(answer.fields.at("connection") == "close");
  BOOST_TEST(busy.closed());
  busy.close();
  reading.send("x");
  kept.take()->respond({});
  BOOST_TEST(reading.read_answer().value().fields.at("connection") == "close");
  reading.close();
  drained.get();
  BOOST_TEST(here.server->stats().connections == 0U);
}

BOOST_AUTO_TEST_CASE(drain_does_not_wait_for_ever) {
  keeper kept;
  const running here(std::ref(kept));
  auto busy = here.connect();
  busy.send(get);
  const auto given = kept.take();
  here.server->drain(50ms);
  BOOST_TEST(busy.closed());
  BOOST_TEST(given->req().path == "/next"); // still there to be read
  given->respond({});                       // to nobody
}

BOOST_AUTO_TEST_CASE(a_server_may_go_while_requests_are_open) {
  keeper kept;
  io_pool pool(2);
  {
    auto started = http_server::start(pool, {}, std::ref(kept));
    raw_socket busy((*started)->port());
    busy.send(get);
    const auto given = kept.take();
    raw_socket idle((*started)->port());
    started = error{};
    BOOST_TEST(busy.closed());
    given->respond({});
  }
  pool.stop();
}

BOOST_AUTO_TEST_CASE(a_stopped_pool_lets_its_server_go) {
  running here;
  auto peer = here.connect();
  peer.send(get);
  BOOST_TEST(peer.read_answer().has_value());
  here.pool.stop();
  here.server->drain(10s);
  BOOST_TEST(here.server->stats().connections == 0U);
}

// --- streams
// -----------------------------------------------------------------------------------------

namespace {

// Starts a stream for each request, and lets the test push into the last one.
struct streamer {
  void operator()(const std::shared_ptr<exchange>& given) {
    response head;
    head.fields.emplace_back("Content-Type", "text/event-stream");
    head.body = "first\n";
    const auto again = given;
    const std::lock_guard lock(mutex);
    thread = given->thread_index();
    stream_handlers handlers;
    handlers.ended = [this](stream_end why) {
      const std::lock_guard now(mutex);
      ends.push_back(why);
    };
    handlers.drained = [this] { ++drained; };
    out = given->start_stream(std::move(head), std::move(handlers));
    second = again->start_stream({}, {});
  }

  // On the stream's thread; what push() answered.
  bool push(io_pool& pool, std::string text) {
    std::promise<bool> pushed;
    pool.post(thread, [&] {
      pushed.set_value(out->push(std::make_shared<const std::string>(std::move(text))));
    });
    return pushed.get_future().get();
  }

  void end(io_pool& pool) {
    pool.post(thread, [this] { out->end(); });
  }

  // An exchange must not outlive its pool.
  void let_go(io_pool& pool) {
    std::promise<void> gone;
    pool.post(thread, [&] {
      out.reset();
      second.reset();
      gone.set_value();
    });
    gone.get_future().get();
  }

  bool ended(stream_end why) {
    return eventually([&] {
      const std::lock_guard lock(mutex);
      return ends == std::vector<stream_end>{why};
    });
  }

  bool has_begun() {
    return eventually([&] {
      const std::lock_guard lock(mutex);
      return out != nullptr;
    });
  }

  std::mutex mutex;
  std::size_t thread = 0;
  std::shared_ptr<stream> out;
  std::shared_ptr<stream> second;
  std::vector<stream_end> ends;
  std::atomic<int> drained{0};
};

} // namespace

BOOST_AUTO_TEST_CASE(a_stream_sends_what_is_pushed_until_it_ends) {
  streamer streams;
  running here(std::ref(streams));
  auto peer = here.connect();
  peer.send(get + get); // what follows a request for a stream is not answered
  BOOST_TEST(peer.read_line() == "HTTP/1.1 200 OK");
  const auto head = peer.read_head();
  BOOST_TEST(head.find("Content-Length") == std::string::npos);
  BOOST_TEST(head.find("Connection: close\r\n") != std::string::npos);
  BOOST_TEST(peer.read(6) == "first\n");
  // The peer may have the bytes before the server hears that they are written.
  BOOST_TEST(eventually([&] { return streams.drained == 1; }));
  BOOST_TEST(streams.push(here.pool, "second\n"));
  BOOST_TEST(peer.read(7) == "second\n");
  BOOST_TEST(!streams.second);
  BOOST_TEST(eventually([&] { return streams.drained == 2; }));
  BOOST_TEST(streams.push(here.pool, "last\n"));
  streams.end(here.pool);
  BOOST_TEST(peer.read(5) == "last\n");
  BOOST_TEST(peer.closed());
  BOOST_TEST(streams.ended(stream_end::stopped));
  BOOST_TEST(!streams.push(here.pool, "too late\n"));
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_away_ends_its_stream) {
  streamer streams;
  running here(std::ref(streams));
  auto peer = here.connect();
  peer.send(get);
  BOOST_TEST(peer.read_line() == "HTTP/1.1 200 OK");
  peer.close();
  BOOST_TEST(streams.ended(stream_end::peer));
  BOOST_TEST(!streams.push(here.pool, "too late\n"));
  BOOST_TEST(here.server->stats().connections == 0U);
}

BOOST_AUTO_TEST_CASE(a_reader_that_takes_nothing_is_cut_off) {
  // Either more waits for it than may, or it takes longer over something than it may.
  for (const auto& options :
       {limited([](server_limits& limits) { limits.stream_pending_max = 100'000; }),
        limited([](server_limits& limits) {
          limits.stream_pending_max = 1'000'000'000;
          limits.write_timeout = 50ms;
        })}) {
    streamer streams;
    running here(std::ref(streams), options);
    auto peer = here.connect();
    peer.send(get);
    BOOST_TEST(streams.has_begun());
    BOOST_TEST(eventually([&] { return !streams.push(here.pool, std::string(65'536, 'a')); }));
    BOOST_TEST(streams.ended(stream_end::too_slow));
    BOOST_TEST(here.server->stats().connections == 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_holds_no_memory_of_its_request) {
  streamer streams;
  running here(std::ref(streams));
  auto peer = here.connect();
  peer.send(head_of_body(1'000'000) + std::string(1'000'000, 'a'));
  BOOST_TEST(peer.read_line() == "HTTP/1.1 200 OK");
  BOOST_TEST(here.server->stats().inflight_bytes == 0U);
}

BOOST_AUTO_TEST_CASE(draining_ends_streams) {
  streamer streams;
  running here(std::ref(streams));
  auto peer = here.connect();
  peer.send(get);
  BOOST_TEST(streams.has_begun());
  auto drained = std::async(std::launch::async, [&] { here.server->drain(10s); });
  BOOST_TEST(peer.read_line() == "HTTP/1.1 200 OK");
  peer.read_head();
  BOOST_TEST(peer.read(6) == "first\n");
  BOOST_TEST(peer.closed());
  peer.close();
  drained.get();
  BOOST_TEST(streams.ended(stream_end::stopped));
}

// --- TLS
// -------------------------------------------------------------------------------------------

namespace {

struct tls_fixture {
  tls_fixture() : made(maker.make("DNS:localhost,IP:127.0.0.1")), here(&echo, with_tls(made)) {}

  static server_options with_tls(const test::certificate& files) {
    server_options options;
    options.tls = server_tls{files.certificate_file, files.key_file};
    options.limits.header_timeout = 500ms;
    return options;
  }

  test::certificate_maker maker;
  test::certificate made;
  running here;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(requests_are_answered_over_tls_1_2_and_1_3, tls_fixture) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    tls_peer peer(here.server->port(), version);
    BOOST_REQUIRE(peer.connected);
    BOOST_TEST(SSL_version(peer.ssl.get()) == version);
    const std::string body(300'000, 'x');
    peer.send(get);
    peer.send(head_of_body(body.size()));
    peer.send(body);
    peer.send(get_and_close);
    const auto all = peer.read_all();
    BOOST_TEST(all.find("\r\n\r\nGET /next HTTP/1.1 200 OK\r\n") != std::string::npos);
    BOOST_TEST(all.find("POST /body " + body) != std::string::npos);
    BOOST_TEST(all.ends_with("\r\n\r\nGET /next "));
    BOOST_TEST(peer.clean);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_goes_over_tls) {
  test::certificate_maker maker;
  const auto made = maker.make("DNS:localhost");
  streamer streams;
  running here(std::ref(streams), tls_fixture::with_tls(made));
  tls_peer peer(here.server->port(), TLS1_3_VERSION);
  BOOST_REQUIRE(peer.connected);
  peer.send(get);
  BOOST_TEST(streams.has_begun());
  BOOST_TEST(streams.push(here.pool, "second\n"));
  peer.send("a word that nobody waits for");
  BOOST_TEST(streams.push(here.pool, std::string(20'000, 'a')));
  streams.end(here.pool);
  BOOST_TEST(peer.read_all().ends_with("first\nsecond\n" + std::string(20'000, 'a')));
  BOOST_TEST(streams.ended(stream_end::stopped));
  streams.let_go(here.pool);
}

BOOST_FIXTURE_TEST_CASE(tls_1_1_is_refused, tls_fixture) {
  const tls_peer peer(here.server->port(), TLS1_1_VERSION);
  BOOST_TEST(!peer.connected);
}

BOOST_FIXTURE_TEST_CASE(a_refusal_can_be_read_over_tls, tls_fixture) {
  tls_peer peer(here.server->port(), TLS1_3_VERSION);
  BOOST_REQUIRE(peer.connected);
  peer.send("GET / HTTP/1.1\r\n\r\n" + get);
  BOOST_TEST(peer.read_all().starts_with("HTTP/1.1 400 "));
  BOOST_TEST(peer.clean);
}

BOOST_FIXTURE_TEST_CASE(what_is_not_tls_or_silent_is_cut_off, tls_fixture) {
  auto plain = here.connect();
  plain.send(get);
  BOOST_TEST(eventually([&] { return here.server->stats().connections == 0; }));
  auto silent = here.connect();
  BOOST_TEST(silent.closed());
  BOOST_TEST(here.server->stats().requests == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_slow_request_over_tls_is_answered_408, tls_fixture) {
  tls_peer peer(here.server->port(), TLS1_3_VERSION);
  BOOST_REQUIRE(peer.connected);
  peer.send("GET / HT");
  BOOST_TEST(peer.read_all().starts_with("HTTP/1.1 408 "));
}

BOOST_FIXTURE_TEST_CASE(a_certificate_that_can_not_be_used_is_an_error, tls_fixture) {
  const auto start = [&](const std::string& certificate, const std::string& key) {
    return http_server::start(here.pool, with_tls({certificate, key}), &echo);
  };
  const auto other = maker.make("DNS:other.example");
  BOOST_TEST(!start("/nonexistent", made.key_file).ok());
  BOOST_TEST(!start(made.certificate_file, "/nonexistent").ok());
  BOOST_TEST(!start(made.certificate_file, other.key_file).ok());
  BOOST_TEST(!start(made.key_file, made.key_file).ok());
}

BOOST_AUTO_TEST_SUITE_END()

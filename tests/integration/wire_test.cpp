// The real daemon against peers who break the rules, on both of its listeners: every request of the
// table, with a second one smuggled behind it; peers who are slow in any way; and thousands of them
// while deliveries are answered.
#include "base/sanitizers.hpp"
#include "deliveries.hpp"
#include "fresh_daemon.hpp"
#include "tests/net/certificates.hpp"
#include "tests/net/http/request_cases.hpp"
#include "tests/net/raw_socket.hpp"
#include "tests/net/tls_peer.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <array>

using namespace ankkor::testing;
using ankkor::net::test::raw_socket;
using ankkor::net::test::request_case;
using ankkor::net::test::request_cases;
using ankkor::net::test::tls_peer;

namespace {

struct two_listeners : fresh_daemon {
  using fresh_daemon::fresh_daemon;

  // Of either listener, with a request that it answers 200 (and on the public one a delivery that
  // would be taken).
  struct listener {
    const char* name;
    std::uint16_t port;
    std::string second;
  };

  [[nodiscard]] std::array<listener, 2> listeners() const {
    auto delivery = delivery_of(made_product{}).text();
    return {listener{"public", daemon.port(), std::move(delivery)},
            listener{"admin", daemon.admin_port(), request_text("GET", "/healthz")}};
  }
};

// Statuses that only the reader of requests gives.
bool is_refusal(unsigned status) {
  constexpr std::array<unsigned, 8> all{400, 408, 413, 414, 417, 431, 501, 505};
  return std::find(all.begin(), all.end(), status) != all.end();
}

} // namespace

BOOST_AUTO_TEST_SUITE(wire)

BOOST_AUTO_TEST_CASE(what_is_refused_is_answered_once_and_what_follows_it_never) {
  const auto run = two_listeners{};
  for (const auto& [name, port, second] : run.listeners()) {
    for (const auto& each : request_cases()) {
      if (each.status == 200)
        continue;
      BOOST_TEST_CONTEXT(each.name << " on the " << name << " listener") {
        auto peer = raw_socket{port};
        peer.send(each.bytes + second);
        const auto answer = peer.read_answer();
        BOOST_TEST_REQUIRE(answer.has_value());
        BOOST_TEST(answer->status == each.status);
        BOOST_TEST(answer->fields.at("connection") == "close");
        BOOST_TEST(answer->body.starts_with(R"({"error":{"code":")"));
        BOOST_TEST(peer.closed());
      }
    }
  }
  BOOST_TEST(run.count("deliveries") == "0");
  // What was smuggled is good by itself.
  BOOST_TEST(answer_to(run.daemon.port(), run.listeners()[0].second).at("/status") == "applied");
  BOOST_TEST(run.count("deliveries") == "1");
}

BOOST_AUTO_TEST_CASE(what_is_good_is_answered_and_so_is_what_follows_it) {
  const auto run = two_listeners{};
  for (const auto& [name, port, second] : run.listeners()) {
    for (const auto& each : request_cases()) {
      if (each.status != 200)
        continue;
      BOOST_TEST_CONTEXT(each.name << " on the " << name << " listener") {
        auto peer = raw_socket{port};
        peer.send(each.bytes + second);
        auto answer = peer.read_answer();
        BOOST_TEST_REQUIRE(answer.has_value());
        if (answer->status == 100)
          answer = peer.read_answer();
        BOOST_TEST_REQUIRE(answer.has_value());
        BOOST_TEST(!is_refusal(answer->status), answer->status);
        BOOST_TEST(!answer->fields.contains("upgrade"));
        if (!answer->fields.contains("connection")) { // HTTP/1.0 closes
          const auto next = peer.read_answer();
          BOOST_TEST((next && next->status == 200));
        }
        BOOST_TEST(peer.closed());
      }
    }
  }
  BOOST_TEST(run.count("deliveries") == "1"); // the same one each time
}

BOOST_AUTO_TEST_CASE(what_ends_early_is_answered_400) {
  const auto run = two_listeners{};
  const auto post = std::string{"POST / HTTP/1.1\r\nHost: a\r\n"};
  const auto chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  const auto parts = std::vector<std::string>{
    "G",
    "GET / HTTP/1.1",
    "GET / HTTP/1.1\r",
    "GET / HTTP/1.1\r\nHost: a\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\r",
    post + "Content-Length: 3\r\n\r\nab",
    chunked,
    chunked + "3",
    chunked + "3\r\nab",
    chunked + "3\r\nabc",
    chunked + "3\r\nabc\r\n",
    chunked + "3\r\nabc\r\n0\r\n",
    chunked + "3\r\nabc\r\n0\r\n\r",
    chunked + "3\r\nabc\r\n0\r\nX: a\r\n",
  };
  for (const auto& [name, port, second] : run.listeners()) {
    for (const auto& part : parts) {
      BOOST_TEST_CONTEXT(part << " on the " << name << " listener") {
        auto peer = raw_socket{port};
        peer.send(part);
        peer.half_close();
        const auto answer = peer.read_answer();
        BOOST_TEST_REQUIRE(answer.has_value());
        BOOST_TEST(answer->status == 400U);
        BOOST_TEST(peer.closed());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(over_tls_the_same_is_refused) {
  auto maker = ankkor::net::test::certificate_maker{};
  const auto shown = maker.make("DNS:localhost");
  const auto run = two_listeners{
    {{"ANKKOR_TLS_CERT", shown.certificate_file}, {"ANKKOR_TLS_KEY", shown.key_file}}};
  const auto second = run.listeners()[0].second;
  std::size_t tried = 0;
  for (const auto& each : request_cases()) {
    if (each.status == 200 || !each.name.starts_with("Transfer-Encoding"))
      continue;
    ++tried;
    BOOST_TEST_CONTEXT(each.name) {
      auto peer = tls_peer{run.daemon.port()};
      BOOST_TEST_REQUIRE(peer.connected);
      peer.send(each.bytes + second);
      const auto all = peer.read_all();
      BOOST_TEST(all.starts_with("HTTP/1.1 " + std::to_string(each.status) + " "));
      BOOST_TEST(all.rfind("HTTP/1.1 ") == 0U); // one answer
      BOOST_TEST(peer.clean);
    }
  }
  BOOST_TEST(tried > 20U);
  BOOST_TEST(run.count("deliveries") == "0");
  auto peer = tls_peer{run.daemon.port()};
  peer.send(second);
  BOOST_TEST(peer.read_all().find("applied") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_header_that_never_ends_is_answered_431_and_cut_off) {
  const auto run = two_listeners{};
  for (const auto& [name, port, second] : run.listeners()) {
    for (const std::string bomb :
         {"X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", "aaaa"}) {
      auto peers = std::vector<raw_socket>{};
      for (int count = 0; count < 50; ++count)
        peers.emplace_back(port).send("GET / HTTP/1.1\r\nHost: a\r\n");
      auto block = std::string{};
      while (block.size() < 100'000)
        block += bomb;
      for (auto& peer : peers)
        peer.send(block);
      for (auto& peer : peers) {
        const auto answer = peer.read_answer();
        BOOST_TEST((answer && answer->status == 431), name);
        peer.close();
      }
    }
  }
}

namespace {

// Peers who are slow, each in its way, and how each is to end.
class crowd {
public:
  explicit crowd(const daemon_process& daemon) : daemon_(daemon) {}

  // Each has asked once, and may ask again.
  void add_idle(std::size_t count) {
    for (std::size_t at = 0; at < count; ++at) {
      auto& peer = idle_.emplace_back(daemon_.port());
      peer.send("GET /api/webhooks HTTP/1.1\r\nHost: a\r\n\r\n");
      BOOST_TEST_REQUIRE(peer.read_answer().has_value());
    }
  }

  // Each begins a header, or a body, and goes on byte by byte for as long as it may.
  void add_slow(std::size_t count) {
    for (std::size_t at = 0; at < count; ++at) {
      slow_header_.emplace_back(daemon_.port()).send("POST /api/webhooks HTTP/1.1\r\nHost: ");
      slow_body_.emplace_back(daemon_.port())
        .send("POST /api/webhooks HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n{");
    }
  }

  // Each asks for much and takes nothing of it.
  void add_slow_readers(std::size_t count) {
    auto questions = std::string{};
    for (int at = 0; at < 1'500; ++at)
      questions += "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (std::size_t at = 0; at < count; ++at)
      slow_reader_.emplace_back(daemon_.admin_port()).send(questions);
  }

  void trickle() {
    for (auto& peer : slow_header_)
      peer.send("a");
    for (auto& peer : slow_body_)
      peer.send("a");
  }

  // The daemon answers the slow ones 408 and cuts them off, whatever they still send.
  void expect_cut_off() {
    const auto cut = [](std::vector<raw_socket>& peers) {
      return std::all_of(peers.begin(), peers.end(), [](const raw_socket& peer) {
        return peer.readable(std::chrono::milliseconds{0});
      });
    };
    // The longest of the limits is 30 s (operations.md).
    BOOST_TEST(eventually(
      [&] {
        trickle();
        return cut(slow_header_) && cut(slow_body_);
      },
      std::chrono::seconds{60}));
    for (auto* peers : {&slow_header_, &slow_body_}) {
      for (auto& peer : *peers) {
        const auto answer = peer.read_answer();
        BOOST_TEST((answer && answer->status == 408));
      }
    }
  }

  void expect_readers_cut_off() {
    // Nothing of what they were sent was taken, so the end is an error.
    const auto cut = [](const raw_socket& peer) { return peer.is_broken(); };
    BOOST_TEST(
      eventually([&] { return std::all_of(slow_reader_.begin(), slow_reader_.end(), cut); },
                 std::chrono::seconds{60}));
  }

  void leave() {
    for (auto* peers : {&idle_, &slow_header_, &slow_body_, &slow_reader_})
      peers->clear();
  }

private:
  const daemon_process& daemon_;
  std::vector<raw_socket> idle_;
  std::vector<raw_socket> slow_header_;
  std::vector<raw_socket> slow_body_;
  std::vector<raw_socket> slow_reader_;
};

void allow_descriptors() {
  auto files = rlimit{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

struct usage {
  double descriptors = 0;
  double connections = 0;
  double bytes = 0;
};

usage usage_of(const daemon_process& daemon) {
  return {daemon.metric("process_open_fds"),
          daemon.metric(R"(ankkor_http_connections{listener="public"})"),
          daemon.metric("process_resident_memory_bytes")};
}

} // namespace

BOOST_AUTO_TEST_CASE(
  thousands_of_idle_and_slow_peers_hold_up_no_delivery_and_leave_nothing_behind) {
#ifdef ANKKOR_SANITIZED
  constexpr std::size_t idle = 1'000;
#else
  constexpr std::size_t idle = 5'000;
#endif
  constexpr std::size_t slow = 100;
  constexpr std::size_t slow_readers = 5;
  allow_descriptors();
  const auto run = two_listeners{};
  unsigned second = 0;
  const auto deliver_some = [&] {
    for (int count = 0; count < 100; ++count) {
      ++second;
      BOOST_TEST_REQUIRE(deliver(run.daemon.port(),
                                 made_product{.quantity = second, .second = second}) == "applied");
    }
  };
  deliver_some();
  const auto before = usage_of(run.daemon);
  auto peers = crowd{run.daemon};
  peers.add_slow(slow);
  peers.add_slow_readers(slow_readers);
  peers.add_idle(idle);
  BOOST_TEST(eventually(
    [&] { return usage_of(run.daemon).connections >= static_cast<double>(idle + slow); }));
  deliver_some();
  const auto meanwhile = usage_of(run.daemon);
  BOOST_TEST(meanwhile.descriptors >= before.descriptors + static_cast<double>(idle));
  peers.expect_cut_off();
  peers.expect_readers_cut_off();
  deliver_some();
  peers.leave();
  BOOST_TEST(eventually([&] {
    const auto now = usage_of(run.daemon);
    return now.connections == before.connections && now.descriptors <= before.descriptors;
  }));
#ifndef ANKKOR_SANITIZED        // which keeps what is freed
  constexpr double near = 15e6; // of 29e6 that the crowd takes
  BOOST_TEST(eventually([&] { return usage_of(run.daemon).bytes < before.bytes + near; }));
#endif
  const auto after = usage_of(run.daemon);
  BOOST_TEST_MESSAGE("bytes before " << before.bytes << ", meanwhile " << meanwhile.bytes
                                     << ", after " << after.bytes);
}

BOOST_AUTO_TEST_SUITE_END()

// Live updates and reads of the real binary: streams over a kill -9, thousands of them, and reads
// that never go back.
#include "base/sanitizers.hpp"
#include "daemon_process.hpp"
#include "deliveries.hpp"
#include "event_stream.hpp"
#include "storm.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <map>
#include <thread>

using namespace ankkor::testing;

namespace {

constexpr auto updates = "/api/stock-updates";
constexpr std::uint64_t marker = 9999; // a product that is changed last

std::uint64_t number(std::string_view text) {
  std::uint64_t found = 0;
  std::from_chars(text.data(), text.data() + text.size(), found);
  return found;
}

// What one reader has heard in all of its streams, one after another.
struct reader {
  std::string last_id = "0";
  std::vector<std::uint64_t> sequences;
  std::map<std::string, std::string> quantities; // by product
  bool is_reset = false;

  // Until the stream ends, or the marker comes.
  void follow(std::uint16_t port) {
    auto stream = event_stream{port, updates, {{"Last-Event-ID", last_id}}};
    for (auto event = stream.next(); event; event = stream.next()) {
      if (event->at("/type") == "connected")
        continue;
      is_reset = is_reset || event->at("/type") == "reset";
      last_id = event->id;
      sequences.push_back(number(event->id));
      quantities[event->at("/productId")] = event->at("/stockQuantity");
      if (event->at("/productId") == std::to_string(marker))
        return;
    }
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(live)

BOOST_AUTO_TEST_CASE(a_reader_resumes_over_kill_9_without_a_gap_or_a_repetition) {
  const auto place = temporary_directory{};
  const auto settings = daemon_settings(place.path() + "/data");
  auto sent = storm{20261122};
  auto heard = reader{};
  for (int life = 0; life < 3; ++life) {
    auto daemon = daemon_process{settings};
    BOOST_TEST_REQUIRE(daemon.ready());
    auto reading = std::thread{[&] { heard.follow(daemon.port()); }};
    BOOST_TEST(eventually([&] { return daemon.metric("ankkor_sse_connections") == 1; }));
    sent.blow(daemon, 60 + sent.random(60), [&] { daemon.kill(); });
    reading.join();
  }
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready());
  BOOST_TEST(deliver(daemon.port(), made_product{.id = marker}) == "applied");
  heard.follow(daemon.port());
  BOOST_TEST(!heard.is_reset);
  BOOST_TEST_REQUIRE(heard.sequences.size() > 180U);
  for (std::size_t at = 0; at < heard.sequences.size(); ++at)
    BOOST_TEST_REQUIRE(heard.sequences[at] == at + 1);
  for (const auto& [product, quantity] : heard.quantities)
    BOOST_TEST(daemon.read("/api/products/" + product + "/stock").at("/stockQuantity") == quantity);
}

BOOST_AUTO_TEST_CASE(ten_thousand_streams_are_open_at_a_few_kilobytes_each) {
#ifdef ANKKOR_SANITIZED
  constexpr std::size_t count = 1'000;
#else
  constexpr std::size_t count = 10'000;
#endif
  auto files = rlimit{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const auto place = temporary_directory{};
  auto daemon = daemon_process{daemon_settings(place.path() + "/data")};
  BOOST_TEST_REQUIRE(daemon.ready());
  BOOST_TEST(deliver(daemon.port(), made_product{.quantity = 7, .second = 1}) == "applied");
  const auto before = daemon.metric("process_resident_memory_bytes");
  auto streams = std::vector<event_stream>{};
  for (std::size_t at = 0; at < count; ++at)
    streams.emplace_back(daemon.port(), std::string{updates} + "?products=34");
  BOOST_TEST(daemon.metric("ankkor_sse_connections") == static_cast<double>(count));
  const auto each = (daemon.metric("process_resident_memory_bytes") - before) / count;
  BOOST_TEST_MESSAGE("bytes a stream: " << each);
#ifndef ANKKOR_SANITIZED
  BOOST_TEST(each < 8 * 1024);
#endif
  BOOST_TEST(deliver(daemon.port(), made_product{.quantity = 6, .second = 2}) == "applied");
  std::size_t told = 0;
  for (auto& stream : streams) {
    stream.next();
    stream.next();
    if (const auto change = stream.next(); change && change->at("/stockQuantity") == "6")
      ++told;
  }
  BOOST_TEST(told == count);
  // Stopping lets them go.
  daemon.signal(SIGTERM);
  streams.clear();
  BOOST_TEST(daemon.wait() == 0);
}

BOOST_AUTO_TEST_CASE(streams_are_limited_by_the_setting) {
  const auto place = temporary_directory{};
  auto daemon =
    daemon_process{daemon_settings(place.path() + "/data", {{"ANKKOR_STREAMS_MAX", "1"}})};
  BOOST_TEST_REQUIRE(daemon.ready());
  const auto stream = event_stream{daemon.port(), updates};
  BOOST_TEST(stream.head().status == 200U);
  BOOST_TEST(daemon.read(updates).status == 503U);
  BOOST_TEST(daemon.metric("ankkor_sse_dropped_total{reason=\"limit\"}") == 1);
}

// Every answer is a state that was committed, and none is older than one that the same connection
// has seen, or than one that was answered 200 before the question.
BOOST_AUTO_TEST_CASE(a_read_never_goes_back_while_the_product_changes) {
#ifdef ANKKOR_SANITIZED
  constexpr std::size_t rounds = 300;
#else
  constexpr std::size_t rounds = 11'200; // a million answers
#endif
  constexpr std::size_t questions = 30; // of each round and reader, sent at once
  const auto place = temporary_directory{};
  auto daemon = daemon_process{daemon_settings(place.path() + "/data")};
  BOOST_TEST_REQUIRE(daemon.ready());
  auto sent = std::atomic<std::int64_t>{1};
  auto promised = std::atomic<std::int64_t>{1};
  const auto change = [&](std::int64_t quantity) {
    sent = quantity;
    const auto product =
      made_product{.quantity = quantity, .second = static_cast<unsigned>(quantity)};
    if (deliver(daemon.port(), product) == "applied")
      promised = quantity;
  };
  change(1);
  auto reading = std::atomic<int>{3};
  auto wrong = std::atomic<int>{0};
  auto answered = std::atomic<std::size_t>{0};
  const auto read = [&] {
    auto connection = raw_connection{daemon.port()};
    constexpr std::array<std::string_view, 3> targets{"/api/products/34/stock",
                                                      "/api/products/tea-34", "/api/stock?ids=34"};
    constexpr std::array<std::string_view, 3> pointers{"/stockQuantity", "/stock/stockQuantity",
                                                       "/items/0/stockQuantity"};
    std::int64_t seen = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
      const auto least = promised.load();
      auto text = std::string{};
      for (std::size_t at = 0; at < questions; ++at)
        text.append("GET ").append(targets[at % 3]).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
      connection.send(text);
      for (std::size_t at = 0; at < questions; ++at) {
        const auto answer = connection.receive();
        const auto quantity = static_cast<std::int64_t>(number(answer.at(pointers[at % 3])));
        if (answer.status != 200 || quantity < least || quantity < seen || quantity > sent)
          ++wrong;
        seen = quantity;
        ++answered;
      }
    }
    --reading;
  };
  auto readers = std::vector<std::thread>{};
  for (int count = reading; count > 0; --count)
    readers.emplace_back(read);
  for (std::int64_t quantity = 2; reading > 0; ++quantity)
    change(quantity);
  for (auto& each : readers)
    each.join();
  BOOST_TEST(wrong == 0);
  BOOST_TEST(answered == 3 * rounds * questions);
  BOOST_TEST(promised == sent);
  BOOST_TEST_MESSAGE("changes meanwhile: " << promised);
}

BOOST_AUTO_TEST_SUITE_END()

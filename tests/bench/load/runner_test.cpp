// The loop against a real server on loopback: what it sends, counts and charges to a slow one.
#include "bench/load/client.hpp"
#include "bench/load/read_source.hpp"
#include "bench/load/runner.hpp"
#include "emulator/answering_server.hpp"
#include "net/io_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>

namespace {

using namespace ankkor;
using namespace std::chrono_literals;

// Answers every read with that status; the first one only after `stall`.
struct shop {
  explicit shop(unsigned status, std::chrono::milliseconds stall = 0ms) {
    auto started = emulator::answering_server::start(
      pool, "shop", "127.0.0.1", 0, [=, this](const emulator::http_question&, emulator::moment) {
        auto answer = emulator::http_answer{};
        answer.status = status;
        answer.body = R"({"stockQuantity":7})";
        if (asked++ == 0)
          answer.delay = stall;
        return answer;
      });
    BOOST_REQUIRE(started.ok());
    server = std::move(started.value());
    where = *net::parse_url(server->url());
  }

  net::io_pool pool{1};
  std::atomic<int> asked = 0;
  std::unique_ptr<emulator::answering_server> server;
  net::url where;
};

load::run_report run(const shop& at, double rate, std::size_t connections) {
  auto reads = load::read_source{{load::read_kind::hit, "h", 10, 1, {}}};
  auto options = load::run_options{};
  options.where = at.where;
  options.length = 300ms;
  auto loop = load::runner{options, {{"reads", &reads, connections, rate, false}}};
  auto report = loop.run();
  BOOST_REQUIRE(report.ok());
  return std::move(*report);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_closed_loop_counts_what_is_answered) {
  auto server = shop{200};
  const auto report = run(server, 0, 4);
  BOOST_TEST(report.traffic.front().failed() == 0U);
  BOOST_TEST(report.traffic.front().latency.count() == static_cast<std::uint64_t>(server.asked));
  BOOST_TEST(report.traffic.front().latency.count() > 0U);
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_not_expected_is_a_failure_and_no_latency) {
  auto server = shop{500};
  const auto report = run(server, 0, 1);
  BOOST_TEST(report.traffic.front().failed() == static_cast<std::uint64_t>(server.asked));
  BOOST_TEST(report.traffic.front().latency.count() == 0U);
}

BOOST_AUTO_TEST_CASE(an_open_loop_charges_a_stall_to_all_that_were_to_be_sent_meanwhile) {
  auto server = shop{200, 200ms};
  const auto report = run(server, 100, 1);
  const auto& reads = report.traffic.front();
  // 30 were due in 300 ms; one connection was held up for 200 of them.
  BOOST_TEST(reads.latency.count() + reads.unsent == 30U);
  BOOST_TEST((reads.latency.max() >= 200ms));
  // A closed loop would have charged it to one request. Half of what was due waited for 50 ms or
  // more.
  BOOST_TEST((reads.latency.quantile(0.6) >= 50ms));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_gone_is_an_error) {
  auto where = net::url{};
  {
    auto server = shop{200};
    where = server.where;
  }
  auto reads = load::read_source{{load::read_kind::hit, "h", 10, 1, {}}};
  auto options = load::run_options{};
  options.where = where;
  auto loop = load::runner{options, {{"reads", &reads, 1, 0, false}}};
  BOOST_TEST(!loop.run().ok());
}

BOOST_AUTO_TEST_CASE(what_is_read_back_is_compared_with_what_was_answered) {
  auto server = shop{200};
  const auto checked = load::verify(server.where, {{1, 7, {}}, {2, 8, {}}}, 10);
  BOOST_REQUIRE(checked.ok());
  BOOST_TEST(checked->read == 2U);
  BOOST_REQUIRE(checked->wrong.size() == 1U);
  BOOST_TEST(checked->wrong.front().find("product 2") != std::string::npos);
}

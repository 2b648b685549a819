// The alerts of the daemon itself: when each fires, when it is resolved, and that each is
// documented.
#include "api/admin/alerts.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <limits>
#include <sstream>

namespace {

using namespace ankkor;
using namespace ankkor::api;
using namespace std::chrono_literals;

const stock::moment noon{std::chrono::seconds{1795348800}};

// A daemon that is well; a test changes what it is about, and lets time pass.
struct daemon_day {
  daemon_day() {
    now.at = noon;
    now.budget_tokens = 10;
    auto next = target_figures{};
    next.name = "next";
    next.format = "next";
    now.targets.push_back(next);
    stay_well();
  }

  // What a working daemon does all the time.
  void stay_well() {
    if (is_delivered_to)
      ++now.deliveries[0];
    if (is_reconciled)
      now.incremental_success = now.scrub_success = now.at;
  }

  // Lets so much time pass, judging every five seconds. Answers what changed.
  std::vector<alert_change> pass(std::chrono::seconds span) {
    auto changes = std::vector<alert_change>{};
    for (const auto until = now.at + span; now.at < until;) {
      now.at += 5s;
      stay_well();
      for (auto& each : board.judge(now))
        changes.push_back(std::move(each));
    }
    return changes;
  }

  [[nodiscard]] bool fires(std::string_view name) const {
    for (const auto& each : board.firing()) {
      if (each.kind->name == name)
        return true;
    }
    return false;
  }

  figures now;
  bool is_delivered_to = true;
  bool is_reconciled = true;
  alert_board board{{}, noon};
};

metrics::distribution commits_of(double seconds, std::uint64_t count) {
  auto made = metrics::distribution{};
  made.bounds = {0.01, 0.5, 5, std::numeric_limits<double>::infinity()};
  made.counts = {0, 0, 0, count};
  for (std::size_t at = 0; at < 3; ++at)
    made.counts[at] = seconds <= made.bounds[at] ? count : 0;
  made.count = count;
  return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(alerts)

BOOST_AUTO_TEST_CASE(a_daemon_that_is_well_raises_none) {
  auto day = daemon_day{};
  BOOST_TEST(day.pass(3h).empty());
  BOOST_TEST(day.board.firing().empty());
}

BOOST_AUTO_TEST_CASE(an_alert_is_told_once_and_its_resolution_once) {
  auto day = daemon_day{};
  day.now.store_up = false;
  BOOST_TEST(day.pass(55s).empty()); // it has to hold for a minute
  const auto fired = day.pass(10min);
  BOOST_TEST_REQUIRE(fired.size() == 1U);
  BOOST_TEST(fired.front().what.kind->name == "StoreDown");
  BOOST_TEST(!fired.front().resolved);
  BOOST_TEST(day.fires("StoreDown"));
  day.now.store_up = true;
  const auto resolved = day.pass(10min);
  BOOST_TEST_REQUIRE(resolved.size() == 1U);
  BOOST_TEST(resolved.front().resolved);
  BOOST_TEST(day.board.firing().empty());
}

BOOST_AUTO_TEST_CASE(one_that_flaps_says_nothing_between) {
  auto day = daemon_day{};
  day.now.store_up = false;
  day.pass(2min);
  auto changes = std::size_t{0};
  for (int turn = 0; turn < 20; ++turn) {
    day.now.store_up = turn % 2 == 0;
    changes += day.pass(30s).size();
  }
  BOOST_TEST(changes == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_does_not_hold_long_enough_never_fires) {
  auto day = daemon_day{};
  for (int turn = 0; turn < 10; ++turn) {
    day.now.store_up = false;
    BOOST_TEST(day.pass(40s).empty());
    day.now.store_up = true;
    BOOST_TEST(day.pass(40s).empty());
  }
}

BOOST_AUTO_TEST_CASE(silence_of_a_day_is_told) {
  auto day = daemon_day{};
  day.pass(10min);
  day.is_delivered_to = false;
  BOOST_TEST(day.pass(23h).empty());
  day.pass(61min);
  BOOST_TEST(day.fires("WebhooksSilent"));
  day.is_delivered_to = true;
  day.pass(2min);
  BOOST_TEST(!day.fires("WebhooksSilent"));
}

BOOST_AUTO_TEST_CASE(failed_and_unauthorized_deliveries_are_told) {
  auto day = daemon_day{};
  day.pass(1min);
  ++day.now.deliveries[static_cast<std::size_t>(delivery_kind::unavailable)];
  day.now.unauthorized_known = 2;
  day.pass(1min);
  BOOST_TEST(day.fires("WebhooksFailing"));
  BOOST_TEST(!day.fires("WebhooksUnauthorized"));
  day.now.unauthorized_known = 3;
  day.pass(10s);
  BOOST_TEST(day.fires("WebhooksUnauthorized"));
  day.pass(12min);
  BOOST_TEST(day.board.firing().empty());
}

BOOST_AUTO_TEST_CASE(changes_that_no_webhook_told_of_are_told_by_their_share) {
  auto day = daemon_day{};
  day.pass(1h); // 720 deliveries
  day.now.missed = 2;
  day.pass(1min);
  BOOST_TEST(!day.fires("WebhooksMissed")); // two say nothing
  day.now.missed = 7;
  day.pass(1min);
  BOOST_TEST(!day.fires("WebhooksMissed")); // less than 1 %
  day.now.missed = 9;
  day.pass(1min);
  BOOST_TEST(day.fires("WebhooksMissed"));
}

BOOST_AUTO_TEST_CASE(webhooks_that_are_not_active_are_told) {
  auto day = daemon_day{};
  day.now.webhooks_not_active = 0;
  BOOST_TEST(day.pass(1min).empty());
  day.now.webhooks_not_active = 1;
  BOOST_TEST(day.pass(5s).size() == 1U);
  BOOST_TEST(day.fires("WebhookDisabled"));
}

BOOST_AUTO_TEST_CASE(a_reconciliation_that_is_late_is_told) {
  auto day = daemon_day{};
  day.pass(1min);
  day.is_reconciled = false;
  BOOST_TEST(day.pass(10min).empty());
  day.pass(10s);
  BOOST_TEST(day.fires("ReconciliationLate"));
  BOOST_TEST(!day.fires("FullReconciliationLate"));
}

BOOST_AUTO_TEST_CASE(a_budget_that_stays_used_up_is_told) {
  auto day = daemon_day{};
  day.now.budget_tokens = 0.5;
  BOOST_TEST(day.pass(14min).empty());
  day.pass(2min);
  BOOST_TEST(day.fires("BudgetExhausted"));
}

BOOST_AUTO_TEST_CASE(a_target_that_does_not_acknowledge_is_told_by_its_name) {
  auto day = daemon_day{};
  auto& next = day.now.targets.front();
  next.circuit_open = true;
  next.pending = 2;
  day.pass(9min);
  BOOST_TEST(day.board.firing().empty());
  day.pass(2min);
  BOOST_TEST_REQUIRE(day.board.firing().size() == 1U);
  BOOST_TEST(day.board.firing().front().subject == "next");
  BOOST_TEST(day.board.firing().front().summary ==
             "next does not acknowledge changes; 2 products are pending.");
}

BOOST_AUTO_TEST_CASE(an_outbox_that_nothing_leaves_is_told_without_an_open_circuit) {
  auto day = daemon_day{};
  day.pass(20min);
  day.now.targets.front().pending = 1;
  day.pass(20min);
  BOOST_TEST(!day.fires("TargetNotAcknowledging"));
  day.pass(10min);
  BOOST_TEST(day.fires("TargetNotAcknowledging"));
}

BOOST_AUTO_TEST_CASE(new_dead_letters_are_told_for_an_hour) {
  auto day = daemon_day{};
  day.pass(10min);
  day.now.dead_letters = 1;
  day.pass(1min);
  BOOST_TEST(day.fires("DeadLetters"));
  day.pass(62min);
  BOOST_TEST(!day.fires("DeadLetters"));
}

BOOST_AUTO_TEST_CASE(slow_commits_are_told) {
  auto day = daemon_day{};
  std::uint64_t count = 0;
  for (int turn = 0; turn < 12; ++turn) {
    day.now.commits = commits_of(0.01, count += 100);
    BOOST_TEST(day.pass(1min).empty());
  }
  const auto fast = day.now.commits;
  for (int turn = 0; turn < 18; ++turn) {
    day.now.commits = commits_of(5, count += 100);
    day.now.commits.counts[0] = fast.counts[0];
    day.now.commits.counts[1] = fast.counts[1];
    day.pass(1min);
  }
  BOOST_TEST(day.fires("StoreSlow"));
}

BOOST_AUTO_TEST_CASE(redis_and_the_certificate_are_told) {
  auto day = daemon_day{};
  day.now.redis_up = false;
  day.now.certificate_expires = noon + 15 * 24h;
  day.pass(6min);
  BOOST_TEST(day.fires("RedisMirrorDown"));
  BOOST_TEST(!day.fires("CertificateExpiring"));
  day.now.certificate_expires = noon + 10 * 24h;
  day.pass(5s);
  BOOST_TEST(day.fires("CertificateExpiring"));
}

BOOST_AUTO_TEST_CASE(critical_alerts_come_first) {
  auto day = daemon_day{};
  day.now.certificate_expires = noon;
  day.pass(1min);
  day.now.webhooks_not_active = 1;
  day.pass(1min);
  BOOST_TEST_REQUIRE(day.board.firing().size() == 2U);
  BOOST_TEST(day.board.firing().front().kind->name == "WebhookDisabled");
}

BOOST_AUTO_TEST_SUITE_END()

// Alerts on their way to ANKKOR_ALERT_URL: the three formats, the signature, and patience.
#include "api/admin/alert_sender.hpp"
#include "net/targets/purge_formats.hpp"
#include "raw_http.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace {

using namespace ankkor;
using namespace ankkor::api;
using namespace std::chrono_literals;
using ankkor::testing::json_at;

const stock::moment noon{std::chrono::seconds{1795348800}};
constexpr auto secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

alert_change change(std::string_view name, bool resolved = false,
                    std::string summary = "It fails.") {
  const auto& all = alert_kinds();
  auto made = alert_change{};
  made.what.kind =
    &*std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
  made.what.subject = "next";
  made.what.summary = std::move(summary);
  made.what.since = noon;
  made.resolved = resolved;
  made.at = noon + 1min;
  return made;
}

alert_target target(config::alert_format format) {
  return {format, *net::parse_url("https://alerts.example/hook"), secret, "https://shop.example"};
}

std::string field(const net::client_request& of, std::string_view name) {
  for (const auto& [key, value] : of.fields) {
    if (key == name)
      return value;
  }
  return {};
}

// A receiver whose answers the test gives, and a clock that it moves.
struct receiver {
  receiver() {
    around.send = [this](net::client_request call, auto done) {
      calls.push_back(std::move(call));
      answer_with = std::move(done);
    };
    around.after = [this](std::chrono::milliseconds span, auto task) {
      waits.push_back(span);
      later = std::move(task);
    };
    around.now = [this] { return now; };
  }

  void answer(unsigned status) {
    auto made = net::client_response{};
    made.status = status;
    std::exchange(answer_with, nullptr)(made);
  }

  void wait_is_over() {
    now += waits.back();
    std::exchange(later, nullptr)();
  }

  alert_sender::surroundings around;
  stock::moment now = noon + 1min;
  std::vector<net::client_request> calls;
  std::vector<std::chrono::milliseconds> waits;
  std::function<void(result<net::client_response>)> answer_with;
  std::function<void()> later;
};

} // namespace

BOOST_AUTO_TEST_SUITE(alert_messages)

BOOST_AUTO_TEST_CASE(a_webhook_is_signed_and_says_everything) {
  const auto sent = std::chrono::sys_seconds{1795348860s};
  const auto call =
    alert_call(target(config::alert_format::webhook), change("TargetNotAcknowledging"), sent);
  BOOST_TEST(field(call, "webhook-id") == "alert_TargetNotAcknowledging_next_1795348800_firing");
  BOOST_TEST(field(call, "webhook-timestamp") == "1795348860");
  BOOST_TEST(field(call, "webhook-signature") ==
             net::sign_standard_webhook(secret, field(call, "webhook-id"), sent, call.body));
  BOOST_TEST(json_at(call.body, "/type") == "alert.firing");
  BOOST_TEST(json_at(call.body, "/timestamp") == "2026-11-22T12:01:00Z");
  BOOST_TEST(json_at(call.body, "/data/severity") == "critical");
  BOOST_TEST(json_at(call.body, "/data/subject") == "next");
  BOOST_TEST(json_at(call.body, "/data/summary") == "It fails.");
  BOOST_TEST(json_at(call.body, "/data/since") == "2026-11-22T12:00:00Z");
  BOOST_TEST(json_at(call.body, "/data/shop") == "https://shop.example");
  const auto resolved =
    alert_call(target(config::alert_format::webhook), change("TargetNotAcknowledging", true), sent);
  BOOST_TEST(json_at(resolved.body, "/type") == "alert.resolved");
  BOOST_TEST(field(resolved, "webhook-id") != field(call, "webhook-id"));
}

BOOST_AUTO_TEST_CASE(slack_and_discord_get_text_that_mentions_nobody) {
  const auto what = change("StoreDown", false, "<!channel> & @everyone");
  const auto slack = alert_call(target(config::alert_format::slack), what, {});
  BOOST_TEST(json_at(slack.body, "/text").find("*Critical: &lt;!channel&gt; &amp; @everyone*\n") ==
             0U);
  BOOST_TEST(field(slack, "webhook-signature").empty());
  const auto discord = alert_call(target(config::alert_format::discord), what, {});
  BOOST_TEST(json_at(discord.body, "/content").find("**Critical: <!channel> & @everyone**\n") ==
             0U);
  BOOST_TEST(json_at(discord.body, "/allowed_mentions/parse") == "[]");
}

BOOST_AUTO_TEST_CASE(a_message_is_repeated_until_it_is_acknowledged) {
  auto to = receiver{};
  auto sender = alert_sender{target(config::alert_format::webhook), to.around};
  sender.raise(change("StoreDown"));
  sender.raise(change("StoreDown", true));
  BOOST_TEST(to.calls.size() == 1U); // one after the other
  to.answer(500);
  to.wait_is_over();
  to.answer_with(error{errc::timed_out, "no answer", ""});
  to.wait_is_over();
  BOOST_TEST(to.waits == (std::vector<std::chrono::milliseconds>{1s, 2s}));
  BOOST_TEST(field(to.calls[0], "webhook-id") == field(to.calls[2], "webhook-id"));
  to.answer(204);
  BOOST_TEST(to.calls.size() == 4U);
  BOOST_TEST(json_at(to.calls[3].body, "/type") == "alert.resolved");
  to.answer(200);
  BOOST_TEST(sender.pending() == 0U);
}

BOOST_AUTO_TEST_CASE(it_is_given_up_after_a_day_and_no_more_than_a_hundred_wait) {
  auto to = receiver{};
  auto sender = alert_sender{target(config::alert_format::slack), to.around};
  for (int count = 0; count < 150; ++count)
    sender.raise(change("StoreDown"));
  BOOST_TEST(sender.pending() == alert_sender::pending_max);
  while (sender.pending() > 0) {
    to.answer(503);
    to.wait_is_over();
    BOOST_REQUIRE(to.calls.size() < 1000U);
  }
  BOOST_TEST((to.now - noon >= 24h));
  BOOST_TEST((to.waits.back() == alert_sender::wait_max));
}

BOOST_AUTO_TEST_SUITE_END()

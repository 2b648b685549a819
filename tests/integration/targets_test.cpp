// Every format of target beside each other: what each is told, and in which order. The format
// `varnish` has a real Varnish of its own: varnish_test.cpp.
#include "daemon_process.hpp"
#include "deliveries.hpp"
#include "net/targets/purge_formats.hpp"
#include "storefront.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <fstream>

using namespace ankkor;
using namespace ankkor::testing;

namespace {

constexpr auto target_secret = "target-secret-77ab";
constexpr auto signing_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

// A daemon with these targets, each a receiver of its own by the target's name.
struct targets {
  temporary_directory place;
  std::map<std::string, storefront> receivers;
  environment settings;
  std::unique_ptr<daemon_process> daemon;

  // By name: the rest of the target's table in the file.
  explicit targets(const std::map<std::string, std::string>& tables,
                   const environment& changes = {}) {
    auto file = std::ofstream{place / "ankkor.toml"};
    for (const auto& [name, rest] : tables) {
      file << "[[revalidate]]\nname = '" << name << "'\nurl = '" << receivers[name].url()
           << "?to=" << name << "'\n"
           << rest << "\n";
    }
    settings = daemon_settings(place.path() + "/data", changes);
  }

  void start() {
    daemon = std::make_unique<daemon_process>(
      settings, std::vector<std::string>{"serve", "--config", (place / "ankkor.toml").string()});
    BOOST_TEST_REQUIRE(daemon->ready());
  }

  void change(std::uint64_t id, std::int64_t quantity, unsigned second) const {
    BOOST_TEST_REQUIRE(
      deliver(daemon->port(), made_product{.id = id, .quantity = quantity, .second = second}) ==
      "applied");
  }

  storefront_call only_call(const std::string& name) {
    BOOST_TEST_REQUIRE(receivers[name].wait_for_calls(1), name);
    return receivers[name].calls().front();
  }

  bool nothing_pending() const {
    return eventually([&] { return daemon->ask("/admin/outbox").body == R"({"outbox":[]})"; });
  }
};

std::string table(const std::string& format, const std::string& more = "") {
  return "format = '" + format + "'\nsecret = '" + target_secret + "'\n" + more;
}

// Fields that are the client's business.
header_fields without_framing(header_fields fields) {
  const auto is_framing = [](const auto& field) {
    return field.first == "host" || field.first == "user-agent" ||
           field.first == "content-length" || field.first == "connection";
  };
  fields.erase(std::remove_if(fields.begin(), fields.end(), is_framing), fields.end());
  std::sort(fields.begin(), fields.end());
  return fields;
}

header_fields json_with(header_fields more) {
  more.emplace_back("content-type", "application/json");
  more.emplace_back("accept", "application/json");
  std::sort(more.begin(), more.end());
  return more;
}

} // namespace

BOOST_AUTO_TEST_SUITE(every_target)

BOOST_AUTO_TEST_CASE(each_is_told_of_one_change_in_its_own_way_and_no_secret_is_logged) {
  auto run =
    targets{{{"next", table("next")},
             {"own", "format = 'ankkor'\n"},
             {"fastly", table("fastly", "soft = true\n")},
             {"cloudflare", table("cloudflare")},
             {"vercel", table("vercel")},

             {"erp", std::string{"format = 'webhook'\nsecret = '"} + signing_secret + "'\n"}},
            {{"ANKKOR_LOG", "debug"}}};
  run.start();
  run.change(34, 7, 1);
  const std::string bearer = std::string{"Bearer "} + target_secret;
  const std::string tags = R"(["category-hot-drinks","product-34","product-tea-34"])";

  const auto next = run.only_call("next");
  BOOST_TEST(next.method == "POST");
  BOOST_TEST(next.target == "/api/revalidate?to=next");
  BOOST_TEST((without_framing(next.fields) == json_with({{"authorization", bearer}})));
  BOOST_TEST(next.body ==
             "{\"id\":\"" + next.id + "\",\"tags\":" + tags + R"(,"paths":["/product/tea-34"]})");

  const auto own = run.only_call("own");
  BOOST_TEST(own.method == "POST");
  BOOST_TEST((without_framing(own.fields) == json_with({})));
  BOOST_TEST(own.body == R"({"type":"product","handle":"tea-34"})");

  const auto fastly = run.only_call("fastly");
  BOOST_TEST(fastly.method == "POST");
  BOOST_TEST((without_framing(fastly.fields) ==
              json_with({{"fastly-key", target_secret}, {"fastly-soft-purge", "1"}})));
  BOOST_TEST(fastly.body == "{\"surrogate_keys\":" + tags + "}");

  for (const std::string name : {"cloudflare", "vercel"}) {
    const auto call = run.only_call(name);
    BOOST_TEST(call.method == "POST");
    BOOST_TEST(call.target == "/api/revalidate?to=" + name);
    BOOST_TEST((without_framing(call.fields) == json_with({{"authorization", bearer}})));
    BOOST_TEST(call.body == "{\"tags\":" + tags + "}");
  }

  const auto erp = run.only_call("erp");
  BOOST_TEST(erp.method == "POST");
  BOOST_TEST(erp.field("webhook-id").rfind("msg_", 0) == 0U);
  const auto sent =
    std::chrono::sys_seconds{std::chrono::seconds{std::stoll(erp.field("webhook-timestamp"))}};
  BOOST_TEST(erp.field("webhook-signature") ==
             net::sign_standard_webhook(signing_secret, erp.field("webhook-id"), sent, erp.body));
  BOOST_TEST((sent + std::chrono::minutes{1} > std::chrono::system_clock::now()));
  const auto stock = run.daemon->read("/api/products/34/stock").body;
  BOOST_TEST(erp.body.rfind(R"({"type":"product.updated","timestamp":")", 0) == 0U);
  BOOST_TEST(erp.body.find("\"data\":{\"id\":34,\"slug\":\"tea-34\",\"tags\":" + tags +
                           R"(,"paths":["/product/tea-34"],"stock":)" + stock + "}}") !=
             std::string::npos);

  BOOST_TEST(run.nothing_pending());
  for (const auto& [name, receiver] : run.receivers) {
    BOOST_TEST(receiver.calls().size() == 1U, name);
    BOOST_TEST(run.daemon->metric("ankkor_revalidations_total{outcome=\"delivered\",target=\"" +
                                  name + "\"}") == 1);
  }
  for (const char* secret : {target_secret, signing_secret})
    BOOST_TEST(run.daemon->output().find(secret) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_cdn_is_purged_after_the_storefront_has_taken_it_over_a_restart_too) {
  auto run = targets{{{"next", table("next")}, {"cdn", table("fastly")}}};
  run.receivers["next"].answer_with(503);
  run.start();
  run.change(34, 7, 1);
  BOOST_TEST(run.receivers["next"].wait_for_calls(2));
  run.daemon->kill();
  run.receivers["next"].answer_with([](std::size_t number, const storefront_call&) {
    auto answer = net::response{};
    answer.status = number < 5 ? 503 : 200;
    return answer;
  });
  run.start();
  BOOST_TEST(run.receivers["next"].wait_for_tag("product-34"));
  const auto cdn = run.only_call("cdn");
  const auto told = run.receivers["next"].calls().back();
  BOOST_TEST(told.answered == 200U);
  BOOST_TEST((cdn.at >= told.at));
  BOOST_TEST(run.nothing_pending());
  BOOST_TEST(run.receivers["cdn"].calls().size() == 1U);
  BOOST_TEST(run.receivers["cdn"].calls()[0].body.find("product-34") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_storefront_that_is_down_holds_up_neither_webhooks_nor_other_products) {
  auto run =
    targets{{{"a", table("next")},
             {"cdn", table("cloudflare")},
             {"erp", std::string{"format = 'webhook'\nsecret = '"} + signing_secret + "'\n"}}};
  run.receivers["a"].answer_with([](std::size_t, const storefront_call& call) {
    auto answer = net::response{};
    answer.status = call.body.find("product-34") != std::string::npos ? 503 : 200;
    return answer;
  });
  run.start();
  run.change(35, 7, 1);
  BOOST_TEST(run.receivers["cdn"].wait_for_tag("product-35"));
  run.change(34, 7, 1);
  BOOST_TEST(run.receivers["erp"].wait_for_calls(2));
  BOOST_TEST(run.receivers["a"].wait_for_calls(3));
  BOOST_TEST(run.receivers["cdn"].calls().size() == 1U);
  BOOST_TEST(run.daemon->metric("ankkor_outbox_pending{target=\"cdn\"}") == 1);
}

BOOST_AUTO_TEST_CASE(a_large_window_is_told_in_batches_and_only_the_failed_one_is_repeated) {
  auto run = targets{{{"cdn", table("cloudflare")}}, {{"ANKKOR_REVALIDATE_WINDOW", "3s"}}};
  run.receivers["cdn"].answer_with([](std::size_t number, const storefront_call&) {
    auto answer = net::response{};
    answer.status = number == 1 ? 500 : 200;
    return answer;
  });
  run.start();
  constexpr std::uint64_t products = 120; // of two tags each, and one that all share
  for (std::uint64_t id = 1; id <= products; ++id)
    run.change(id, 7, 1);
  BOOST_TEST(run.nothing_pending());
  auto seen = std::map<std::string, int>{};
  const auto calls = run.receivers["cdn"].calls();
  BOOST_TEST(calls.size() == 4U); // 49 products, 49 that failed and were told again, the rest
  for (const auto& call : calls) {
    BOOST_TEST(call.tags.size() <= 100U);
    if (call.answered == 200)
      for (const auto& tag : call.tags)
        ++seen[tag];
  }
  BOOST_TEST(seen.size() == 2 * products + 1);
  for (const auto& [tag, times] : seen)
    BOOST_TEST((times == 1 || tag == "category-hot-drinks"), tag);
}

BOOST_AUTO_TEST_CASE(a_webhooks_id_stays_the_same_over_a_restart) {
  auto run =
    targets{{{"erp", std::string{"format = 'webhook'\nsecret = '"} + signing_secret + "'\n"}}};
  auto& erp = run.receivers["erp"];
  erp.answer_with(500);
  run.start();
  run.change(34, 7, 1);
  BOOST_TEST(erp.wait_for_calls(2));
  run.daemon->kill();
  const auto before = erp.calls().size();
  erp.answer_with(200);
  run.start();
  BOOST_TEST(erp.wait_for_calls(before + 1));
  BOOST_TEST(run.nothing_pending());
  for (const auto& call : erp.calls())
    BOOST_TEST(call.field("webhook-id") == erp.calls()[0].field("webhook-id"));
  run.change(34, 6, 2);
  BOOST_TEST(run.nothing_pending());
  BOOST_TEST(erp.calls().back().field("webhook-id") != erp.calls()[0].field("webhook-id"));
}

BOOST_AUTO_TEST_SUITE_END()

// The real binary with a real Redis server: as the mirror that storefronts read, and as the store,
// with either of them killed in the middle.
#include "storm.hpp"
#include "tests/net/certificates.hpp"
#include "tests/redis_server.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace ankkor::testing;

namespace {

std::string get(const redis_server& from, const std::string& key) {
  return from.ask({"GET", key}).text;
}

bool has_quantity(const redis_server& where, const std::string& slug, std::int64_t quantity) {
  return get(where, "product:" + slug)
           .find(R"("stockQuantity":)" + std::to_string(quantity) + ",") != std::string::npos;
}

environment on_redis(const redis_server& server, const environment& more = {}) {
  auto settings = more;
  settings["ANKKOR_STORE"] = "redis";
  settings["REDIS_URL"] = server.url();
  return settings;
}

// One call in four fails, so that there is always something in the outbox.
void fail_now_and_then(storefront& receiver) {
  receiver.answer_with([](std::size_t number, const storefront_call&) {
    auto answer = net::response{};
    answer.status = number % 4 == 3 ? 500 : 200;
    return answer;
  });
}

void check_storefront(const daemon_process& daemon, storefront& receiver, const storm& sent) {
  receiver.answer_with(200);
  BOOST_TEST(eventually([&] { return sent.is_told(daemon, receiver); }),
             "the storefront was not told of every change");
  BOOST_TEST(eventually([&] { return daemon.ask("/admin/outbox").body == R"({"outbox":[]})"; }));
}

} // namespace

BOOST_AUTO_TEST_SUITE(redis_mirror)

BOOST_AUTO_TEST_CASE(a_storefront_finds_in_redis_what_the_api_answers) {
  const redis_server server{{.password = "redis-secret-never-seen"}};
  const auto place = temporary_directory{};
  auto daemon =
    daemon_process{daemon_settings(place.path() + "/data", {{"REDIS_URL", server.url()}})};
  BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
  auto tea = made_product{.id = 34, .quantity = 7, .second = 1};
  BOOST_TEST(deliver(daemon.port(), tea) == "applied");
  BOOST_TEST(eventually([&] { return has_quantity(server, "tea-34", 7); }));
  BOOST_TEST(get(server, "product:tea-34") == daemon.read("/api/products/34").body);
  BOOST_TEST(get(server, "ankkor:product:34") == get(server, "product:tea-34"));
  const auto left = server.ask({"TTL", "product:tea-34"}).integer;
  BOOST_TEST((left > 86'000 && left <= 86'400));

  tea.quantity = 6;
  tea.second = 2;
  BOOST_TEST(deliver(daemon.port(), tea) == "applied");
  BOOST_TEST(eventually([&] { return has_quantity(server, "tea-34", 6); }));
  tea.status = "draft";
  tea.second = 3;
  BOOST_TEST(deliver(daemon.port(), tea) == "applied");
  BOOST_TEST(eventually([&] { return server.ask({"EXISTS", "product:tea-34"}).integer == 0; }));

  BOOST_TEST(daemon.metric("ankkor_redis_up") == 1);
  BOOST_TEST(daemon.metric("ankkor_redis_writes_total") >= 3);
  BOOST_TEST(daemon.ask("/admin/status").at("/redis/up") == "true");
  BOOST_TEST(daemon.terminate() == 0);
  BOOST_TEST(daemon.output().find("redis-secret-never-seen") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_redis_everything_goes_on_and_it_is_mended_afterwards) {
  redis_server server;
  const auto place = temporary_directory{};
  const auto settings = daemon_settings(place.path() + "/data", {{"REDIS_URL", server.url()}});
  server.kill();
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
  for (std::uint64_t id = 1; id <= 20; ++id)
    BOOST_TEST(deliver(daemon.port(), made_product{.id = id, .quantity = 7}) == "applied");
  BOOST_TEST(daemon.metric("ankkor_redis_up") == 0);
  BOOST_TEST(daemon.ask("/readyz").status == 200U);
  server.start();
  BOOST_TEST(eventually([&] { return has_quantity(server, "tea-20", 7); }));

  // Killed while changes come, and back with nothing.
  for (unsigned second = 1; second != 40; ++second) {
    if (second == 20) {
      server.kill();
      server.forget();
    }
    if (second == 30)
      server.start();
    for (std::uint64_t id = 1; id <= 5; ++id)
      BOOST_TEST(
        deliver(daemon.port(), made_product{.id = id, .quantity = second, .second = second}) ==
        "applied");
  }
  BOOST_TEST(eventually([&] {
    return has_quantity(server, "tea-1", 39) && has_quantity(server, "tea-5", 39) &&
           has_quantity(server, "tea-20", 7);
  }));
  // A server that takes everything and answers nothing holds up nobody, either.
  server.freeze();
  const auto begun = std::chrono::steady_clock::now();
  for (unsigned second = 40; second != 60; ++second)
    BOOST_TEST(deliver(daemon.port(),
                       made_product{.id = 1, .quantity = second, .second = second}) == "applied");
  BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds{2}));
  server.thaw();
  BOOST_TEST(eventually([&] { return has_quantity(server, "tea-1", 59); }));
  BOOST_TEST(daemon.terminate() == 0);
}

BOOST_AUTO_TEST_CASE(it_is_reached_over_tls) {
  net::test::certificate_maker maker;
  const auto made = maker.make("IP:127.0.0.1");
  const redis_server server{
    {.password = "secret", .certificate = made.certificate_file, .key = made.key_file}};
  const auto place = temporary_directory{};
  auto daemon = daemon_process{daemon_settings(
    place.path() + "/data",
    {{"REDIS_URL", "rediss://:secret@127.0.0.1:" + std::to_string(server.tls_port())},
     {"ANKKOR_REDIS_CA", made.certificate_file}})};
  BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
  BOOST_TEST(deliver(daemon.port(), made_product{.id = 34, .quantity = 7}) == "applied");
  BOOST_TEST(eventually([&] { return has_quantity(server, "tea-34", 7); }), daemon.output());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(redis_as_the_store)

BOOST_AUTO_TEST_CASE(after_kill_9_at_random_moments_every_promise_is_kept) {
  const redis_server server;
  const auto place = temporary_directory{};
  auto receiver = storefront{};
  fail_now_and_then(receiver);
  const auto settings =
    daemon_settings(place.path() + "/data",
                    receiver.settings(on_redis(server, {{"ANKKOR_REVALIDATE_WINDOW", "20ms"}})));
  auto sent = storm{20261122};
  for (int round = 0; round != 12; ++round) {
    auto daemon = daemon_process{settings};
    BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
    sent.check(daemon);
    sent.blow(daemon, sent.random(80), [&daemon] { daemon.kill(); });
  }
  BOOST_TEST(sent.promises() > 100U);
  BOOST_TEST(!std::filesystem::exists(place / "data"));
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
  sent.check(daemon);
  check_storefront(daemon, receiver, sent);
  BOOST_TEST(daemon.terminate() == 0);
}

BOOST_AUTO_TEST_CASE(with_redis_killed_in_the_middle_every_promise_is_kept) {
  redis_server server;
  const auto place = temporary_directory{};
  auto receiver = storefront{};
  fail_now_and_then(receiver);
  auto daemon = daemon_process{
    daemon_settings(place.path() + "/data",
                    receiver.settings(on_redis(server, {{"ANKKOR_REVALIDATE_WINDOW", "20ms"}})))};
  BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
  auto sent = storm{7};
  for (int round = 0; round != 6; ++round) {
    const auto refusals = sent.refusals();
    sent.blow(daemon, 40, [&] {
      if (round % 2 == 0)
        server.kill();
      else
        server.stop();
      BOOST_TEST(eventually([&] { return sent.refusals() > refusals + 5; }));
      BOOST_TEST(daemon.ask("/readyz").status == 503U);
      server.start();
      const auto promises = sent.promises();
      BOOST_TEST(eventually([&] { return sent.promises() > promises + 5; }), daemon.output());
    });
    sent.check(daemon);
  }
  check_storefront(daemon, receiver, sent);
  BOOST_TEST(daemon.terminate() == 0);
}

BOOST_AUTO_TEST_CASE(connections_that_are_cut_cost_no_promise_and_hardly_a_refusal) {
  const redis_server server;
  const auto place = temporary_directory{};
  auto daemon = daemon_process{daemon_settings(place.path() + "/data", on_redis(server))};
  BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
  auto sent = storm{8};
  sent.blow(daemon, 20, [&] {
    for (int round = 0; round != 20; ++round) {
      server.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
      const auto promises = sent.promises();
      BOOST_TEST(eventually([&] { return sent.promises() > promises + 5; }), daemon.output());
    }
  });
  BOOST_TEST(sent.refusals() <= 6U); // a commit that two cuts have met, at most
  sent.check(daemon);
  BOOST_TEST(daemon.terminate() == 0);
}

BOOST_AUTO_TEST_CASE(a_second_daemon_does_not_start_and_harms_nothing) {
  const redis_server server;
  const auto place = temporary_directory{};
  const auto settings = daemon_settings(place.path() + "/data", on_redis(server));
  auto first = daemon_process{settings};
  BOOST_TEST_REQUIRE(first.ready(), first.output());
  auto second = daemon_process{settings};
  BOOST_TEST(second.wait() == 1);
  BOOST_TEST(second.output().find("in use by another ankkor") != std::string::npos,
             second.output());
  BOOST_TEST(deliver(first.port(), made_product{.id = 34}) == "applied");
  BOOST_TEST(first.terminate() == 0);
  auto third = daemon_process{settings};
  BOOST_TEST_REQUIRE(third.ready(), third.output());
  BOOST_TEST(third.read("/api/products/34/stock").status == 200U);
}

BOOST_AUTO_TEST_CASE(a_server_without_a_log_of_changes_is_warned_of) {
  const redis_server server{{.more = "appendonly no"}};
  const auto place = temporary_directory{};
  auto daemon = daemon_process{daemon_settings(place.path() + "/data", on_redis(server))};
  BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
  BOOST_TEST(daemon.wait_for_output("Redis keeps no log of its changes"));
}

BOOST_AUTO_TEST_CASE(without_its_server_it_does_not_start_and_says_why) {
  const auto place = temporary_directory{};
  auto daemon = daemon_process{daemon_settings(
    place.path() + "/data",
    {{"ANKKOR_STORE", "redis"}, {"REDIS_URL", "unix://:secret-word@" + place.path() + "/none"}})};
  BOOST_TEST(daemon.wait() == 1);
  BOOST_TEST(daemon.output().find("can't connect to Redis") != std::string::npos, daemon.output());
  BOOST_TEST(daemon.output().find("secret-word") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

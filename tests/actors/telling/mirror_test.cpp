// The mirror's logic against a real Redis server, under a time that the test chooses.
#include "actors/telling/mirror.hpp"
#include "examples.hpp"
#include "net/io_pool.hpp"
#include "net/redis/client.hpp"
#include "net/stock_json.hpp"
#include "tests/redis_server.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace ankkor::actors;
using namespace ankkor::actors::testing;
using namespace std::chrono_literals;
using ankkor::testing::redis_server;

namespace {

// A view, a mirror of it and the way to Redis.
struct mirrored {
  explicit mirrored(const redis_server& to, mirror_options options = {})
    : redis{pool, *config::parse_redis_url(to.url()), hasty()} {
    options.committed = &held;
    options.seed = 7;
    state.begin(std::move(options), health, now);
  }

  static net::redis_options hasty() {
    auto options = net::redis_options{};
    options.connect_timeout = 1s;
    options.answer_timeout = 1s;
    return options;
  }

  // Commits the product, and says that it changed.
  void change(stock::item item) {
    auto product = stock::product{};
    product.id = item.id;
    product.version = ++version;
    product.self = stock::record{std::move(item), {}};
    held.publish(product);
    state.add({product.id});
  }

  // Sends what is to be sent now, or lets the time come when something is. False: nothing was.
  bool step() {
    auto commands = state.next(now);
    if (!commands) {
      now = std::max(now + 1ms, state.wake(now));
      return false;
    }
    last = *commands;
    ++sent;
    state.take(redis.exchange(last), now);
    return true;
  }

  // Until all is written.
  void finish() {
    do
      step();
    while (!health->up || health->pending > 0 || health->repairing);
  }

  net::io_pool pool{1};
  net::redis_client redis;
  view held;
  std::uint64_t version = 0;
  std::shared_ptr<mirror_health> health = std::make_shared<mirror_health>();
  mirror_state::time now{1000h};
  mirror_state state;
  redis::pipeline last; // what was sent
  std::size_t sent = 0;
};

std::string get(const redis_server& from, const std::string& key) {
  return from.ask({"GET", key}).text;
}

bool exists(const redis_server& where, const std::string& key) {
  return where.ask({"EXISTS", key}).integer == 1;
}

bool says(const std::string& json, const char* part) {
  return json.find(part) != std::string::npos;
}

stock::item hidden(stock::item item) {
  item.status = stock::publication::draft;
  return item;
}

stock::item named(stock::item item, std::string slug) {
  item.slug = std::move(slug);
  return item;
}

} // namespace

BOOST_AUTO_TEST_SUITE(mirror_logic)

BOOST_AUTO_TEST_CASE(what_is_held_at_the_start_is_written_under_its_id_and_its_slug) {
  const redis_server server;
  mirrored run{server};
  run.change(some_item(34, 7, 1));
  run.change(hidden(some_item(35, 7, 1)));
  run.state.dirty.clear();
  run.finish();
  const auto body = get(server, "product:tea-34");
  const auto shown = run.held.find(34);
  const auto& held = shown->held;
  BOOST_TEST(body == net::render_product(held, *held.self));
  BOOST_TEST(get(server, "ankkor:product:34") == body);
  BOOST_TEST(server.ask({"TTL", "product:tea-34"}).integer == -1);
  BOOST_TEST(!exists(server, "product:tea-35"));
  BOOST_TEST(!exists(server, "ankkor:product:35"));
  BOOST_TEST(run.health->written == 2U);
}

BOOST_AUTO_TEST_CASE(a_change_is_written_once_however_often_it_came) {
  const redis_server server;
  mirrored run{server};
  run.finish();
  for (std::int64_t quantity = 9; quantity >= 3; --quantity)
    run.change(some_item(34, quantity, 1));
  BOOST_TEST(run.health->pending == 1U);
  BOOST_TEST(run.step());
  BOOST_TEST(run.last.size() == 1U);
  BOOST_TEST(says(get(server, "product:tea-34"), R"("stockQuantity":3)"));
  BOOST_TEST(run.health->pending == 0U);
}

BOOST_AUTO_TEST_CASE(a_product_that_is_renamed_or_gone_leaves_no_key) {
  const redis_server server;
  mirrored run{server};
  run.change(some_item(34, 7, 1));
  run.change(some_item(35, 7, 1));
  run.finish();
  run.change(named(some_item(34, 7, 2), "green-tea"));
  run.change(hidden(some_item(35, 7, 2)));
  run.finish();
  BOOST_TEST(!exists(server, "product:tea-34"));
  BOOST_TEST(exists(server, "product:green-tea"));
  BOOST_TEST(exists(server, "ankkor:product:34"));
  BOOST_TEST(!exists(server, "product:tea-35"));
  BOOST_TEST(!exists(server, "ankkor:product:35"));
}

BOOST_AUTO_TEST_CASE(a_slug_that_another_product_has_by_now_stays_that_ones) {
  const redis_server server;
  mirrored run{server};
  run.change(named(some_item(99, 7, 1), "tea"));
  run.change(named(some_item(34, 7, 1), "coffee"));
  run.finish();
  // 34 is written before 99.
  run.change(named(some_item(34, 7, 2), "tea"));
  run.change(named(some_item(99, 7, 2), "old-tea"));
  run.finish();
  BOOST_TEST(says(get(server, "product:tea"), R"({"id":34,)"));
  BOOST_TEST(says(get(server, "product:old-tea"), R"({"id":99,)"));
  BOOST_TEST(!exists(server, "product:coffee"));
}

// A delivery of the product that has a slug by now came before that of the one that left it.
BOOST_AUTO_TEST_CASE(a_slug_that_two_products_had_is_left_to_the_one_that_keeps_it) {
  const redis_server server;
  mirrored run{server};
  run.change(named(some_item(34, 7, 1), "tea"));
  run.change(named(some_item(99, 7, 1), "coffee"));
  run.finish();
  for (const auto& leaves : {named(some_item(34, 7, 3), "old-tea"), hidden(some_item(34, 7, 3))}) {
    run.change(named(some_item(99, 7, 2), "tea"));
    run.finish();
    run.change(named(some_item(34, 6, 2), "tea"));
    run.finish();
    BOOST_TEST(says(get(server, "product:tea"), R"({"id":34,)"));
    run.change(leaves);
    run.finish();
    BOOST_TEST(says(get(server, "product:tea"), R"({"id":99,)"));
  }
}

BOOST_AUTO_TEST_CASE(who_keeps_a_slug_is_written_though_the_answer_that_told_of_it_is_lost) {
  const redis_server server;
  mirrored run{server};
  run.change(named(some_item(99, 7, 2), "tea"));
  run.finish();
  run.change(named(some_item(34, 6, 2), "tea"));
  run.finish();
  run.change(named(some_item(34, 7, 3), "old-tea"));
  const auto lost = run.state.next(run.now);
  BOOST_TEST_REQUIRE(lost.has_value());
  BOOST_TEST(static_cast<bool>(run.redis.exchange(*lost)));
  BOOST_TEST(!exists(server, "product:tea"));
  run.state.take(error{errc::in_doubt, "closed the connection", "Wait."}, run.now);
  run.finish();
  BOOST_TEST(says(get(server, "product:tea"), R"({"id":99,)"));
}

BOOST_AUTO_TEST_CASE(a_pipeline_is_bounded_and_a_repair_has_a_pace) {
  const redis_server server;
  auto options = mirror_options{};
  options.batch_max = 10;
  mirrored run{server, options};
  for (stock::product_id id = 1; id <= 55; ++id)
    run.change(some_item(id, 1, 1));
  run.state.dirty.clear();
  const auto begun = run.now;
  while (run.health->written < 55U) {
    run.step();
    BOOST_TEST(run.last.size() <= 10U);
  }
  BOOST_TEST((run.now - begun >= 5 * options.repair_pause));
  // Changes have no pace.
  for (stock::product_id id = 1; id <= 55; ++id)
    run.change(some_item(id, 2, 2));
  const auto then = run.now;
  while (run.health->pending > 0)
    BOOST_TEST(run.step());
  BOOST_TEST((run.now == then));
}

BOOST_AUTO_TEST_CASE(while_redis_is_away_changes_are_gathered_and_it_is_asked_less_and_less) {
  redis_server server;
  mirrored run{server};
  run.change(some_item(1, 1, 1));
  run.finish();
  server.kill();
  for (int round = 0; round != 200; ++round)
    run.change(some_item(static_cast<stock::product_id>(round % 20 + 1), round, 2));
  const auto sent = run.sent;
  const auto begun = run.now;
  while (run.now - begun < 5min)
    run.step();
  BOOST_TEST(!run.health->up);
  BOOST_TEST(run.health->pending == 20U);
  BOOST_TEST(run.sent - sent > 10U);
  BOOST_TEST(run.sent - sent < 300U);
  server.start();
  run.finish();
  BOOST_TEST(says(get(server, "product:tea-20"), R"("stockQuantity":199)"));
}

BOOST_AUTO_TEST_CASE(a_server_that_came_back_empty_is_filled_again) {
  redis_server server;
  mirrored run{server};
  for (stock::product_id id = 1; id <= 30; ++id)
    run.change(some_item(id, 1, 1));
  run.finish();
  server.kill();
  server.forget();
  server.start();
  // Nothing changes: it is noticed by looking.
  const auto written = run.health->written.load();
  while (run.health->written < written + 30)
    run.step();
  BOOST_TEST(exists(server, "product:tea-30"));
}

BOOST_AUTO_TEST_CASE(an_emptied_server_is_filled_again) {
  const redis_server server;
  mirrored run{server};
  run.change(some_item(34, 1, 1));
  run.finish();
  server.ask({"FLUSHALL"});
  while (!exists(server, "product:tea-34"))
    run.step();
  BOOST_TEST(exists(server, "ankkor:product:34"));
}

BOOST_AUTO_TEST_CASE(a_repair_goes_on_where_a_lost_connection_ended_it) {
  const redis_server server;
  auto options = mirror_options{};
  options.batch_max = 10;
  mirrored run{server, options};
  for (stock::product_id id = 1; id <= 100; ++id)
    run.change(some_item(id, 1, 1));
  run.state.dirty.clear();
  while (run.health->written < 50U)
    run.step();
  server.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  run.finish();
  BOOST_TEST(run.health->written >= 100U);
  BOOST_TEST(run.health->written <= 120U);
  BOOST_TEST(exists(server, "product:tea-100"));
}

BOOST_AUTO_TEST_CASE(what_is_not_held_any_more_is_swept_out) {
  const redis_server server;
  {
    mirrored before{server};
    for (stock::product_id id = 1; id <= 300; ++id)
      before.change(some_item(id, 1, 1));
    before.finish();
  }
  mirrored after{server};
  after.change(some_item(300, 1, 1));
  after.finish();
  BOOST_TEST(server.ask({"KEYS", "product:*"}).elements.size() == 1U);
  BOOST_TEST(server.ask({"KEYS", "ankkor:product:*"}).elements.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_sent_on_a_lost_connection_can_not_overwrite_what_came_later) {
  const redis_server server;
  mirrored run{server};
  run.finish();
  run.change(some_item(34, 1, 1));
  const auto old = run.state.next(run.now).value();
  run.state.take(error{errc::in_doubt, "the connection is gone", ""}, run.now);
  run.change(some_item(34, 2, 2));
  run.finish();
  const auto late = run.redis.exchange(old);
  BOOST_REQUIRE(late.ok());
  BOOST_TEST(late->replies.at(0).integer == -1);
  BOOST_TEST(says(get(server, "product:tea-34"), R"("stockQuantity":2)"));
}

BOOST_AUTO_TEST_CASE(a_key_of_somebody_elses_costs_only_its_product) {
  const redis_server server;
  mirrored run{server};
  run.change(some_item(34, 1, 1));
  run.finish();
  server.ask({"DEL", "product:tea-34"});
  server.ask({"LPUSH", "product:tea-34", "a list"});
  run.change(named(some_item(34, 1, 2), "green-tea"));
  run.change(some_item(35, 1, 1));
  run.finish();
  BOOST_TEST(run.health->failures == 1U);
  BOOST_TEST(run.health->up);
  BOOST_TEST(exists(server, "product:tea-35"));
  BOOST_TEST(server.ask({"LLEN", "product:tea-34"}).integer == 1);
}

BOOST_AUTO_TEST_CASE(without_memory_it_is_tried_again) {
  const redis_server server;
  mirrored run{server};
  run.finish();
  server.ask({"CONFIG", "SET", "maxmemory", "1"});
  run.change(some_item(34, 1, 1));
  for (int round = 0; round != 10; ++round)
    run.step();
  BOOST_TEST(!run.health->up);
  BOOST_TEST(run.health->pending == 1U);
  server.ask({"CONFIG", "SET", "maxmemory", "0"});
  run.finish();
  BOOST_TEST(exists(server, "product:tea-34"));
}

BOOST_AUTO_TEST_CASE(products_expire_unless_they_are_written_again_in_time) {
  const redis_server server;
  auto options = mirror_options{};
  options.ttl = 1h;
  mirrored run{server, options};
  run.change(some_item(34, 1, 1));
  run.finish();
  const auto left = server.ask({"PTTL", "product:tea-34"}).integer;
  BOOST_TEST(left > 3'500'000);
  BOOST_TEST(left <= 3'600'000);
  server.ask({"PEXPIRE", "product:tea-34", "100000"});
  const auto written = run.health->written.load();
  const auto begun = run.now;
  while (run.health->written == written)
    run.step();
  BOOST_TEST((run.now - begun >= 29min));
  BOOST_TEST((run.now - begun <= 31min));
  BOOST_TEST(server.ask({"PTTL", "product:tea-34"}).integer > 3'500'000);
}

// The rights that docs/operations.md names, without the two that can be spared.
BOOST_AUTO_TEST_CASE(an_acl_user_needs_no_more_than_is_documented) {
  const redis_server server{
    {.more = "user mirror on >secret resetchannels -@all ~ankkor:* ~product:* +eval +evalsha +get "
             "+getset +set +del +hget +hset +hdel +hscan +ping"}};
  mirrored run{server};
  net::redis_client narrow{run.pool,
                           *config::parse_redis_url("unix://mirror:secret@" + server.socket())};
  run.change(some_item(34, 1, 1));
  do {
    if (auto commands = run.state.next(run.now))
      run.state.take(narrow.exchange(*commands), run.now);
    else
      run.now = std::max(run.now + 1ms, run.state.wake(run.now));
  } while (run.health->pending > 0 || run.health->repairing);
  BOOST_TEST(exists(server, "product:tea-34"));
}

BOOST_AUTO_TEST_SUITE_END()

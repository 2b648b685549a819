// The store on Redis when the server is lost, full, taken by somebody else or not what it was.
#include "base/log.hpp"
#include "place.hpp"
#include "redis_place.hpp"
#include "store/redis/keys.hpp"
#include "store/redis/rows.hpp"
#include "suite.hpp"

#include <array>
#include <atomic>
#include <mutex>

namespace ankkor::store::testing {

namespace {

using namespace std::chrono_literals;
using ankkor::testing::redis_server;
using redis::reply;

std::shared_ptr<client_channel> channel_to(const redis_server& server) {
  net::redis_options hasty;
  hasty.connect_timeout = 1s;
  return std::make_shared<client_channel>(server.url(), hasty);
}

result<std::unique_ptr<store>> open(const redis_server& server) {
  return open_redis(channel_to(server), {});
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// A commit that fails; its failure.
error failing(store& into, const entry& one) {
  const auto answer = into.commit(std::span{&one, 1});
  BOOST_REQUIRE(!answer.ok());
  return answer.failure();
}

bool is_apply(const redis::pipeline& commands) {
  return commands.front().size() > 1 && commands.front()[1] == on_redis::apply_script;
}

error lost_answer() {
  return {errc::in_doubt, "the connection is gone", ""};
}

// From the next commit on nothing is answered, until `instead` is taken away; the commit itself
// gets through or doesn't. Answers what it was.
std::shared_ptr<redis::pipeline> cut_off(client_channel& channel, bool gets_through) {
  auto cut = std::make_shared<redis::pipeline>();
  channel.instead = [&channel, gets_through,
                     cut](const redis::pipeline& commands) -> result<redis::answer> {
    if (cut->empty() && !is_apply(commands))
      return channel.send(commands);
    if (!cut->empty())
      return lost_answer();
    *cut = commands;
    if (gets_through)
      (void)channel.send(commands);
    return lost_answer();
  };
  return cut;
}

// What a store says that does not open. Nothing of the server's data may have changed.
error refusal(const redis_server& server) {
  const auto before = server.ask({"DEBUG", "DIGEST"}).text;
  BOOST_TEST(before.size() == 40U);
  const auto opened = open(server);
  BOOST_REQUIRE(!opened.ok());
  BOOST_TEST(!opened.failure().mend.empty());
  BOOST_TEST(server.ask({"DEBUG", "DIGEST"}).text == before);
  return opened.failure();
}

constexpr auto debugging = "enable-debug-command yes";

// What is logged while it lives.
class captured_log {
public:
  captured_log() {
    log::start(log::level::info, log::format::text, [this](std::string_view line) {
      const std::lock_guard hold{guard_};
      text_ += line;
    });
  }

  ~captured_log() { log::stop(); }

  captured_log(const captured_log&) = delete;
  captured_log& operator=(const captured_log&) = delete;

  std::string text() {
    log::stop();
    const std::lock_guard hold{guard_};
    return text_;
  }

private:
  std::mutex guard_;
  std::string text_;
};

std::string warnings_of(const char* configuration) {
  captured_log log;
  const redis_server server{{.more = configuration}};
  need(open(server));
  return log.text();
}

} // namespace

BOOST_AUTO_TEST_SUITE(redis_store)

// -- lost answers -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_commit_whose_answer_was_lost_is_found_to_be_stored) {
  const redis_server server;
  const auto channel = channel_to(server);
  const auto opened = need(open_redis(channel, {}));
  entry first = make_entry(make_product(1, 5));
  first.delivery = make_delivery(1);
  first.dead = dead_letter{0, at(1), "delivery", "t", "r", "why", "body"};
  cut_off(*channel, true);
  BOOST_TEST((failing(*opened, first).code == errc::in_doubt));
  channel->instead = nullptr;
  // Nothing else is taken before it is known.
  BOOST_TEST((failing(*opened, make_entry(make_product(2, 6))).code == errc::unavailable));
  const auto settled = need(opened->settle());
  BOOST_REQUIRE(settled.has_value());
  BOOST_TEST((*settled == std::vector{commit_outcome::committed}));
  BOOST_TEST(!need(opened->settle()).has_value());
  BOOST_TEST(need(opened->highest_version()) == 5U);
  BOOST_TEST(opened->probe().ok());
  BOOST_TEST((commit(*opened, first) == std::vector{commit_outcome::duplicate}));
  BOOST_TEST(load(*opened).size() == 1U);
  entry second;
  second.dead = first.dead;
  commit(*opened, second);
  BOOST_TEST(need(need(opened->open_reader())->count()).dead_letters == 2U);
}

BOOST_AUTO_TEST_CASE(a_commit_that_was_lost_on_its_way_can_not_take_effect_later) {
  const redis_server server;
  const auto channel = channel_to(server);
  const auto opened = need(open_redis(channel, {}));
  const auto late = cut_off(*channel, false);
  BOOST_TEST((failing(*opened, make_entry(make_product(1, 5))).code == errc::in_doubt));
  // The server can't be asked: it stays in doubt.
  BOOST_TEST((opened->settle().failure().code == errc::unavailable));
  channel->instead = nullptr;
  BOOST_TEST(!need(opened->settle()).has_value());
  const auto said = need(channel->send(*late)).replies.front();
  BOOST_TEST(said.text.starts_with("fenced"), said.text);
  BOOST_TEST(load(*opened).empty());
  BOOST_TEST(need(opened->highest_version()) == 0U);
  commit(*opened, make_entry(make_product(2, 6)));
  BOOST_TEST((need(channel->send(*late)).replies.front().text.starts_with("fenced")));
  BOOST_TEST((load(*opened) == std::vector{make_product(2, 6)}));
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_cut_is_no_reason_to_refuse_anything) {
  const redis_server server;
  const auto channel = channel_to(server);
  const auto opened = need(open_redis(channel, {}));
  for (std::uint64_t number = 1; number <= 4; ++number) {
    bool is_cut = false;
    // First a question is lost; then commits, every second of which got through.
    channel->instead = [&](const redis::pipeline& commands) -> result<redis::answer> {
      const bool is_question = commands.front().front() == "HEXISTS";
      if (is_cut || !(number == 1 ? is_question : is_apply(commands)))
        return channel->send(commands);
      is_cut = true;
      if (number % 2 == 0)
        (void)channel->send(commands);
      return lost_answer();
    };
    auto one = make_entry(make_product(number, number));
    one.delivery = make_delivery(number);
    BOOST_TEST((commit(*opened, one) == std::vector{commit_outcome::committed}));
    BOOST_TEST(is_cut);
    BOOST_TEST(load(*opened).size() == number);
  }
  channel->instead = nullptr;
  BOOST_TEST(need(opened->highest_version()) == 4U);
  BOOST_TEST(need(need(opened->open_reader())->count()).deliveries == 4U);
}

BOOST_AUTO_TEST_CASE(a_purge_in_doubt_is_settled_by_the_next_commit) {
  const redis_server server;
  const auto channel = channel_to(server);
  limits tight;
  tight.deliveries_max = 0;
  const auto opened = need(open_redis(channel, tight));
  entry taken;
  taken.delivery = make_delivery(1);
  commit(*opened, taken);
  channel->instead = [&](const redis::pipeline& commands) -> result<redis::answer> {
    auto answer = channel->send(commands);
    if (is_apply(commands))
      return lost_answer();
    return answer;
  };
  BOOST_TEST((opened->purge(at(0)).failure().code == errc::unavailable));
  channel->instead = nullptr;
  commit(*opened, make_entry(make_product(1, 5)));
  BOOST_TEST((load(*opened) == std::vector{make_product(1, 5)}));
  BOOST_TEST(need(need(opened->open_reader())->count()).deliveries == 0U);
}

BOOST_AUTO_TEST_CASE(a_settling_whose_answer_was_lost_is_settled_again) {
  const redis_server server;
  const auto channel = channel_to(server);
  const auto opened = need(open_redis(channel, {}));
  channel->instead = [&](const redis::pipeline& commands) -> result<redis::answer> {
    (void)channel->send(commands);
    return lost_answer();
  };
  const auto one = make_entry(make_product(1, 5));
  BOOST_TEST((failing(*opened, one).code == errc::in_doubt));
  BOOST_TEST(!opened->settle().ok());
  channel->instead = nullptr;
  BOOST_TEST(need(opened->settle()).has_value());
  commit(*opened, make_entry(make_product(2, 6)));
}

// -- the server goes and comes -------------------------------------------------------

BOOST_AUTO_TEST_CASE(killed_and_started_again_it_has_all_that_was_committed) {
  redis_server server;
  auto opened = need(open(server));
  std::vector<stock::product> written;
  for (std::uint64_t round = 1; round <= 5; ++round) {
    written.push_back(make_product(round, round));
    commit(*opened, make_entry(written.back()));
    server.kill();
    const auto lost = make_entry(make_product(100, 100));
    const auto failure = failing(*opened, lost);
    BOOST_TEST((failure.code == errc::unavailable || failure.code == errc::in_doubt));
    BOOST_TEST(!opened->probe().ok());
    server.start();
    if (failure.code == errc::in_doubt)
      BOOST_TEST(!need(opened->settle()).has_value());
    BOOST_TEST(opened->probe().ok());
    BOOST_TEST((load(*opened) == written));
  }
  opened.reset();
  BOOST_TEST((load(*need(open(server))) == written));
}

BOOST_AUTO_TEST_CASE(a_server_that_came_back_without_its_data_is_noticed) {
  redis_server server;
  const auto opened = need(open(server));
  commit(*opened, make_entry(make_product(1, 1)));
  server.kill();
  server.forget();
  server.start();
  entry nothing;
  const auto one = make_entry(make_product(2, 2));
  auto failure = failing(*opened, one);
  while (failure.code == errc::in_doubt || failure.code == errc::unavailable) {
    (void)opened->settle();
    failure = failing(*opened, one);
  }
  BOOST_TEST((failure.code == errc::corrupt));
  BOOST_TEST(contains(failure.message, "has lost"), failure.message);
  BOOST_TEST((failing(*opened, nothing).code == errc::corrupt));
  BOOST_TEST((opened->probe().failure().code == errc::corrupt));
  BOOST_TEST(server.ask({"DBSIZE"}).integer == 0);
}

BOOST_AUTO_TEST_CASE(an_older_state_of_the_server_is_noticed) {
  const redis_server server;
  const auto opened = need(open(server));
  commit(*opened, make_entry(make_product(1, 1)));
  const auto number = server.ask({"HGET", on_redis::meta, "commits"}).text;
  commit(*opened, make_entry(make_product(2, 2)));
  server.ask({"HSET", on_redis::meta, "commits", number, "applied", number});
  BOOST_TEST((failing(*opened, make_entry(make_product(3, 3))).code == errc::corrupt));
}

BOOST_AUTO_TEST_CASE(without_memory_nothing_is_stored_until_there_is_some) {
  const redis_server server;
  const auto opened = need(open(server));
  commit(*opened, make_entry(make_product(1, 1)));
  server.ask({"CONFIG", "SET", "maxmemory", "1"});
  auto both = make_entry(make_product(2, 2));
  both.delivery = make_delivery(1);
  const auto failure = failing(*opened, both);
  BOOST_TEST((failure.code == errc::unavailable));
  BOOST_TEST(contains(failure.message, "no memory left"), failure.message);
  BOOST_TEST((opened->probe().failure().code == errc::unavailable));
  server.ask({"CONFIG", "SET", "maxmemory", "0"});
  BOOST_TEST(opened->probe().ok());
  BOOST_TEST((load(*opened) == std::vector{make_product(1, 1)}));
  BOOST_TEST((commit(*opened, both) == std::vector{commit_outcome::committed}));
}

// -- who writes ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(one_daemon_at_a_time) {
  const redis_server server{{.more = debugging}};
  auto first = need(open(server));
  commit(*first, make_entry(make_product(1, 1)));
  const auto failure = refusal(server);
  BOOST_TEST((failure.code == errc::conflict));
  BOOST_TEST(contains(failure.message, "in use by another ankkor (process "), failure.message);
  first.reset();
  BOOST_TEST((load(*need(open(server))) == std::vector{make_product(1, 1)}));
}

BOOST_AUTO_TEST_CASE(what_a_killed_process_of_this_machine_held_is_taken_at_once) {
  const redis_server server;
  in_lost_process([&] {
    auto opened = open(server);
    return opened.ok() && (*opened).release() != nullptr;
  });
  BOOST_TEST(server.ask({"EXISTS", on_redis::lock}).integer == 1);
  commit(*need(open(server)), make_entry(make_product(1, 1)));
}

BOOST_AUTO_TEST_CASE(what_another_machine_holds_is_waited_for) {
  const redis_server server{{.more = debugging}};
  server.ask({"SET", on_redis::lock, "shop-1|1|another start/pid:[1]|7", "PX", "9500"});
  const auto failure = refusal(server);
  BOOST_TEST((failure.code == errc::conflict));
  BOOST_TEST(contains(failure.message, "process 1 on shop-1"), failure.message);
  // In 10, unless this took its time.
  const auto named = [&](int seconds) {
    return contains(failure.mend, ("in " + std::to_string(seconds) + " seconds").c_str());
  };
  BOOST_TEST((named(10) || named(9) || named(8)), failure.mend);
  server.ask({"PEXPIRE", on_redis::lock, "1"});
  while (server.ask({"EXISTS", on_redis::lock}).integer == 1)
    continue;
  need(open(server));
}

BOOST_AUTO_TEST_CASE(whoever_was_taken_over_from_can_not_write_any_more) {
  const redis_server server;
  const auto first = need(open(server));
  commit(*first, make_entry(make_product(1, 1)));
  server.ask({"DEL", on_redis::lock});
  const auto second = need(open(server));
  const auto late = make_entry(make_product(1, 2));
  const auto failure = failing(*first, late);
  BOOST_TEST((failure.code == errc::conflict));
  BOOST_TEST(contains(failure.message, "taken over"), failure.message);
  BOOST_TEST((first->probe().failure().code == errc::conflict));
  BOOST_TEST((load(*second) == std::vector{make_product(1, 1)}));
  commit(*second, make_entry(make_product(2, 2)));
}

// -- what is there is not what was written ----------------------------------------------

BOOST_AUTO_TEST_CASE(a_store_that_is_none_or_not_whole_is_refused) {
  const redis_server server{{.more = debugging}};
  const auto refused_after = [&](const redis::pipeline& commands, errc code, const char* says) {
    server.ask({"FLUSHALL"});
    auto whole = make_entry(make_product(1, 1));
    whole.jobs = {make_job(1, 1)};
    commit(*need(open(server)), whole);
    for (const auto& each : commands)
      BOOST_TEST(!server.ask(each).is_error());
    const auto failure = refusal(server);
    BOOST_TEST((failure.code == code), failure.message);
    BOOST_TEST(contains(failure.message, says), failure.message);
  };
  const std::string meta = on_redis::meta;
  refused_after({{"HSET", meta, "layout", "3"}}, errc::foreign, "has layout 3");
  refused_after({{"DEL", meta}}, errc::corrupt, "meta is missing");
  refused_after({{"SET", meta, "x"}}, errc::corrupt, "something else is kept");
  refused_after({{"HSET", meta, "commits", "99"}}, errc::corrupt, "in part");
  refused_after({{"HDEL", meta, "version"}}, errc::corrupt, "not as ankkor writes it");
  refused_after({{"HSET", meta, "fence", "x"}}, errc::unavailable, "ERR");
}

BOOST_AUTO_TEST_CASE(rows_that_are_not_ours_are_refused_when_they_are_read) {
  const redis_server server;
  const auto opened = need(open(server));
  auto whole = make_entry(make_product(1, 1));
  whole.jobs = {make_job(1, 1)};
  whole.wanted = {{1, "deletion", at(1), at(1)}};
  commit(*opened, whole);
  server.ask({"HSET", on_redis::product_key(1), "1", "7:nothing"});
  BOOST_TEST((opened->load_products([](auto) {}).failure().code == errc::corrupt));
  server.ask({"DEL", on_redis::product_key(1)});
  BOOST_TEST((opened->load_products([](auto) {}).failure().code == errc::corrupt));
  server.ask({"HDEL", on_redis::outbox.rows, "shop 00000000000000000001"});
  BOOST_TEST((opened->load_outbox().failure().code == errc::corrupt));
  server.ask({"HSET", on_redis::confirmations.rows, on_redis::padded(1), "x"});
  BOOST_TEST((opened->load_confirmations().failure().code == errc::corrupt));
  server.ask({"DEL", on_redis::events});
  server.ask({"SET", on_redis::events, "x"});
  BOOST_TEST((opened->load_events(1).failure().code == errc::corrupt));
}

BOOST_AUTO_TEST_CASE(no_part_of_a_row_is_taken_for_a_row) {
  const auto check = [](const std::string& row, auto unpack, std::size_t whole_before = 0) {
    BOOST_TEST(unpack(row).has_value());
    for (std::size_t size = 0; size != row.size(); ++size)
      BOOST_TEST(unpack(row.substr(0, size)).has_value() ==
                 (whole_before != 0 && size == whole_before));
    BOOST_TEST(!unpack(row + "0:").has_value());
    BOOST_TEST(!unpack("99999999999999999999:" + row).has_value());
  };
  using namespace on_redis;
  check(pack(make_delivery(1)), unpack_delivery);
  check(pack(make_history(1, 1)), unpack_history);
  check(pack(make_job(1, 1)), unpack_job);
  check(pack(confirmation{1, "order", at(-1), at(1)}), unpack_confirmation);
  check(pack(dead_letter{1, at(1), "delivery", "t", "r", "why", "body"}), unpack_dead_letter);
  check(pack(live_event{1, 2, 3, at(4), {}, true}), unpack_event);
  // A row of layout 1 ended before "1:0" and "0:": what is known of the details, and they.
  const auto record = pack(make_record(1, 0, -7));
  check(
    record, [](std::string_view row) { return unpack_record(row, 1, 0); }, record.size() - 5);
}

// -- limits and rights ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_large_commit_is_one_unit_too) {
  const redis_server server;
  const auto opened = need(open(server));
  std::vector<entry> entries;
  std::vector<stock::product> written;
  for (product_id id = 10'000; id <= 40'000; id += 10'000) {
    auto large = make_product(id, id);
    for (product_id child = 1; child <= 3'000; ++child)
      large.variations.push_back(make_record(id + child, id, 1));
    written.push_back(large);
    entries.push_back(make_entry(large));
  }
  commit(*opened, entries);
  BOOST_TEST((load(*opened) == written));
  BOOST_TEST(need(need(opened->open_reader())->count()).variations == 12'000U);
}

BOOST_AUTO_TEST_CASE(a_right_that_is_missing_is_noticed_at_the_start) {
  const redis_server server{{.more =
                               "user limited on >secret ~ankkor:* +@all -lpush\n"
                               "user narrow on >secret resetchannels -@all ~ankkor:* +eval "
                               "+multi +exec +@read +@hash +@sortedset +@set +@list +set +del "
                               "+ping\n"
                               "user elsewhere on >secret ~other:* +@all"}};
  const auto as = [&](const std::string& user) {
    return open_redis(
      std::make_shared<client_channel>("unix://" + user + ":secret@" + server.socket()), {});
  };
  const auto limited = as("limited");
  BOOST_REQUIRE(!limited.ok());
  BOOST_TEST((limited.failure().code == errc::unavailable));
  BOOST_TEST(contains(limited.failure().message, "doesn't allow this user"),
             limited.failure().message);
  BOOST_TEST(!as("elsewhere").ok());
  captured_log log;
  const auto opened = need(as("narrow"));
  auto all = make_entry(make_product(1, 1));
  all.delivery = make_delivery(1);
  all.history = {make_history(1, 1)};
  all.jobs = {make_job(1, 1)};
  all.wanted = {{1, "deletion", at(1), at(1)}};
  all.dead = dead_letter{0, at(1), "delivery", "t", "r", "why", "body"};
  all.bookmarks = {{"a", "b"}};
  commit(*opened, all);
  BOOST_TEST(need(opened->purge(at(0))));
  BOOST_TEST(need(need(opened->open_reader())->count()).products == 1U);
  BOOST_TEST(load(*opened).size() == 1U);
  BOOST_TEST(contains(log.text(), "Redis doesn't tell how it keeps"));
}

BOOST_AUTO_TEST_CASE(settings_under_which_200_is_not_durable_are_warned_of) {
  BOOST_TEST(warnings_of("") == "");
  const auto none = warnings_of("appendonly no");
  BOOST_TEST(contains(none, "keeps no log"), none);
  const auto everysec = warnings_of("appendfsync everysec");
  BOOST_TEST(contains(everysec, "doesn't sync every change"), everysec);
  BOOST_TEST(contains(everysec, "everysec"), everysec);
  const auto evicting = warnings_of("maxmemory-policy allkeys-lru");
  BOOST_TEST(contains(evicting, "throws keys away"), evicting);
  BOOST_TEST(!contains(evicting, "sync"), evicting);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ankkor::store::testing

// The client of Redis against a real server: every way to reach it, and what happens when it goes.
#include "net/io_pool.hpp"
#include "net/redis/client.hpp"
#include "net/redis/protocol.hpp"
#include "tests/net/certificates.hpp"
#include "tests/redis_server.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>

using namespace ankkor;
using namespace ankkor::net;
using namespace std::chrono_literals;
using testing::redis_server;

namespace {

using kind = redis::reply::kind;

struct client {
  explicit client(const std::string& url, redis_options options = {})
    : redis{pool, *config::parse_redis_url(url), std::move(options)} {}

  redis::reply ask(const redis::command& command) {
    auto answer = redis.exchange({command});
    BOOST_REQUIRE_MESSAGE(answer.ok(), (answer.ok() ? "" : answer.failure().message));
    return answer->replies.at(0);
  }

  // The failure of a command that must not get through.
  error refused() {
    const auto answer = redis.exchange({{"PING"}});
    BOOST_REQUIRE(!answer.ok());
    return answer.failure();
  }

  std::future<result<redis::answer>> later(const redis::pipeline& commands) {
    auto promise = std::make_shared<std::promise<result<redis::answer>>>();
    auto answer = promise->get_future();
    redis.send(commands, [promise](auto outcome) { promise->set_value(std::move(outcome)); });
    return answer;
  }

  io_pool pool{1};
  redis_client redis;
};

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

std::string address(const redis_server& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

} // namespace

BOOST_AUTO_TEST_SUITE(net_redis)

BOOST_AUTO_TEST_CASE(every_kind_of_reply_comes_through) {
  const redis_server server{{.tcp = true}};
  client there{"redis://" + address(server)};
  const std::string binary{"a\0\r\n\xFF", 5};
  BOOST_TEST((there.ask({"SET", binary, binary}).type == kind::status));
  BOOST_TEST(there.ask({"GET", binary}).text == binary);
  BOOST_TEST(there.ask({"GET", "nothing"}).is_nil());
  BOOST_TEST(there.ask({"INCRBY", "n", "-9223372036854775808"}).integer == INT64_MIN);
  const auto wrong = there.ask({"INCR", binary});
  BOOST_TEST((wrong.is_error() && wrong.code() == "ERR"));
  const auto nested = there.ask({"EVAL", "return {1, {'two', {}}, false}", "0"});
  BOOST_REQUIRE(nested.elements.size() == 3U);
  BOOST_TEST(nested.elements[0].integer == 1);
  BOOST_TEST(nested.elements[1].elements.at(0).text == "two");
  BOOST_TEST(nested.elements[1].elements.at(1).is_array());
  BOOST_TEST(nested.elements[2].is_nil());
}

BOOST_AUTO_TEST_CASE(pipelines_are_answered_in_their_order) {
  const redis_server server;
  client there{server.url()};
  std::vector<std::future<result<redis::answer>>> answers;
  for (int round = 0; round != 200; ++round)
    answers.push_back(there.later({{"INCR", "n"}, {"ECHO", std::to_string(round)}}));
  for (int round = 0; round != 200; ++round) {
    const auto answer = answers[static_cast<std::size_t>(round)].get();
    BOOST_REQUIRE(answer.ok());
    BOOST_TEST(answer->connection == 1U);
    BOOST_TEST(answer->replies.at(0).integer == round + 1);
    BOOST_TEST(answer->replies.at(1).text == std::to_string(round));
  }
  const std::string large(8 * 1024 * 1024, 'x');
  BOOST_TEST(there.ask({"ECHO", large}).text == large);
}

BOOST_AUTO_TEST_CASE(password_user_and_database_are_told) {
  const redis_server server{{.tcp = true,
                             .password = "secret",
                             .more = "user ankkor on >user-secret ~* &* +@all\n"
                                     "user limited on >user-secret ~* +ping +auth"}};
  client whole{"redis://:secret@" + address(server) + "/3"};
  BOOST_TEST((whole.ask({"SET", "key", "of 3"}).type == kind::status));
  client user{"redis://ankkor:user-secret@" + address(server)};
  BOOST_TEST(user.ask({"ACL", "WHOAMI"}).text == "ankkor");
  BOOST_TEST(user.ask({"GET", "key"}).is_nil());
  client socket{"unix://ankkor:user-secret@" + server.socket() + "?db=3"};
  BOOST_TEST(socket.ask({"GET", "key"}).text == "of 3");
  client limited{"redis://limited:user-secret@" + address(server)};
  BOOST_TEST(limited.ask({"GET", "key"}).code() == "NOPERM");

  for (const std::string& url :
       {"redis://" + address(server), "redis://:canary@" + address(server),
        "redis://ankkor:canary@" + address(server), "redis://canary:secret@" + address(server),
        "redis://:secret@" + address(server) + "/16"}) {
    const auto failure = client{url}.refused();
    BOOST_TEST((failure.code == errc::unavailable));
    BOOST_TEST(contains(failure.message, "refused to let ankkor in"), failure.message);
    BOOST_TEST(!contains(failure.message + failure.mend, "canary"));
  }
}

BOOST_AUTO_TEST_CASE(an_address_of_the_server_that_is_dead_is_passed_by) {
  const redis_server server{{.tcp = true}};
  redis_options options;
  options.dial.resolve = [](const std::string&) {
    return std::vector<std::string>{"::1", "127.0.0.2", "127.0.0.1"};
  };
  client there{"redis://redis.example:" + std::to_string(server.port()), options};
  BOOST_TEST((there.ask({"PING"}).type == kind::status));
}

BOOST_AUTO_TEST_CASE(tls_verifies_certificate_and_name) {
  test::certificate_maker maker;
  const auto made = maker.make("DNS:localhost,IP:127.0.0.1");
  const redis_server server{{.tcp = true,
                             .password = "secret",
                             .certificate = made.certificate_file,
                             .key = made.key_file}};
  const auto port = std::to_string(server.tls_port());
  redis_options trusting;
  trusting.dial.ca_file = made.certificate_file;
  for (const auto* host : {"127.0.0.1", "localhost"}) {
    client there{std::string{"rediss://:secret@"} + host + ":" + port, trusting};
    BOOST_TEST((there.ask({"PING"}).type == kind::status));
  }
  BOOST_TEST(
    contains(client("rediss://:secret@127.0.0.1:" + port).refused().message, "is not valid: self"));
  BOOST_TEST(contains(client("rediss://:secret@127.0.0.2:" + port, trusting).refused().message,
                      "can't connect"));
  auto hasty = trusting;
  hasty.connect_timeout = 300ms;
  BOOST_TEST(
    (client("rediss://:secret@" + address(server), hasty).refused().code == errc::unavailable));

  const auto other = maker.make("DNS:other.example");
  const redis_server stranger{{.certificate = other.certificate_file, .key = other.key_file}};
  trusting.dial.ca_file = other.certificate_file;
  const auto failure =
    client("rediss://localhost:" + std::to_string(stranger.tls_port()), trusting).refused();
  BOOST_TEST(contains(failure.message, "mismatch"), failure.message);
  const auto plain =
    client("redis://localhost:" + std::to_string(stranger.tls_port()), hasty).refused();
  BOOST_TEST((plain.code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(killed_and_started_again_it_is_found_again) {
  redis_server server;
  client there{server.url()};
  BOOST_TEST((there.ask({"SET", "key", "kept"}).type == kind::status));
  server.kill();
  const auto gone = there.redis.exchange({{"GET", "key"}});
  BOOST_REQUIRE(!gone.ok());
  const auto still = there.refused();
  BOOST_TEST((still.code == errc::unavailable));
  BOOST_TEST(contains(still.message, "can't connect"), still.message);
  server.start();
  const auto back = there.redis.exchange({{"GET", "key"}});
  BOOST_REQUIRE(back.ok());
  BOOST_TEST(back->replies.at(0).text == "kept");
  BOOST_TEST(back->connection == 2U);
}

BOOST_AUTO_TEST_CASE(what_was_sent_and_not_answered_is_in_doubt) {
  redis_server server;
  redis_options hasty;
  hasty.answer_timeout = 300ms;
  client there{server.url(), hasty};
  there.ask({"PING"});
  server.freeze();
  auto first = there.later({{"INCR", "n"}});
  auto second = there.later({{"INCR", "n"}});
  BOOST_TEST((first.get().failure().code == errc::in_doubt));
  BOOST_TEST((second.get().failure().code == errc::in_doubt));
  server.thaw();
  client other{server.url()};
  // It was done all the same: that is why it was in doubt.
  while (other.ask({"GET", "n"}).text != "2")
    continue;
  BOOST_TEST((there.ask({"INCR", "n"}).integer == 3));
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_greet_is_given_up) {
  redis_server server;
  server.freeze();
  redis_options hasty;
  hasty.connect_timeout = 200ms;
  client there{server.url(), hasty};
  const auto failure = there.refused();
  BOOST_TEST((failure.code == errc::unavailable));
  BOOST_TEST(contains(failure.message, "in time"), failure.message);
  server.thaw();
}

BOOST_AUTO_TEST_CASE(an_answer_over_the_limit_is_refused) {
  const redis_server server;
  redis_options small;
  small.answer_bytes_max = 100'000;
  client there{server.url(), small};
  BOOST_TEST(there.ask({"ECHO", std::string(90'000, 'x')}).text.size() == 90'000U);
  const auto large = there.redis.exchange({{"ECHO", std::string(200'000, 'x')}});
  BOOST_REQUIRE(!large.ok());
  BOOST_TEST((large.failure().code == errc::in_doubt));
  BOOST_TEST((there.ask({"PING"}).type == kind::status));
}

BOOST_AUTO_TEST_CASE(more_than_may_wait_is_refused_at_once) {
  redis_server server;
  redis_options few;
  few.waiting_max = 2;
  client there{server.url(), few};
  there.ask({"PING"});
  server.freeze();
  auto first = there.later({{"PING"}});
  auto second = there.later({{"PING"}});
  const auto third = there.refused();
  BOOST_TEST((third.code == errc::unavailable));
  server.thaw();
  BOOST_TEST(first.get().ok());
  BOOST_TEST(second.get().ok());
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_calls_nobody_any_more) {
  redis_server server;
  std::atomic<int> called{0};
  {
    client there{server.url()};
    there.ask({"PING"});
    server.freeze();
    for (int round = 0; round != 10; ++round)
      there.redis.send({{"PING"}}, [&](const auto&) { ++called; });
  }
  server.thaw();
  BOOST_TEST(called == 0);
}

BOOST_AUTO_TEST_CASE(nothing_is_answered_with_nothing) {
  const redis_server server;
  client there{server.url()};
  const auto none = there.redis.exchange({});
  BOOST_REQUIRE(none.ok());
  BOOST_TEST(none->replies.empty());
  const auto empty = there.redis.exchange({{}});
  BOOST_REQUIRE(!empty.ok());
  BOOST_TEST((empty.failure().code == errc::too_large));
}

BOOST_AUTO_TEST_CASE(a_reply_may_come_in_any_pieces) {
  const std::string bytes = "*3\r\n$5\r\nhe\r\no\r\n:42\r\n*-1\r\n+OK\r\n-ERR no\r\n$-1\r\n";
  for (std::size_t piece = 1; piece != bytes.size(); ++piece) {
    resp_reader reader{1'000};
    std::vector<redis::reply> replies;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      BOOST_REQUIRE(reader.feed(std::string_view{bytes}.substr(at, piece)));
      for (auto next = reader.next(); next && *next; next = reader.next())
        replies.push_back(**next);
    }
    BOOST_REQUIRE(replies.size() == 4U);
    BOOST_TEST(replies[0].elements.at(0).text == "he\r\no");
    BOOST_TEST(replies[0].elements.at(2).is_nil());
    BOOST_TEST((replies[1].type == kind::status));
    BOOST_TEST(replies[2].code() == "ERR");
    BOOST_TEST(replies[3].is_nil());
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_resp_is_refused) {
  for (const std::string text :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "$x\r\n", "*9999999\r\n", "$99999999999999999999\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "\x15\x03\x01\r\n"}) {
    resp_reader reader{100'000};
    BOOST_REQUIRE(reader.feed(text));
    BOOST_TEST(!reader.next().ok(), text);
  }
  resp_reader reader{10};
  BOOST_TEST(!reader.feed("$1000\r\n12345"));
}

BOOST_AUTO_TEST_SUITE_END()

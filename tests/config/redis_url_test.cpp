// How the address of a Redis server is written, and what is none.
#include "config/redis_url.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace ankkor::config;

namespace {

redis_url read(const char* text) {
  const auto parsed = parse_redis_url(text);
  BOOST_REQUIRE_MESSAGE(parsed.ok(), text << (parsed.ok() ? "" : parsed.failure().message));
  return *parsed;
}

redis_url server(redis_url::transport over, const char* host, std::uint16_t port) {
  redis_url made;
  made.over = over;
  made.host = host;
  made.port = port;
  return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(config_redis_url)

BOOST_AUTO_TEST_CASE(a_host_alone_is_enough) {
  BOOST_TEST((read("redis://redis") == server(redis_url::transport::tcp, "redis", 6379)));
  BOOST_TEST(
    (read("REDIS://Redis.Internal/") == server(redis_url::transport::tcp, "redis.internal", 6379)));
  BOOST_TEST((read("rediss://[::1]:6380") == server(redis_url::transport::tls, "::1", 6380)));
}

BOOST_AUTO_TEST_CASE(password_user_and_database_are_taken_apart) {
  const auto all = read("redis://an%40kkor:p%3Aa%2Fs%25s@10.0.0.1:7000/12");
  BOOST_TEST(all.user == "an@kkor");
  BOOST_TEST(all.password == "p:a/s%s");
  BOOST_TEST(all.port == 7000);
  BOOST_TEST(all.database == 12U);
  const auto password = read("redis://:secret@localhost?db=3");
  BOOST_TEST(password.user.empty());
  BOOST_TEST(password.password == "secret");
  BOOST_TEST(password.database == 3U);
}

BOOST_AUTO_TEST_CASE(a_socket_is_a_path) {
  const auto plain = read("unix:///run/redis/redis%20server.sock");
  BOOST_TEST((plain.over == redis_url::transport::unix_socket));
  BOOST_TEST(plain.path == "/run/redis/redis server.sock");
  BOOST_TEST(plain.host.empty());
  const auto full = read("unix://ankkor:secret@/run/redis.sock?db=2");
  BOOST_TEST(full.path == "/run/redis.sock");
  BOOST_TEST(full.user == "ankkor");
  BOOST_TEST(full.password == "secret");
  BOOST_TEST(full.database == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_shown_holds_no_secret) {
  BOOST_TEST(read("redis://u:canary@[::1]/2").shown() == "redis://[::1]:6379");
  BOOST_TEST(read("rediss://u:canary@redis.internal").shown() == "rediss://redis.internal:6379");
  BOOST_TEST(read("unix://:canary@/run/redis.sock").shown() == "unix:///run/redis.sock");
}

BOOST_AUTO_TEST_CASE(a_password_is_in_clear_only_on_a_network) {
  BOOST_TEST(read("redis://:p@redis.internal").is_password_in_clear());
  for (const auto* safe : {"redis://redis.internal", "rediss://:p@redis.internal",
                           "redis://:p@127.0.0.2", "redis://:p@[::1]", "unix://:p@/run/s"})
    BOOST_TEST(!read(safe).is_password_in_clear(), safe);
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused_and_not_repeated) {
  for (const auto* wrong : {"",
                            "redis",
                            "redis:",
                            "redis://",
                            "http://canary",
                            "redis:///0",
                            "redis://canary:0",
                            "redis://canary:65536",
                            "redis://canary:x",
                            "redis://canary/x",
                            "redis://canary/1/2",
                            "redis://canary/-1",
                            "redis://canary/65536",
                            "redis://canary@host",
                            "redis://canary:@host",
                            "redis://a:b:canary@host",
                            "redis://a:canary@b@host",
                            "redis://:can%zzary@host",
                            "redis://:canary%0A@host",
                            "redis://:canary%0@host",
                            "redis://:canary%00@host",
                            "redis://host/canary",
                            "redis://host?canary=1",
                            "redis://host?db=",
                            "redis://host?db=1&x=2",
                            "redis://host#canary",
                            "redis://ho st",
                            "redis://:\xC3\xA4@host",
                            "redis://ho_\\st",
                            "redis://1.2.3",
                            "redis://[::1",
                            "unix://canary/run/s",
                            "unix://",
                            "unix:///",
                            "unix://relative",
                            "unix:canary",
                            "unix:///run/s?db=x"}) {
    const auto parsed = parse_redis_url(wrong);
    BOOST_TEST(!parsed.ok(), wrong);
    if (!parsed.ok()) {
      BOOST_TEST(!parsed.failure().mend.empty());
      BOOST_TEST((parsed.failure().message + parsed.failure().mend).find("canary") ==
                 std::string::npos);
    }
  }
  BOOST_TEST(!parse_redis_url("unix:///" + std::string(200, 'a')).ok());
}

BOOST_AUTO_TEST_SUITE_END()

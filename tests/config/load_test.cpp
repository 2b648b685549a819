// Putting the configuration together: what wins, what is wrong, and that all of it is found at
// once.
#include "config/load.hpp"
#include "config/table.hpp"
#include "tests/config/shop.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

using namespace ankkor;
using namespace ankkor::config;
using namespace std::chrono_literals;
using shop::given;
using shop::has_fault;
using shop::has_warning;
using shop::holds;
using shop::shown;

BOOST_AUTO_TEST_SUITE(config_load)

BOOST_AUTO_TEST_CASE(the_required_values_are_enough_and_the_rest_is_as_documented) {
  const load_result loaded = given().load();
  BOOST_REQUIRE(loaded.ok());
  BOOST_TEST(loaded.warnings.empty());
  settings expected;
  expected.store_url = "https://shop.example";
  expected.graphql_url = "https://shop.example/graphql";
  expected.consumer_key = "ck_canary1";
  expected.consumer_secret = "cs_canary2";
  expected.webhook_secrets = {"canary3"};
  BOOST_TEST((loaded.values == expected));
}

BOOST_AUTO_TEST_CASE(the_table_s_defaults_are_those_of_the_settings) {
  for (const chapter& part : table())
    for (const setting& each : part.settings) {
      draft untouched;
      draft filled;
      if (each.fallback.empty()) {
        BOOST_TEST(each.write(untouched).empty(), each.name);
        continue;
      }
      BOOST_TEST(each.read({std::string(each.fallback)}, filled).ok(), each.name);
      BOOST_TEST((filled.values == untouched.values && filled.target == untouched.target),
                 each.name);
      BOOST_TEST(each.write(untouched) == texts{std::string(each.fallback)}, each.name);
    }
}

BOOST_AUTO_TEST_CASE(every_setting_reads_what_it_writes) {
  given from;
  from.files["/c"] = "-----BEGIN CERTIFICATE-----";
  from.files["/k"] = "-----BEGIN PRIVATE KEY-----";
  from.toml(R"(
listen = "0.0.0.0:0"
admin_listen = "[::1]:9"
admin_token = "canary-token"
data_dir = "/var/lib/ankkor"
store = "sqlite"
cors_origins = ["https://a.example", "https://b.example"]
[woocommerce]
store_url = "https://other.example/wp/"
graphql_url = "http://localhost:1/g"
consumer_key = "ck"
consumer_secret = "cs"
webhook_secret = ["one", "two"]
app_user = "bot"
app_password = "canary word"
[tls]
cert = "/c"
key = "/k"
[graphql]
budget = "5/s"
burst = 3
concurrency = 2
[reconcile]
interval = "2m"
scrub_interval = "7d"
[revalidation]
window = "1s"
[log]
level = "debug"
format = "json"
[limits]
max_body = 2048
connections_max = 11
streams_max = 5
product_actors_max = 101
io_threads = 3
engine_threads = 4
)");
  from.environment.clear();
  const load_result loaded = from.load();
  for (const fault& each : loaded.faults)
    BOOST_TEST_MESSAGE(each.where << ": " << each.what);
  BOOST_REQUIRE(loaded.ok());
  const settings& values = loaded.values;
  BOOST_TEST((values.listen == endpoint{"0.0.0.0", 0}));
  BOOST_TEST((values.admin_listen == endpoint{"::1", 9}));
  BOOST_TEST(values.admin_token == "canary-token");
  BOOST_TEST(values.data_dir == "/var/lib/ankkor");
  BOOST_TEST(values.cors_origins == (texts{"https://a.example", "https://b.example"}));
  BOOST_TEST(values.store_url == "https://other.example/wp");
  BOOST_TEST(values.graphql_url == "http://localhost:1/g");
  BOOST_TEST(values.consumer_key == "ck");
  BOOST_TEST(values.consumer_secret == "cs");
  BOOST_TEST(values.webhook_secrets == (texts{"one", "two"}));
  BOOST_TEST(values.app_user == "bot");
  BOOST_TEST(values.app_password == "canary word");
  BOOST_TEST(values.tls_cert == "/c");
  BOOST_TEST(values.tls_key == "/k");
  BOOST_TEST((values.graphql_budget == rate{5, 1s}));
  BOOST_TEST(values.graphql_burst == 3U);
  BOOST_TEST(values.graphql_concurrency == 2U);
  BOOST_TEST((values.reconcile_interval == 2min));
  BOOST_TEST((values.scrub_interval == 168h));
  BOOST_TEST((values.revalidate_window == 1s));
  BOOST_TEST((values.level == log_level::debug));
  BOOST_TEST((values.format == log_format::json));
  BOOST_TEST(values.max_body == 2048U);
  BOOST_TEST(values.connections_max == 11U);
  BOOST_TEST(values.streams_max == 5U);
  BOOST_TEST(values.product_actors_max == 101U);
  BOOST_TEST(values.io_threads == 3U);
  BOOST_TEST(values.engine_threads == 4U);
  // The same by environment gives the same.
  given again{shop::variables{}};
  again.files = from.files;
  for (const chapter& part : table())
    for (const setting& each : part.settings) {
      draft d;
      d.values = values;
      const char* const separator = each.list == several::lines ? "\r\n" : " , ";
      std::string text;
      if (each.name.find("REVALIDATE_") == std::string_view::npos ||
          each.name == "ANKKOR_REVALIDATE_WINDOW")
        for (const std::string& value : each.write(d))
          text += (text.empty() ? "" : separator) + value;
      again.set(std::string(each.name), text);
    }
  const load_result second = again.load();
  BOOST_REQUIRE(second.ok());
  BOOST_TEST((second.values == values));
}

BOOST_AUTO_TEST_CASE(
  a_flag_goes_before_the_environment_that_before_the_file_that_before_the_default) {
  given from;
  BOOST_TEST(from.load().values.listen.port == 8080);
  BOOST_TEST(shown(from.load(), "ANKKOR_LISTEN").origin == "default");
  from.toml("\nlisten = \"127.0.0.1:1\"\n");
  BOOST_TEST(from.load().values.listen.port == 1);
  BOOST_TEST(shown(from.load(), "ANKKOR_LISTEN").origin == "ankkor.toml, line 2");
  from.set("ANKKOR_LISTEN", "127.0.0.1:2");
  BOOST_TEST(from.load().values.listen.port == 2);
  BOOST_TEST(shown(from.load(), "ANKKOR_LISTEN").origin == "environment");
  from.flags["listen"] = "127.0.0.1:3";
  BOOST_TEST(from.load().values.listen.port == 3);
  BOOST_TEST(shown(from.load(), "ANKKOR_LISTEN").origin == "command line");
}

BOOST_AUTO_TEST_CASE(a_malformed_value_is_a_fault_even_where_another_source_overrides_it) {
  given from;
  from.toml("listen = 'nonsense'").set("ANKKOR_LISTEN", "nowhere");
  from.flags["listen"] = "127.0.0.1:3";
  const load_result loaded = from.load();
  BOOST_TEST(loaded.faults.size() == 2U);
  BOOST_TEST(has_fault(loaded, "listen has no IPv4 or IPv6 address before its port: \"nonsense\"",
                       "ankkor.toml, line 1"));
  BOOST_TEST(has_fault(loaded,
                       "ANKKOR_LISTEN has no IPv4 or IPv6 address before its port: \"nowhere\"",
                       "environment"));
}

BOOST_AUTO_TEST_CASE(what_is_required_is_named_with_every_way_to_set_it) {
  const load_result loaded = given(shop::variables{}).load();
  BOOST_TEST(loaded.faults.size() == 4U);
  for (const std::string_view name : {"WOOCOMMERCE_STORE_URL", "WOOCOMMERCE_CONSUMER_KEY",
                                      "WOOCOMMERCE_CONSUMER_SECRET", "WOOCOMMERCE_WEBHOOK_SECRET"})
    BOOST_TEST(has_fault(loaded, std::string(name) + " is not set", "configuration"));
  BOOST_TEST(loaded.faults.front().mend ==
             "Set WOOCOMMERCE_STORE_URL, or woocommerce.store_url in the file, "
             "or give --woocommerce-store-url.");
  BOOST_TEST(
    loaded.faults.back().mend ==
    "Set WOOCOMMERCE_WEBHOOK_SECRET or WOOCOMMERCE_WEBHOOK_SECRET_FILE, or "
    "woocommerce.webhook_secret or "
    "woocommerce.webhook_secret_file in the file, or give --woocommerce-webhook-secret-file.");
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_not_called_missing_too) {
  const load_result loaded = given().set("WOOCOMMERCE_STORE_URL", "ftp://x").load();
  BOOST_TEST(loaded.faults.size() == 1U);
  BOOST_TEST(
    has_fault(loaded, "WOOCOMMERCE_STORE_URL does not begin with https://", "environment"));
}

BOOST_AUTO_TEST_CASE(an_empty_variable_counts_as_not_set_and_an_empty_value_elsewhere_is_a_fault) {
  given from;
  from.set("ANKKOR_LISTEN", "").set("ANKKOR_ADMIN_TOKEN", "").set("ANKKOR_ADMIN_TOKEN_FILE", "");
  BOOST_TEST(from.load().ok());
  from.toml("data_dir = \"\"\ncors_origins = []");
  from.flags["log"] = "";
  const load_result loaded = from.load();
  BOOST_TEST(loaded.faults.size() == 3U);
  BOOST_TEST(has_fault(loaded, "data_dir is empty", "ankkor.toml, line 1"));
  BOOST_TEST(has_fault(loaded, "cors_origins is empty", "ankkor.toml, line 2"));
  BOOST_TEST(has_fault(loaded, "--log is empty", "command line"));
  BOOST_TEST(
    has_fault(given().set("WOOCOMMERCE_STORE_URL", "").load(), "WOOCOMMERCE_STORE_URL is not set"));
}

// As Standard Webhooks know them.
const std::string signing_secret = "whsec_" + std::string(32, 'A');

// -- secrets and their files ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(every_secret_can_come_from_a_file_by_environment_file_and_flag) {
  for (const chapter& part : table())
    for (const setting& each : part.settings) {
      if (!each.secret)
        continue;
      const std::string name(each.name);
      const std::string value = name == "REDIS_URL"             ? "redis://from-file"
                                : name == "ANKKOR_ALERT_URL"    ? "https://from-file/"
                                : name == "ANKKOR_ALERT_SECRET" ? signing_secret
                                                                : "from-file";
      const auto read = [&](const auto& put) {
        given from;
        from.set("WOOCOMMERCE_APP_USER", "bot").set("WOOCOMMERCE_APP_PASSWORD", "other");
        from.set("ANKKOR_REVALIDATE_URL", "https://a.example/")
          .set("ANKKOR_REVALIDATE_SECRET", "other");
        from.set("ANKKOR_ALERT_URL", "https://b.example/")
          .set("ANKKOR_ALERT_SECRET", signing_secret);
        from.environment.erase(name);
        from.files["/run/secret"] = value + "\n";
        put(from);
        const load_result loaded = from.load();
        BOOST_TEST(loaded.ok(), name);
        draft d;
        d.values = loaded.values;
        if (!loaded.values.targets.empty())
          d.target = loaded.values.targets.front();
        BOOST_TEST(each.write(d) == texts{value}, name);
        BOOST_TEST(shown(loaded, name).value == "***");
        BOOST_TEST(holds(shown(loaded, name).origin, "\"/run/secret\", named by "));
      };
      read([&](given& from) { from.set(name + "_FILE", "/run/secret"); });
      read([&](given& from) { from.flags[each.flag()] = "/run/secret"; });
      if (!each.key.empty())
        read([&](given& from) {
          from.toml((each.section.empty() ? "" : "[" + std::string(each.section) + "]\n") +
                    std::string(each.key) + "_file = '/run/secret'\n");
        });
    }
}

BOOST_AUTO_TEST_CASE(line_breaks_and_a_byte_order_mark_around_a_secret_are_no_part_of_it) {
  given from;
  from.environment.erase("WOOCOMMERCE_CONSUMER_SECRET");
  from.set("WOOCOMMERCE_CONSUMER_SECRET_FILE", "/s");
  for (const std::string content : {"cs_x", "cs_x\n", "cs_x\r\n",
                                    "\xEF\xBB\xBF"
                                    "cs_x\n\n"}) {
    from.files["/s"] = content;
    BOOST_TEST(from.load().values.consumer_secret == "cs_x");
  }
  from.files["/s"] = "cs_canary\ncs_canary\n";
  BOOST_TEST(
    has_fault(from.load(), "WOOCOMMERCE_CONSUMER_SECRET_FILE holds a control character", "\"/s\""));
  from.files["/s"] = "\n";
  BOOST_TEST(
    has_fault(from.load(), "WOOCOMMERCE_CONSUMER_SECRET_FILE names \"/s\", which is empty"));
}

BOOST_AUTO_TEST_CASE(several_webhook_secrets_stand_on_lines_of_their_own) {
  given from;
  from.environment.erase("WOOCOMMERCE_WEBHOOK_SECRET");
  from.set("WOOCOMMERCE_WEBHOOK_SECRET_FILE", "/s");
  from.files["/s"] = "\r\nnew, with a comma\r\n\r\nold\n\n";
  const load_result loaded = from.load();
  BOOST_REQUIRE(loaded.ok());
  BOOST_TEST(loaded.values.webhook_secrets == (texts{"new, with a comma", "old"}));
  BOOST_TEST(shown(loaded, "WOOCOMMERCE_WEBHOOK_SECRET").value == "*** (2 of them)");
}

BOOST_AUTO_TEST_CASE(a_secret_and_its_file_in_one_source_are_a_fault) {
  given from;
  from.files["/s"] = "x";
  from.set("ANKKOR_ADMIN_TOKEN", "canary").set("ANKKOR_ADMIN_TOKEN_FILE", "/s");
  BOOST_TEST(from.load().faults.size() == 1U);
  BOOST_TEST(has_fault(from.load(), "ANKKOR_ADMIN_TOKEN and ANKKOR_ADMIN_TOKEN_FILE are both set",
                       "environment"));
  given file;
  file.files["/s"] = "x";
  file.toml("admin_token = 'canary'\nadmin_token_file = '/s'");
  BOOST_TEST(
    has_fault(file.load(), "admin_token and admin_token_file are both set", "ankkor.toml, line 1"));
  // In two sources the one that goes first wins, as for everything else.
  given both;
  both.files["/s"] = "from-file";
  both.toml("admin_token_file = '/s'").set("ANKKOR_ADMIN_TOKEN", "from-environment");
  BOOST_TEST(both.load().ok());
  BOOST_TEST(both.load().values.admin_token == "from-environment");
}

BOOST_AUTO_TEST_CASE(a_secret_s_file_that_cannot_be_read_is_a_fault) {
  const load_result loaded = given().set("ANKKOR_ADMIN_TOKEN_FILE", "/none").load();
  BOOST_TEST(loaded.faults.size() == 1U);
  BOOST_TEST(has_fault(
    loaded,
    "ANKKOR_ADMIN_TOKEN_FILE names \"/none\", which can't be read: No such file or directory"));
}

BOOST_AUTO_TEST_CASE(a_secret_in_the_place_of_its_file_s_path_is_not_repeated) {
  const load_result loaded = given().set("ANKKOR_ADMIN_TOKEN_FILE", "canary").load();
  BOOST_TEST(has_fault(loaded, "ANKKOR_ADMIN_TOKEN_FILE names a file, which can't be read"));
}

BOOST_AUTO_TEST_CASE(a_blank_around_a_secret_is_asked_about) {
  BOOST_TEST(has_warning(given().set("WOOCOMMERCE_WEBHOOK_SECRET", "canary ").load(),
                         "WOOCOMMERCE_WEBHOOK_SECRET (environment) begins or ends with a blank"));
}

BOOST_AUTO_TEST_CASE(key_and_secret_taken_for_one_another_are_warned_of) {
  BOOST_TEST(has_warning(given().set("WOOCOMMERCE_CONSUMER_KEY", "cs_canary").load(),
                         "look like one another"));
}

// -- names that nobody knows ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(unknown_variables_of_ours_are_warned_of_and_others_are_not_looked_at) {
  given from;
  from.set("ANKKOR_LISTN", "x")
    .set("WOOCOMMERCE_KEY", "canary")
    .set("ANKKOR_LISTEN_FILE", "/x")
    .set("PATH", "/bin");
  from.set("ANKKOR_PUBLIC_URL", "https://x")
    .set("ANKKOR_SERVICE_HOST", "10.0.0.1")
    .set("ANKKOR_PORT_8080_TCP", "tcp://");
  const load_result loaded = from.load();
  BOOST_TEST(loaded.ok());
  BOOST_TEST(loaded.warnings.size() == 4U);
  BOOST_TEST(has_warning(
    loaded, "ANKKOR_LISTN, which is not a setting; it has no effect. Did you mean ANKKOR_LISTEN?"));
  BOOST_TEST(has_warning(loaded, "WOOCOMMERCE_KEY, which is not a setting; it has no effect."));
  BOOST_TEST(has_warning(loaded, "ANKKOR_LISTEN_FILE, which is not a setting"));
  BOOST_TEST(has_warning(loaded, "ANKKOR_PUBLIC_URL, which this version does not have yet"));
}

BOOST_AUTO_TEST_CASE(unknown_keys_and_sections_of_the_file_are_faults_with_their_line) {
  const load_result loaded = given()
                               .toml("lisen = 'x'\n"
                                     "[woocommerce]\n"
                                     "store_ur = 'y'\n"
                                     "[nothing]\n"
                                     "[limit]\n"
                                     "max_body = 1000\n"
                                     "[graphql.deep]\n"
                                     "a = 1\n")
                               .load();
  BOOST_TEST(has_fault(loaded, "lisen is not a setting", "ankkor.toml, line 1"));
  BOOST_TEST(loaded.faults.front().mend != "");
  BOOST_TEST(has_fault(loaded, "woocommerce.store_ur is not a setting", "line 3"));
  BOOST_TEST(has_fault(loaded, "[nothing] is not a section", "line 4"));
  BOOST_TEST(has_fault(loaded, "[limit] is not a section", "line 5"));
  BOOST_TEST(has_fault(loaded, "limit.max_body is not a setting", "line 6"));
  BOOST_TEST(has_fault(loaded, "graphql.deep is not a setting", "line 7"));
  BOOST_TEST(loaded.faults.size() == 6U);
}

BOOST_AUTO_TEST_CASE(a_flag_for_a_secret_itself_is_refused_with_the_reason) {
  given from;
  from.flags["admin-token"] = "canary";
  from.flags["lisen"] = "x";
  const load_result loaded = from.load();
  BOOST_TEST(loaded.faults.size() == 2U);
  BOOST_TEST(has_fault(loaded, "--admin-token does not exist", "command line"));
  BOOST_TEST(has_fault(loaded, "--lisen is not a setting", "command line"));
}

// -- the file
// ---------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_a_fault_and_nothing_is_called_missing_for_it) {
  given from{shop::variables{}};
  from.config_file = "absent.toml";
  const load_result loaded = from.load();
  BOOST_TEST(loaded.faults.size() == 1U);
  BOOST_TEST(
    has_fault(loaded, "The file \"absent.toml\" can't be read: No such file or directory"));
}

BOOST_AUTO_TEST_CASE(broken_toml_is_a_fault_with_its_line_and_without_its_text) {
  const load_result loaded =
    given(shop::variables{}).toml("a = 1\n[woocommerce]\nconsumer_secret = 999canary\n").load();
  BOOST_TEST(loaded.faults.size() == 1U);
  BOOST_TEST(has_fault(loaded, "The file is not valid TOML", "ankkor.toml, line 3"));
}

BOOST_AUTO_TEST_CASE(no_piece_of_a_broken_file_s_values_is_repeated) {
  for (const std::string value :
       {"canary", "\"canary", "canary\"", "'canary' canary", "99999999999999999999999999",
        "0xcanary", "true_canary", "\"\\canary\"", "[canary", "{canary", "2026-canary",
        "\"canary\xff\""}) {
    const load_result loaded = given().toml("admin_token = " + value + "\n").load();
    BOOST_TEST(!loaded.ok());
    for (const fault& each : loaded.faults)
      BOOST_TEST(!(holds(each.what, "canary") || holds(each.what, "9999")), each.what);
  }
}

BOOST_AUTO_TEST_CASE(values_of_another_kind_are_faults) {
  const load_result loaded = given()
                               .toml("listen = 12:30:00\n"
                                     "admin_listen = ['127.0.0.1:1']\n"
                                     "cors_origins = [1]\n"
                                     "data_dir = 1.5\n"
                                     "admin_token = 2026-11-22\n"
                                     "[reconcile]\n"
                                     "interval = 60\n"
                                     "[graphql]\n"
                                     "burst = 'ten'\n"
                                     "concurrency = -1\n")
                               .load();
  BOOST_TEST(has_fault(loaded, "listen is neither a string, a whole number", "line 1"));
  BOOST_TEST(has_fault(loaded, "admin_listen is a list, but takes one value", "line 2"));
  BOOST_TEST(has_fault(loaded, "cors_origins is a list of something else than strings", "line 3"));
  BOOST_TEST(has_fault(loaded, "data_dir is neither", "line 4"));
  BOOST_TEST(has_fault(loaded, "admin_token is neither", "line 5"));
  BOOST_TEST(has_fault(loaded, "reconcile.interval has no unit: \"60\"", "line 7"));
  BOOST_TEST(has_fault(loaded, "graphql.burst is not a whole number: \"ten\"", "line 9"));
  BOOST_TEST(has_fault(loaded, "graphql.concurrency is not a whole number: \"-1\"", "line 10"));
  BOOST_TEST(loaded.faults.size() == 8U);
}

// -- ranges
// ----------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(every_number_has_its_range) {
  struct bound {
    const char* name;
    const char* below;
    const char* least;
    const char* most;
    const char* above;
  };

  for (const bound& each : {bound{"ANKKOR_GRAPHQL_BUDGET", "0/s", "1/h", "100000/s", "100001/h"},
                            bound{"ANKKOR_GRAPHQL_BURST", "0", "1", "1000", "1001"},
                            bound{"ANKKOR_GRAPHQL_CONCURRENCY", "0", "1", "64", "65"},
                            bound{"ANKKOR_READ_PATIENCE", "99ms", "100ms", "30s", "31s"},
                            bound{"ANKKOR_ABSENCE_TTL", "-1s", "0s", "1h", "3601s"},
                            bound{"ANKKOR_RECONCILE_INTERVAL", "999ms", "1s", "1d", "86401s"},
                            bound{"ANKKOR_SCRUB_INTERVAL", "59s", "1m", "30d", "31d"},
                            bound{"ANKKOR_REVALIDATE_WINDOW", "-1s", "0", "1m", "61s"},
                            bound{"ANKKOR_MAX_BODY", "1023", "1KiB", "64MiB", "65MiB"},
                            bound{"ANKKOR_CONNECTIONS_MAX", "9", "10", "1000000", "1000001"},
                            bound{"ANKKOR_STREAMS_MAX", "-1", "0", "1000000", "1000001"},
                            bound{"ANKKOR_PRODUCT_ACTORS_MAX", "99", "100", "10000000", "10000001"},
                            bound{"ANKKOR_IO_THREADS", "-1", "0", "64", "65"},
                            bound{"ANKKOR_ENGINE_THREADS", "-1", "0", "64", "65"}}) {
    BOOST_TEST(given().set(each.name, each.least).load().ok(), each.name);
    BOOST_TEST(given().set(each.name, each.most).load().ok(), each.name);
    BOOST_TEST(given().set(each.name, each.below).load().faults.size() == 1U, each.name);
    BOOST_TEST(has_fault(given().set(each.name, each.above).load(), "is out of range"), each.name);
  }
}

BOOST_AUTO_TEST_CASE(choices_are_listed) {
  const load_result loaded = given()
                               .set("ANKKOR_LOG", "loud")
                               .set("ANKKOR_LOG_FORMAT", "xml")
                               .set("ANKKOR_STORE", "mysql")
                               .load();
  BOOST_TEST(has_fault(loaded, "ANKKOR_LOG is none of its choices: \"loud\""));
  BOOST_TEST(has_fault(loaded, "ANKKOR_LOG_FORMAT is none of its choices: \"xml\""));
  BOOST_TEST(has_fault(loaded, "ANKKOR_STORE is none of its choices: \"mysql\""));
  BOOST_TEST(loaded.faults.size() == 3U);
}

BOOST_AUTO_TEST_CASE(the_store_redis_needs_a_server) {
  const load_result lone = given().set("ANKKOR_STORE", "redis").load();
  BOOST_TEST(has_fault(lone, "ANKKOR_STORE is redis, but REDIS_URL is not set"));
  BOOST_TEST(lone.faults.size() == 1U);
  const load_result both =
    given().set("ANKKOR_STORE", "redis").set("REDIS_URL", "redis://127.0.0.1").load();
  BOOST_REQUIRE(both.ok());
  BOOST_TEST((both.values.store == store_kind::redis));
  BOOST_TEST(both.values.redis_url == "redis://127.0.0.1");
  given from;
  from.files["/run/redis-url"] = "unix:///run/redis.sock?db=3\n";
  const load_result filed = from.set("REDIS_URL_FILE", "/run/redis-url").load();
  BOOST_REQUIRE(filed.ok());
  BOOST_TEST(filed.values.redis_url == "unix:///run/redis.sock?db=3");
  BOOST_TEST((filed.values.store == store_kind::sqlite));
}

BOOST_AUTO_TEST_CASE(a_password_for_redis_that_crosses_a_network_in_clear_is_warned_of) {
  const auto warnings = [](const char* url) {
    return given().set("REDIS_URL", url).load().warnings;
  };
  BOOST_TEST(warnings("redis://127.0.0.1").empty());
  BOOST_TEST(warnings("redis://:canary@localhost").empty());
  BOOST_TEST(warnings("redis://redis.internal").empty());
  BOOST_TEST(warnings("rediss://:canary@redis.internal").empty());
  const auto warned = warnings("redis://ankkor:canary@redis.internal");
  BOOST_REQUIRE(warned.size() == 1U);
  BOOST_TEST(warned[0].find("in clear to redis.internal") != std::string::npos);
  BOOST_TEST(warned[0].find("canary") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(mirrored_products_stay_for_ever_or_at_least_a_minute) {
  BOOST_TEST((given().set("ANKKOR_REDIS_TTL", "0").load().values.redis_ttl.count() == 0));
  BOOST_TEST((given().set("ANKKOR_REDIS_TTL", "1m").load().values.redis_ttl.count() == 60'000));
  BOOST_TEST(has_fault(given().set("ANKKOR_REDIS_TTL", "59s").load(), "is out of range"));
  BOOST_TEST(has_fault(given().set("ANKKOR_REDIS_TTL", "31d").load(), "is out of range"));
}

// -- values together
// ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_goes_in_pairs_is_set_in_pairs) {
  const auto lone = [](const char* name, const char* value, const char* missing) {
    given from;
    from.files["/f"] = "-----BEGIN CERTIFICATE----- -----BEGIN PRIVATE KEY-----";
    const load_result loaded = from.set(name, value).load();
    BOOST_TEST(loaded.faults.size() == 1U, name);
    BOOST_TEST(has_fault(loaded, std::string(name) + " is set, but " + missing + " is not"), name);
  };
  lone("WOOCOMMERCE_APP_USER", "bot", "WOOCOMMERCE_APP_PASSWORD");
  lone("WOOCOMMERCE_APP_PASSWORD", "canary", "WOOCOMMERCE_APP_USER");
  lone("ANKKOR_TLS_CERT", "/f", "ANKKOR_TLS_KEY");
  lone("ANKKOR_TLS_KEY", "/f", "ANKKOR_TLS_CERT");
  lone("ANKKOR_REVALIDATE_URL", "https://a.example/r", "ANKKOR_REVALIDATE_SECRET");
  lone("ANKKOR_REVALIDATE_SECRET", "canary", "ANKKOR_REVALIDATE_URL");
  lone("ANKKOR_REVALIDATE_PATHS", "/p/{id}", "ANKKOR_REVALIDATE_URL");
}

BOOST_AUTO_TEST_CASE(an_admin_listener_that_others_can_reach_needs_a_token) {
  for (const char* open : {"0.0.0.0:8081", "[::]:8081", "192.0.2.1:8081"}) {
    const load_result loaded = given().set("ANKKOR_ADMIN_LISTEN", open).load();
    BOOST_TEST(loaded.faults.size() == 1U);
    BOOST_TEST(has_fault(loaded, "there is no ANKKOR_ADMIN_TOKEN: whoever reaches that address",
                         "environment"));
    BOOST_TEST(
      given().set("ANKKOR_ADMIN_LISTEN", open).set("ANKKOR_ADMIN_TOKEN", "canary").load().ok());
  }
  // A token that can't be read is one fault, not two.
  BOOST_TEST(given()
               .set("ANKKOR_ADMIN_LISTEN", "0.0.0.0:1")
               .set("ANKKOR_ADMIN_TOKEN_FILE", "/none")
               .load()
               .faults.size() == 1U);
}

BOOST_AUTO_TEST_CASE(two_listeners_cannot_share_a_place) {
  BOOST_TEST(has_fault(given().set("ANKKOR_LISTEN", "0.0.0.0:8081").load(), "are the same place"));
  BOOST_TEST(given()
               .set("ANKKOR_LISTEN", "127.0.0.1:0")
               .set("ANKKOR_ADMIN_LISTEN", "127.0.0.1:0")
               .load()
               .ok());
}

BOOST_AUTO_TEST_CASE(certificate_and_key_are_looked_into) {
  given from;
  from.set("ANKKOR_TLS_CERT", "/c").set("ANKKOR_TLS_KEY", "/k");
  from.files["/c"] = "-----BEGIN PRIVATE KEY-----\ncanary";
  const load_result loaded = from.load();
  BOOST_TEST(loaded.faults.size() == 2U);
  BOOST_TEST(
    has_fault(loaded, "ANKKOR_TLS_CERT names \"/c\", which holds no certificate", "environment"));
  BOOST_TEST(has_fault(loaded, "ANKKOR_TLS_KEY names \"/k\", which can't be read"));
}

// -- revalidation targets
// -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_environment_gives_one_target_named_next) {
  const load_result loaded =
    given()
      .set("ANKKOR_REVALIDATE_URL", "https://a.example/api/revalidate?secret=canary")
      .set("ANKKOR_REVALIDATE_SECRET", "canary")
      .set("ANKKOR_REVALIDATE_PATHS", "/product/{slug}, /p/{id}")
      .load();
  BOOST_REQUIRE(loaded.ok());
  BOOST_REQUIRE(loaded.values.targets.size() == 1U);
  const revalidate_target expected{"next",
                                   "https://a.example/api/revalidate?secret=canary",
                                   "canary",
                                   target_format::next,
                                   {"/product/{slug}", "/p/{id}"},
                                   false};
  BOOST_TEST((loaded.values.targets.front() == expected));
  BOOST_TEST(shown(loaded, "ANKKOR_REVALIDATE_URL").value ==
             "https://a.example/api/revalidate?***");
}

BOOST_AUTO_TEST_CASE(the_file_gives_any_number_of_targets_beside_it) {
  given from;
  from.files["/s"] = "canary-b\n";
  from.set("ANKKOR_REVALIDATE_URL", "https://a.example/").set("ANKKOR_REVALIDATE_SECRET", "canary");
  from.toml("[[revalidate]]\nname = 'b'\nurl = 'https://b.example'\nsecret_file = '/s'\n"
            "[[revalidate]]\nname = 'c'\nurl = 'http://localhost:3000/r'\nsecret = "
            "'canary-c'\npaths = ['/', '/x/{slug}']\n");
  const load_result loaded = from.load();
  BOOST_REQUIRE(loaded.ok());
  BOOST_REQUIRE(loaded.values.targets.size() == 3U);
  BOOST_TEST(loaded.values.targets[0].name == "next");
  BOOST_TEST(
    (loaded.values.targets[1] ==
     revalidate_target{
       "b", "https://b.example", "canary-b", target_format::next, {"/product/{slug}"}, false}));
  BOOST_TEST((
    loaded.values.targets[2] ==
    revalidate_target{
      "c", "http://localhost:3000/r", "canary-c", target_format::next, {"/", "/x/{slug}"}, false}));
  BOOST_TEST(shown(loaded, "revalidate.b.secret").value == "***");
  BOOST_TEST(shown(loaded, "revalidate.b.secret").origin ==
             "\"/s\", named by revalidate.secret_file (ankkor.toml, line 4)");
  BOOST_TEST(shown(loaded, "revalidate.c.paths").value == "/, /x/{slug}");
  BOOST_TEST(shown(loaded, "revalidate.b.format").origin == "default");
}

BOOST_AUTO_TEST_CASE(every_fault_of_a_target_is_named_with_its_line) {
  given from;
  from.set("ANKKOR_REVALIDATE_URL", "https://a.example/").set("ANKKOR_REVALIDATE_SECRET", "canary");
  from.toml("[[revalidate]]\nurl = 'http://b.example'\nformt = 'x'\n"
            "[[revalidate]]\nname = 'next'\nurl = 'https://c.example'\nsecret = 'canary'\n"
            "[[revalidate]]\nname = 'a b'\nurl = 'https://d.example'\nsecret = 'canaryé'\nformat = "
            "'fastley'\npaths = ['x']\n"
            "[[revalidate]]\nname = 'twice'\nurl = 'https://e.example'\nsecret = 'canary'\n"
            "[[revalidate]]\nname = 'twice'\nurl = 'https://e.example'\nsecret = "
            "'canary'\nsecret_file = '/x'\n"
            "[[revalidate]]\nname = 'twice'\nurl = 'https://e.example'\nsecret = 'canary'\n");
  const load_result loaded = from.load();
  BOOST_TEST(has_fault(loaded, "A [[revalidate]] target has no name", "line 1"));
  BOOST_TEST(has_fault(loaded, "revalidate.url is plain http to another machine", "line 2"));
  BOOST_TEST(has_fault(loaded, "revalidate.formt is not a setting", "line 3"));
  BOOST_TEST(has_fault(loaded, "target of the format next has no secret", "line 1"));
  BOOST_TEST(has_fault(loaded, "A target in the file is named \"next\""));
  BOOST_TEST(has_fault(loaded, "revalidate.name is not a usable name", "line 9"));
  BOOST_TEST(has_fault(loaded, "revalidate.secret can't be sent in an HTTP header", "line 11"));
  BOOST_TEST(has_fault(loaded, "revalidate.format is none of its choices", "line 12"));
  BOOST_TEST(has_fault(loaded, "revalidate.paths does not begin with /", "line 13"));
  BOOST_TEST(
    has_fault(loaded, "revalidate.secret and revalidate.secret_file are both set", "line 21"));
  BOOST_TEST(has_fault(loaded, "Two revalidation targets are named \"twice\"", "line 23"));
  BOOST_TEST(loaded.faults.size() == 11U);
}

BOOST_AUTO_TEST_CASE(a_single_bracket_around_revalidate_is_explained) {
  for (const char* text : {"[revalidate]\nwindow = '1s'", "revalidate = 'x'", "revalidate = [1]"}) {
    const load_result loaded = given().toml(text).load();
    BOOST_TEST(loaded.faults.size() == 1U);
    BOOST_TEST(has_fault(loaded, "revalidate is not a list of tables", "line 1"));
  }
}

BOOST_AUTO_TEST_CASE(every_format_of_the_contract_can_be_chosen) {
  const std::string signing = "whsec_" + std::string(32, 'A');
  for (const char* format :
       {"next", "ankkor", "fastly", "cloudflare", "vercel", "varnish", "webhook"}) {
    const load_result loaded = given()
                                 .set("ANKKOR_REVALIDATE_URL", "https://a.example/")
                                 .set("ANKKOR_REVALIDATE_FORMAT", format)
                                 .set("ANKKOR_REVALIDATE_SECRET", signing)
                                 .load();
    BOOST_TEST_REQUIRE(loaded.ok());
    BOOST_TEST(to_string(loaded.values.targets[0].format) == format);
  }
}

BOOST_AUTO_TEST_CASE(each_format_says_whether_it_needs_a_secret) {
  const std::set<std::string> need_none{"ankkor", "varnish"};
  for (const std::string format :
       {"next", "ankkor", "fastly", "cloudflare", "vercel", "varnish", "webhook"}) {
    const load_result by_environment = given()
                                         .set("ANKKOR_REVALIDATE_URL", "https://a.example/")
                                         .set("ANKKOR_REVALIDATE_FORMAT", format)
                                         .load();
    const load_result by_file =
      given()
        .toml("[[revalidate]]\nname = 'a'\nurl = 'https://a.example'\nformat = '" + format + "'\n")
        .load();
    BOOST_TEST(by_environment.ok() == need_none.contains(format), format);
    BOOST_TEST(by_file.ok() == need_none.contains(format), format);
    if (!by_file.ok())
      BOOST_TEST(has_fault(by_file, "target of the format " + format + " has no secret", "line 1"));
  }
}

BOOST_AUTO_TEST_CASE(a_webhooks_secret_is_one_of_standard_webhooks) {
  for (const std::string secret :
       {"canary", "whsec_canary", "whsec_AAAA", "WHSEC_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-",
        "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=A"}) {
    const load_result loaded = given()
                                 .set("ANKKOR_REVALIDATE_URL", "https://a.example/")
                                 .set("ANKKOR_REVALIDATE_FORMAT", "webhook")
                                 .set("ANKKOR_REVALIDATE_SECRET", secret)
                                 .load();
    BOOST_TEST(has_fault(loaded, "ANKKOR_REVALIDATE_SECRET is none that Standard Webhooks know"),
               secret);
    const load_result in_file =
      given()
        .toml("[[revalidate]]\nname = 'a'\nurl = 'https://a.example'\nformat = 'webhook'\n"
              "secret = '" +
              secret + "'\n")
        .load();
    BOOST_TEST(has_fault(in_file, "The secret of a [[revalidate]] target", "line 5"), secret);
  }
}

BOOST_AUTO_TEST_CASE(soft_purging_is_for_fastly_alone) {
  const std::string target =
    "[[revalidate]]\nname = 'a'\nurl = 'https://a.example'\nsecret = 's'\n";
  const load_result fastly = given().toml(target + "format = 'fastly'\nsoft = true\n").load();
  BOOST_TEST_REQUIRE(fastly.ok());
  BOOST_TEST(fastly.values.targets[0].soft);
  BOOST_TEST(shown(fastly, "revalidate.a.soft").value == "true");
  const load_result next = given().toml(target + "soft = true\n").load();
  BOOST_TEST(has_fault(next, "Soft purging is set for the format next", "line 5"));
  const load_result wrong = given().toml(target + "format = 'fastly'\nsoft = 'yes'\n").load();
  BOOST_TEST(has_fault(wrong, "revalidate.soft is neither true nor false", "line 6"));
  const load_result variable = given()
                                 .set("ANKKOR_REVALIDATE_URL", "https://a.example/")
                                 .set("ANKKOR_REVALIDATE_SECRET", "s")
                                 .set("ANKKOR_REVALIDATE_SOFT", "true")
                                 .load();
  BOOST_TEST(has_fault(variable, "Soft purging is set for the format next", "environment"));
}

BOOST_AUTO_TEST_CASE(the_number_of_targets_is_bounded) {
  std::string text;
  for (int i = 0; i < 33; ++i)
    text += "[[revalidate]]\nname = 't" + std::to_string(i) +
            "'\nurl = 'https://a.example'\nsecret = 's'\n";
  BOOST_TEST(has_fault(given().toml(text).load(), "There are more than 32 revalidation targets"));
}

BOOST_AUTO_TEST_CASE(alerts_that_are_signed_need_their_secret_and_others_none) {
  BOOST_TEST(has_fault(given().set("ANKKOR_ALERT_SECRET", signing_secret).load(),
                       "ANKKOR_ALERT_URL is not"));
  BOOST_TEST(has_fault(given().set("ANKKOR_ALERT_URL", "https://b.example/").load(),
                       "the format webhook needs it"));
  BOOST_TEST(has_fault(given()
                         .set("ANKKOR_ALERT_URL", "https://b.example/")
                         .set("ANKKOR_ALERT_SECRET", "canary")
                         .load(),
                       "not a secret of Standard Webhooks"));
  const load_result loaded = given()
                               .set("ANKKOR_ALERT_URL", "https://b.example/")
                               .set("ANKKOR_ALERT_FORMAT", "slack")
                               .load();
  BOOST_TEST(loaded.ok());
  BOOST_TEST((loaded.values.alerts == alert_format::slack));
}

// -- properties
// --------------------------------------------------------------------------------------------

namespace {

// A way to get one setting wrong that makes exactly one fault, whatever else is wrong.
struct slip {
  std::string variable;
  std::string value;
};

const std::vector<slip>& slips() {
  static const std::vector<slip> all{
    {"WOOCOMMERCE_STORE_URL", "https://user:canary@shop.example"},
    {"WOOCOMMERCE_STORE_URL", ""},
    {"WOOCOMMERCE_GRAPHQL_URL", "http://user:canary@shop.example/graphql"},
    {"WOOCOMMERCE_CONSUMER_KEY", "canary\x01"},
    {"WOOCOMMERCE_CONSUMER_KEY", "user:canary"},
    {"WOOCOMMERCE_CONSUMER_SECRET", "\tcanary"},
    {"WOOCOMMERCE_WEBHOOK_SECRET", "canary\x7f\ncanary"},
    {"ANKKOR_ADMIN_TOKEN", "canary\xff"},
    {"ANKKOR_LISTEN", ":8080"},
    {"ANKKOR_ADMIN_LISTEN", "[::1"},
    {"ANKKOR_CORS_ORIGINS", "https://a.example, https://user:canary@b.example"},
    {"ANKKOR_DATA_DIR", "a\nb"},
    {"ANKKOR_STORE", "stone"},
    {"ANKKOR_OUTGOING_ADDRESSES", "private"},
    {"REDIS_URL", "http://user:canary@redis.internal"},
    {"ANKKOR_REDIS_TTL", "1s"},
    {"ANKKOR_REDIS_CA", "a\nb"},
    {"ANKKOR_GRAPHQL_BUDGET", "120"},
    {"ANKKOR_GRAPHQL_BURST", "many"},
    {"ANKKOR_GRAPHQL_CONCURRENCY", "1000"},
    {"ANKKOR_READ_PATIENCE", "3"},
    {"ANKKOR_ABSENCE_TTL", "2h"},
    {"ANKKOR_RECONCILE_INTERVAL", "60"},
    {"ANKKOR_SCRUB_INTERVAL", "1s"},
    {"ANKKOR_REVALIDATE_URL", "canary"},
    {"ANKKOR_REVALIDATE_SECRET", "canary\n"},
    {"ANKKOR_REVALIDATE_FORMAT", "canary"},
    {"ANKKOR_REVALIDATE_SOFT", "canary"},
    {"ANKKOR_REVALIDATE_PATHS", "/{canary2}x"},
    {"ANKKOR_REVALIDATE_WINDOW", "soon"},
    {"ANKKOR_ALERT_URL", "http://user:canary@a.example/"},
    {"ANKKOR_ALERT_FORMAT", "canary"},
    {"ANKKOR_ALERT_SECRET", "canary\n"},
    {"ANKKOR_LOG", "loud"},
    {"ANKKOR_LOG_FORMAT", "xml"},
    {"ANKKOR_MAX_BODY", "4MB"},
    {"ANKKOR_CONNECTIONS_MAX", "1"},
    {"ANKKOR_STREAMS_MAX", "all"},
    {"ANKKOR_PRODUCT_ACTORS_MAX", "0"},
    {"ANKKOR_IO_THREADS", "65"},
    {"ANKKOR_ENGINE_THREADS", "1e2"},
  };
  return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(any_number_of_faults_is_found_in_one_run) {
  std::mt19937 random(20261122); // NOLINT(cert-msc51-cpp,cert-msc32-c): the same cases in every run
  for (int round = 0; round < 300; ++round) {
    given from;
    // So that no pair is torn apart by what is chosen.
    from.set("ANKKOR_REVALIDATE_URL", "https://a.example/")
      .set("ANKKOR_REVALIDATE_SECRET", "canary")
      .set("ANKKOR_ALERT_URL", "https://b.example/")
      .set("ANKKOR_ALERT_SECRET", signing_secret);
    std::map<std::string, std::string> chosen;
    for (const slip& each : slips())
      if (random() % 3 == 0)
        chosen[each.variable] = each.value;
    for (const auto& [variable, value] : chosen)
      from.set(variable, value);
    const load_result loaded = from.load();
    BOOST_TEST(loaded.faults.size() == chosen.size());
    for (const auto& [variable, value] : chosen)
      BOOST_TEST(has_fault(loaded, variable + " "), variable);
  }
}

BOOST_AUTO_TEST_CASE(each_setting_has_a_slip_of_its_own) {
  for (const chapter& part : table())
    for (const setting& each : part.settings) {
      // Any path and any password of one line may be right.
      if (each.name.find("_TLS_") != std::string_view::npos ||
          each.name.find("_APP_") != std::string_view::npos)
        continue;
      const auto& all = slips();
      BOOST_TEST(
        std::any_of(all.begin(), all.end(), [&](const slip& s) { return s.variable == each.name; }),
        each.name);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(config_process)

BOOST_AUTO_TEST_CASE(a_file_of_the_disk_is_read_and_one_that_is_not_there_is_explained) {
  const auto read = read_text_file(ANKKOR_SOURCE_DIR "/docs/ankkor.example.toml");
  BOOST_REQUIRE(read.ok());
  BOOST_TEST(holds(*read, "[woocommerce]"));
  BOOST_TEST(read_text_file(ANKKOR_SOURCE_DIR "/absent").failure().message ==
             "can't be read: No such file or directory");
  BOOST_TEST(read_text_file(ANKKOR_SOURCE_DIR).failure().message ==
             "can't be read: Is a directory");
  BOOST_TEST(read_text_file("/dev/zero").failure().message == "is longer than 1 MiB");
}

BOOST_AUTO_TEST_CASE(the_process_s_environment_is_seen) {
  // Whatever is in there, the flag goes first.
  const load_result loaded = load_process({{"log", "debug"}}, std::nullopt);
  BOOST_TEST((loaded.values.level == log_level::debug));
  BOOST_TEST(shown(loaded, "ANKKOR_LOG").origin == "command line");
}

// Of each file once, and of none that others can't get at.
BOOST_AUTO_TEST_CASE(a_secrets_file_that_everybody_can_read_is_warned_of) {
  given from;
  from.is_open_to_all = [](const std::string& path) { return path.rfind("/open/", 0) == 0; };
  from.files["/open/consumer"] = "ck_canary";
  from.files["/closed/secret"] = "canary";
  from.environment.erase("WOOCOMMERCE_CONSUMER_KEY");
  from.set("WOOCOMMERCE_CONSUMER_KEY_FILE", "/open/consumer");
  from.environment.erase("WOOCOMMERCE_WEBHOOK_SECRET");
  from.set("WOOCOMMERCE_WEBHOOK_SECRET_FILE", "/closed/secret");
  const load_result loaded = from.load();
  BOOST_TEST(loaded.ok());
  BOOST_TEST(loaded.warnings.size() == 1U);
  BOOST_TEST(has_warning(loaded, "WOOCOMMERCE_CONSUMER_KEY_FILE names \"/open/consumer\""));
  BOOST_TEST(has_warning(loaded, "chmod o-r"));

  given with_file;
  with_file.is_open_to_all = [](const std::string&) { return true; };
  with_file.toml("admin_token = \"canary\"\n[redis]\nurl = \"redis://127.0.0.1\"\n");
  BOOST_TEST(with_file.load().warnings.size() == 1U);
  BOOST_TEST(has_warning(with_file.load(), "admin_token stands in \"ankkor.toml\""));
  given without_secret;
  without_secret.is_open_to_all = [](const std::string&) { return true; };
  BOOST_TEST(without_secret.toml("listen = \"127.0.0.1:1\"\n").load().warnings.empty());
}

BOOST_AUTO_TEST_CASE(a_file_is_open_to_all_if_it_and_the_folders_to_it_are) {
  namespace fs = std::filesystem;
  auto name = (fs::temp_directory_path() / "ankkor-config-XXXXXX").string();
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  const fs::path folder{name};
  const auto file = folder / "secret";
  std::ofstream{file} << "canary";
  const auto is_open = [&](unsigned of_folder, unsigned of_file) {
    fs::permissions(folder, static_cast<fs::perms>(of_folder));
    fs::permissions(file, static_cast<fs::perms>(of_file));
    return is_open_to_all(file.string());
  };
  BOOST_TEST(is_open(0755, 0644));
  BOOST_TEST(is_open(0711, 0604));
  BOOST_TEST(!is_open(0755, 0600));
  BOOST_TEST(!is_open(0755, 0640));
  BOOST_TEST(!is_open(0700, 0644));
  BOOST_TEST(!is_open(0750, 0644));
  BOOST_TEST(!is_open_to_all((folder / "absent").string()));
  fs::permissions(folder, fs::perms::owner_all);
  fs::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()

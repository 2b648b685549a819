// The configuration in words: nothing secret in it, and the files in docs/ are what the table
// generates.
#include "config/describe.hpp"
#include "config/table.hpp"
#include "tests/config/shop.hpp"

#include <boost/test/unit_test.hpp>

#include <regex>
#include <set>

using namespace ankkor;
using namespace ankkor::config;
using shop::given;
using shop::holds;

namespace {

std::string docs_file(const std::string& name) {
  const auto content = read_text_file(std::string(ANKKOR_SOURCE_DIR) + "/docs/" + name);
  return content.ok() ? *content : "can't be read";
}

std::string with_required_values(const std::string& toml) {
  std::string out = std::regex_replace(toml, std::regex("store_url = \"\""),
                                       "store_url = \"https://shop.example\"");
  return std::regex_replace(out, std::regex("= \"\"\n"), "= \"x\"\n");
}

// Every secret there is, wrong and right, in all the sources.
void fill_with_secrets(given& from) {
  from.files["/s"] = "canary-from-file\n";
  from.files["/bad"] = "canary\ncanary\x02\n";
  from.toml(
    "admin_token = 'canary\xC3\xA9'\n[woocommerce]\nwebhook_secret = ['canary', 'canary\\u0001']\n"
    "consumer_key = ['canary']\nconsumer_secret = 7\napp_password_file = '/bad'\n"
    "[[revalidate]]\nname = 'x'\nurl = 'https://a.example/?token=canary'\nsecret = 'canary'\n"
    "[[revalidate]]\nname = 'y'\nurl = 'https://canary@a.example/'\nsecret = ' canary'\n");
  from.set("WOOCOMMERCE_GRAPHQL_URL", "https://shop.example/graphql?key=canary");
  from.set("WOOCOMMERCE_APP_USER", "bot:canary").set("WOOCOMMERCE_APP_PASSWORD", " canary");
  from.set("ANKKOR_ADMIN_TOKEN", "canary").set("ANKKOR_ADMIN_TOKEN_FILE", "canary");
  from.set("ANKKOR_REVALIDATE_URL", "https://a.example/?secret=canary")
    .set("ANKKOR_REVALIDATE_SECRET", "canary");
  from.set("ANKKOR_TLS_KEY", "/s");
  from.flags["admin-token"] = "canary";
  from.flags["woocommerce-consumer-key-file"] = "/s";
  from.flags["woocommerce-consumer-secret-file"] = "canary";
}

} // namespace

BOOST_AUTO_TEST_SUITE(config_describe)

BOOST_AUTO_TEST_CASE(no_secret_is_in_anything_that_is_said) {
  given wrong;
  fill_with_secrets(wrong);
  given right;
  right.set("ANKKOR_ADMIN_TOKEN", "canary").set("WOOCOMMERCE_WEBHOOK_SECRET", "canary\ncanary2");
  right.set("WOOCOMMERCE_APP_USER", "bot").set("WOOCOMMERCE_APP_PASSWORD", "canary");
  right.set("ANKKOR_REVALIDATE_URL", "https://a.example/?secret=canary")
    .set("ANKKOR_REVALIDATE_SECRET", "canary");
  BOOST_TEST(right.load().ok());
  BOOST_TEST(wrong.load().faults.size() > 9U);
  for (const given* from : {&wrong, &right}) {
    const load_result loaded = from->load();
    for (const output how : {output::text, output::json}) {
      BOOST_TEST(!holds(show(loaded, how), shop::canary));
      BOOST_TEST(!holds(report(loaded, how), shop::canary));
    }
  }
}

BOOST_AUTO_TEST_CASE(show_says_what_is_in_effect_and_where_it_came_from) {
  given from;
  from.set("ANKKOR_LISTEN", "127.0.0.1:1").set("WOOCOMMERCE_WEBHOOK_SECRET", "canary\ncanary");
  const std::string text = show(from.load(), output::text);
  BOOST_TEST(
    std::regex_search(text, std::regex("ANKKOR_LISTEN +127\\.0\\.0\\.1:1 +\\(environment\\)\n")));
  BOOST_TEST(std::regex_search(
    text, std::regex("ANKKOR_ADMIN_LISTEN +127\\.0\\.0\\.1:8081 +\\(default\\)\n")));
  BOOST_TEST(std::regex_search(
    text,
    std::regex("WOOCOMMERCE_WEBHOOK_SECRET +\\*\\*\\* \\(2 of them\\) +\\(environment\\)\n")));
  BOOST_TEST(std::regex_search(text, std::regex("ANKKOR_ADMIN_TOKEN +\\(not set\\)\n")));
  BOOST_TEST(
    std::regex_search(text, std::regex("WOOCOMMERCE_GRAPHQL_URL +https://shop.example/graphql "
                                       "+\\(default: store URL \\+ /graphql\\)\n")));
  for (const chapter& part : table())
    for (const setting& each : part.settings)
      BOOST_TEST(holds(text, each.name), each.name);
}

BOOST_AUTO_TEST_CASE(show_and_report_as_json_hold_the_same) {
  given from;
  from.set("ANKKOR_LISTEN", "no\"where");
  const load_result loaded = from.load();
  BOOST_TEST(
    holds(show(loaded, output::json),
          R"({"name":"ANKKOR_STORE","value":"sqlite","origin":"default","secret":false})"));
  BOOST_TEST(holds(show(loaded, output::json), R"({"ok":false,"settings":[{)"));
  BOOST_TEST(holds(report(loaded, output::json),
                   R"({"ok":false,"faults":[{"where":"environment","what":"ANKKOR_LISTEN has)"));
  BOOST_TEST(report(given().load(), output::json) ==
             "{\"ok\":true,\"faults\":[],\"warnings\":[]}\n");
}

BOOST_AUTO_TEST_CASE(report_lists_every_fault_with_its_mend) {
  BOOST_TEST(report(given().load(), output::text) == "The configuration is sound.\n");
  given from;
  from.set("ANKKOR_LISTEN", "nowhere").set("ANKKOR_LOG", "x").set("ANKKOR_LISTENN", "x");
  const std::string text = report(from.load(), output::text);
  BOOST_TEST(holds(
    text,
    "error: ANKKOR_LISTEN has no IPv4 or IPv6 address before its port: \"nowhere\". (environment)\n"
    "  mend: Write an address and a port"));
  BOOST_TEST(holds(text, "error: ANKKOR_LOG is none of its choices: \"x\". (environment)\n"
                         "  mend: Write one of: debug, info, warning, error.\n"));
  BOOST_TEST(holds(text, "warning: The environment sets ANKKOR_LISTENN, which is not a setting"));
  BOOST_TEST(holds(text, "The configuration has 2 faults.\n"));
}

BOOST_AUTO_TEST_CASE(there_is_a_flag_for_every_setting_and_none_for_a_secret_itself) {
  std::set<std::string> names;
  for (const flag& each : flags()) {
    BOOST_TEST(names.insert(each.name).second, each.name);
    BOOST_TEST(!each.help.empty());
    BOOST_TEST(!each.form.empty());
    BOOST_TEST(each.help.find('`') == std::string::npos);
  }
  for (const char* name :
       {"listen", "admin-listen", "woocommerce-store-url", "admin-token-file", "log", "max-body"})
    BOOST_TEST(names.contains(name), name);
  for (const char* name :
       {"admin-token", "woocommerce-consumer-key", "revalidate-secret", "config"})
    BOOST_TEST(!names.contains(name), name);
}

BOOST_AUTO_TEST_CASE(names_keys_and_flags_of_the_table_are_each_there_once_and_described) {
  std::set<std::string> keys;
  std::set<std::string_view> names;
  for (const chapter& part : table())
    for (const setting& each : part.settings) {
      BOOST_TEST(names.insert(each.name).second, each.name);
      BOOST_TEST((each.key.empty() || keys.insert(each.toml_path()).second), each.name);
      BOOST_TEST((each.key.empty() || each.section == part.section), each.name);
      BOOST_TEST((each.meaning.size() > 10 && each.meaning.back() == '.'), each.name);
      BOOST_TEST(!(each.secret && !each.fallback.empty()), each.name);
    }
}

BOOST_AUTO_TEST_CASE(the_docs_are_what_the_table_generates) {
  // After a change of the table: cmake --build build/dev --target config_docs
  BOOST_TEST((docs_file("configuration.md") == docs_markdown()));
  BOOST_TEST((docs_file("ankkor.example.toml") == example_toml()));
}

BOOST_AUTO_TEST_CASE(the_example_file_is_sound_once_the_required_values_are_in) {
  given from{shop::variables{}};
  from.toml(example_toml());
  BOOST_TEST(from.load().faults.size() == 4U);
  from.toml(with_required_values(example_toml()));
  const load_result loaded = from.load();
  BOOST_TEST(loaded.ok());
  settings expected;
  expected.store_url = "https://shop.example";
  expected.graphql_url = "https://shop.example/graphql";
  expected.consumer_key = expected.consumer_secret = "x";
  expected.webhook_secrets = {"x"};
  BOOST_TEST((loaded.values == expected));
}

BOOST_AUTO_TEST_CASE(every_line_of_the_example_file_can_be_taken_as_it_stands) {
  given from{shop::variables{}};
  from.files["/etc/ankkor/fullchain.pem"] = "-----BEGIN CERTIFICATE-----";
  from.files["/etc/ankkor/privkey.pem"] = "-----BEGIN PRIVATE KEY-----";
  from.files["/etc/ankkor/redis-ca.pem"] = "-----BEGIN CERTIFICATE-----";
  from.files["/run/secrets/revalidate_secret"] = "canary";
  std::string text = with_required_values(example_toml());
  text = std::regex_replace(text, std::regex("# [a-z_]+ = [^\n]* # in place of [^\n]*\n"), "");
  text = std::regex_replace(text, std::regex("# ([a-z_]+ = |\\[\\[revalidate)"), "$1");
  text = std::regex_replace(text, std::regex("admin_token = \"…\""), "admin_token = \"canary\"");
  text = std::regex_replace(text, std::regex("secret = \"whsec_…\""),
                            "secret = \"whsec_" + std::string(32, 'A') + "\"");
  const load_result loaded = from.toml(text).load();
  for (const fault& each : loaded.faults)
    BOOST_TEST_MESSAGE(each.where << ": " << each.what);
  BOOST_TEST(loaded.ok());
  BOOST_TEST(loaded.values.targets.size() == 1U);
  for (const shown_value& each : loaded.shown)
    BOOST_TEST((holds(each.origin, "ankkor.toml, line") || holds(each.name, "ANKKOR_REVALIDATE_")),
               each.name);
}

BOOST_AUTO_TEST_SUITE_END()

// How single values are written, and what is none.
#include "config/values.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace ankkor;
using namespace ankkor::config;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;

template <class Read>
void refuses(Read read, const list& texts) {
  for (const std::string& text : texts) {
    const auto value = read(text);
    BOOST_TEST(!value.ok(), "took \"" << text << '"');
    if (!value.ok())
      BOOST_TEST(!value.failure().mend.empty());
  }
}

template <class Read>
void takes_as_they_are(Read read, const list& texts) {
  for (const std::string& text : texts) {
    const auto value = read(text);
    BOOST_TEST(value.ok(), "refused \"" << text << '"');
    if (value.ok())
      BOOST_TEST(*value == text);
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(config_values)

BOOST_AUTO_TEST_CASE(durations_have_a_unit) {
  BOOST_TEST((*read_duration("100ms") == 100ms));
  BOOST_TEST((*read_duration("60s") == 60s));
  BOOST_TEST((*read_duration("5m") == 5min));
  BOOST_TEST((*read_duration("24h") == 24h));
  BOOST_TEST((*read_duration("7d") == 168h));
  BOOST_TEST((*read_duration("0") == 0ms));
  refuses(read_duration,
          {"", "5", "s", "5 s", " 5s", "5s ", "-5s", "+5s", "1.5s", "5S", "5min", "5w", "0x5s",
           "5s5", "99999999999999999999s", "367d", "18446744073709551615d"});
}

BOOST_AUTO_TEST_CASE(sizes_are_bytes_or_binary_units) {
  BOOST_TEST(*read_size("1000") == 1000U);
  BOOST_TEST(*read_size("1000B") == 1000U);
  BOOST_TEST(*read_size("512KiB") == 512U * 1024);
  BOOST_TEST(*read_size("4MiB") == 4U * 1024 * 1024);
  BOOST_TEST(*read_size("1GiB") == 1U << 30U);
  refuses(read_size, {"", "MiB", "4 MiB", "4MB", "4M", "4mib", "-1", "1e3", "4.5MiB",
                      "18446744073709551616", "18446744073709551615KiB"});
}

BOOST_AUTO_TEST_CASE(rates_are_a_number_in_a_second_minute_or_hour) {
  BOOST_TEST((*read_rate("120/min") == rate{120, 60s}));
  BOOST_TEST((*read_rate("2/s") == rate{2, 1s}));
  BOOST_TEST((*read_rate("1000/h") == rate{1000, 3600s}));
  refuses(read_rate, {"", "120", "120/", "/min", "120 /min", "120/ min", "120/m", "120/d",
                      "4294967296/s", "-1/s"});
}

BOOST_AUTO_TEST_CASE(writers_are_the_inverse_of_readers) {
  for (const std::string text :
       {"0ms", "1ms", "100ms", "1s", "60s", "90s", "5m", "24h", "7d", "1500ms"})
    BOOST_TEST(to_text(*read_duration(text)) == text);
  for (const std::string text : {"0", "1", "1000", "1KiB", "512KiB", "4MiB", "1GiB", "1025"})
    BOOST_TEST(size_to_text(*read_size(text)) == text);
  for (const std::string text : {"2/s", "120/min", "1000/h"})
    BOOST_TEST(to_text(*read_rate(text)) == text);
  for (const std::string text : {"127.0.0.1:8080", "[::1]:0", "0.0.0.0:80", "[::]:65535"})
    BOOST_TEST(to_text(*read_endpoint(text)) == text);
}

BOOST_AUTO_TEST_CASE(endpoints_are_an_address_and_a_port) {
  BOOST_TEST((*read_endpoint("127.0.0.1:8080") == endpoint{"127.0.0.1", 8080}));
  BOOST_TEST((*read_endpoint("[::1]:8080") == endpoint{"::1", 8080}));
  BOOST_TEST((*read_endpoint("0.0.0.0:80") == endpoint{"0.0.0.0", 80}));
  BOOST_TEST((*read_endpoint("localhost:0") == endpoint{"127.0.0.1", 0}));
  refuses(read_endpoint, {"",
                          ":",
                          ":8080",
                          "8080",
                          "127.0.0.1",
                          "127.0.0.1:",
                          "127.0.0.1:65536",
                          "127.0.0.1:-1",
                          "127.0.0.1:80 ",
                          "127.0.0.1:8x",
                          "::1:8080",
                          "[::1]",
                          "[::1]8080",
                          "[::1",
                          "[127.0.0.1]:80",
                          "[localhost]:80",
                          "256.0.0.1:80",
                          "127.1:80",
                          "shop.example:80",
                          "*:80",
                          "[::1%lo]:80"});
}

BOOST_AUTO_TEST_CASE(loopback_is_127_and_1) {
  BOOST_TEST(is_loopback({"127.0.0.1", 1}));
  BOOST_TEST(is_loopback({"127.255.0.3", 1}));
  BOOST_TEST(is_loopback({"::1", 1}));
  BOOST_TEST(is_loopback({"::ffff:127.0.0.1", 1}));
  BOOST_TEST(!is_loopback({"0.0.0.0", 1}));
  BOOST_TEST(!is_loopback({"::", 1}));
  BOOST_TEST(!is_loopback({"128.0.0.1", 1}));
  BOOST_TEST(!is_loopback({"10.0.0.1", 1}));
}

BOOST_AUTO_TEST_CASE(every_interface_covers_each_address_of_its_port) {
  BOOST_TEST(overlap({"127.0.0.1", 80}, {"127.0.0.1", 80}));
  BOOST_TEST(overlap({"0.0.0.0", 80}, {"127.0.0.1", 80}));
  BOOST_TEST(overlap({"127.0.0.1", 80}, {"::", 80}));
  BOOST_TEST(!overlap({"0.0.0.0", 80}, {"::1", 80}));
  BOOST_TEST(!overlap({"127.0.0.1", 80}, {"127.0.0.2", 80}));
  BOOST_TEST(!overlap({"127.0.0.1", 80}, {"127.0.0.1", 81}));
  BOOST_TEST(!overlap({"127.0.0.1", 0}, {"127.0.0.1", 0}));
}

BOOST_AUTO_TEST_CASE(urls_are_https_or_loopback) {
  takes_as_they_are(
    read_url,
    {"https://shop.example", "https://shop.example/", "https://shop.example:8443/a/b?c=d&e",
     "https://192.0.2.1/x", "https://[2001:db8::1]:444/x", "https://my_container/x",
     "http://localhost:3000/api", "http://127.0.0.1", "http://127.3.2.1:1/", "http://[::1]:80/x",
     "https://shop.example/index.php?graphql", "https://shop.example/a@b"});
  refuses(read_url, {"",
                     "shop.example",
                     "//shop.example",
                     "ftp://shop.example",
                     "javascript:alert(1)",
                     "https://",
                     "https:///x",
                     "http://shop.example",
                     "http://10.0.0.1",
                     "http://[::2]/",
                     "http://localhost.example",
                     "http://127.0.0.1.example",
                     "https://user@shop.example",
                     "https://user:pass@shop.example/",
                     "https://shop.example/#x",
                     "https://shop.example:0",
                     "https://shop.example:65536",
                     "https://shop.example:",
                     "https://shop.example:8o",
                     "https://shop example",
                     "https://shop.example/a b",
                     "https://shop.example/\n",
                     "https://shöp.example",
                     "https://999.1.1.1",
                     "https://[::1",
                     "https://[::g]",
                     "https://.example",
                     "https://shop..example",
                     "https://shop.example\\x"});
}

BOOST_AUTO_TEST_CASE(scheme_and_host_of_a_url_become_lower_case_and_its_path_stays) {
  BOOST_TEST(*read_url("HTTPS://Shop.Example/Path?Q") == "https://shop.example/Path?Q");
}

BOOST_AUTO_TEST_CASE(a_base_url_loses_its_trailing_slashes_and_has_no_query) {
  BOOST_TEST(*read_base_url("https://shop.example/") == "https://shop.example");
  BOOST_TEST(*read_base_url("https://shop.example/wordpress//") ==
             "https://shop.example/wordpress");
  refuses(read_base_url,
          {"https://shop.example/?a=b", "https://shop.example?", "http://shop.example"});
}

BOOST_AUTO_TEST_CASE(a_shown_url_has_no_query) {
  BOOST_TEST(url_to_show("https://a.example/x?secret=abc") == "https://a.example/x?***");
  BOOST_TEST(url_to_show("https://a.example/x") == "https://a.example/x");
}

BOOST_AUTO_TEST_CASE(origins_are_as_browsers_write_them) {
  takes_as_they_are(read_origin, {"*", "https://shop.example", "http://shop.example",
                                  "http://localhost:3000", "https://[::1]:1"});
  BOOST_TEST(*read_origin("HTTPS://Shop.example:443") == "https://shop.example");
  BOOST_TEST(*read_origin("http://shop.example:80") == "http://shop.example");
  BOOST_TEST(*read_origin("http://shop.example:443") == "http://shop.example:443");
  refuses(read_origin,
          {"", "null", "shop.example", "https://shop.example/", "https://shop.example/x",
           "https://*.shop.example", "https://u@shop.example"});
}

BOOST_AUTO_TEST_CASE(path_templates_know_slug_and_id) {
  takes_as_they_are(read_path_template, {"/", "/product/{slug}", "/p/{id}-{slug}?x=1"});
  refuses(read_path_template, {"", "product/{slug}", "/product/{name}", "/product/{slug",
                               "/product/slug}", "/{{slug}}", "/a b", "/a#b", "/a\n", "/{}"});
}

BOOST_AUTO_TEST_CASE(names_lines_and_tokens_refuse_what_could_break_out_of_them) {
  takes_as_they_are(read_name, {"next", "Shop-2_a.b", std::string(64, 'a')});
  refuses(read_name, {"", "a b", "a/b", "é", std::string(65, 'a'), "a\n"});
  takes_as_they_are(read_line, {"a b", "ünï", "/etc/x y"});
  refuses(read_line, {"a\nb", "a\tb", std::string("a\0b", 3), "\x7f"});
  takes_as_they_are(read_token, {"abc", "a b", "~!@#"});
  refuses(read_token, {"", " a", "a ", "é", "a\nb", "a\tb"});
}

BOOST_AUTO_TEST_CASE(no_reader_repeats_what_it_refuses) {
  const std::string nonsense = "canary\x01 {canary} @canary";
  const auto silent = [&](const auto& value) {
    BOOST_TEST(!value.ok());
    BOOST_TEST(value.failure().message.find("canary") == std::string::npos);
    BOOST_TEST(value.failure().mend.find("canary") == std::string::npos);
  };
  for (const std::string& text : {nonsense, "https://" + nonsense, "/" + nonsense}) {
    silent(read_number(text));
    silent(read_duration(text));
    silent(read_size(text));
    silent(read_rate(text));
    silent(read_endpoint(text));
    silent(read_url(text));
    silent(read_base_url(text));
    silent(read_origin(text));
    silent(read_path_template(text));
    silent(read_name(text));
    silent(read_line(text));
    silent(read_token(text));
  }
}

BOOST_AUTO_TEST_SUITE_END()

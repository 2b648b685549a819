// URLs, dates and Retry-After: the parts of net that need no socket.
#include "net/http/client.hpp"
#include "net/http/date.hpp"
#include "net/tls/public_address.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor::net;
using namespace std::chrono;

namespace {

constexpr sys_seconds time_of_rfc = sys_days{1994y / November / 6} + 8h + 49min + 37s;
constexpr sys_seconds present = sys_days{2026y / November / 22};

std::optional<seconds> retry_after(std::string value) {
  client_response answer;
  answer.fields.emplace_back("retry-after", std::move(value));
  return answer.retry_after(present);
}

} // namespace

BOOST_AUTO_TEST_SUITE(values)

BOOST_AUTO_TEST_CASE(a_url_is_taken_apart) {
  const auto full = parse_url("HTTPS://Shop.Example:8443/a/b?c=d").value();
  BOOST_TEST(full.https);
  BOOST_TEST(full.host == "shop.example");
  BOOST_TEST(full.port == 8443);
  BOOST_TEST(full.target == "/a/b?c=d");
  const auto bare = parse_url("http://localhost").value();
  BOOST_TEST(!bare.https);
  BOOST_TEST(bare.port == 80);
  BOOST_TEST(bare.target == "/");
  BOOST_TEST(parse_url("https://a?b").value().target == "/?b");
  BOOST_TEST(parse_url("https://a:/").value().port == 443);
  const auto ipv6 = parse_url("https://[2001:DB8::1]:1/").value();
  BOOST_TEST(ipv6.host == "2001:db8::1");
  BOOST_TEST(ipv6.port == 1);
}

BOOST_AUTO_TEST_CASE(a_url_that_is_none_is_refused_without_telling_it) {
  for (const std::string text : {"",
                                 "s3cret",
                                 "//s3cret/",
                                 "ftp://s3cret/",
                                 "https:/s3cret",
                                 "https://",
                                 "https:///s3cret",
                                 "https://u:s3cret@a/",
                                 "https://a/#s3cret",
                                 "https://a/s3cret b",
                                 "https://a/s3cret\r\nX: y",
                                 "https://a/s3cret\xc3\xa4",
                                 "https://s3cr\xc3\xa4t/",
                                 "https://a:0/s3cret",
                                 "https://a:65536/s3cret",
                                 "https://a:s3cret/",
                                 "https://[::g]/s3cret",
                                 "https://a b/s3cret",
                                 "https://a/%s3cret",
                                 "https://a,s3cret/",
                                 "https://s3cret\\@b/",
                                 " https://s3cret/"}) {
    const auto result = parse_url(text);
    BOOST_REQUIRE_MESSAGE(!result.ok(), text);
    BOOST_TEST((result.failure().message + result.failure().mend).find("s3cr") == std::string::npos,
               text);
  }
}

BOOST_AUTO_TEST_CASE(loopback_is_this_machine_and_nothing_else) {
  for (const std::string host : {"localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]"})
    BOOST_TEST(parse_url("http://" + host).value().loopback(), host);
  for (const std::string host : {"localhost.example", "127.0.0.1.example", "128.0.0.1", "0.0.0.0",
                                 "[::2]", "[::]", "127.1", "2130706433"})
    BOOST_TEST(!parse_url("http://" + host).value().loopback(), host);
}

BOOST_AUTO_TEST_CASE(addresses_of_the_internet_are_told_from_all_others) {
  const auto is_public_text = [](const char* text) {
    return is_public(boost::asio::ip::make_address(text));
  };
  for (const auto* text :
       {"1.1.1.1",         "9.255.255.255",        "11.0.0.0",       "100.63.255.255",
        "100.128.0.0",     "126.255.255.255",      "128.0.0.0",      "169.253.255.255",
        "169.255.0.0",     "172.15.255.255",       "172.32.0.0",     "192.0.1.0",
        "192.167.255.255", "192.169.0.0",          "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "2606:4700:4700::1111", "2001:200::1",    "2a00::1",
        "::ffff:8.8.8.8",  "64:ff9b::808:808",     "2002:808:808::1"})
    BOOST_TEST(is_public_text(text), text);
  for (const auto* text :
       {// this machine
        "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255", "::", "::1",
        // private
        "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.1", "100.64.0.1",
        "100.127.255.255", "fc00::1", "fdff::1",
        // link-local, and where clouds answer with credentials
        "169.254.0.1", "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192",
        "fe80::1", "febf::1", "fec0::1", "fd00:ec2::254",
        // multicast, reserved, broadcast
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "ff02::1",
        // documentation and others that lead nowhere
        "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255", "192.88.99.1",
        "2001:db8::1", "3fff::1", "2001::1", "100::1", "4000::1",
        // an IPv4 address in IPv6's clothes
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::8.8.8.8",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2002:a9fe:a9fe::1"})
    BOOST_TEST(!is_public_text(text), text);
}

BOOST_AUTO_TEST_CASE(an_http_date_is_written_as_the_rfc_says) {
  BOOST_TEST(format_http_date(time_of_rfc) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

BOOST_AUTO_TEST_CASE(all_three_forms_of_a_date_are_read) {
  for (const std::string text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                 "Sun Nov  6 08:49:37 1994"})
    BOOST_TEST((parse_http_date(text, present) == time_of_rfc), text);
  BOOST_TEST((parse_http_date("Sunday, 06-Nov-44 08:49:37 GMT", present) ==
              sys_days{2044y / November / 6} + 8h + 49min + 37s));
  BOOST_TEST((parse_http_date("Sun Nov 16 08:49:37 1994", present) == time_of_rfc + days{10}));
}

BOOST_AUTO_TEST_CASE(what_is_no_date_is_not_read) {
  for (const std::string text :
       {"", "Sun", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 6 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"})
    BOOST_TEST(!parse_http_date(text, present).has_value(), text);
}

BOOST_AUTO_TEST_CASE(retry_after_is_read_as_seconds_or_date) {
  BOOST_TEST((retry_after("120") == 120s));
  BOOST_TEST((retry_after("0") == 0s));
  BOOST_TEST((retry_after(format_http_date(present + 90s)) == 90s));
  BOOST_TEST((retry_after(format_http_date(present - 90s)) == 0s));
  BOOST_TEST((retry_after("18446744073709551615") == seconds(2147483647)));
  for (const std::string text : {"", "-1", "1.5", "soon", "1 2"})
    BOOST_TEST(!retry_after(text).has_value(), text);
  BOOST_TEST(!client_response{}.retry_after(present).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

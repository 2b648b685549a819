// net/html_entities: names as WooGraphQL decodes them.
#include "net/woocommerce/html_entities.hpp"

#include <boost/test/unit_test.hpp>

using ankkor::net::decode_entities;

BOOST_AUTO_TEST_SUITE(entities)

BOOST_AUTO_TEST_CASE(each_reference_is_decoded_once) {
  BOOST_TEST(decode_entities("Tea &amp; Cake") == "Tea & Cake");
  BOOST_TEST(decode_entities("&amp;lt;") == "&lt;");
  BOOST_TEST(decode_entities("&lt;b&gt;&quot;x&quot; it&#039;s &#39;y") == "<b>\"x\" it's 'y");
  BOOST_TEST(decode_entities("K&auml;se&nbsp;&ndash;&nbsp;5&euro;") ==
             "K\u00e4se\u00a0\u2013\u00a05\u20ac");
  BOOST_TEST(decode_entities("&AElig;&zwnj;&thetasym;&Aacute;") == "\u00c6\u200c\u03d1\u00c1");
  BOOST_TEST(decode_entities("&#8217;&#x2019;&#X1F375;&#233;") == "\u2019\u2019\U0001F375\u00e9");
}

BOOST_AUTO_TEST_CASE(what_is_no_reference_stays) {
  for (const auto* plain : {"",
                            "&",
                            "&;",
                            "a & b; c",
                            "&amp",
                            "&nosuch;",
                            "&AMP;",
                            "&&",
                            "&#;",
                            "&#x;",
                            "&apos;",
                            "&#128;",
                            "&#0;",
                            "&#55296;",
                            "&#1114112;",
                            "&#99999999999999;",
                            "&#-5;",
                            "&# 5;",
                            "&#x2 ;",
                            "&thetasymthetasymthetasym;",
                            "\u00e4\u00f6"})
    BOOST_TEST(decode_entities(plain) == plain);
  BOOST_TEST(decode_entities("&&amp;&amp") == "&&&amp");
}

BOOST_AUTO_TEST_SUITE_END()

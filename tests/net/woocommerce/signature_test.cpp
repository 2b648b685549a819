// net/signature against WooCommerce's own signatures, and against every way of getting one wrong.
#include "net/woocommerce/signature.hpp"
#include "recordings.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace ankkor;
using ankkor::testing::recorded_deliveries;
using ankkor::testing::recorded_delivery;
using ankkor::testing::recorded_secrets;

namespace {

constexpr std::string_view signature_field = "X-WC-Webhook-Signature";
constexpr std::string_view base64_alphabet =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string signature_of(const ankkor::testing::recording& delivery) {
  return std::string{delivery.header(signature_field).value()};
}

std::string flipped(std::string bytes, std::size_t at, unsigned bit) {
  bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << bit));
  return bytes;
}

} // namespace

BOOST_AUTO_TEST_SUITE(signature)

BOOST_AUTO_TEST_CASE(every_recorded_delivery_verifies_and_no_ping_is_signed) {
  auto checker = net::signature_checker{recorded_secrets()};
  std::size_t verified = 0;
  std::size_t pings = 0;
  for (const auto& delivery : recorded_deliveries()) {
    BOOST_TEST_CONTEXT(delivery.file) {
      const auto signature = delivery.header(signature_field);
      if (delivery.is_ping()) {
        ++pings;
        BOOST_TEST(!signature.has_value());
      } else if (delivery.complete) {
        ++verified;
        BOOST_TEST(checker.check(delivery.body, signature.value()).has_value());
        BOOST_TEST(net::sign(delivery.body, delivery.secret()) == *signature);
      } else {
        BOOST_TEST(!checker.check(delivery.body, signature.value()).has_value());
      }
    }
  }
  BOOST_TEST(verified == 206U);
  BOOST_TEST(pings == 21U);
}

BOOST_AUTO_TEST_CASE(each_secret_alone_verifies_only_its_own_deliveries) {
  auto first = net::signature_checker{{recorded_secrets()[0]}};
  auto second = net::signature_checker{{recorded_secrets()[1]}};
  const auto& plain = recorded_delivery(8);
  const auto& special = recorded_delivery(122);
  BOOST_TEST(first.check(plain.body, signature_of(plain)).has_value());
  BOOST_TEST(!second.check(plain.body, signature_of(plain)).has_value());
  BOOST_TEST(!first.check(special.body, signature_of(special)).has_value());
  BOOST_TEST(second.check(special.body, signature_of(special)).has_value());
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_anywhere_in_the_body_fails) {
  auto checker = net::signature_checker{recorded_secrets()};
  for (const unsigned sequence : {42U, 8U}) {
    const auto& delivery = recorded_delivery(sequence);
    const auto signature = signature_of(delivery);
    for (std::size_t at = 0; at != delivery.body.size(); ++at) {
      for (unsigned bit = 0; bit != 8; ++bit) {
        if (checker.check(flipped(delivery.body, at, bit), signature))
          BOOST_ERROR("accepted with bit " << bit << " of byte " << at << " flipped");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_longer_or_shorter_fails) {
  auto checker = net::signature_checker{recorded_secrets()};
  const auto& delivery = recorded_delivery(42);
  const auto signature = signature_of(delivery);
  for (std::size_t size = 0; size != delivery.body.size(); ++size)
    BOOST_TEST(!checker.check(delivery.body.substr(0, size), signature).has_value());
  BOOST_TEST(!checker.check(delivery.body + '\0', signature).has_value());
  BOOST_TEST(!checker.check(delivery.body + '\n', signature).has_value());
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_anywhere_in_the_signature_fails) {
  auto checker = net::signature_checker{recorded_secrets()};
  for (const auto& delivery : recorded_deliveries()) {
    if (delivery.is_ping() || delivery.sequence % 20 != 0)
      continue;
    const auto signature = signature_of(delivery);
    for (std::size_t at = 0; at != signature.size(); ++at) {
      for (unsigned bit = 0; bit != 8; ++bit)
        BOOST_TEST(!checker.check(delivery.body, flipped(signature, at, bit)).has_value());
    }
  }
}

// The last character before the padding carries two bits that no decoder looks at: four spellings
// decode to the same MAC, and only one of them is canonical (RFC 4648, section 3.5).
BOOST_AUTO_TEST_CASE(base64_that_is_not_canonical_fails) {
  auto checker = net::signature_checker{recorded_secrets()};
  const auto& delivery = recorded_delivery(8);
  const auto signature = signature_of(delivery);
  const auto last = signature.size() - 2;
  const auto value = base64_alphabet.find(signature[last]);
  for (std::size_t spare = 1; spare != 4; ++spare) {
    auto other = signature;
    other[last] = base64_alphabet[value ^ spare];
    BOOST_TEST(!checker.check(delivery.body, other).has_value());
  }
  auto url_safe = signature;
  std::replace(url_safe.begin(), url_safe.end(), '+', '-');
  std::replace(url_safe.begin(), url_safe.end(), '/', '_');
  BOOST_TEST_REQUIRE(url_safe != signature);
  BOOST_TEST(!checker.check(delivery.body, url_safe).has_value());
}

BOOST_AUTO_TEST_CASE(a_signature_of_another_length_fails) {
  auto checker = net::signature_checker{recorded_secrets()};
  const auto& delivery = recorded_delivery(8);
  const auto signature = signature_of(delivery);
  for (std::size_t size = 0; size != signature.size(); ++size)
    BOOST_TEST(!checker.check(delivery.body, signature.substr(0, size)).has_value());
  for (const auto* more : {"=", "A", " ", "\n", "\r\n"}) {
    BOOST_TEST(!checker.check(delivery.body, signature + more).has_value());
    BOOST_TEST(!checker.check(delivery.body, more + signature).has_value());
  }
  BOOST_TEST(!checker.check(delivery.body, signature + signature).has_value());
  BOOST_TEST(!checker.check(delivery.body, std::string(1U << 20U, 'A')).has_value());
  BOOST_TEST(!checker.check(delivery.body, std::string(44, '\0')).has_value());
}

BOOST_AUTO_TEST_CASE(every_secret_of_a_rotation_is_accepted_and_gives_the_same_digest) {
  const auto secrets = std::vector<std::string>{"new", "present", "old"};
  auto checker = net::signature_checker{secrets};
  const auto expected = checker.check("{}", net::sign("{}", "new"));
  BOOST_TEST_REQUIRE(expected.has_value());
  for (const auto& secret : secrets)
    BOOST_TEST((checker.check("{}", net::sign("{}", secret)) == expected));
  BOOST_TEST(!checker.check("{}", net::sign("{}", "ne")).has_value());
  BOOST_TEST(!checker.check("{}", net::sign("{}", "newest")).has_value());
  BOOST_TEST((checker.check("{} ", net::sign("{} ", "old")) != expected));
}

BOOST_AUTO_TEST_CASE(a_check_leaves_nothing_behind_for_the_next) {
  auto checker = net::signature_checker{recorded_secrets()};
  const auto& a = recorded_delivery(8);
  const auto& b = recorded_delivery(122);
  const auto digest = checker.check(a.body, signature_of(a));
  BOOST_TEST(!checker.check("forged", signature_of(a)).has_value());
  BOOST_TEST(checker.check(b.body, signature_of(b)).has_value());
  auto moved = std::move(checker);
  BOOST_TEST((moved.check(a.body, signature_of(a)) == digest));
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than the hash's block).
BOOST_AUTO_TEST_CASE(the_hash_is_that_of_the_standard) {
  BOOST_TEST(net::sign("Hi There", std::string(20, '\x0b')) ==
             "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c=");
  BOOST_TEST(net::sign("what do ya want for nothing?", "Jefe") ==
             "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
  BOOST_TEST(net::sign("Test Using Larger Than Block-Size Key - Hash Key First",
                       std::string(131, '\xaa')) == "YOQxWR7gtn8Niiaqy/W3f44LxiE3KMUUBUYEDw7jf1Q=");
}

BOOST_AUTO_TEST_CASE(an_empty_body_and_a_large_one_can_be_signed) {
  auto checker = net::signature_checker{recorded_secrets()};
  const auto large = std::string(4U << 20U, 'x');
  for (const auto& body : {std::string_view{}, std::string_view{""}, std::string_view{large}})
    BOOST_TEST(checker.check(body, net::sign(body, recorded_secrets()[1])).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

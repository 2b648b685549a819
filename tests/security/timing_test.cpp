// Secrets that strangers may guess at are compared in a time that doesn't tell how much of the
// guess is right; and the measurement would notice if it did.
#include "api/http.hpp"
#include "net/woocommerce/signature.hpp"
#include "tests/security/timing.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

using namespace ankkor;
using namespace ankkor::testing;

namespace {

// A guess that is wrong in its first byte, and one that is wrong in its last, in turn at one place
// in memory: the place has a time of its own.
class guesses {
public:
  explicit guesses(const std::string& right) : both_{right, right}, shown_(right) {
    both_[0].front() = right.front() == 'A' ? 'B' : 'A';
    both_[1].back() = right.back() == 'A' ? 'B' : 'A';
  }

  const std::string& show(bool second) {
    const auto& wanted = both_[second ? 1 : 0];
    std::copy(wanted.begin(), wanted.end(), shown_.begin());
    return shown_;
  }

private:
  std::array<std::string, 2> both_;
  std::string shown_;
};

// What a comparison must not be: it ends at the first difference.
bool leaky_equal(const std::string& a, const std::string& b) {
  for (std::size_t at = 0; at < a.size(); ++at) {
    const volatile char left = a[at];
    const volatile char right = b[at];
    if (left != right)
      return false;
  }
  return true;
}

// Of a check that answers whether it took the guess for `right`: the time of it tells nothing, and
// that of the same check with a leak behind it does, or else the measurement would be blind.
template <class Check>
void check_time(const std::string& right, Check takes) {
  guesses guess(right);
  std::size_t accepted = 0;
  const auto check = [&](bool second) { accepted += takes(guess.show(second)) ? 1U : 0U; };
  const auto leaky_check = [&](bool second) {
    check(second);
    accepted += leaky_equal(right, guess.show(second)) ? 1U : 0U;
  };
  BOOST_TEST(is_told_by_time(leaky_check));
  BOOST_TEST(!is_told_by_time(check));
  BOOST_TEST(accepted == 0U);
}

} // namespace

BOOST_AUTO_TEST_SUITE(timing)

BOOST_AUTO_TEST_CASE(the_time_of_a_signature_check_tells_no_prefix) {
  const std::string secret = "woo-lab-secret-0123456789";
  const std::string body = R"({"id":34,"stock_quantity":7})";
  net::signature_checker checker({secret});
  check_time(net::sign(body, secret),
             [&](const std::string& guess) { return checker.check(body, guess).has_value(); });
}

BOOST_AUTO_TEST_CASE(the_time_of_a_token_check_tells_no_prefix) {
  const std::string right(128, 'a');
  check_time(right,
             [&](const std::string& guess) { return api::equal_in_constant_time(right, guess); });
}

BOOST_AUTO_TEST_SUITE_END()

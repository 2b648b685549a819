// Quantities are exact decimals, whatever way a number is written.
#include "stock/quantity.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <limits>
#include <utility>

using namespace ankkor::stock;

namespace {

std::string read(std::string_view text) {
  const auto value = parse_quantity(text);
  return value ? to_string(*value) : "none";
}

} // namespace

BOOST_AUTO_TEST_SUITE(quantities)

BOOST_AUTO_TEST_CASE(numbers_are_read_as_they_are_meant) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 26> cases{{
    {"0", "0"},
    {"-0", "0"},
    {"77", "77"},
    {"-7", "-7"},
    {"+7", "7"},
    {"007", "7"},
    {"2.5", "2.5"},
    {"2.50", "2.5"},
    {"-0.5", "-0.5"},
    {".5", "0.5"},
    {"5.", "5"},
    {"0.001", "0.001"},
    {"0.0625", "0.0625"},
    {"1.0e-1", "0.1"},
    {"25E-1", "2.5"},
    {"1e3", "1000"},
    {"0.30000000000000004", "0.3"},
    {"2.9999999999999996", "3"},
    {"0.0000005", "0.000001"},
    {"-0.0000005", "-0.000001"},
    {"0.00000049999", "0"},
    {"0.9999995", "1"},
    {"1e-400", "0"},
    {"9000000000000", "9000000000000"},
    {"1234567890.1234567", "1234567890.12346"}, // 15 digits
    {"123456789012.6666", "123456789012.667"},
  }};
  for (const auto& [text, expected] : cases)
    BOOST_TEST(read(text) == expected, text);
}

BOOST_AUTO_TEST_CASE(what_is_beyond_the_limits_is_at_the_limit) {
  constexpr auto most = "9000000000000";
  for (const auto* text : {"9223372036854775807", "1e300", "1e99999999999", "9000000000000.5",
                           "9999999999999.999999", "123456789012345678901234567890"}) {
    BOOST_TEST(read(text) == most, text);
    BOOST_TEST(read(std::string{"-"} + text) == std::string{"-"} + most, text);
  }
  BOOST_TEST(quantity{std::numeric_limits<std::int64_t>::max()} == quantity::whole_max);
  BOOST_TEST(quantity{std::numeric_limits<std::uint64_t>::max()} == quantity::whole_max);
  BOOST_TEST(quantity{std::numeric_limits<std::int64_t>::min()} == -quantity::whole_max);
  const auto limit = quantity{quantity::whole_max};
  BOOST_TEST(limit + limit == limit);
  BOOST_TEST(limit + 1 == limit);
  BOOST_TEST(limit - limit == 0);
  BOOST_TEST(quantity{} - limit - limit == -quantity::whole_max);
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_none) {
  for (const auto* text : {"", "-", ".", "-.", "abc", "5a", "2,5", "1e", "1e+", "e5", " 5", "5 ",
                           "0x10", "--5", "1.2.3", "NaN", "INF"})
    BOOST_TEST(read(text) == "none", text);
}

BOOST_AUTO_TEST_CASE(fractions_add_up_exactly) {
  auto sum = quantity{};
  for (int tenths = 0; tenths < 10; ++tenths)
    sum += *parse_quantity("0.1");
  BOOST_TEST(sum == 1);
  BOOST_TEST(sum.is_whole());
  BOOST_TEST((*parse_quantity("2.5") - *parse_quantity("0.7") == *parse_quantity("1.8")));
  BOOST_TEST((*parse_quantity("-0.4") < quantity{0}));
  BOOST_TEST((*parse_quantity("0.4") > quantity{0}));
  BOOST_TEST(parse_quantity("-2.75")->whole() == -2);
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read_again) {
  for (const auto parts : {std::int64_t{1}, std::int64_t{-1}, std::int64_t{1'000'000},
                           std::int64_t{999'999'999'999'999}, std::int64_t{-123'456'789}}) {
    const auto value = quantity::of_parts(parts);
    BOOST_TEST((parse_quantity(to_string(value)) == value), parts);
  }
}

BOOST_AUTO_TEST_SUITE_END()

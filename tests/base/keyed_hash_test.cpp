// The hash of tables whose keys others choose: that it is SipHash, that what shares a place under
// another hash doesn't under this one, and what that means for the tables.
#include "base/flat_table.hpp"
#include "base/keyed_hash.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <unordered_set>

using namespace ankkor;

namespace {

constexpr std::size_t count = 4'000;

// As many numbers as `count` that all lie in one place of a table of 2^16 under `key`.
std::vector<std::uint64_t> numbers_that_collide(const hash_key& key) {
  auto found = std::vector<std::uint64_t>{};
  for (std::uint64_t number = 1; found.size() < count / 100; ++number) {
    if (hash_number(key, number) >> 48U == 34)
      found.push_back(number);
  }
  return found;
}

template <class Numbers>
std::size_t longest_way(const Numbers& numbers) {
  auto table = flat_table<std::uint64_t>{};
  for (const auto number : numbers)
    table.add(number, number);
  std::size_t longest = 0;
  for (const auto number : numbers)
    longest = std::max(longest, table.steps(number));
  return longest;
}

template <class Hash>
std::size_t fullest_bucket(const std::vector<std::uint64_t>& numbers) {
  auto table = std::unordered_set<std::uint64_t, Hash>{};
  for (const auto number : numbers)
    table.insert(number);
  std::size_t fullest = 0;
  for (std::size_t bucket = 0; bucket < table.bucket_count(); ++bucket)
    fullest = std::max(fullest, table.bucket_size(bucket));
  return fullest;
}

// A client that knows how many buckets the standard library's table has names its multiples.
std::vector<std::uint64_t> multiples_of_the_buckets() {
  auto table = std::unordered_set<std::uint64_t>{};
  for (std::uint64_t number = 0; number < count; ++number)
    table.insert(number);
  auto numbers = std::vector<std::uint64_t>{};
  for (std::uint64_t number = 1; number <= count; ++number)
    numbers.push_back(number * table.bucket_count());
  return numbers;
}

std::vector<std::uint64_t> spread_numbers() {
  auto random = std::mt19937_64{34};
  auto numbers = std::vector<std::uint64_t>(count);
  std::generate(numbers.begin(), numbers.end(), [&] { return random() | 1U; });
  return numbers;
}

} // namespace

BOOST_AUTO_TEST_SUITE(keyed_hashes)

// The first of the published vectors of SipHash-1-3: the key is 00 01 … 0f, the text 00 01 ….
BOOST_AUTO_TEST_CASE(a_text_is_hashed_as_sip_hash_1_3_says) {
  constexpr auto key = hash_key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
  constexpr std::array<std::uint64_t, 4> expected{0xabac0158050fc4dcU, 0xc9f49bf37d57ca93U,
                                                  0x82cb9b024dc7d44dU, 0x8bf80ab8e7ddf7fbU};
  auto text = std::string{};
  for (const auto hash : expected) {
    BOOST_TEST(hash_text(key, text) == hash);
    text.push_back(static_cast<char>(text.size()));
  }
}

BOOST_AUTO_TEST_CASE(another_key_is_another_hash) {
  const auto other = hash_key{process_hash_key().first + 1, process_hash_key().second};
  BOOST_TEST(hash_number(process_hash_key(), 34) != hash_number(other, 34));
  BOOST_TEST(hash_text(process_hash_key(), "34") != hash_text(other, "34"));
  BOOST_TEST((process_hash_key().first | process_hash_key().second) != 0U);
}

BOOST_AUTO_TEST_CASE(a_text_without_an_end_is_another_text) {
  BOOST_TEST(keyed_hash{}(std::string_view{"a", 1}) != keyed_hash{}(std::string_view{"a\0", 2}));
  BOOST_TEST(keyed_hash{}("12345678") != keyed_hash{}("1234567"));
}

BOOST_AUTO_TEST_CASE(numbers_that_share_a_bucket_of_the_standard_library_share_none_here) {
  const auto chosen = multiples_of_the_buckets();
  BOOST_TEST(fullest_bucket<std::hash<std::uint64_t>>(chosen) == count); // what the attack is
  // As numbers at random: the fullest of that many buckets has 7 or so.
  BOOST_TEST(fullest_bucket<keyed_hash>(chosen) < 20U);
  BOOST_TEST(fullest_bucket<keyed_hash>(spread_numbers()) < 20U);
}

BOOST_AUTO_TEST_CASE(numbers_that_collide_under_another_key_are_found_as_quickly_as_others) {
  const auto chosen = numbers_that_collide({1, 2});
  const auto spread = spread_numbers();
  const auto longest = longest_way(chosen);
  BOOST_TEST(longest < chosen.size());
  BOOST_TEST(longest <= longest_way(spread) + 16);
}

BOOST_AUTO_TEST_SUITE_END()

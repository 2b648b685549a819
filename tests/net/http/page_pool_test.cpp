// The pool of pages that connections read into: what is taken is one's own, and what many have
// given back holds no memory.
#include "base/sanitizers.hpp"
#include "net/http/page_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

using ankkor::net::page_pool;

namespace {

std::vector<char*> take(page_pool& pool, std::size_t count) {
  std::vector<char*> taken(count);
  std::generate(taken.begin(), taken.end(), [&] { return pool.take(); });
  return taken;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pages)

BOOST_AUTO_TEST_CASE(every_page_is_taken_by_one_at_a_time) {
  page_pool pool;
  constexpr std::size_t count = 1'000;
  for (int round = 0; round < 2; ++round) {
    const auto taken = take(pool, count);
    BOOST_TEST(std::set<char*>(taken.begin(), taken.end()).size() == count);
    for (std::size_t at = 0; at < count; ++at)
      std::memset(taken[at], static_cast<int>(at % 100 + 1), page_pool::page_bytes);
    for (std::size_t at = 0; at < count; ++at) {
      const auto expected = static_cast<char>(at % 100 + 1);
      BOOST_TEST((taken[at][0] == expected && taken[at][page_pool::page_bytes - 1] == expected));
    }
    for (char* page : taken)
      pool.give(page);
  }
}

#ifndef ANKKOR_ADDRESS_SANITIZER
// A page without memory reads as zeros.
BOOST_AUTO_TEST_CASE(what_a_crowd_gave_back_holds_no_memory) {
  page_pool pool;
  constexpr std::size_t count = 1'000;
  const auto crowd = take(pool, count);
  for (char* page : crowd)
    std::memset(page, 'x', page_pool::page_bytes);
  for (char* page : crowd)
    pool.give(page);
  const auto again = take(pool, count);
  BOOST_TEST(std::set<char*>(again.begin(), again.end()) ==
               std::set<char*>(crowd.begin(), crowd.end()),
             boost::test_tools::per_element());
  BOOST_TEST(static_cast<std::size_t>(std::count_if(
               again.begin(), again.end(), [](const char* page) { return page[0] == 'x'; })) ==
             page_pool::warm_max);
  for (char* page : again)
    pool.give(page);
}
#endif

BOOST_AUTO_TEST_SUITE_END()

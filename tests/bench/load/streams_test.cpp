// What a follower of an event stream takes for an event.
#include "bench/load/streams.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace ankkor;

std::vector<std::string> events_of(std::string& received) {
  auto found = std::vector<std::string>{};
  load::for_each_event(received, [&](std::string_view data) { found.emplace_back(data); });
  return found;
}

} // namespace

BOOST_AUTO_TEST_CASE(whole_events_are_taken_and_the_rest_is_kept) {
  auto received = std::string{"retry: 2000\ndata: {\"type\":\"connected\"}\n\n: heartbeat\n\n"
                              "id: 7\ndata: {\"a\":1}\n\nid: 8\ndata: {\"a\""};
  BOOST_TEST(events_of(received) ==
               (std::vector<std::string>{"{\"type\":\"connected\"}", "{\"a\":1}"}),
             boost::test_tools::per_element());
  BOOST_TEST(received == "id: 8\ndata: {\"a\"");
  received += ":2}\n\n";
  BOOST_TEST(events_of(received) == std::vector<std::string>{"{\"a\":2}"},
             boost::test_tools::per_element());
  BOOST_TEST(received.empty());
}

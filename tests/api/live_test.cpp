// Live updates over a real listener: where a stream begins, what it tells, and how it ends.
#include "base/metrics.hpp"
#include "event_stream.hpp"
#include "served_api.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <set>
#include <thread>

using namespace ankkor;
using namespace ankkor::api;
using namespace ankkor::api::testing;

namespace {

constexpr auto connected = R"({"type":"connected"})";
constexpr auto reset = R"({"type":"reset"})";

std::string quantity(const std::optional<stream_event>& event) {
  return event ? event->at("/stockQuantity") : "nothing came";
}

struct live_example : served_api {
  explicit live_example(const public_options& options = {}, net::server_limits limits = {})
    : served_api(options, limits) {
    engine.answer_reads_with({actors::read_outcome::absent, 0, {}});
  }

  void set(stock::product_id id, std::int64_t quantity) {
    engine.publish(product_of(some_item(id, quantity)));
  }

  [[nodiscard]] event_stream follow(const std::string& query = {},
                                    const header_fields& fields = {}) const {
    return event_stream{port(), "/api/stock-updates" + query, fields};
  }

  [[nodiscard]] bool has_streams(double count) const {
    return eventually([&] { return metrics::sse_connections().value() == count; });
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_live)

BOOST_AUTO_TEST_CASE(a_stream_begins_with_the_present_state_and_goes_on_with_changes) {
  auto run = live_example{};
  run.set(34, 7);
  run.set(35, 3);
  auto stream = run.follow("?products=34");
  BOOST_TEST(stream.head().status == 200U);
  BOOST_TEST(stream.head().field("content-type") == "text/event-stream");
  BOOST_TEST(stream.head().field("cache-control") == "no-store");
  BOOST_TEST(stream.head().field("x-accel-buffering") == "no");
  BOOST_TEST(stream.head().field("connection") == "close");
  BOOST_TEST(stream.head().field("content-length").empty());
  BOOST_TEST(stream.next()->data == connected);
  const auto state = stream.next();
  BOOST_TEST_REQUIRE(state.has_value());
  BOOST_TEST(state->id == "0");
  BOOST_TEST(state->data == R"({"type":"stock_update","productId":"34","variationId":null,)"
                            R"("stockStatus":"instock","stockQuantity":7,"availableForSale":true,)"
                            R"("timestamp":"1970-01-01T00:00:00Z"})");
  run.set(35, 2); // nobody asked for it
  run.set(34, 6);
  run.set(34, 0);
  const auto change = stream.next();
  BOOST_TEST(quantity(change) == "6");
  BOOST_TEST(change->id == "2");
  const auto sold_out = stream.next();
  BOOST_TEST(quantity(sold_out) == "0");
  BOOST_TEST(sold_out->id == "3");
  BOOST_TEST(sold_out->at("/stockStatus") == "outofstock");
  BOOST_TEST(sold_out->at("/availableForSale") == "false");
}

BOOST_AUTO_TEST_CASE(a_product_brings_its_variations_and_a_variation_may_be_followed_alone) {
  auto run = live_example{};
  auto mug = product_of(some_item(34, 7));
  add_variation(mug, 35);
  add_variation(mug, 36);
  run.engine.publish(mug);
  auto whole = run.follow("?products=34");
  auto alone = run.follow("?products=36");
  auto both = run.follow("?products=34,36");
  BOOST_TEST(whole.next()->data == connected);
  for (const auto* variation : {"null", "35", "36"})
    BOOST_TEST(whole.next()->at("/variationId") == variation);
  BOOST_TEST(alone.next()->data == connected);
  const auto state = alone.next();
  BOOST_TEST(state->at("/productId") == "34");
  BOOST_TEST(state->at("/variationId") == "36");
  for (int skipped = 0; skipped < 5; ++skipped)
    both.next();
  // The product's stock is the variations' stock.
  mug.self->value.stock.quantity = 6;
  run.engine.publish(mug);
  for (const auto* variation : {"null", "35", "36"}) {
    const auto change = whole.next();
    BOOST_TEST(change->at("/variationId") == variation);
    BOOST_TEST(quantity(change) == "6");
    BOOST_TEST(both.next()->id == change->id); // each once
  }
  const auto own = alone.next();
  BOOST_TEST(own->at("/variationId") == "36");
  BOOST_TEST(own->id == "3");
}

BOOST_AUTO_TEST_CASE(what_is_not_public_any_more_is_not_to_be_had) {
  auto run = live_example{};
  run.set(34, 7);
  auto stream = run.follow("?products=34");
  stream.next();
  stream.next();
  auto draft = product_of(some_item(34, 5));
  draft.self->value.status = stock::publication::draft;
  run.engine.publish(draft);
  const auto gone = stream.next();
  BOOST_TEST(gone->at("/availableForSale") == "false");
  BOOST_TEST(gone->at("/stockStatus") == "outofstock");
  BOOST_TEST(quantity(gone) == "null"); // how many a draft has is nobody's business
  auto later = run.follow("?products=34,99");
  later.next();
  BOOST_TEST(later.next()->data.find(R"("productId":"34")") != std::string::npos);
  const auto unknown = later.next();
  BOOST_TEST(unknown->at("/productId") == "99");
  BOOST_TEST(unknown->at("/availableForSale") == "false");
}

BOOST_AUTO_TEST_CASE(a_stream_resumes_behind_the_last_event_that_was_seen) {
  auto run = live_example{};
  run.set(34, 100);
  run.set(35, 100);
  for (int left = 99; left > 90; --left) {
    run.set(34, left);
    run.set(35, left);
  }
  // Events 1, 3, 5 … are of 34.
  for (const auto& [query, fields] :
       {std::pair<std::string, header_fields>{"?products=34", {{"Last-Event-ID", "4"}}},
        std::pair<std::string, header_fields>{"?products=34&lastEventId=4", {}},
        std::pair<std::string, header_fields>{"?products=34&lastEventId=9",
                                              {{"Last-Event-ID", "4"}}}}) {
    auto stream = run.follow(query, fields);
    BOOST_TEST(stream.next()->data == connected);
    for (int sequence = 5; sequence < 19; sequence += 2)
      BOOST_TEST(stream.next()->id == std::to_string(sequence));
  }
  auto all = run.follow("", {{"Last-Event-ID", "10"}});
  BOOST_TEST(all.next()->data == connected);
  for (int sequence = 11; sequence <= 18; ++sequence)
    BOOST_TEST(all.next()->id == std::to_string(sequence));
  run.set(34, 1);
  BOOST_TEST(all.next()->id == "19");
}

BOOST_AUTO_TEST_CASE(a_long_absence_is_made_up_in_slices_without_a_gap) {
  auto run = live_example{};
  run.set(34, 1000);
  for (int left = 999; left > 0; --left)
    run.set(34, left);
  auto stream = run.follow("?products=34", {{"Last-Event-ID", "3"}});
  // While it is made up, more happens.
  auto selling = std::thread{[&] {
    for (int more = 1; more <= 50; ++more)
      run.set(34, 1000 + more);
  }};
  BOOST_TEST(stream.next()->data == connected);
  bool without_gap = true;
  for (int sequence = 4; sequence <= 999 + 50; ++sequence)
    without_gap =
      without_gap && stream.next().value_or(stream_event{}).id == std::to_string(sequence);
  BOOST_TEST(without_gap);
  selling.join();
}

BOOST_AUTO_TEST_CASE(what_the_log_does_not_reach_is_a_reset_with_the_present_state) {
  auto run = live_example{};
  run.set(34, 5000);
  for (int left = 4999; left > 3800; --left)
    run.set(34, left);
  // 1000 are kept of 1199; an ID that was never given is of another life.
  for (const auto* id : {"1", "198", "1200", "99999999999999999999999", "tea"}) {
    auto stream = run.follow("?products=34", {{"Last-Event-ID", id}});
    BOOST_TEST(stream.next()->data == connected);
    BOOST_TEST(stream.next()->data == reset, id);
    const auto state = stream.next();
    BOOST_TEST(quantity(state) == "3801");
    BOOST_TEST(state->id == "1199");
  }
  auto kept = run.follow("?products=34", {{"Last-Event-ID", "199"}});
  kept.next();
  BOOST_TEST(kept.next()->id == "200");
  auto all = run.follow("", {{"Last-Event-ID", "1"}});
  all.next();
  BOOST_TEST(all.next()->data == reset);
  BOOST_TEST(all.last_id() == "1199");
  // Nothing was missed, and nothing is told again.
  auto newest = run.follow("?products=34", {{"Last-Event-ID", "1199"}});
  newest.next();
  run.set(34, 1);
  BOOST_TEST(newest.next()->id == "1200");
}

BOOST_AUTO_TEST_CASE(following_all_begins_now) {
  auto run = live_example{};
  run.set(34, 7);
  run.set(34, 6);
  for (const auto* query : {"", "?products="}) {
    auto stream = run.follow(query);
    BOOST_TEST(stream.next()->data == connected);
    run.set(34, 5);
    run.set(34, 6);
    BOOST_TEST(quantity(stream.next()) == "5");
    BOOST_TEST(quantity(stream.next()) == "6");
  }
}

// Somebody subscribes while changes are committed: the state and the events that follow it make one
// history, in which nothing is missing, comes twice or goes back.
BOOST_AUTO_TEST_CASE(there_is_no_gap_between_the_state_and_the_first_change) {
  auto run = live_example{};
  constexpr int last = 3000;
  run.set(34, 1);
  // Who sells stays so near that who reads is not cut off as too slow.
  constexpr int ahead_max = 50;
  auto read_up_to = std::atomic<int>{1};
  const auto selling = std::jthread{[&](const std::stop_token& enough) {
    for (int quantity = 2; quantity <= last && !enough.stop_requested(); ++quantity) {
      for (auto now = read_up_to.load(); quantity > now + ahead_max && !enough.stop_requested();
           now = read_up_to.load())
        std::this_thread::yield();
      run.set(34, quantity);
    }
  }};
  bool right = true;
  for (int round = 0; round < 20; ++round) {
    auto stream = run.follow("?products=34");
    stream.next();
    auto seen = std::stoi(quantity(stream.next()));
    read_up_to = seen;
    for (int more = 0; more < 20 && seen < last; ++more) {
      const auto told = stream.next();
      BOOST_REQUIRE_MESSAGE(told && told->data.find("stockQuantity") != std::string::npos,
                            "after " << seen << " came "
                                     << (told ? told->data : std::string{"nothing"}));
      const auto next = std::stoi(quantity(told));
      right = right && next == seen + 1;
      seen = next;
      read_up_to = seen;
    }
  }
  BOOST_TEST(right);
}

BOOST_AUTO_TEST_CASE(a_quiet_stream_has_heartbeats_and_finds_what_is_read_later) {
  auto options = public_options{};
  options.live.heartbeat = std::chrono::milliseconds{20};
  auto run = live_example{options};
  run.engine.answer_reads_with({actors::read_outcome::unavailable, 0, {}});
  auto stream = run.follow("?products=34");
  BOOST_TEST(stream.next()->data == connected);
  BOOST_TEST(stream.next_comment());
  BOOST_TEST(stream.next_comment());
  run.set(34, 7); // known for the first time: no event
  BOOST_TEST(quantity(stream.next()) == "7");
  run.set(34, 6);
  BOOST_TEST(quantity(stream.next()) == "6");
}

BOOST_AUTO_TEST_CASE(of_many_unknown_items_each_is_found_after_some_heartbeats) {
  auto options = public_options{};
  options.live.heartbeat = std::chrono::milliseconds{20};
  auto run = live_example{options};
  run.engine.answer_reads_with({actors::read_outcome::unavailable, 0, {}});
  auto query = std::string{"?products=1"};
  for (stock::product_id id = 2; id <= 60; ++id)
    query += "," + std::to_string(id);
  auto stream = run.follow(query);
  BOOST_TEST(stream.next()->data == connected);
  for (stock::product_id id = 60; id > 0; --id)
    run.set(id, 7); // known for the first time: no event
  auto found = std::set<std::string>{};
  while (found.size() < 60) {
    const auto told = stream.next();
    BOOST_REQUIRE(told.has_value());
    BOOST_TEST(found.insert(told->at("/productId")).second);
  }
  run.set(34, 6);
  BOOST_TEST(quantity(stream.next()) == "6");
}

BOOST_AUTO_TEST_CASE(streams_that_follow_the_same_leave_in_any_order) {
  auto run = live_example{};
  run.set(34, 7);
  run.set(35, 7);
  auto streams = std::vector<std::unique_ptr<event_stream>>{};
  for (const auto* query : {"?products=34,35", "?products=35", "?products=34", "?products=35,34"}) {
    streams.push_back(
      std::make_unique<event_stream>(run.port(), std::string{"/api/stock-updates"} + query));
    streams.back()->next();
    streams.back()->next();
  }
  streams[0]->next();
  streams[3]->next();
  BOOST_TEST(run.has_streams(4));
  for (const auto leaves : {0U, 2U, 1U}) {
    streams[leaves].reset();
    BOOST_TEST(run.has_streams(leaves == 0 ? 3 : leaves == 2 ? 2 : 1));
    run.set(34, 20 - static_cast<int>(leaves));
    run.set(35, 10 - static_cast<int>(leaves));
    BOOST_TEST(quantity(streams[3]->next()) == std::to_string(20 - leaves));
    BOOST_TEST(quantity(streams[3]->next()) == std::to_string(10 - leaves));
  }
}

BOOST_AUTO_TEST_CASE(what_all_streams_name_together_has_a_limit) {
  auto options = public_options{};
  options.live.followed_max = 5;
  auto run = live_example{options};
  auto first = std::make_unique<event_stream>(run.port(), "/api/stock-updates?products=1,2,3");
  BOOST_TEST(first->head().status == 200U);
  BOOST_TEST(run.follow("?products=4,5,6").head().status == 503U);
  BOOST_TEST(run.follow("?products=4,5").head().status == 200U);
  first.reset();
  BOOST_TEST(run.has_streams(0));
  BOOST_TEST(run.follow("?products=4,5,6,7,8").head().status == 200U);
}

BOOST_AUTO_TEST_CASE(a_slow_reader_is_dropped_and_the_others_are_not) {
  auto limits = net::server_limits{};
  limits.stream_pending_max = 8 * 1024;
  auto run = live_example{{}, limits};
  run.set(34, 1);
  const auto dropped = metrics::sse_dropped("slow").value();
  auto slow = event_stream{run.port(), "/api/stock-updates", {}, 1024};
  auto quick = run.follow();
  quick.next();
  BOOST_TEST(run.has_streams(2));
  int quantity_now = 1;
  bool right = true;
  BOOST_TEST(eventually([&] {
    for (int more = 0; more < 20; ++more) {
      run.set(34, ++quantity_now);
      right = right && quantity(quick.next()) == std::to_string(quantity_now);
    }
    return metrics::sse_dropped("slow").value() == dropped + 1;
  }));
  BOOST_TEST(right);
  BOOST_TEST(slow.ends());
  BOOST_TEST(run.has_streams(1));
}

BOOST_AUTO_TEST_CASE(streams_have_a_limit_and_free_their_place) {
  auto options = public_options{};
  options.live.streams_max = 2;
  auto run = live_example{options};
  auto first = run.follow();
  {
    auto second = run.follow();
    BOOST_TEST(second.head().status == 200U);
    const auto third = run.read("/api/stock-updates");
    BOOST_TEST(third.status == 503U);
    BOOST_TEST(!third.field("retry-after").empty());
  }
  BOOST_TEST(run.has_streams(1));
  BOOST_TEST(run.follow().head().status == 200U);
}

BOOST_AUTO_TEST_CASE(a_stream_that_can_not_be_is_refused) {
  auto run = live_example{};
  for (const auto* bad : {"?products=x", "?products=1,", "?products=0", "?products=1;2"})
    BOOST_TEST(run.read("/api/stock-updates" + std::string{bad}).status == 400U, bad);
  BOOST_TEST(run.send("POST", "/api/stock-updates").status == 405U);
  const auto head = answer_to(run.port(), request_text("HEAD", "/api/stock-updates"), true);
  BOOST_TEST(head.status == 200U);
  BOOST_TEST(head.field("content-type") == "text/event-stream");
  BOOST_TEST(run.has_streams(0));
}

BOOST_AUTO_TEST_CASE(streams_end_when_the_server_drains) {
  auto limits = net::server_limits{};
  limits.linger_timeout = std::chrono::milliseconds{50}; // this reader doesn't say goodbye
  auto run = live_example{{}, limits};
  run.set(34, 7);
  auto stream = run.follow("?products=34");
  stream.next();
  stream.next();
  auto draining = std::thread{[&] { run.server->drain(std::chrono::seconds{5}); }};
  BOOST_TEST(stream.ends());
  draining.join();
  BOOST_TEST(run.has_streams(0));
}

BOOST_AUTO_TEST_CASE(a_page_of_a_configured_origin_may_follow) {
  auto options = public_options{};
  options.cors_origins = {"https://shop.example"};
  auto run = live_example{options};
  const auto allowed = run.follow("", {{"Origin", "https://shop.example"}});
  BOOST_TEST(allowed.head().field("access-control-allow-origin") == "https://shop.example");
  BOOST_TEST(allowed.head().field("vary") == "Origin");
  const auto other = run.follow("", {{"Origin", "https://evil.example"}});
  BOOST_TEST(other.head().field("access-control-allow-origin").empty());
}

BOOST_AUTO_TEST_CASE(a_thousand_streams_hear_of_the_same_change) {
  auto run = live_example{};
  run.set(34, 7);
  auto streams = std::vector<event_stream>{};
  for (int number = 0; number < 1000; ++number)
    streams.push_back(run.follow(number % 2 == 0 ? "?products=34" : ""));
  BOOST_TEST(run.has_streams(1000));
  run.set(34, 6);
  std::size_t told = 0;
  for (auto& stream : streams) {
    auto event = stream.next();
    while (event && event->at("/stockQuantity") != "6")
      event = stream.next();
    if (event)
      ++told;
  }
  BOOST_TEST(told == streams.size());
  streams.clear();
  BOOST_TEST(run.has_streams(0));
}

BOOST_AUTO_TEST_SUITE_END()

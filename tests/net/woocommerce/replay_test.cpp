// The recorded deliveries through the parser and the rules, in their own order and in others:
// every product ends at the state that was recorded last.
#include "net/woocommerce/payload.hpp"
#include "recordings.hpp"
#include "stock/decide.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>

using namespace ankkor;
using ankkor::testing::recorded_deliveries;

namespace {

using history = std::vector<stock::observation>;

// Every item's states in the order of their arrival.
std::map<stock::product_id, history> recorded_histories() {
  auto reader = net::payload_reader{};
  auto all = std::map<stock::product_id, history>{};
  for (const auto& delivery : recorded_deliveries()) {
    if (net::classify_topic(delivery.topic) != net::topic_kind::product)
      continue;
    auto body = delivery.body;
    constexpr std::size_t padding = 64;
    body.reserve(body.size() + padding);
    auto found = reader.read(net::topic_kind::product, body);
    if (found && std::holds_alternative<stock::item>(*found)) {
      auto& item = std::get<stock::item>(*found);
      all[item.id].push_back(
        {item, {stock::reading::unknown, delivery.received}, stock::source::webhook});
    }
  }
  return all;
}

// What is held in the end when every confirmation finds the state recorded last.
stock::record outcome(const history& arrivals, const stock::item& truth) {
  auto held = std::optional<stock::record>{};
  const auto decide_on = [&](const stock::observation& seen) {
    auto made = stock::decide(held ? &*held : nullptr, seen);
    if (made.next)
      held = made.next;
    return made;
  };
  for (const auto& seen : arrivals) {
    const auto made = decide_on(seen);
    if (made.outcome != stock::verdict::confirm)
      continue;
    const auto at = made.read_not_before;
    BOOST_TEST((decide_on({truth, {at, at}, stock::source::confirmation}).outcome !=
                stock::verdict::confirm));
  }
  return held.value();
}

} // namespace

BOOST_AUTO_TEST_SUITE(replay)

BOOST_AUTO_TEST_CASE(in_the_order_of_their_arrival_none_is_stale_or_to_be_confirmed) {
  for (const auto& [id, arrivals] : recorded_histories()) {
    auto held = std::optional<stock::record>{};
    for (const auto& seen : arrivals) {
      const auto made = stock::decide(held ? &*held : nullptr, seen);
      BOOST_TEST(
        (made.outcome == stock::verdict::applied || made.outcome == stock::verdict::unchanged),
        "item " << id << ": " << stock::to_string(made.outcome));
      if (made.next)
        held = made.next;
    }
    BOOST_TEST((held->value == arrivals.back().value));
  }
}

BOOST_AUTO_TEST_CASE(in_any_order_and_doubled_every_item_ends_at_its_last_state) {
  auto random = std::mt19937{20261122};
  for (auto [id, arrivals] : recorded_histories()) {
    const auto truth = arrivals.back().value;
    arrivals.push_back(arrivals[random() % arrivals.size()]);
    for (int order = 0; order != 20; ++order) {
      for (auto left = arrivals.size(); left > 1; --left)
        std::swap(arrivals[left - 1], arrivals[random() % left]);
      BOOST_TEST((outcome(arrivals, truth).value == truth), "item " << id);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

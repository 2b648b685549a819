#include "storm.hpp"

#include "waiting.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <thread>

namespace ankkor::testing {

namespace {

std::string path_of(std::uint64_t id) {
  return "/api/products/" + std::to_string(id) + "/stock";
}

// Which of a product's deliveries is held; nothing if none is.
std::optional<std::size_t> held_second(const daemon_process& daemon, std::uint64_t id) {
  const auto answer = daemon.read(path_of(id));
  if (answer.status != 200)
    return std::nullopt;
  // "2026-11-22T10:MM:SSZ"
  const auto modified = answer.at("/modified");
  const auto hours = std::stoul(modified.substr(11, 2)) - 10;
  return (hours * 60 + std::stoul(modified.substr(14, 2))) * 60 +
         std::stoul(modified.substr(17, 2));
}

std::int64_t quantity_at(std::size_t second) {
  return static_cast<std::int64_t>(second) + 1;
}

} // namespace

void storm::begin(const daemon_process& daemon, std::size_t answers) {
  over_ = false;
  promises_wanted_ = promises_ + answers;
  for (std::size_t worker = 0; worker != workers; ++worker) {
    for (std::size_t nth = 0; nth != products_per_worker; ++nth)
      products_.try_emplace(1000 + worker * 100 + nth);
  }
  working_ = workers;
  for (std::size_t worker = 0; worker != workers; ++worker)
    threads_.emplace_back(&storm::work, this, daemon.port(), worker,
                          static_cast<unsigned>(random_()));
}

void storm::wait_for_answers() {
  BOOST_TEST(eventually([this] { return promises_ >= promises_wanted_ || working_ == 0; }));
}

void storm::finish() {
  over_ = true;
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
}

void storm::work(std::uint16_t port, std::size_t worker, unsigned seed) {
  auto random = std::mt19937{seed};
  bool there = true;
  while (there && !over_) {
    const auto id = 1000 + worker * 100 + random() % products_per_worker;
    there = send_next(port, products_.at(id), id);
  }
  --working_;
}

bool storm::send_next(std::uint16_t port, sent_history& history, std::uint64_t id) {
  const auto second = history.all.size();
  const auto product = made_product{
    .id = id, .quantity = quantity_at(second), .second = static_cast<unsigned>(second)};
  history.all.push_back({product, std::chrono::steady_clock::now()});
  const auto answer = deliver(port, product);
  if (answer == "applied") {
    history.promised = second + 1;
    ++promises_;
  } else if (answer == "503") {
    ++refusals_;
  } else if (answer != "0") {
    // From another thread Boost.Test can't be called; an answer that may not be is the end of it.
    history.promised = SIZE_MAX;
    return false;
  }
  return answer != "0";
}

void storm::check(const daemon_process& daemon) {
  for (const auto& [id, history] : products_) {
    BOOST_TEST_REQUIRE(history.promised != SIZE_MAX, "a delivery was answered something else");
    if (history.promised > 0) {
      const auto again = deliver(daemon.port(), history.all[history.promised - 1].product);
      BOOST_TEST(again == "duplicate", "the last promise of product " << id << ": " << again);
    }
  }
  check_held(daemon);
}

void storm::check_held(const daemon_process& daemon) {
  for (auto& [id, history] : products_) {
    const auto held = held_second(daemon, id);
    if (!held) {
      BOOST_TEST(history.promised == 0U, "product " << id << " is lost");
      continue;
    }
    BOOST_TEST_REQUIRE(*held < history.all.size());
    BOOST_TEST(*held + 1 >= history.promised, "product " << id << " went back");
    BOOST_TEST(daemon.read(path_of(id)).at("/stockQuantity") == std::to_string(quantity_at(*held)));
    // What is held is durable, whether or not the answer came through.
    history.promised = *held + 1;
  }
}

bool storm::is_told(const daemon_process& daemon, const storefront& receiver) const {
  const auto calls = receiver.calls();
  return std::all_of(products_.begin(), products_.end(), [&](const auto& product) {
    const auto held = held_second(daemon, product.first);
    if (!held)
      return true;
    const auto made = product.second.all[*held].at;
    const auto tag = "product-" + std::to_string(product.first);
    return std::any_of(calls.begin(), calls.end(), [&](const storefront_call& call) {
      return call.answered == 200 && call.at >= made &&
             std::find(call.tags.begin(), call.tags.end(), tag) != call.tags.end();
    });
  });
}

} // namespace ankkor::testing

// Where the actors that read WooCommerce play: CAF's deterministic scheduler, virtual time that
// this machine's clock follows, and a shop that answers when the test says so.
#pragma once

#include "actors/change/catalog.hpp"
#include "actors/reading/confirmer.hpp"
#include "actors/reading/limiter.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <deque>
#include <set>

namespace ankkor::actors::testing {

// What this machine's clock says when virtual time begins.
inline constexpr auto start_of_time = stock::moment{std::chrono::hours{24 * 20'000}};

struct deterministic : caf::actor_system_config {
  deterministic();
};

// One at a time: the clock that actors are given is a function without a context.
class stage {
public:
  explicit stage(stock::moment begins = start_of_time);
  ~stage();
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;

  // Lets actors handle what they were sent.
  void run() { scheduler().run(); }

  // Lets virtual time pass, stopping wherever a timer is due.
  void pass(std::chrono::nanoseconds time);

  [[nodiscard]] static stock::moment now();

  // Timers under way.
  [[nodiscard]] std::size_t timers();

  caf::scheduler::test_coordinator& scheduler();

  caf::actor_system& system() { return system_; }

private:
  deterministic config_;
  caf::actor_system system_;
};

// Keeps requests until the test answers them.
struct scripted_shop {
  struct asked {
    net::client_request what;
    stock::moment at{};
    std::function<void(result<net::client_response>)> answer;
  };

  [[nodiscard]] transport way_in();

  // Answers the request that has waited longest. Precondition: one waits.
  void answer(result<net::client_response> with);
  void answer(unsigned status, std::string body,
              std::vector<std::pair<std::string, std::string>> fields = {});
  // With the data's members of all items in it.
  void answer_data(const std::string& members);

  std::deque<asked> waiting;
  std::vector<stock::moment> arrivals; // of all requests so far
  std::vector<std::string> bodies;     // of a GET its target
};

// The IDs that a request for items asks for.
[[nodiscard]] std::set<stock::product_id> items_of(const std::string& body);

// A product, or nothing, as a member of an answer's data.
[[nodiscard]] std::string product_json(stock::product_id id, std::int64_t quantity,
                                       const std::string& more = "");
[[nodiscard]] std::string variation_json(stock::product_id id, std::int64_t quantity);
// A variable product with these variations.
[[nodiscard]] std::string variable_json(stock::product_id id, const std::string& page);
[[nodiscard]] std::string page_json(stock::product_id first, stock::product_id last,
                                    const std::string& cursor);
// The question of an item, not to be read before that moment.
[[nodiscard]] store::confirmation question(stock::product_id item, stock::moment since);

} // namespace ankkor::actors::testing

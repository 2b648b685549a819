// A whole world in virtual time: the engine's actors, the emulated WooCommerce, and a store in
// memory that survives a crash. What happens between the two is up to the test.
#pragma once

#include "actors/assembly.hpp"
#include "emulator/store.hpp"
#include "memory_store.hpp"
#include "stage.hpp"

#include <optional>

namespace ankkor::actors::testing {

struct kept_reply final : reply {
  void done(const result<store::outcome>& outcome) override {
    if (outcome)
      said = *outcome;
    else
      failed = true;
  }

  std::optional<store::outcome> said;
  bool failed = false;
};

struct world_options {
  bool reconciles = false;
  std::string consumer_secret; // "" : REST isn't read
  std::chrono::milliseconds interval{60'000};
  std::chrono::milliseconds scrub_interval{24 * 3'600'000};
  std::chrono::milliseconds latency{200}; // of WooCommerce's answers
  budget_options limits;
};

// The engine's actors from what the store holds; destroyed, it has crashed.
class running_engine {
public:
  running_engine(memory_store& storage, emulator::store& woocommerce, stock::moment begins,
                 const world_options& options = {});
  ~running_engine();
  running_engine(const running_engine&) = delete;
  running_engine& operator=(const running_engine&) = delete;

  std::shared_ptr<kept_reply> take(const std::string& topic, decltype(incoming::content) content);

  // The webhook product.updated with what the shop says of the item now.
  std::shared_ptr<kept_reply> deliver_update(stock::product_id item);
  std::shared_ptr<kept_reply> deliver_deletion(stock::product_id item);

  // As engine::reconcile.
  pass_ticket reconcile(reconcile_type type, stock::product_id product = 0);

  // Lets time pass while WooCommerce answers, each time after its latency.
  void pass(std::chrono::milliseconds time);

  void pass_without_answers(std::chrono::milliseconds time) { where_.pass(time); }

  // Until it is so, at most that long; false if it wasn't.
  [[nodiscard]] bool pass_until(std::chrono::milliseconds at_most, const std::function<bool()>& so);

  [[nodiscard]] std::optional<stock::quantity> held(stock::product_id id) const;

  // Requests so far whose body has this in it: "ModifiedSince", "CatalogPage", …
  [[nodiscard]] std::size_t asked(std::string_view what) const;

  // Products whose copy shows a shopper something else than the shop does.
  [[nodiscard]] std::vector<stock::product_id> differing() const;

  scripted_shop shop;
  // Called with the body before each answer is made.
  std::function<void(const std::string&)> before_answer;
  std::shared_ptr<job_batch> told = std::make_shared<job_batch>();

private:
  void answer();

  stage where_;
  emulator::store* woocommerce_;
  std::chrono::milliseconds latency_;
  int deliveries_ = 0;

public:
  std::unique_ptr<assembly> all;
};

} // namespace ankkor::actors::testing

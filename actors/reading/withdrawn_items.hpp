// Products that are shown and that REST says are no longer published: what the incremental passes
// have of them between each other.
#pragma once

#include "actors/reading/pass.hpp"
#include "net/woocommerce/product_list.hpp"

namespace ankkor::actors {

class withdrawn_items {
public:
  explicit withdrawn_items(const shop_options& options);

  // Whether REST's lists are worth asking for: not while it refuses them.
  [[nodiscard]] bool may_list(const pass_context& around) const;

  // REST refuses its lists: it isn't asked before.
  void rest_until(stock::moment until) { rest_until_ = until; }

  // The confirmer was asked whether it is gone, by that pass of the board.
  void asked(stock::product_id item, stock::moment since, std::uint64_t pass) {
    asked_.push_back({item, since, pass});
  }

  // Counts what the confirmer has found gone meanwhile.
  void look_round(const pass_context& around);

  shop_caller caller;
  net::product_list_reader lists;

private:
  struct asked_for {
    stock::product_id item = 0;
    stock::moment since{};
    std::uint64_t pass = 0; // on the board
  };

  stock::moment rest_until_{};
  std::vector<asked_for> asked_; // bounded by what is shown, and by patience
};

} // namespace ankkor::actors

// The full pass: reads the whole catalog, at the first start as the initial load, later as the
// scrub, spread over its interval. It finds what has no date: raw SQL changes, inherited stock,
// and, by having confirmed what the list lacks, permanent deletions.
#pragma once

#include "actors/reading/pass.hpp"

namespace ankkor::actors {

class full_pass final : public pass {
public:
  // A new one. Both must outlive it. `urgent`: a person asked for it, so it isn't spread.
  full_pass(pass_context& around, shop_caller& caller, stock::moment begun, bool urgent);

  // The one that was under way at the last stop.
  full_pass(pass_context& around, shop_caller& caller, scrub_mark mark, item_set seen);

  [[nodiscard]] bool is_urgent() const noexcept { return urgent_; }

  void look_round(pass_effects& to) override;

private:
  // Items that are cached and that the list didn't show: only a direct read says that one is gone.
  struct suspects {
    std::vector<stock::product_id> items;
    std::vector<stock::product_id> asked; // of the confirmer, now
    stock::moment since{};
    bool known = false; // `items` was made
  };

  [[nodiscard]] net::client_request page_request() override;
  [[nodiscard]] std::optional<stock::moment> next_page() const override;
  void take_page(const result<net::client_response>& answer, pass_effects& to) override;
  void place_committed(const page_walk::place& place, pass_effects& to) override;
  void all_committed(pass_effects& to) override;
  void begin_again() override;

  [[nodiscard]] bool is_first_load() const override { return first_load_; }

  void set_watermark(const net::items_page& page);
  void plan_next_page();
  void suspect_what_was_not_seen();
  void confirm_suspects(pass_effects& to);
  void end(pass_effects& to);

  bool urgent_ = false; // not spread over the interval
  bool first_load_ = false;
  page_walk::place committed_place_;
  stock::moment next_page_{};
  stock::moment place_remembered_{};
  suspects suspects_;
};

} // namespace ankkor::actors

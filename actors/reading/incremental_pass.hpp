// The incremental pass: reads what was modified since the watermark, and last of all which products
// are no longer published. When all of it is committed the watermark moves.
#pragma once

#include "actors/reading/pass.hpp"
#include "actors/reading/withdrawn_items.hpp"
#include "actors/reading/withdrawn_walk.hpp"

namespace ankkor::actors {

// What an incremental pass leaves to the next one.
struct incremental_memory {
  std::vector<stock::product_id> page_ends; // what its cursors stood on
  stock::store_time since{};
  stock::store_time shop_begun{};
  std::optional<stock::moment> begun;
};

// Stands for an incremental pass among confirmations.
inline constexpr stock::product_id everything = 0;

class incremental_pass final : public pass {
public:
  // All must outlive it. Precondition: the watermark is known.
  incremental_pass(pass_context& around, incremental_memory& last, withdrawn_items& withdrawn,
                   shop_caller& caller, stock::moment begun);

private:
  [[nodiscard]] net::client_request page_request() override;
  [[nodiscard]] std::optional<stock::moment> next_page() const override;
  void take_page(const result<net::client_response>& answer, pass_effects& to) override;
  void all_committed(pass_effects& to) override;
  void begin_again() override;
  void take_list(const result<net::client_response>& answer, pass_effects& to);
  void list_failed(const net::graphql_failure& failure, pass_effects& to);
  void notice_jumps(const net::items_page& page);
  [[nodiscard]] bool looked_wrong(const net::items_page& page);
  void leave_watermark();

  incremental_memory* last_;
  withdrawn_items* withdrawn_;
  stock::store_time shop_begun_{}; // the shop's clock at the first page, rather too early
  stock::store_time since_{};
  std::chrono::seconds utc_offset_{};
  std::vector<stock::product_id> page_ends_;
  bool has_jumped_ = false;
  bool clock_went_back_ = false;
  std::optional<withdrawn_walk> withdrawn_walk_; // once all that GraphQL shows is committed
  bool is_listing_ = false;                      // a page of REST's is in flight
};

} // namespace ankkor::actors

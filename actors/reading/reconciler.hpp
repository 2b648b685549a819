// The reconciler actor: makes the copy right whatever became of the webhooks. It says when a pass
// begins, and has its requests sent: the incremental pass reads what was modified lately, the full
// pass (the scrub; at the first start the initial load) reads the whole catalog.
#pragma once

#include "actors/alarm.hpp"
#include "actors/interfaces.hpp"
#include "actors/reading/full_pass.hpp"
#include "actors/reading/incremental_pass.hpp"
#include "actors/transport.hpp"

namespace ankkor::actors {

struct reconciler_state {
  static inline const char* name = "reconciler";

  // One kind of pass; one of each runs at a time, with one request in flight.
  struct schedule {
    stock::moment next{};       // when the next pass is due
    stock::moment rest_until{}; // the limiter refused: it isn't asked before
    shop_caller caller;
  };

  // A product that a person asked for.
  struct product_wanted {
    std::uint64_t id = 0; // on the board
    stock::product_id product = 0;
    stock::moment since{};
    std::optional<stock::product> before;
  };

  // -- logic, testable without messages ---------------------------------------

  // Starts from what the store remembers. `when_committed` is called from any thread.
  void begin(reconciler_options given, const std::vector<store::bookmark>& marks,
             std::function<void(receipt_ptr)> when_committed);

  // An incremental pass at once: one that begins after that moment.
  void want_incremental(stock::moment not_before);

  // A full pass at once, or whatever was asked for.
  [[nodiscard]] pass_effects ask(reconcile_type type, stock::product_id product);

  // When a pass of that type wants to send its next request; nothing while it waits.
  [[nodiscard]] std::optional<stock::moment> due(reconcile_type type) const;

  // What its next request is for.
  [[nodiscard]] purpose purpose_of(reconcile_type type) const;

  // The next request, and from then on it is in flight. Precondition: one is due.
  [[nodiscard]] net::client_request next_request(reconcile_type type);

  [[nodiscard]] pass_effects judge(reconcile_type type, const result<net::client_response>& answer);

  [[nodiscard]] pass_effects committed(const receipt_ptr& receipt);

  // What the confirmer has found out meanwhile, and which webhooks never came.
  [[nodiscard]] pass_effects look_round();

  [[nodiscard]] schedule& at(reconcile_type type) {
    return type == reconcile_type::inventory ? incremental_schedule : full_schedule;
  }

  // -- members ----------------------------------------------------------------

  pass_context around;
  incremental_memory last_incremental;
  std::optional<withdrawn_items> withdrawn; // once it has begun
  schedule incremental_schedule;
  schedule full_schedule;
  std::optional<incremental_pass> incremental; // while one runs
  std::optional<full_pass> full;
  bool full_wanted = false;               // by a person
  std::optional<stock::moment> wanted_at; // an incremental pass, not before
  std::vector<product_wanted> products_wanted;
  // Webhooks that never came, in this window of time and in the one before.
  stock::moment window_begun{};
  std::uint64_t missed_now = 0;
  std::uint64_t missed_before = 0;
  bool missed_told = false;
  alarm wake_up;

private:
  void end_passes();
  void look_at_products();
  void count_missed();
};

reconciler_actor::behavior_type
reconciler(reconciler_actor::stateful_pointer<reconciler_state> self, reconciler_options options,
           std::vector<store::bookmark> marks, transport send, limiter_actor limiter,
           catalog_actor catalog, ledger_actor ledger);

} // namespace ankkor::actors

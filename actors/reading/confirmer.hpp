// The confirmer actor: reads products at WooCommerce, gathered into few requests, and settles what
// only a fresh read can: ambiguous seconds, deletions, what an order or an unusable delivery hints
// at (I2).
#pragma once

#include "actors/alarm.hpp"
#include "actors/change/view.hpp"
#include "actors/interfaces.hpp"
#include "actors/reading/shop_caller.hpp"
#include "actors/reading/variations_pager.hpp"
#include "actors/transport.hpp"

#include <map>

namespace ankkor::actors {

struct confirmer_options : shop_options {
  std::chrono::milliseconds gather{5};     // what is wanted within it goes together
  std::size_t items_per_request_max = 100; // WooGraphQL cuts a longer list silently
  const view* committed = nullptr;
};

struct confirmer_state {
  static inline const char* name = "confirmer";

  // What an answer leaves to be done.
  struct answer_effects {
    incoming_batch observations;       // for the catalog
    feedback pace;                     // for the limiter
    std::chrono::milliseconds wait{0}; // before the next request
  };

  // An item that is to be read.
  struct pending_item {
    store::confirmation what;
    stock::moment due{};        // to be read after this
    std::uint32_t failures = 0; // in a row, of this item
    bool alone = false;         // it spoiled the request that it was in
  };

  using pager = variations_pager<pending_item>;

  // -- logic, testable without messages ---------------------------------------

  void begin(confirmer_options given);

  // One confirmation an item; a later one asks for a later read.
  void want(const store::confirmation& what);

  // How long until something may be read; nothing if nothing is wanted.
  [[nodiscard]] std::optional<std::chrono::milliseconds> due_in() const;

  // The next request, and from then on it is in flight. Nothing if nothing is due.
  [[nodiscard]] std::optional<net::client_request> next_request();

  [[nodiscard]] answer_effects judge(const result<net::client_response>& answer);

  // -- members ----------------------------------------------------------------

  confirmer_options options;
  shop_caller caller;
  // Bounded by the shop's items: one confirmation each.
  std::map<stock::product_id, pending_item> wanted;
  std::vector<net::wanted_item> in_flight;     // empty while a page of variations is asked for
  std::optional<pager::unfinished> page_asked; // then nothing else is in flight
  pager paged;                                 // bounded by two requests' items
  bool page_was_last = false;                  // pages and new items take turns
  std::size_t items_max = 1;                   // in one request: fewer after one that failed
  stock::moment sent{};                        // when the request in flight was
  alarm wake_up;
  caf::actor_clock::time_point rest_until{}; // no request before
  net::graphql_reader reader;

private:
  [[nodiscard]] net::wanted_item describe(stock::product_id item) const;
  [[nodiscard]] std::vector<stock::product_id> due_items() const;
  void failed(answer_effects& to, std::size_t items, const net::graphql_failure& failure);
  void ask_fewer();
  void ask_again(pending_item what);
  void take_items(answer_effects& to, const result<net::client_response>& answer,
                  stock::moment received);
  void take_page(answer_effects& to, const result<net::client_response>& answer,
                 stock::moment received);
  void take(answer_effects& to, net::item_answer& answer, stock::moment received);
  void observe_found(answer_effects& to, const pending_item& what, net::found_item found,
                     stock::reading read);
  void observe_absence(answer_effects& to, const store::confirmation& what,
                       stock::reading read) const;
};

confirmer_actor::behavior_type confirmer(confirmer_actor::stateful_pointer<confirmer_state> self,
                                         confirmer_options options, transport send,
                                         limiter_actor limiter, catalog_actor catalog);

} // namespace ankkor::actors

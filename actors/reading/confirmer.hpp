// The confirmer actor: reads products at WooCommerce, gathered into few requests, and settles what
// only a fresh read can: ambiguous seconds, deletions, what an order or an unusable delivery hints
// at (I2).
#pragma once

#include "actors/alarm.hpp"
#include "actors/engine.hpp"
#include "actors/interfaces.hpp"
#include "net/woocommerce/graphql.hpp"

#include <deque>
#include <map>

namespace ankkor::actors {

struct confirmer_options {
  net::url where;                                          // of GraphQL
  std::vector<std::pair<std::string, std::string>> fields; // with the credentials
  std::chrono::milliseconds gather{5};                     // what is wanted within it goes together
  std::size_t items_per_request_max = 100;                 // WooGraphQL cuts a longer list silently
  std::chrono::milliseconds backoff_first{1'000};
  std::chrono::milliseconds backoff_max{60'000};
  std::chrono::milliseconds first_byte_timeout{20'000};
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::minutes complain_every{10}; // a log line while nothing can be read
  const view* committed = nullptr;
  stock::moment (*now)() = nullptr; // this machine's clock
};

struct confirmer_state {
  static inline const char* name = "confirmer";

  // What an answer leaves to be done.
  struct reading_done {
    incoming_batch observations;       // for the catalog
    feedback pace;                     // for the limiter
    std::chrono::milliseconds wait{0}; // before the next request
  };

  // An item that is to be read.
  struct asked {
    store::confirmation question;
    stock::moment due{};        // to be read after this
    std::uint32_t failures = 0; // in a row, of this item
    bool alone = false;         // it spoiled the request that it was in
  };

  // -- logic, testable without messages ---------------------------------------

  // One question an item; a later one asks for a later read.
  void want(const store::confirmation& question);

  // How long until something may be read; nothing if nothing is wanted.
  [[nodiscard]] std::optional<std::chrono::milliseconds> due_in() const;

  // The next request, and from then on it is in flight. Nothing if nothing is due.
  [[nodiscard]] std::optional<net::client_request> next_request();

  [[nodiscard]] reading_done judge(const result<net::client_response>& answer);

  // -- members ----------------------------------------------------------------

  // A product whose variations fill more than one page: it is observed when all are read.
  struct unfinished {
    asked what;
    net::found_item found;
    stock::moment begun{};
  };

  confirmer_options options;
  std::map<stock::product_id, asked> wanted; // bounded by the shop's items: one question each
  std::vector<net::wanted_item> in_flight; // empty while a further page of variations is asked for
  std::deque<unfinished> paged;            // bounded by two requests' items
  bool page_was_last = false;              // pages and new items take turns
  std::size_t items_max = 1;               // in one request: fewer after one that failed
  stock::moment sent{};                    // when the request in flight was
  bool asking = false;                     // waits for the limiter, or for an answer
  std::uint32_t failures_in_row = 0;       // of requests
  std::optional<stock::moment> complained; // when the log was last told that nothing can be read
  alarm wake_up;
  caf::actor_clock::time_point rest_until{}; // no request before
  net::graphql_reader reader;

private:
  [[nodiscard]] net::wanted_item describe(stock::product_id item) const;
  [[nodiscard]] std::vector<stock::product_id> due_items() const;
  [[nodiscard]] reading_done failed(const net::graphql_failure& failure, bool items_fault);
  [[nodiscard]] std::chrono::milliseconds back_off(std::uint32_t failures) const;
  void succeeded();
  void complain(const error& failure);
  void ask_fewer();
  void ask_again(asked what);
  void take_items(reading_done& done, const net::client_response& answer, stock::moment received);
  void take_page(reading_done& done, const net::client_response& answer, stock::moment received);
  void take(reading_done& done, net::item_answer& answer, stock::moment received);
  void observe(reading_done& done, const asked& what, net::found_item found, stock::reading read);
  void observe_absence(reading_done& done, const store::confirmation& question,
                       stock::reading read) const;
};

confirmer_actor::behavior_type confirmer(confirmer_actor::stateful_pointer<confirmer_state> self,
                                         confirmer_options options, transport send,
                                         limiter_actor limiter, catalog_actor catalog);

} // namespace ankkor::actors

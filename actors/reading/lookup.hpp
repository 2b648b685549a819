// The lookup actor: reads at WooCommerce what a reader asked for and isn't cached, once for however
// many ask at that moment. Beside the confirmer, which settles what was committed as a
// confirmation: here somebody waits, for seconds at most, nothing is durable, and what isn't there
// leaves no trace but a short memory.
#pragma once

#include "actors/alarm.hpp"
#include "actors/change/view.hpp"
#include "actors/interfaces.hpp"
#include "actors/reading/shop_call.hpp"
#include "actors/reading/shop_caller.hpp"
#include "actors/reading/variations_pager.hpp"
#include "actors/transport.hpp"

#include <deque>
#include <map>
#include <optional>

namespace ankkor::actors {

struct lookup_options : shop_options {
  lookup_options() {
    backoff_max = std::chrono::seconds{30};
    first_byte_timeout = std::chrono::seconds{10};
    request_timeout = std::chrono::seconds{15};
  }

  std::chrono::milliseconds gather{5};           // what is asked for within it goes together
  std::size_t items_per_request_max = 100;       // WooGraphQL cuts a longer list silently
  std::size_t requests_max = 4;                  // in flight at once; 1 and up
  std::chrono::milliseconds patience{3'000};     // a reader waits no longer
  std::chrono::milliseconds absence_ttl{10'000}; // what isn't there isn't asked for again
  std::size_t readers_max = 10'000;              // waiting at once
  std::size_t absences_max = 10'000;             // remembered
  const view* committed = nullptr;
};

struct lookup_state {
  static inline const char* name = "lookup";

  using clock_point = caf::actor_clock::time_point;

  // Observations of one product, to be committed.
  struct numbered_reading {
    std::uint64_t number = 0;
    std::vector<std::shared_ptr<incoming>> observations; // their replies are to be set
  };

  // What an answer leaves to be done.
  struct answer_effects {
    std::vector<numbered_reading> readings; // for the catalog
    feedback pace;                          // for the limiter
  };

  using pager = variations_pager<read_key>;

  // -- logic, testable without messages ---------------------------------------

  void begin(lookup_options given);

  // Answers at once, or lets the reader wait.
  void ask(const open_read_ptr& reader, clock_point now);

  // True if a request could be sent, if WooCommerce's budget allows it.
  [[nodiscard]] bool has_request() const;

  // The next request, and from then on it is in flight. Nothing if nothing is wanted any more.
  [[nodiscard]] std::optional<numbered_request> next_request();

  [[nodiscard]] answer_effects judge(std::uint64_t request,
                                     const result<net::client_response>& answer, clock_point now);

  // A reading is committed, or was refused.
  [[nodiscard]] answer_effects committed(std::uint64_t reading, bool stored);

  // Answers those who have waited long enough.
  void expire(clock_point now);

  // Answers all whom nothing is on its way for.
  void give_up_queued(std::chrono::seconds retry_after);

  // -- members ----------------------------------------------------------------

  struct waiter {
    clock_point until{};
    open_read_ptr reader;
  };

  // Something asked for. From the queue it goes into a request, into further pages of variations,
  // into the wait for its product, or into the store; answered, it is gone.
  struct want {
    std::vector<waiter> readers; // none: a variation waits for it, or all have gone
    bool queued = true;
  };

  struct flight {
    std::vector<net::wanted_item> items;
    std::vector<std::string> slugs;
    std::optional<pager::unfinished> page; // then neither items nor slugs
    stock::moment sent{};
  };

  // A variation that was found while its product isn't held: observed together with that.
  struct orphan {
    read_key key;
    stock::item value;
    stock::reading read;
  };

  // What is on its way to the store.
  struct landing {
    std::vector<read_key> keys;
    stock::product_id product = 0;
  };

  // What needn't be asked for again.
  struct memory {
    clock_point until{};
    read_outcome outcome = read_outcome::absent; // or unavailable: it spoils requests
  };

  lookup_options options;
  shop_caller caller;             // it waits: for the limiter
  std::map<read_key, want> wants; // bounded by readers_max, and one product for each variation
  std::deque<read_key> queue;     // the oldest first; some may not be wanted any more
  clock_point gathered{};         // when what is in the queue may go
  std::size_t readers = 0;        // waiting
  std::map<std::uint64_t, flight> flights;
  pager paged;
  bool page_was_last = false;                               // pages and new items take turns
  std::map<stock::product_id, std::vector<orphan>> orphans; // by their product
  std::map<std::uint64_t, landing> landings;
  std::map<read_key, memory> remembered;
  std::deque<std::pair<clock_point, read_key>> remembered_by_age;
  std::uint64_t last_number = 0; // of flights and landings
  std::size_t items_max = 1;     // in one request: fewer after one that failed
  clock_point rest_until{};      // nobody waits for WooCommerce before
  bool leaving = false;          // has told it that the place isn't needed
  alarm wake_up;
  net::graphql_reader reader;

private:
  [[nodiscard]] std::optional<stock::product_id> holder(const read_key& key) const;
  [[nodiscard]] bool is_wanted(const read_key& key) const;
  [[nodiscard]] net::wanted_item describe(stock::product_id item) const;
  [[nodiscard]] numbered_request start(flight what, std::string body);
  [[nodiscard]] bool answer_from_memory(open_read& reader, clock_point now);
  void remember(const read_key& key, read_outcome outcome, clock_point now);
  void queue_up(const read_key& key, clock_point now);
  [[nodiscard]] flight gather();
  void take_items(answer_effects& to, flight& of, const result<net::client_response>& answer,
                  stock::moment received, clock_point now);
  void take_page(answer_effects& to, flight& of, const result<net::client_response>& answer,
                 stock::moment received, clock_point now);
  void take(answer_effects& to, const read_key& key, net::item_answer& answer, stock::reading read,
            clock_point now);
  void land(answer_effects& to, const read_key& key, net::found_item found, stock::reading read);
  void land_orphan(answer_effects& to, orphan what);
  void hand_on(answer_effects& to, landing what,
               std::vector<std::shared_ptr<incoming>> observations);
  void failed(answer_effects& to, flight& of, const net::graphql_failure& failure,
              const result<net::client_response>& answer, clock_point now);
  void ask_fewer(flight& of, clock_point now);
  void rest(const flight& of, const net::graphql_failure& failure, clock_point now);
  void finish(const read_key& key, const read_answer& answer);
};

lookup_actor::behavior_type lookup(lookup_actor::stateful_pointer<lookup_state> self,
                                   lookup_options options, transport send, limiter_actor limiter,
                                   catalog_actor catalog);

} // namespace ankkor::actors

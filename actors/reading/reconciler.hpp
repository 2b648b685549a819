// The reconciler actor: makes the copy right whatever became of the webhooks. The incremental pass
// reads what was modified lately, the full pass (the scrub; at the first start the initial load)
// reads the whole catalog and finds what has no date.
#pragma once

#include "actors/alarm.hpp"
#include "actors/change/missed_webhooks.hpp"
#include "actors/engine.hpp"
#include "actors/interfaces.hpp"
#include "actors/reading/marks.hpp"
#include "actors/reading/page_receipt.hpp"
#include "actors/reading/page_walk.hpp"
#include "actors/reading/withdrawn_walk.hpp"

#include <deque>
#include <set>

namespace ankkor::actors {

struct reconciler_options {
  net::url where;                                          // of GraphQL
  std::vector<std::pair<std::string, std::string>> fields; // with the credentials
  bool signed_in = false;                                  // with an application password
  // REST's list of products, for what GraphQL hides from strangers. Nothing if GraphQL takes us for
  // none.
  std::optional<net::url> product_list;
  std::chrono::milliseconds interval{60'000}; // of incremental passes
  std::chrono::milliseconds scrub_interval{24 * 3'600'000};
  // How far an incremental pass looks back behind the last one's beginning: a save that has set its
  // date may take that long to write the rest.
  std::chrono::seconds overlap{60};
  std::chrono::milliseconds backoff_first{1'000};
  std::chrono::milliseconds backoff_max{60'000};
  std::chrono::milliseconds first_byte_timeout{20'000};
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::minutes complain_every{10};
  std::chrono::minutes webhook_grace{10};     // how late a webhook may be and not count as missed
  std::chrono::minutes question_patience{10}; // for the confirmer to settle what a pass asks
  std::size_t pages_uncommitted_max = 2;      // read ahead of the store
  std::size_t questions_at_once = 100;        // of a full pass, to the confirmer
  const view* committed = nullptr;
  missed_webhooks* watch = nullptr;
  reconcile_board* board = nullptr;
  stock::moment (*now)() = nullptr; // this machine's clock
};

struct reconciler_state {
  static inline const char* name = "reconciler";

  // What an answer, a commit or the time leaves to be done.
  struct outcome {
    incoming_batch observations;  // for the catalog
    ledger_entries records;       // for the ledger
    std::optional<feedback> pace; // for the limiter: a granted request has ended
  };

  using observations = std::vector<std::shared_ptr<incoming>>;

  // One reading of a pass that isn't committed yet.
  struct uncommitted {
    std::shared_ptr<const page_receipt> receipt; // null: it showed nothing
    bool committed = false;
    std::optional<page_walk::place> place; // all before it is read
  };

  // A product whose variations fill more than one page: it is observed when all are read.
  struct unfinished {
    net::found_item found;
    stock::moment begun{};
  };

  // Items that are held and that a full pass wasn't shown: only a direct read says that one is
  // gone.
  struct suspicion {
    std::vector<stock::product_id> items;
    std::vector<stock::product_id> asked; // now
    stock::moment since{};
    bool known = false; // `items` was made
  };

  struct pass_run {
    // In the source: Clang has no default values of a nested class before the outer one's end.
    pass_run();

    std::uint64_t id = 0; // on the board
    page_walk walk;
    stock::moment begun{};
    stock::store_time shop_begun{}; // the shop's clock then, rather too early than too late
    bool all_read = false;
    bool refused = false;             // some of it could not be committed: it isn't whole
    std::deque<unfinished> paged;     // bounded by a page's products
    std::deque<uncommitted> readings; // bounded by pages_uncommitted_max and a page's products
    item_set seen;
    std::uint64_t done = 0; // products
    // Of an incremental pass.
    stock::store_time since{};
    std::chrono::seconds utc_offset{};
    std::vector<stock::product_id> page_ends; // what its cursors stood on
    bool has_jumped = false;
    bool clock_went_back = false;
    std::optional<withdrawn_walk> withdrawn; // once all that GraphQL shows is committed
    // Of a full pass.
    bool urgent = false; // not spread over the interval
    bool first_load = false;
    std::optional<std::uint64_t> total; // products
    page_walk::place committed_place;
    stock::moment next_page{};
    stock::moment place_remembered{};
    suspicion doubt;
  };

  // A product that is shown and that REST says is published no more.
  struct withdrawn_question {
    stock::product_id item = 0;
    stock::moment since{};
    std::uint64_t pass = 0; // on the board
  };

  // One kind of pass; one of each runs at a time, with one request in flight.
  struct lane {
    explicit lane(reconcile_type what) : type(what) {}

    reconcile_type type;
    std::optional<pass_run> running;
    stock::moment next{};        // when the next pass is due
    bool asking = false;         // waits for the limiter, or for an answer
    bool asked_for_more = false; // variations, not a page, is in flight
    bool asked_for_list = false; // of REST's
    stock::moment sent{};        // when the request in flight was
    stock::moment rest_until{};  // no request before
    std::uint32_t failures_in_row = 0;
    std::optional<stock::moment> complained; // when the log was last told that nothing can be read
  };

  // A product that a person asked for.
  struct product_wanted {
    std::uint64_t id = 0; // on the board
    stock::product_id product = 0;
    stock::moment since{};
    std::optional<stock::product> before;
  };

  // -- logic, testable without messages ---------------------------------------

  // Starts from what the store remembers.
  void begin(reconciler_options given, const std::vector<store::bookmark>& marks);

  // An incremental pass at once: one that begins after that moment.
  void want_incremental(stock::moment not_before);

  // A full pass at once, or whatever was asked for.
  [[nodiscard]] outcome ask(reconcile_type type, stock::product_id product);

  // When the lane wants to send its next request; nothing while it waits for something else.
  [[nodiscard]] std::optional<stock::moment> due(const lane& of) const;

  // The lane's next request, and from then on it is in flight. Precondition: one is due.
  [[nodiscard]] net::client_request next_request(lane& of);

  [[nodiscard]] outcome judge(lane& of, const result<net::client_response>& answer,
                              std::function<void(receipt_ptr)> when_committed);

  [[nodiscard]] outcome committed(const receipt_ptr& receipt);

  // What the confirmer has found out meanwhile, and which webhooks never came.
  [[nodiscard]] outcome look_round();

  [[nodiscard]] lane& at(reconcile_type type) {
    return type == reconcile_type::inventory ? incremental : full;
  }

  // -- members ----------------------------------------------------------------

  reconciler_options options;
  lane incremental{reconcile_type::inventory};
  lane full{reconcile_type::all_products};
  std::optional<watermark> modified;      // nothing before the initial load has begun
  bool loaded = false;                    // a full pass was whole once
  bool full_wanted = false;               // by a person
  std::optional<stock::moment> wanted_at; // an incremental pass, not before
  // The last incremental pass of several pages, to tell whether one of its cursors moved under it.
  std::vector<stock::product_id> last_page_ends;
  stock::store_time last_since{};
  stock::store_time last_shop_begun{};
  std::optional<stock::moment> last_begun; // of the last incremental pass
  std::chrono::microseconds shop_ahead{};  // the shop's clock less ours, rather less than more
  std::optional<stock::store_time> withdrawn_from; // the shop's clock; nothing: as the watermark
  stock::moment withdrawn_rest_until{};            // REST refused: it isn't asked before
  std::optional<stock::moment> withdrawn_complained;
  std::vector<withdrawn_question> withdrawn_asked; // bounded by what is shown, and by patience
  std::vector<product_wanted> products_wanted;
  // Webhooks that never came, in this window of time and in the one before.
  stock::moment window_begun{};
  std::uint64_t missed_now = 0;
  std::uint64_t missed_before = 0;
  bool missed_told = false;
  alarm wake_up;
  net::graphql_reader reader;
  net::product_list_reader lists;

private:
  void begin_pass(lane& of);
  void begin_incremental(pass_run& of);
  [[nodiscard]] withdrawn_walk begin_withdrawn(const pass_run& of) const;
  void begin_full(pass_run& of);
  void repeat_pass(lane& of);
  void take_page(lane& of, outcome& done, const net::client_response& answer,
                 const std::function<void(receipt_ptr)>& when_committed);
  void take_variations(lane& of, outcome& done, const net::client_response& answer,
                       const std::function<void(receipt_ptr)>& when_committed);
  void take_list(lane& of, outcome& done, const result<net::client_response>& answer,
                 const std::function<void(receipt_ptr)>& when_committed);
  void list_failed(lane& of, outcome& done, const net::graphql_failure& failure);
  void add_observations(pass_run& of, observations& to, std::vector<stock::product_id>& unread,
                        net::found_item found, stock::reading read);
  void note_page(lane& of, const net::items_page& page);
  [[nodiscard]] bool looked_wrong(pass_run& of, const net::items_page& page);
  void take_step(lane& of, const net::items_page& page);
  void keep(lane& of, outcome& done, observations seen,
            const std::vector<stock::product_id>& unread, const char* why_unread,
            const std::function<void(receipt_ptr)>& when_committed);
  void failed(lane& of, outcome& done, const net::graphql_failure& failure);
  void succeeded(lane& of);
  void complain(lane& of, const error& failure);
  [[nodiscard]] std::chrono::milliseconds back_off(std::uint32_t failures) const;
  void advance(lane& of, outcome& done);
  void remember_place(pass_run& of, outcome& done);
  void finish_incremental(outcome& done);
  void end_pass(lane& of, stock::moment next, stock::moment now);
  void finish_full(outcome& done);
  void doubt_what_was_not_seen(outcome& done);
  void ask_for_the_doubtful(pass_run& of, outcome& done);
  void look_at_the_doubtful(outcome& done);
  void give_up_waiting(lane& of, outcome& done);
  void look_at_the_withdrawn();
  void look_at_products();
  void count_missed();
  [[nodiscard]] bool is_read_since(stock::product_id item, stock::moment since) const;
};

reconciler_actor::behavior_type
reconciler(reconciler_actor::stateful_pointer<reconciler_state> self, reconciler_options options,
           std::vector<store::bookmark> marks, transport send, limiter_actor limiter,
           catalog_actor catalog, ledger_actor ledger);

} // namespace ankkor::actors

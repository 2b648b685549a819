// What both kinds of pass over the shop's catalog share: one request in flight, what it showed
// followed until it is committed, and the way through the pages. A pass knows no actor: it says
// what its next request is, takes the answer, and says when it has ended.
#pragma once

#include "actors/change/missed_webhooks.hpp"
#include "actors/change/view.hpp"
#include "actors/messages.hpp"
#include "actors/reading/marks.hpp"
#include "actors/reading/page_receipt.hpp"
#include "actors/reading/page_walk.hpp"
#include "actors/reading/shop_caller.hpp"
#include "actors/reading/variations_pager.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace ankkor::actors {

struct reconciler_options : shop_options {
  bool signed_in = false; // with an application password
  // REST's list of products, for what GraphQL hides from unauthenticated clients. Nothing if
  // GraphQL takes us for none.
  std::optional<net::url> product_list;
  std::chrono::milliseconds interval{60'000}; // of incremental passes
  std::chrono::milliseconds scrub_interval{24 * 3'600'000};
  // How far an incremental pass looks back behind the last one's beginning: a save that has set its
  // date may take that long to write the rest.
  std::chrono::seconds overlap{60};
  std::chrono::minutes webhook_grace{10}; // how late a webhook may be and not count as missed
  // For the confirmer to confirm what a pass wants confirmed, and for a commit.
  std::chrono::minutes confirmation_patience{10};
  std::size_t pages_uncommitted_max = 2; // read ahead of the store
  std::size_t confirmations_max = 100;   // at once, of a full pass
  const view* committed = nullptr;
  missed_webhooks* watch = nullptr;
  reconcile_board* board = nullptr;
};

// What an answer, a commit or the time leaves for other actors.
struct pass_effects {
  incoming_batch observations;  // for the catalog
  ledger_entries entries;       // for the ledger
  std::optional<feedback> pace; // for the limiter: a granted request has ended
};

// What one pass leaves to those that follow it, and what all share.
struct pass_context {
  reconciler_options options;
  // From any thread: all that a page showed is committed, or refused.
  std::function<void(receipt_ptr)> when_committed;
  std::optional<watermark> modified;      // nothing before the initial load has begun
  std::chrono::microseconds shop_ahead{}; // the shop's clock less ours, rather less than more
  // From where REST's lists are to be read, by the shop's clock; nothing: from the watermark.
  std::optional<stock::store_time> withdrawn_from;
  bool loaded = false; // a full pass was whole once
  net::graphql_reader reader;

  [[nodiscard]] stock::moment now() const { return options.now(); }

  // The shop's clock at that moment of ours, rather too early than too late.
  [[nodiscard]] stock::store_time shop_time(stock::moment at) const {
    return std::chrono::floor<std::chrono::seconds>(at + shop_ahead);
  }
};

class pass {
public:
  // Both must outlive it.
  pass(pass_context& around, shop_caller& caller, stock::moment begun);
  virtual ~pass() = default;
  pass(const pass&) = delete;
  pass& operator=(const pass&) = delete;

  // When it wants to send its next request; nothing while it waits for something else.
  [[nodiscard]] std::optional<stock::moment> due() const;

  // The next request, and from then on it is in flight. Precondition: one is due.
  [[nodiscard]] net::client_request next_request();

  // Takes the answer to it.
  void take(const result<net::client_response>& answer, pass_effects& to);

  // All of a page is committed, or refused; one that isn't this pass's is let be.
  void take_receipt(const receipt_ptr& receipt, pass_effects& to);

  // Gives up what was lost on its way to the store or to the confirmer.
  virtual void look_round(pass_effects& to);

  // Somebody wants another pass in its place.
  void replace();

  [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }

  [[nodiscard]] stock::moment begun() const noexcept { return begun_; }

  [[nodiscard]] stock::moment rest_until() const noexcept { return rest_until_; }

  [[nodiscard]] std::uint64_t id() const noexcept { return id_; } // on the board

protected:
  // One reading that isn't committed yet.
  struct uncommitted {
    std::shared_ptr<const page_receipt> receipt; // null: it showed nothing
    bool committed = false;
    std::optional<page_walk::place> place; // all before it is read
  };

  using pager = variations_pager<std::monostate>;
  using observations = std::vector<std::shared_ptr<incoming>>;

  // -- what a kind of pass is ---------------------------------------------------

  // The request for the next page; asked only while more_to_ask() isn't nothing.
  [[nodiscard]] virtual net::client_request page_request() = 0;
  virtual void take_page(const result<net::client_response>& answer, pass_effects& to) = 0;
  // When the next page may be asked for, variations left aside; nothing: there is none now.
  [[nodiscard]] virtual std::optional<stock::moment> next_page() const = 0;

  // Everything up to here is committed.
  virtual void place_committed(const page_walk::place&, pass_effects&) {}

  // All is read, and committed.
  virtual void all_committed(pass_effects& to) = 0;
  // Something could not be committed: back to where all was.
  virtual void begin_again() = 0;

  [[nodiscard]] virtual bool is_first_load() const { return false; }

  // -- what both are made of ----------------------------------------------------

  // A request was answered: tells the limiter and the board.
  void succeeded(std::size_t items, bool whole, pass_effects& to);
  // The same of a page of the list; learns the shop's clock.
  void page_succeeded(const net::client_response& answer, std::size_t items, bool whole,
                      pass_effects& to);
  // Counts what the page shows, and tells the board.
  void count_items(const net::items_page& page);
  // Follows the cursors; says what became of the page.
  page_walk::step walk(const net::items_page& page);
  // Hands a page's items on.
  void hand_on(net::items_page page, pass_effects& to);
  // Hands observations on, and has items that could not be read confirmed; both are followed until
  // they are committed.
  void keep(observations seen, const std::vector<stock::product_id>& to_confirm, const char* reason,
            pass_effects& to);
  void failed(const net::graphql_failure& failure, pass_effects& to);
  void finish();

  [[nodiscard]] bool waits_for_commits() const noexcept {
    return readings_.size() >= around_->options.pages_uncommitted_max;
  }

  pass_context* around_;
  shop_caller* caller_;
  stock::moment begun_;
  stock::moment sent_; // when the request in flight was
  stock::moment rest_until_{};
  std::uint64_t id_ = 0;
  page_walk walk_;
  pager paged_;
  item_set seen_;
  std::uint64_t products_ = 0; // seen
  std::optional<std::uint64_t> total_;
  std::deque<uncommitted> readings_; // bounded by pages_uncommitted_max and a page's products
  bool all_read_ = false;
  bool refused_ = false; // some of it could not be committed: it isn't whole
  bool has_ended_ = false;

private:
  void take_variations(const result<net::client_response>& answer, pass_effects& to);
  void add_observations(observations& to, std::vector<stock::product_id>& unread,
                        net::found_item found, stock::reading read);
  void advance(pass_effects& to);

  std::optional<pager::unfinished> page_asked_; // of variations; else a page of the list
};

[[nodiscard]] std::shared_ptr<ledger_entry> entry_of(std::vector<store::bookmark> marks);
[[nodiscard]] std::shared_ptr<ledger_entry> entry_of(const std::vector<stock::product_id>& wanted,
                                                     const char* reason, stock::moment now);

// Whether what is committed of the item was read since then.
[[nodiscard]] bool is_read_since(const view& committed, stock::product_id item,
                                 stock::moment since);

} // namespace ankkor::actors

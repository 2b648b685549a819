// Durable state behind one interface. The ledger actor is the only writer (I3); everything it hands
// over in one call is one transaction that has been synced to disk when the call returns (I1).
#pragma once

#include "base/error.hpp"
#include "stock/product.hpp"
#include "stock/visibility.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::store {

using stock::moment;
using stock::product_id;

// What was answered to a delivery, or became of it. The spelling of the answer's "status".
enum class outcome : std::uint8_t {
  applied,
  unchanged,
  stale,
  queued,
  duplicate,
  ignored,
  unusable
};

[[nodiscard]] std::string_view to_string(outcome value) noexcept;
[[nodiscard]] std::optional<outcome> parse_outcome(std::string_view text) noexcept;

// A verified delivery. Its identity is delivery_id with body_digest: WooCommerce reuses an ID
// within a second.
struct delivery {
  std::string delivery_id;                    // X-WC-Webhook-Delivery-ID
  std::array<std::uint8_t, 16> body_digest{}; // of the raw body
  std::string topic;
  std::uint64_t webhook_id = 0; // X-WC-Webhook-ID; 0 if there was none
  product_id resource = 0;      // the product, variation or order it speaks of; 0 if it names none
  moment received{};
  outcome result = outcome::applied;

  bool operator==(const delivery&) const = default;
};

// One line of a product's history: what changed its stock, when and why.
struct history_entry {
  product_id product = 0; // the product, not the variation: a history is the product's
  product_id item = 0;    // the product or the variation that changed
  moment at{};
  std::string cause;     // e.g. "webhook product.updated", "reconciliation"
  std::string reference; // e.g. the delivery's ID; may be empty
  stock::stock_level before;
  stock::stock_level after;
  stock::publication status_before = stock::publication::published;
  stock::publication status_after = stock::publication::published;
  stock::store_time modified{};
  std::uint64_t version = 0;

  bool operator==(const history_entry&) const = default;
};

// A question that only a fresh read at WooCommerce settles. One an item: a later one replaces an
// earlier.
struct confirmation {
  product_id item = 0; // 0: an incremental reconciliation of everything
  std::string reason;  // e.g. "ambiguous second", "deletion", "order"
  moment not_before{}; // the read must not begin earlier
  moment wanted{};     // since when

  bool operator==(const confirmation&) const = default;
};

// Something to be told to one revalidation target; one a target and product. A later change of the
// same product is merged into what waits: tags and paths united, the earliest `received` kept.
struct outbox_job {
  std::string target;
  product_id product = 0;
  std::vector<std::string> tags;
  std::vector<std::string> paths;
  moment received{};         // when the (first) change was received, for the propagation time
  moment created{};          // when the (first) change was committed, for giving up
  std::uint64_t version = 0; // of the product, after the newest change in here

  bool operator==(const outbox_job&) const = default;
};

// Both in one: tags and paths each once, those that waited first; the earliest times, the highest
// version. Precondition: both are of one target and product.
[[nodiscard]] outbox_job merged(outbox_job waiting, const outbox_job& later);

// What can't be used or delivered, kept for a person to look at.
struct dead_letter {
  std::int64_t id = 0; // given by the store
  moment at{};
  std::string kind;      // "delivery" or "revalidation"
  std::string subject;   // the topic, or the target's name
  std::string reference; // the delivery's ID, or the product's
  std::string reason;    // for a person
  std::string body;      // what came or was to be sent, cut at dead_letter_body_max

  bool operator==(const dead_letter&) const = default;
};

inline constexpr std::size_t dead_letter_body_max = std::size_t{64} * 1024; // bytes

// The body as it is kept: cut at dead_letter_body_max, and never within a UTF-8 sequence.
[[nodiscard]] std::string_view kept_body(std::string_view body) noexcept;

// A change of stock as live readers are told of it. `sequence` grows by at least one with each and
// over restarts, in the order of commit, so that a reader can resume from the last one it has seen.
struct live_event {
  std::uint64_t sequence = 0; // given by the ledger
  product_id product = 0;
  product_id item = 0; // the product itself, or one of its variations
  moment at{};
  stock::stock_level stock; // effective_stock
  bool available = false;   // available_for_sale; false too once it isn't public any more

  bool operator==(const live_event&) const = default;
};

// How far something long has got, by name: a later value replaces an earlier, an empty one removes
// it.
struct bookmark {
  std::string name;  // e.g. "reconciliation.watermark"
  std::string value; // at most 4 KiB

  bool operator==(const bookmark&) const = default;
};

// Delivered to a target, up to a version: a job that was merged with something newer stays.
struct acknowledgement {
  std::string target;
  product_id product = 0;
  std::uint64_t version = 0;

  bool operator==(const acknowledgement&) const = default;
};

// One unit of work of the ledger: all of it is committed or none. Its parts take effect in the
// order in which they are declared, entries in the order given.
struct entry {
  // If set and its identity is known already (from before, or from earlier in the batch), the
  // outcome is `duplicate`, and `wanted` and `dead` take no effect; the rest does, since it was
  // decided on as newer than what was held.
  std::optional<ankkor::store::delivery> delivery;
  // The product's new header (id, version, changed), and of its items those in `changed`.
  // Precondition: self is the product (its id, parent 0), each variation's parent is the product.
  // Shared with who decided it: it doesn't change any more.
  std::shared_ptr<const stock::product> state;
  // The items of `state` that are to be written. A variation that is named here and isn't in
  // `state` is forgotten.
  std::vector<product_id> changed;
  // False: of the product itself only stock and dates differ from what the entries before this one
  // left, so that a store may leave the rest as it is.
  bool describes = true;
  std::vector<history_entry> history; // precondition: of the product that `state` is
  std::vector<acknowledgement> told;
  std::vector<outbox_job> jobs;
  std::vector<product_id>
    settled; // confirmations that are answered: those wanted before this moment
  moment settled_before{};
  std::vector<confirmation> wanted;
  std::optional<dead_letter> dead; // its id is given by the store
  // Dead letters that go, by their IDs; one that isn't there any more is no failure.
  std::vector<std::int64_t> discarded;
  std::vector<live_event> events; // precondition: sequences ascending, above all committed before
  std::vector<bookmark> bookmarks;
};

enum class commit_outcome : std::uint8_t { committed, duplicate };

// How much is kept. Each is a bound (I6), kept by purge(); what goes is the oldest.
struct limits {
  std::chrono::hours delivery_age{24 * 7};
  std::uint64_t deliveries_max = 2'000'000; // bounds `deliveries`, whatever their age
  std::uint64_t dead_letters_max = 10'000;
  std::uint32_t history_per_product = 100;
  std::uint64_t events_max = 100'000; // the newest are kept, and never fewer than one
};

// Counts for /admin/status and metrics.
struct counts {
  std::uint64_t products = 0;
  std::uint64_t variations = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t outbox = 0;
  std::uint64_t confirmations = 0; // of single items
  std::uint64_t dead_letters = 0;
  bool reconciliation_wanted = false; // of everything: the confirmation of item 0

  bool operator==(const counts&) const = default;
};

struct delivery_filter {
  std::optional<outcome> result;
  std::string topic;       // empty: any
  product_id resource = 0; // 0: any
  std::size_t limit = 50;  // 1 to 500
};

// Reads for people: may run beside the writer, on any one thread at a time; it sees whole commits
// only. A read that takes too long is given up with errc::timed_out. It may outlive the store.
class reader {
public:
  reader() = default;
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;
  virtual ~reader() = default;

  // Newest first.
  virtual result<std::vector<delivery>> deliveries(const delivery_filter& filter) = 0;
  // Newest first.
  virtual result<std::vector<dead_letter>> dead_letters(std::size_t limit) = 0;
  virtual result<std::optional<dead_letter>> find_dead_letter(std::int64_t id) = 0;
  // Newest first.
  virtual result<std::vector<history_entry>> history(product_id product, std::size_t limit) = 0;
  // Those that have waited longest first.
  virtual result<std::vector<confirmation>> confirmations(std::size_t limit) = 0;
  // Those that have waited longest first.
  virtual result<std::vector<outbox_job>> outbox(std::size_t limit) = 0;
  virtual result<counts> count() = 0;
};

// Thread affinity: one thread at a time. Failures of every call: errc::unavailable when the disk is
// full or the peer away (try again once probe() succeeds), errc::corrupt when what is stored is
// damaged, errc::conflict when somebody else has taken the store over (no call will succeed any
// more).
class store {
public:
  store() = default;
  store(const store&) = delete;
  store& operator=(const store&) = delete;
  virtual ~store() = default;

  // Commits all entries as one transaction, durable on return; answers one outcome an entry, in
  // order. On failure nothing of it is stored. errc::invalid_input: a precondition of entry is
  // broken. errc::in_doubt, of a peer that was lost while it worked: only settle() will tell, and
  // no other commit is taken before that.
  virtual result<std::vector<commit_outcome>> commit(std::span<const entry> entries) = 0;

  // What became of the commit that was in doubt: its outcomes if it is stored; nothing if it isn't,
  // and then never will be. A failure: still not known.
  virtual result<std::optional<std::vector<commit_outcome>>> settle() {
    return std::optional<std::vector<commit_outcome>>{};
  }

  // Succeeds if the store can take a commit of usual size again, after one failed.
  virtual status probe() = 0;

  // Everything held, one call a product, in ascending order of ID. What is given to `take` lives
  // until it returns.
  virtual status load_products(const std::function<void(const stock::product&)>& take) = 0;
  // In the order of target and product.
  virtual result<std::vector<outbox_job>> load_outbox() = 0;
  // In the order of item.
  virtual result<std::vector<confirmation>> load_confirmations() = 0;
  // The newest live events, at most `max` of them, the oldest first.
  virtual result<std::vector<live_event>> load_events(std::size_t max) = 0;
  // In the order of name.
  virtual result<std::vector<bookmark>> load_bookmarks() = 0;
  // The highest version that any commit carried; 0 in a new store.
  virtual result<std::uint64_t> highest_version() = 0;

  // Deletes what is over the limits, in small steps so as not to hold up a commit. Answers whether
  // there is more to do.
  virtual result<bool> purge(moment now) = 0;

  // A second, read-only way in.
  virtual result<std::unique_ptr<reader>> open_reader() = 0;
};

} // namespace ankkor::store

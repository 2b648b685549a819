// Hands every committed change of stock to whoever follows live, and keeps the newest for those who
// come back. No actor and no CAF: the ledger calls it after the commit, readers on their own
// threads.
#pragma once

#include "base/flat_table.hpp"
#include "store/store.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace ankkor::actors {

// One change as every stream sends it.
struct told_event {
  store::live_event event;
  std::shared_ptr<const std::string> text; // of the event stream, with its ID and its empty line
};

using told_batch = std::shared_ptr<const std::vector<told_event>>;

class broadcaster {
public:
  // As many as the store keeps (store::limits::events_max).
  static constexpr std::size_t kept_max = 100'000;

  explicit broadcaster(std::size_t kept = kept_max) : kept_(kept) {}

  // What the store kept, the oldest first. Before the first publish().
  void load(std::vector<store::live_event> events);

  // The highest sequence that was published; 0 before the first.
  [[nodiscard]] std::uint64_t newest() const;

  // By the ledger: `show` makes the committed states visible, and with it goes that these events
  // happened. Ascending, above newest().
  void publish(std::vector<store::live_event> events, const std::function<void()>& show);

  // Who is told of each batch, on the ledger's thread; must not block. Answers whether anybody is
  // interested in what it says: without, nothing is rendered. Empty functions: nobody any more.
  struct listener {
    std::function<bool()> is_listening;
    std::function<void(const told_batch&)> tell;
  };

  void listen(listener to);

  // What followed on a sequence.
  struct following {
    bool known = false;        // false: it is too long ago, or was never given
    std::uint64_t reached = 0; // all up to here that is wanted is in `events`
    bool complete = false;     // nothing published is left
    std::vector<store::live_event> events;
  };

  // How far a reader may be behind and still be told each event; beyond, the newest state of each
  // product is worth more than how it came to be.
  static constexpr std::uint64_t each_max = 4'096;

  enum class telling : std::uint8_t {
    each,       // every event
    newest_only // of an item's events the newest
  };

  // At most `max` wanted events above `after`. Looks at `each_max` events, so that the ledger waits
  // for no more: where those hold nothing that is wanted, `events` is empty and not complete.
  [[nodiscard]] following follow(std::uint64_t after, std::size_t max,
                                 const std::function<bool(const store::live_event&)>& is_wanted,
                                 telling what = telling::each) const;

  // Runs `look` while nothing is published: what the view shows then is what newest(), which this
  // answers, has led to.
  std::uint64_t at_rest(const std::function<void()>& look) const;

private:
  std::size_t kept_;
  mutable std::mutex guard_; // for microseconds: the view and these figures change together
  void note(const store::live_event& event); // it is the newest of its item

  std::deque<store::live_event> events_;
  flat_table<std::uint64_t> newest_of_; // by item, of those in events_
  std::uint64_t newest_ = 0;
  std::uint64_t forgotten_ = 0; // up to here they are not kept any more
  listener listener_;
};

// "id: 7\ndata: {…}\n\n"; without the ID where there is none.
[[nodiscard]] std::string stream_message(std::optional<std::uint64_t> sequence,
                                         std::string_view data);

[[nodiscard]] std::string stream_message(const store::live_event& event);

} // namespace ankkor::actors

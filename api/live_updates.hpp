// GET /api/stock-updates: every change of stock as an event stream (WHATWG HTML, "Server-sent
// events"), from the present state on or from where a reader was cut off.
#pragma once

#include "actors/engine.hpp"
#include "base/keyed_hash.hpp"
#include "net/http/server.hpp"
#include "net/io_pool.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ankkor::api {

struct live_options {
  std::size_t streams_max = 8'000;
  // That all streams together name; one more is answered 503. 40 bytes each at most.
  std::size_t followed_max = 800'000;
  std::chrono::milliseconds heartbeat{15'000}; // a comment line at least that often
  std::chrono::milliseconds retry{2'000}; // what a reader waits before it comes back, up to twice
};

// One a listener. Streams live on the I/O thread of their connection; nothing of them is locked.
// The pool must be stopped and the server gone before this is destroyed.
class live_updates {
public:
  static constexpr std::size_t products_max = 500; // that one stream follows by ID

  live_updates(actors::engine& engine, net::io_pool& pool, live_options options);
  ~live_updates();
  live_updates(const live_updates&) = delete;
  live_updates& operator=(const live_updates&) = delete;

  // GET, on the exchange's I/O thread.
  void open(const std::shared_ptr<net::exchange>& exchange);

private:
  struct followed {
    stock::product_id item = 0;
    std::uint32_t at = 0; // among the item's followers
  };

  struct follower {
    std::shared_ptr<net::stream> out;
    std::vector<followed> known; // products and variations, ascending
    // Wanted, but not cached when the stream began. They cost eight bytes each, since anybody can
    // make them up: events of them are not waited for, but a few are looked for with each
    // heartbeat.
    std::vector<stock::product_id> unknown; // ascending
    std::size_t next_unknown = 0;           // looked for next
    bool of_all = false;                    // names none and follows every item
    std::uint64_t seen = 0;                 // all up to here was pushed
    bool catches_up = false;                // what is new is fetched once the old is written
    // Meanwhile of each item the newest event only.
    actors::broadcaster::telling what = actors::broadcaster::telling::each;
    // Items that were unknown, with the sequence up to which their state was told.
    std::vector<std::pair<stock::product_id, std::uint64_t>> found;
    std::chrono::steady_clock::time_point next_beat;

    [[nodiscard]] std::size_t named() const { return known.size() + unknown.size(); }

    [[nodiscard]] bool wants(const store::live_event& event) const;
  };

  using place = std::list<follower>::iterator;
  using followers_by_item =
    boost::unordered_flat_map<stock::product_id, std::vector<follower*>, keyed_hash>;

  // What one I/O thread has.
  struct lane {
    std::list<follower> followers; // the one whose heartbeat is due next is the first
    followers_by_item by_item;
    std::vector<follower*> of_all;
    std::atomic<std::size_t> count{0};
    bool beats = false;
  };

  struct wish {
    std::vector<stock::product_id> wanted;  // ascending
    std::vector<stock::product_id> unknown; // of these; ascending
    std::vector<stock::product_id> unread;  // of these: WooCommerce could not be asked; ascending
    std::optional<std::uint64_t> after;     // where the reader was cut off
  };

  [[nodiscard]] bool has_room(std::size_t named);
  void start(const std::shared_ptr<net::exchange>& exchange, const wish& what);
  void sort_out(follower& to, const wish& what) const;
  [[nodiscard]] std::string first_text(follower& to, const wish& what) const;
  [[nodiscard]] std::string
  present_state(follower& to, const std::vector<stock::product_id>& unread, bool is_reset) const;
  void append_following(follower& to, std::string& text) const;
  void tell_found(lane& on, follower& to) const;
  static void follow_item(lane& on, follower& to, followed& item);
  static void unfollow_item(lane& on, const followed& item);
  void go_on(lane& on, place at);
  void remove(lane& from, place at, net::stream_end why);
  static void tell(lane& on, const actors::told_batch& batch);
  static void offer(follower& to, const actors::told_event& what);
  void beat(std::size_t thread);

  actors::engine* engine_;
  net::io_pool* pool_;
  live_options options_;
  std::vector<std::unique_ptr<lane>> lanes_; // one a thread
  std::atomic<std::size_t> open_{0};
  std::atomic<std::size_t> followed_{0}; // IDs that the open streams name
};

} // namespace ankkor::api

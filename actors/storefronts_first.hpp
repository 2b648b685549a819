// What CDNs wait for: which storefronts have yet to hear of which product. A CDN that was purged
// before would take the stale page again.
#pragma once

#include "base/keyed_hash.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace ankkor::actors {

// Derived from what waits for storefronts, so it needs no place in the store: engine::start fills
// it from the outbox. From any thread.
class storefronts_first {
public:
  enum class order : std::uint8_t {
    go,   // every storefront has heard of that version, or nothing of it waits for any
    wait, // some storefront has not, and doesn't run
    late, // those that have not do run
  };

  explicit storefronts_first(std::set<std::string> storefronts);

  // Who is to be called, on any thread, whenever a storefront has answered or has been given up.
  // Before the actors run.
  void on_progress(std::function<void()> wake);

  // Jobs that are committed; those of other targets than storefronts don't count. To be called
  // before any of them is handed to its target: a storefront may answer sooner than a CDN is told.
  void expect(const std::string& target, const std::vector<store::outbox_job>& jobs);

  // What an answer of the storefront, or none, has shown: whether it runs, so that it serves pages,
  // and what it has heard of, or never will since it was given up.
  void progress(const std::string& name, bool running,
                const std::vector<store::acknowledgement>& heard);

  [[nodiscard]] order look(stock::product_id product, std::uint64_t version) const;

private:
  struct expected {
    std::uint64_t newest = 0; // version that waits
    std::uint64_t heard = 0;  // version up to which it was told
  };

  struct storefront {
    std::unordered_map<stock::product_id, expected, keyed_hash> products;
    bool running = false;
  };

  mutable std::mutex guard_;
  std::map<std::string, storefront> storefronts_;
  std::vector<std::function<void()>> wakes_;
};

} // namespace ankkor::actors

// The mirror actor: writes products into Redis as they are committed, for storefronts that read
// them there. Redis may be away, slow, restarted or emptied: nobody waits for it, and whatever may
// differ there is written again.
#pragma once

#include "actors/change/view.hpp"
#include "actors/interfaces.hpp"
#include "actors/transport.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <random>
#include <set>

namespace ankkor::actors {

struct mirror_options {
  std::chrono::milliseconds ttl{0}; // of what is written; 0: for ever
  std::size_t batch_max = 100;      // products in one pipeline; one is in flight at a time
  std::chrono::milliseconds repair_pause{20};    // between two batches that only repair
  std::chrono::milliseconds look_every{1'000};   // to notice that Redis has gone
  std::chrono::milliseconds backoff_first{250};  // the first retry comes within this, at random
  std::chrono::milliseconds backoff_max{15'000}; // doubled each time up to this
  const view* committed = nullptr;
  std::uint64_t seed = 0; // of the jitter and of the tokens
};

// What the mirror says of itself to other threads.
struct mirror_health {
  std::atomic<bool> up{false};
  std::atomic<std::uint64_t> pending{0};  // products that changed and are not written
  std::atomic<std::uint64_t> written{0};  // products, each time
  std::atomic<std::uint64_t> failures{0}; // pipelines that failed, and products Redis refused
  std::atomic<bool> repairing{false};
};

struct mirror_state {
  static inline const char* name = "mirror";

  using time = std::chrono::steady_clock::time_point;

  // -- logic, testable without messages ---------------------------------------

  void begin(const mirror_options& chosen, std::shared_ptr<mirror_health> health, time now);

  // Products that changed: their newest snapshot will be written.
  void add(const product_batch& changed);

  // What is to be sent now, and from then on is in flight; nothing if something is, or if it isn't
  // time yet.
  [[nodiscard]] std::optional<redis::pipeline> next(time now);

  // Takes the answer to what is in flight.
  void take(const result<redis::answer>& answer, time now);

  // Something is: what comes next is decided once it is answered.
  [[nodiscard]] bool is_asking() const { return asked_ != asking::nothing; }

  // When next() will have something if nothing changes meanwhile. Precondition: nothing is in
  // flight.
  [[nodiscard]] time wake(time now) const;

  // -- members ----------------------------------------------------------------

  mirror_options options;
  std::shared_ptr<mirror_health> health;
  std::set<stock::product_id> dirty; // bounded by the products held
  std::optional<time> tick_at;       // a tick is on its way

private:
  enum class asking : std::uint8_t { nothing, greeting, writing, sweeping, looking };

  [[nodiscard]] redis::pipeline greet();
  [[nodiscard]] redis::pipeline write(time now);
  [[nodiscard]] redis::command write_one(stock::product_id id) const;

  [[nodiscard]] bool is_repairing() const { return repair_at_ < repair_.size() || is_sweeping_; }

  void greeted(const redis::answer& answer, time now);
  void written(const redis::answer& answer, time now);
  void write_heirs(const redis::reply& gone);
  void swept(const redis::answer& answer, time now);
  void looked(const redis::answer& answer, time now);
  void start_repair(time now);
  void failed(const std::string& reason, const std::string& mend, time now);
  void report() const;

  asking asked_ = asking::nothing;
  std::vector<stock::product_id> in_flight_;
  bool changes_in_flight_ = false;
  bool heirs_unknown_ = false; // of a slug that was left: all is to be written again
  bool is_greeted_ = false;
  std::uint64_t connection_ = 0;
  std::uint32_t failures_in_row_ = 0;
  bool was_up_ = false;
  time not_before_;                       // backing off until then
  time next_look_;                        // when nothing else is to be done
  time next_repair_;                      // the next batch of a repair
  time next_refresh_;                     // of all, before it expires
  std::string script_;                    // its SHA-1 as the server gave it; empty: it gave none
  std::string token_;                     // what this connection writes under
  std::string run_;                       // which start of the server it was
  std::vector<stock::product_id> repair_; // ascending; up to repair_at_ it is done
  std::size_t repair_at_ = 0;
  bool is_sweeping_ = false; // looking for what is there and isn't held any more
  std::string sweep_cursor_ = "0";
  std::uint64_t tokens_made_ = 0;
  std::mt19937_64 random_;
};

mirror_actor::behavior_type mirror(mirror_actor::stateful_pointer<mirror_state> self,
                                   mirror_options options, std::shared_ptr<mirror_health> health,
                                   redis_transport send);

} // namespace ankkor::actors

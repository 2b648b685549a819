// The product actor: owns the stock of one product and its variations.
#pragma once

#include "actors/change/missed_webhooks.hpp"
#include "actors/change/view.hpp"
#include "actors/interfaces.hpp"
#include "stock/visibility.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace ankkor::actors {

// What product actors share; immutable but for the counter.
struct product_context {
  // One revalidation target, as far as deciding what to tell it needs.
  struct target {
    std::string name;
    std::vector<std::string> path_templates;
  };

  std::vector<target> targets;
  const view* committed = nullptr;
  missed_webhooks* watch = nullptr; // may be null
  bool reads_as_stranger = true;    // without an application password, what is private isn't read
  // Versions are unique over all products and restarts, so that a record based on one that was
  // never committed can be told from one based on another of the same number.
  std::atomic<std::uint64_t> last_version{0};
  std::atomic<std::size_t> alive{0}; // product actors now
  std::size_t alive_max = 20'000;    // above it, those alive longest are asked to go
  std::chrono::milliseconds idle_period{
    2'000}; // how long without a message before one offers to go
};

struct product_state {
  static inline const char* name = "product";

  // -- logic, testable without messages ---------------------------------------

  // Starts from what is committed.
  void begin(stock::product_id id, std::shared_ptr<product_context> context);

  // Decides on one observation; the answer is the ledger's record.
  [[nodiscard]] ledger_entry observe(incoming delivery);

  // The state of that version can't be committed: forgets what was decided but not committed.
  // Nothing happens if that was forgotten before: what was decided since may be on its way, and
  // who forgot it would decide what comes next on a state that is no longer the committed one.
  void take_rejection(std::uint64_t version);
  void return_to_committed();

  [[nodiscard]] bool everything_committed() const;

  // True if the record would leave the store as it is, and what it was decided on is committed.
  [[nodiscard]] bool needs_no_commit(const ledger_entry& record) const;

  // -- members ----------------------------------------------------------------

  std::shared_ptr<const stock::product> current; // decided, perhaps not yet committed
  std::shared_ptr<product_context> context;
  std::uint64_t handled = 0;            // messages from the catalog
  std::uint64_t first_since_return = 0; // the first version that was decided since; 0: none
};

product_actor::behavior_type product(product_actor::stateful_pointer<product_state> self,
                                     stock::product_id id, std::shared_ptr<product_context> context,
                                     catalog_actor catalog, ledger_actor ledger);

} // namespace ankkor::actors

// A verified delivery as it enters the engine. No CAF here: the HTTP side includes this too.
#pragma once

#include "base/error.hpp"
#include "stock/decide.hpp"
#include "stock/drift.hpp"
#include "store/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ankkor::actors {

// Where the outcome of a delivery goes. Called once, from any thread; must not block.
class reply {
public:
  virtual ~reply() = default;
  virtual void done(const result<store::outcome>& outcome) = 0;

  // Before done(): what was held had drifted from what a reconciliation read.
  virtual void drifted(stock::drift) {}
};

// Something happened to these items, and only a read at WooCommerce tells what.
struct hint {
  std::string reason;
  std::vector<stock::product_id> items; // 0 stands for an incremental reconciliation
};

// A verified body that can't be used.
struct unusable {
  std::string reason;
  std::string body;
  bool product_may_be_gone = false; // WooCommerce's own error body in place of the product
};

// Something seen at WooCommerce on its way: a verified delivery, parsed on the I/O thread that read
// it, or what a read of our own found.
struct incoming {
  // Of a webhook; `result` is filled in by who decides.
  std::optional<store::delivery> delivery;
  stock::moment received{};
  std::string cause; // for the history: "webhook product.updated", "confirmation"
  std::variant<stock::observation, hint, unusable> content;
  // The question that this answers, if it was wanted before then.
  std::optional<stock::product_id> settles;
  stock::moment settled_before{};
  bool reconciles = false; // a reconciliation read it: what it changes is drift
  // Of the initial load: what is first heard of by it is no change, and nobody is told.
  bool first_load = false;
  std::int64_t dead_letter = 0;         // what this is a retry of goes with its commit; 0: nothing
  std::shared_ptr<actors::reply> reply; // may be null
};

// Who sends it keeps nothing of it.
using incoming_ptr = std::shared_ptr<incoming>;
using incoming_batch = std::vector<incoming_ptr>;

} // namespace ankkor::actors

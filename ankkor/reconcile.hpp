// `ankkor reconcile`: asks the running daemon for a pass of reconciliation, and follows it.
#pragma once

#include "config/load.hpp"

#include <cstdint>

namespace CLI {
class App;
}

namespace ankkor {

struct reconcile_options {
  bool full = false;
  std::uint64_t product = 0; // 0: none
  bool json = false;
};

void offer_reconcile_flags(CLI::App& command, reconcile_options& options);

// Of the configuration only where the daemon's admin listener is, and its token, is needed.
[[nodiscard]] int reconcile(const config::load_result& loaded, const reconcile_options& options);

} // namespace ankkor

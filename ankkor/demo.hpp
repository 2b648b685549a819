// `ankkor demo`: the daemon with an emulated WooCommerce store, its shoppers and a storefront, in
// one process, with nothing to configure. The daemon is the real one, spoken to over its sockets.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace ankkor {

struct demo_options {
  std::string run_for; // "30s"; empty: until Ctrl-C
  std::size_t products = 200;
  double changes_per_second = 10;
  std::uint64_t seed = 1;
  std::uint16_t port = 8080;       // of the public API; taken by another program: any
  std::uint16_t admin_port = 8081; // likewise
  bool quiet = false;              // the summary only
};

void offer_demo_flags(CLI::App& command, demo_options& options);

// 0 if at the end every copy agrees with the store.
[[nodiscard]] int demo(const demo_options& options);

} // namespace ankkor

// What can go wrong in a simulated world, and how often: one struct of numbers, drawn from a seed.
#pragma once

#include <chrono>
#include <cstdint>

namespace ankkor::simulation {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Shares are of 1. A mean of 0 is: never.
struct chances {
  std::uint64_t seed = 1;

  // The shop.
  std::size_t products = 40;
  double variable_share = 0.2;
  double actions_per_second = 0.05; // of shoppers and merchants
  double write_sql = 0;             // relative to purchases: 60
  bool signed_in = false;           // with an application password
  bool warm_start = false;          // nothing happens before the initial load is done

  // Webhooks on their way.
  double lost = 0;
  double doubled = 0;
  double late = 0; // up to `late_max`, and so out of order
  milliseconds late_max{600'000};
  milliseconds built_late_max{2'000}; // WooCommerce builds them later than the change

  // WooCommerce's GraphQL, the storefront, the disk, the process: times of trouble.
  seconds trouble_every{0}; // on average
  seconds trouble_lasts{60};
  seconds storefront_down_every{0};
  seconds disk_full_every{0};
  seconds crash_every{0};
  seconds down_for_max{60};

  // Readers.
  milliseconds read_every{5'000};

  // A cycle is a busy time and a quiet one, at whose end the copy must equal the store.
  std::uint32_t cycles = 2;
  minutes busy{30};
  minutes quiet{20};
};

// Of every kind of world: calm ones, hostile ones, quick and slow ones.
[[nodiscard]] chances draw(std::uint64_t seed);

} // namespace ankkor::simulation

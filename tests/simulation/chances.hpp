// What can go wrong in a simulated world, and how often: one struct of numbers, drawn from a seed.
#pragma once

#include <chrono>
#include <cstdint>

namespace ankkor::simulation {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

enum class cdn_kind : std::uint8_t { none, fastly, varnish };

// Shares are of 1. A mean of 0 is: never.
struct chances {
  std::uint64_t seed = 1;

  // The shop.
  std::size_t products = 10;
  double variable_share = 0.2;
  double actions_per_second = 0.5; // of shoppers and merchants
  double write_sql = 0;            // relative to purchases: 60
  double come_and_go = 1;          // how often goods are hidden, trashed, erased and made
  double ids_reused = 0;           // of what is erased: its ID is given to something new
  bool signed_in = false;          // with an application password
  bool warm_start = false;         // nothing happens before the initial load is done
  std::size_t page_max = 100;      // of WooCommerce's lists

  // Webhooks on their way.
  double lost = 0;
  double doubled = 0;
  double late = 0; // up to `late_max`, and so out of order
  milliseconds late_max{60'000};
  milliseconds built_late_max{2'000}; // WooCommerce builds them later than the change
  seconds switched_on_every{60}; // somebody switches on again what WooCommerce has switched off

  // Times of trouble: WooCommerce's GraphQL, the targets, Redis, the disk, the process.
  seconds trouble_every{0}; // on average
  seconds trouble_lasts{20};
  seconds target_trouble_every{0};
  seconds redis_trouble_every{0};
  seconds disk_full_every{0};
  seconds crash_every{0};
  seconds down_for_max{10};
  double dies_early = 0;     // of each start: within its first messages
  double dies_at_answer = 0; // of each answer of WooCommerce's: within the messages that it causes

  // Of each commit.
  double commit_slow = 0;
  milliseconds commit_takes_max{500}; // a slow one
  double commit_fails = 0;
  double commit_torn = 0;     // the process dies in it: all of it is stored, or nothing
  double commit_in_doubt = 0; // the store doesn't know itself, for a while

  // Clocks.
  seconds clock_jumps_every{0};      // this machine's
  seconds shop_clock_jumps_every{0}; // WooCommerce's
  seconds clock_jump_max{5};         // forwards or back

  // Who is told, and who looks.
  cdn_kind cdn = cdn_kind::none;
  bool mirrored = false;        // to Redis
  std::size_t live_readers = 0; // who go away and come back
  milliseconds read_every{1'000};

  // The daemon's settings.
  seconds reconcile_interval{60};
  seconds scrub_interval{600};
  std::uint32_t product_actors_max = 20'000;
  std::uint32_t budget = 120; // a minute
  std::uint32_t burst = 10;

  // A cycle is a busy time and a quiet one, in which the copy must become what the store is.
  std::uint32_t cycles = 1;
  seconds busy{90};
  bool full_pass = false; // at the end wait for one, and compare all that only it finds
};

// Of every kind of world: calm ones, hostile ones, quick and slow ones; most of them of minutes, a
// few of hours.
[[nodiscard]] chances draw(std::uint64_t seed);

} // namespace ankkor::simulation

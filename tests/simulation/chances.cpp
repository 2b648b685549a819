#include "chances.hpp"

#include <random>

namespace ankkor::simulation {

namespace {

class drawer {
public:
  explicit drawer(std::uint64_t seed) : random_(seed) {}

  bool coin(double share) { return static_cast<double>(random_() >> 11U) * 0x1.0p-53 < share; }

  double share(double most) { return static_cast<double>(random_() >> 11U) * 0x1.0p-53 * most; }

  std::uint64_t among(std::uint64_t least, std::uint64_t most) {
    return least + random_() % (most - least + 1);
  }

  seconds every(double share_of_worlds, std::uint64_t least, std::uint64_t most) {
    return coin(share_of_worlds) ? seconds{among(least, most)} : seconds{0};
  }

private:
  std::mt19937_64 random_;
};

} // namespace

chances draw(std::uint64_t seed) {
  auto from = drawer{seed};
  auto made = chances{};
  made.seed = seed;
  made.products = from.among(3, 60);
  made.variable_share = from.share(0.5);
  // Some rush: several changes of one product in one second, for a few minutes.
  const bool rush = from.coin(0.4);
  made.actions_per_second = rush ? 1 + from.share(4) : from.coin(0.3) ? 0.5 : 0.05;
  made.busy = minutes{rush ? 3 : 30};
  if (rush)
    made.products = from.among(3, 8);
  made.write_sql = from.coin(0.2) ? 5 : 0;
  made.signed_in = from.coin(0.5);
  made.warm_start = from.coin(0.5);
  made.lost = from.coin(0.6) ? 0.5 : 0;
  made.doubled = from.coin(0.5) ? from.share(0.3) : 0;
  made.late = from.coin(0.5) ? from.share(0.3) : 0;
  made.late_max = seconds{from.among(1, 600)};
  made.built_late_max = from.coin(0.5) ? milliseconds{0} : seconds{from.among(1, 60)};
  made.trouble_every = from.every(0.6, 60, 900);
  made.trouble_lasts = seconds{from.among(5, 180)};
  made.storefront_down_every = from.every(0.3, 60, 900);
  made.disk_full_every = from.every(0.3, 120, 900);
  made.crash_every = from.every(0.6, 60, 900);
  made.down_for_max = from.coin(0.5) ? seconds{2} : seconds{120};
  made.read_every = milliseconds{from.among(500, 10'000)};
  return made;
}

} // namespace ankkor::simulation

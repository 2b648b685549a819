#include "chances.hpp"

#include <random>

namespace ankkor::simulation {

namespace {

class drawer {
public:
  explicit drawer(std::uint64_t seed) : random_(seed) {}

  bool coin(double share) { return static_cast<double>(random_() >> 11U) * 0x1.0p-53 < share; }

  double share(double most) { return static_cast<double>(random_() >> 11U) * 0x1.0p-53 * most; }

  double sometimes(double share_of_worlds, double most) {
    return coin(share_of_worlds) ? share(most) : 0;
  }

  std::uint64_t among(std::uint64_t least, std::uint64_t most) {
    return least + random_() % (most - least + 1);
  }

  seconds every(double share_of_worlds, std::uint64_t least, std::uint64_t most) {
    return coin(share_of_worlds) ? seconds{among(least, most)} : seconds{0};
  }

private:
  std::mt19937_64 random_;
};

void draw_shop(drawer& from, chances& made) {
  made.products = from.coin(0.4) ? from.among(1, 4) : from.among(3, 14);
  made.variable_share = from.share(0.5);
  // Some rush: several changes of one product in one second.
  made.actions_per_second = from.coin(0.4) ? 1 + from.share(4) : 0.1 + from.share(0.6);
  made.write_sql = from.coin(0.15) ? 5 : 0;
  made.come_and_go = from.coin(0.4) ? 1 + from.share(8) : from.share(1);
  made.ids_reused = from.coin(0.3) ? 0.7 : 0;
  made.signed_in = from.coin(0.5);
  made.warm_start = from.coin(0.6);
  made.page_max = from.coin(0.3) ? from.among(2, 6) : 100;
}

void draw_webhooks(drawer& from, chances& made) {
  made.lost = from.sometimes(0.5, 0.8);
  made.doubled = from.sometimes(0.5, 0.3);
  made.late = from.sometimes(0.5, 0.5);
  made.late_max = from.coin(0.5) ? milliseconds{3'000} : seconds{from.among(1, 120)};
  made.built_late_max = from.coin(0.6) ? milliseconds{0} : seconds{from.among(1, 30)};
  made.switched_on_every = seconds{from.among(10, 120)};
}

void draw_troubles(drawer& from, chances& made) {
  made.trouble_every = from.every(0.5, 10, 60);
  made.trouble_lasts = seconds{from.among(2, 40)};
  made.target_trouble_every = from.every(0.4, 10, 60);
  made.redis_trouble_every = from.every(0.5, 10, 60);
  made.disk_full_every = from.every(0.2, 20, 90);
  made.crash_every = from.every(0.5, 5, 60);
  made.down_for_max = from.coin(0.6) ? seconds{2} : seconds{90};
  made.commit_slow = from.sometimes(0.4, 0.5);
  made.commit_takes_max = milliseconds{from.among(5, 2'000)};
  made.commit_fails = from.sometimes(0.3, 0.1);
  made.commit_torn = from.sometimes(0.3, 0.03);
  made.commit_in_doubt = from.sometimes(0.2, 0.03);
  made.clock_jumps_every = from.every(0.15, 20, 90);
  made.shop_clock_jumps_every = from.every(0.1, 20, 90);
  made.clock_jump_max = from.coin(0.5) ? seconds{5} : seconds{7'200};
}

void draw_company(drawer& from, chances& made) {
  made.cdn = from.coin(0.5)   ? cdn_kind::none
             : from.coin(0.5) ? cdn_kind::fastly
                              : cdn_kind::varnish;
  made.mirrored = from.coin(0.3);
  made.live_readers = from.coin(0.5) ? from.among(1, 3) : 0;
  made.read_every = milliseconds{from.among(100, 3'000)};
}

void draw_settings(drawer& from, chances& made) {
  made.reconcile_interval = seconds{from.coin(0.5) ? 60 : 15};
  made.scrub_interval = seconds{from.among(120, 900)};
  made.product_actors_max = from.coin(0.3) ? 2 : 20'000;
  made.budget = from.coin(0.3) ? 40 : 120;
  made.burst = static_cast<std::uint32_t>(from.among(1, 10));
}

// Hours in place of minutes, and a larger catalog.
void make_long(drawer& from, chances& made) {
  made.products = from.among(20, 150);
  made.actions_per_second = 0.02;
  made.cycles = 2;
  made.busy = minutes{60};
  made.scrub_interval = minutes{60};
  made.late_max = seconds{from.among(1, 600)};
  made.full_pass = true;
  for (auto* every : {&made.trouble_every, &made.target_trouble_every, &made.redis_trouble_every,
                      &made.disk_full_every, &made.crash_every, &made.clock_jumps_every,
                      &made.shop_clock_jumps_every})
    *every *= 15;
  made.read_every *= 10;
}

// The daemon is down for longer than an incremental pass looks back, hardly any webhook comes, and
// the passes that make up for it are cut off in their midst. No full pass comes before the end.
void make_neglected(drawer& from, chances& made) {
  made.lost = 0.5 + from.share(0.5);
  made.page_max = from.among(2, 4);
  made.crash_every = seconds{from.among(40, 90)};
  made.down_for_max = seconds{from.among(100, 240)};
  made.dies_at_answer = 0.1 + from.share(0.4);
  made.busy = seconds{from.among(200, 400)};
  made.actions_per_second = 0.05 + from.share(0.2);
  made.scrub_interval = minutes{60};
  made.warm_start = true;
}

} // namespace

chances draw(std::uint64_t seed) {
  auto from = drawer{seed};
  auto made = chances{};
  made.seed = seed;
  draw_shop(from, made);
  draw_webhooks(from, made);
  draw_troubles(from, made);
  draw_company(from, made);
  draw_settings(from, made);
  made.cycles = from.coin(0.3) ? 2 : 1;
  made.busy = seconds{from.among(20, 120)};
  made.full_pass = from.coin(0.25);
  made.dies_early = from.coin(0.3) ? 0.5 : 0;
  constexpr double long_worlds = 0.01;
  if (from.coin(long_worlds))
    make_long(from, made);
  constexpr double neglected_worlds = 0.02;
  if (from.coin(neglected_worlds))
    make_neglected(from, made);
  return made;
}

} // namespace ankkor::simulation

// Remembers an actor's timers under way: CAF's can't be taken back, and each that is forgotten
// would be set again.
#pragma once

#include <caf/actor_clock.hpp>

#include <set>

namespace ankkor::actors {

class alarm {
public:
  using time_point = caf::actor_clock::time_point;

  // True if a timer must be set for then: none rings earlier, whose tick would look again anyway.
  [[nodiscard]] bool needs_timer(time_point at) {
    return (under_way_.empty() || at < *under_way_.begin()) && under_way_.insert(at).second;
  }

  // To be called with every tick.
  void rang(time_point now) { under_way_.erase(under_way_.begin(), under_way_.upper_bound(now)); }

private:
  std::set<time_point> under_way_;
};

} // namespace ankkor::actors

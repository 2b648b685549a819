// What kinds of deliveries a load is made of. Pure: the same seed gives the same row of kinds.
#pragma once

#include <cstdint>
#include <random>

namespace ankkor::load {

enum class delivery_kind : std::uint8_t {
  fresh,     // newer than all that was sent of its product
  duplicate, // the very bytes of one that was answered
  stale,     // with an ID of its own, older than what its product was answered for
  forged     // signed with another secret
};

// Shares of all deliveries, 0 to 1, together at most 1; the rest is fresh.
struct mix_shares {
  double duplicates = 0;
  double stale = 0;
  double forged = 0;
};

class mix {
public:
  explicit mix(mix_shares shares, std::uint64_t seed = 1) : shares_(shares), random_(seed) {}

  [[nodiscard]] delivery_kind next() {
    auto drawn = std::uniform_real_distribution<double>{0, 1}(random_);
    if ((drawn -= shares_.forged) < 0)
      return delivery_kind::forged;
    if ((drawn -= shares_.duplicates) < 0)
      return delivery_kind::duplicate;
    if (drawn - shares_.stale < 0)
      return delivery_kind::stale;
    return delivery_kind::fresh;
  }

private:
  mix_shares shares_;
  std::mt19937_64 random_;
};

} // namespace ankkor::load

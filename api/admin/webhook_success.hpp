// How many of the shop's changes webhooks told of, and how many only reconciliation found, over the
// last hour and the last day.
#pragma once

#include "base/json.hpp"
#include "stock/product.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace ankkor::api {

// Pure: it is given the time. Thread affinity: one thread.
class webhook_success {
public:
  struct share {
    std::uint64_t delivered = 0; // told by a webhook
    std::uint64_t missed = 0;    // found by reconciliation, and not told by a webhook within 10 min
    // delivered / (delivered + missed); nothing if neither happened.
    [[nodiscard]] std::optional<double> ratio() const;
  };

  // The totals since the start of the process. Call it at least once in five minutes.
  void add(std::uint64_t delivered, std::uint64_t missed, stock::moment now);

  // Of the time before the last add(), in steps of five minutes; at most since the start.
  [[nodiscard]] share over(std::chrono::hours window) const;

  // "hour":{…},"day":{…} into an object that is open.
  void write(json::writer& out) const;

private:
  static constexpr auto step = std::chrono::minutes{5};
  static constexpr auto kept = std::chrono::hours{24};

  struct totals {
    stock::moment at{};
    std::uint64_t delivered = 0;
    std::uint64_t missed = 0;
  };

  std::deque<totals> steps_; // the oldest first: a day, and the last totals
  totals now_;
};

} // namespace ankkor::api

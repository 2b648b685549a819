// The last hour in figures, for the dashboard's plots: a bounded ring in memory.
#pragma once

#include "api/admin/figures.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <optional>
#include <string>

namespace ankkor::api {

// Thread affinity: one thread.
class series_ring {
public:
  static constexpr auto period = std::chrono::seconds{5};
  static constexpr std::size_t points_max = 720; // an hour; the oldest go
  // Quantiles are of what was observed in this time before each point: a single period has too few
  // observations for a 99th percentile.
  static constexpr auto quantile_window = std::chrono::seconds{60};

  // Takes a point; counts are those since the last one, so the first has none. Call it once a
  // period.
  void add(const figures& now);

  // {"periodSeconds":5,"at":[…],"deliveries":{"applied":[…],…},…}: all points, the oldest first. A
  // number that isn't known is null.
  [[nodiscard]] std::string render() const;

  // The same with the newest point only.
  [[nodiscard]] std::string render_newest() const;

  [[nodiscard]] std::size_t size() const noexcept { return points_.size(); }

private:
  // One column a plot's line.
  struct column {
    std::string_view group;
    std::string_view name;
  };

  static constexpr std::size_t column_count = delivery_kind_names.size() + 12;

  struct point {
    stock::moment at{};
    std::array<std::optional<double>, column_count> values{};
  };

  // Enough of a reading to know later what came after it.
  struct observed {
    stock::moment at{};
    metrics::distribution propagation;
    metrics::distribution answers;
  };

  [[nodiscard]] static const std::array<column, column_count>& columns();
  [[nodiscard]] std::string render_from(std::size_t first) const;

  std::deque<point> points_;
  std::deque<observed> observed_; // of the last quantile_window, the oldest first
  std::optional<figures> last_;
};

} // namespace ankkor::api

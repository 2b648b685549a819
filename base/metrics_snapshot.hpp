// Every metric as values at one moment, for code of this process that judges or plots them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ankkor::metrics {

// The observations of a histogram since the start of the process, or the difference of two of them.
struct distribution {
  std::vector<double> bounds;        // upper bounds, ascending; the last is infinite
  std::vector<std::uint64_t> counts; // observations at or under each bound, cumulative
  std::uint64_t count = 0;
  double sum = 0;

  // What was observed after `earlier`, an older reading of the same histogram. One that isn't
  // (other bounds, or more observations) is taken as empty.
  [[nodiscard]] distribution since(const distribution& earlier) const;

  // The value that this share of the observations (0 to 1) does not exceed, interpolated within its
  // bucket as Prometheus's histogram_quantile does; nothing without observations. What lies above
  // the last finite bound is that bound.
  [[nodiscard]] std::optional<double> quantile(double share) const;
};

// One label combination of a metric.
struct series {
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;      // of a counter or gauge
  distribution observed; // of a histogram

  // The value of a label; "" if there is no such label.
  [[nodiscard]] std::string_view label(std::string_view name) const noexcept;
};

struct snapshot {
  std::map<std::string, std::vector<series>, std::less<>> families; // by the metric's name

  // All series of a metric; none if it has none yet.
  [[nodiscard]] const std::vector<series>& of(std::string_view name) const;

  // The sum of those whose labels have these values; 0 if there are none.
  [[nodiscard]] double
  total(std::string_view name,
        std::initializer_list<std::pair<std::string_view, std::string_view>> where = {}) const;
};

// Runs the render hooks first, as render() does. About a quarter of a millisecond; from any thread.
[[nodiscard]] snapshot take_snapshot();

} // namespace ankkor::metrics

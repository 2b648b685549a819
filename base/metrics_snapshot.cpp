#include "base/metrics_snapshot.hpp"

#include <algorithm>
#include <cmath>

namespace ankkor::metrics {

distribution distribution::since(const distribution& earlier) const {
  auto made = *this;
  if (earlier.counts.size() != counts.size())
    return earlier.counts.empty() ? made : distribution{};
  if (earlier.count > count)
    return {};
  for (std::size_t at = 0; at < counts.size(); ++at)
    made.counts[at] -= std::min(earlier.counts[at], counts[at]);
  made.count -= earlier.count;
  made.sum -= earlier.sum;
  return made;
}

std::optional<double> distribution::quantile(double share) const {
  if (count == 0 || bounds.empty())
    return std::nullopt;
  const double rank = share * static_cast<double>(count);
  const auto found = std::find_if(counts.begin(), counts.end(), [&](std::uint64_t below) {
    return static_cast<double>(below) >= rank;
  });
  const auto at = static_cast<std::size_t>(found - counts.begin());
  if (at >= bounds.size() || std::isinf(bounds[at]))
    return bounds.size() > 1 ? std::optional{bounds[bounds.size() - 2]} : std::nullopt;
  const double lower = at == 0 ? 0 : bounds[at - 1];
  const auto before = at == 0 ? 0 : counts[at - 1];
  const auto within = static_cast<double>(counts[at] - before);
  if (within == 0)
    return bounds[at];
  return lower + (bounds[at] - lower) * (rank - static_cast<double>(before)) / within;
}

std::string_view series::label(std::string_view name) const noexcept {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [&](const auto& each) { return each.first == name; });
  return found == labels.end() ? std::string_view{} : std::string_view{found->second};
}

const std::vector<series>& snapshot::of(std::string_view name) const {
  static const std::vector<series> none;
  const auto found = families.find(name);
  return found == families.end() ? none : found->second;
}

double
snapshot::total(std::string_view name,
                std::initializer_list<std::pair<std::string_view, std::string_view>> where) const {
  double sum = 0;
  for (const auto& each : of(name)) {
    if (std::all_of(where.begin(), where.end(),
                    [&](const auto& wanted) { return each.label(wanted.first) == wanted.second; }))
      sum += each.value;
  }
  return sum;
}

} // namespace ankkor::metrics

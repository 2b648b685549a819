// Decides what a person has to be told of: every alert that the daemon raises, as a pure function
// of its figures and the time. examples/prometheus/ankkor.rules.yml has the same for Prometheus,
// under the same names; docs/alerts.md says of each what to do.
#pragma once

#include "api/admin/figures.hpp"
#include "base/json.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ankkor::api {

enum class severity : std::uint8_t {
  warning, // look at it today
  critical // stock on the storefront is wrong, or will be soon
};

// The question of the dashboard's first row that an alert belongs to.
enum class alert_area : std::uint8_t { copy, webhooks, storefront, budget, service };

[[nodiscard]] std::string_view to_string(severity value) noexcept;
[[nodiscard]] std::string_view to_string(alert_area value) noexcept;

// What one kind of alert is, whatever it is about.
struct alert_kind {
  std::string_view name; // as in Prometheus, without "Ankkor": "StoreDown"
  alert_area area;
  severity level;
  std::chrono::seconds hold; // how long the condition must hold first
  std::string_view fix;      // what to do, one or two sentences
};

// All of them, in the order of docs/alerts.md.
[[nodiscard]] const std::vector<alert_kind>& alert_kinds();

struct alert {
  const alert_kind* kind = nullptr; // one of alert_kinds()
  std::string subject;              // the target's name; "" where there is only one of its kind
  std::string summary;              // one sentence with the figures
  stock::moment since{};            // when the condition began to hold
};

// An alert that began to fire, or that is resolved.
struct alert_change {
  alert what;
  bool resolved = false;
  stock::moment at{};
};

struct alert_thresholds {
  std::chrono::seconds silence_max{24 * 3'600}; // without a delivery
  // Without a whole pass: ten intervals, and never less than ten minutes.
  std::chrono::seconds incremental_age_max{600};
  std::chrono::seconds scrub_age_max{2 * 24 * 3'600};
  double missed_share_max = 0.01;     // of a day's changes
  std::uint64_t missed_min = 3;       // in a day: fewer say nothing
  double commit_seconds_max = 0.5;    // the 99th percentile of five minutes
  double answer_seconds_max = 1;      // likewise, of webhooks
  std::uint64_t unauthorized_min = 3; // in ten minutes, that named one of WooCommerce's topics
  std::chrono::hours certificate_left_min{14 * 24};
};

// Thread affinity: one thread. Remembers figures of an hour, two a minute, and an entry for each
// alert that holds: as many as there are kinds and targets.
class alert_board {
public:
  // An alert resolves once its condition has not held for this long, so that one at its threshold
  // says nothing twice a minute.
  static constexpr auto resolve_after = std::chrono::seconds{60};

  alert_board(alert_thresholds limits, stock::moment started);

  // Judges the newest figures. Call it at least twice a minute.
  std::vector<alert_change> judge(const figures& now);

  // Those that fire, critical ones first, then the oldest.
  [[nodiscard]] std::vector<alert> firing() const;

  // [{"name":…}] of those that fire.
  void write(json::writer& out) const;

private:
  struct finding {
    std::string_view kind;
    std::string subject;
    std::string summary;
  };

  struct entry {
    alert what;
    stock::moment seen{}; // when the condition last held
    bool fires = false;
  };

  [[nodiscard]] std::vector<finding> find(const figures& now) const;
  void find_webhooks(std::vector<finding>& into, const figures& now) const;
  void find_copy(std::vector<finding>& into, const figures& now) const;
  void find_targets(std::vector<finding>& into, const figures& now) const;
  void find_service(std::vector<finding>& into, const figures& now) const;

  // The figures from `window` before `now`, or the oldest there are.
  [[nodiscard]] const figures& before(const figures& now, std::chrono::seconds window) const;
  void remember(const figures& now);

  alert_thresholds limits_;
  stock::moment started_;
  std::deque<figures> past_;                   // two a minute, of an hour; the oldest first
  std::deque<figures> day_;                    // one in ten minutes, of a day: for what is rare
  std::uint64_t verified_ = 0;                 // deliveries, by the last figures
  std::optional<stock::moment> last_delivery_; // when they last grew
  std::map<std::pair<std::string_view, std::string>, entry> entries_; // by kind and subject
};

} // namespace ankkor::api

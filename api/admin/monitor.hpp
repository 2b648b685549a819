// Looks at the daemon every five seconds: keeps the last hour for the dashboard's plots, raises and
// resolves alerts, and tells those who follow /admin/events.
#pragma once

#include "actors/engine.hpp"
#include "api/admin/alerts.hpp"
#include "api/admin/product_search.hpp"
#include "api/admin/series.hpp"
#include "api/admin/webhook_success.hpp"
#include "net/http/server.hpp"
#include "net/io_pool.hpp"

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace ankkor::api {

struct monitor_options {
  alert_thresholds thresholds;
  std::string certificate_file; // of the public listener; empty: it has none
  std::chrono::milliseconds period{series_ring::period};
  double budget_burst = 10; // requests to WooCommerce that can be saved up
  double budget_per_minute = 120;
  // Called for every alert that fires or is resolved, on the monitor's thread; may be empty.
  std::function<void(const alert_change&)> raise;
};

// Thread affinity: the first thread of `pool`, which must serve the admin listener with one thread
// and be stopped before this is destroyed. write_status() may be called from any thread.
class monitor {
public:
  static constexpr std::size_t streams_max = 32;

  monitor(actors::engine& engine, net::io_pool& pool, monitor_options options);

  // Looks for the first time, and from then on every period.
  void start();

  // Answers /admin/`what` and returns true, if it is one of the monitor's routes: series, events,
  // alerts, search. The caller was let in already. For GET and HEAD.
  [[nodiscard]] bool answer(std::string_view what, const std::shared_ptr<net::exchange>& exchange);

  // "alerts" and "webhookSuccess" into the object of /admin/status.
  void write_status(json::writer& out) const;

private:
  using follower = std::list<std::shared_ptr<net::stream>>::iterator;

  void look();
  void look_at_certificate(stock::moment now);
  void set_metrics() const;
  void tell(std::string_view event, const std::string& data);
  void follow(const std::shared_ptr<net::exchange>& exchange);
  [[nodiscard]] std::string render_glance() const;

  actors::engine* engine_;
  net::io_pool* pool_;
  monitor_options options_;
  product_search search_;
  series_ring series_;
  mutable std::mutex guard_; // of what write_status() reads: success_ and board_
  webhook_success success_;
  alert_board board_;
  figures last_;
  std::optional<stock::moment> last_delivery_;
  std::optional<stock::moment> certificate_expires_;
  stock::moment certificate_looked_at_{};
  std::list<std::shared_ptr<net::stream>> followers_;
};

} // namespace ankkor::api

// Sends the daemon's alerts to ANKKOR_ALERT_URL: one message when an alert fires, one when it is
// resolved, each until it is acknowledged.
#pragma once

#include "api/admin/alerts.hpp"
#include "config/settings.hpp"
#include "net/http/client.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <string>

namespace ankkor::api {

struct alert_target {
  config::alert_format format = config::alert_format::webhook;
  net::url where;
  std::string secret; // `webhook`: whsec_ and the key in base64; the others have none
  std::string shop;   // which shop it is about: its store URL
};

// The same for every attempt at one message, and over restarts: whoever remembers it takes each
// message once.
[[nodiscard]] std::string message_id(const alert_change& what);

// webhook: a message of Standard Webhooks 1.0, signed. slack and discord: what their incoming
// webhooks take, as text that mentions nobody. `sent` is for the signature.
[[nodiscard]] net::client_request alert_call(const alert_target& target, const alert_change& what,
                                             std::chrono::sys_seconds sent);

// Thread affinity: one thread, on which `send` answers and `after` calls back, too.
class alert_sender {
public:
  static constexpr std::size_t pending_max = 100;               // over it the oldest are dropped
  static constexpr auto give_up_after = std::chrono::hours{24}; // then a message is dropped
  static constexpr auto wait_first = std::chrono::milliseconds{1'000}; // after a failure, doubled
  static constexpr auto wait_max = std::chrono::milliseconds{300'000}; // each time up to this

  // What it takes of the world: a transport, a timer, and the time.
  struct surroundings {
    std::function<void(net::client_request, std::function<void(result<net::client_response>)>)>
      send;
    std::function<void(std::chrono::milliseconds, std::function<void()>)> after;
    std::function<stock::moment()> now;
  };

  alert_sender(alert_target target, surroundings around);

  void raise(const alert_change& what);

  [[nodiscard]] std::size_t pending() const noexcept { return pending_.size(); }

private:
  void send_next();
  void answered(const result<net::client_response>& answer);

  alert_target target_;
  surroundings around_;
  std::deque<alert_change> pending_; // the first is in flight, or waits for its next attempt
  bool is_busy_ = false;
  std::chrono::milliseconds wait_ = wait_first;
};

} // namespace ankkor::api

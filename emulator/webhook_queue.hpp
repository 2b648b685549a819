// WooCommerce's webhooks and the Action Scheduler that sends them: who is told of what, when, with
// which bytes, and what becomes of a receiver that doesn't answer well (tests/recordings/FACTS.md
// sections 1-3, 5).
//
// Sans I/O: next() says what to send, finished() is told how it went. Not thread-safe.
#pragma once

#include "emulator/catalog.hpp"
#include "emulator/json.hpp"
#include "emulator/payloads.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ankkor::emulator {

enum class webhook_status : std::uint8_t { active, paused, disabled };
// What has become of the user whom a webhook belongs to.
enum class webhook_owner : std::uint8_t { manager, lost_role, deleted };

[[nodiscard]] std::string_view to_string(webhook_status value) noexcept;
[[nodiscard]] std::optional<webhook_status> parse_webhook_status(std::string_view text) noexcept;

struct webhook {
  std::uint64_t id = 0;
  std::string name;
  webhook_status status = webhook_status::active;
  std::string topic;
  std::string delivery_url;
  std::string secret;
  second created{};
  std::optional<second> modified;
  int failure_count = 0;
  bool pending_delivery = true; // until a ping was answered 200
  webhook_owner owner = webhook_owner::manager;

  [[nodiscard]] std::string_view resource() const {
    return std::string_view(topic).substr(0, topic.find('.'));
  }

  [[nodiscard]] std::string_view event_name() const {
    return std::string_view(topic).substr(topic.find('.') + 1);
  }
};

// The topics that can be registered: those of products and orders, and action.woocommerce_*.
[[nodiscard]] bool valid_topic(std::string_view topic);

struct queue_settings {
  std::chrono::milliseconds delay_min{0}; // from the event to when it is due, drawn evenly
  std::chrono::milliseconds delay_max{0};
  std::chrono::milliseconds timeout{60'000}; // of one delivery
  // From the start of one run of the queue to the next. 0: it always runs, as the demo's does; a
  // real shop's WP-Cron starts it once a minute.
  std::chrono::milliseconds run_interval{0};
  std::chrono::milliseconds run_time_max{30'000}; // after this long a run starts nothing more
  std::size_t batch = 25;                         // claimed at once, in the order of their due time
  std::string salt = "emulated-store";            // of the delivery IDs
  std::uint64_t seed = 1;
};

// A request to be made. `fields` are in the recorded order, without those of the connection: Host
// comes before them, "Connection: close" and Content-Length after (see wire_fields).
struct delivery {
  std::uint64_t number = 0; // to tell finished() which
  std::uint64_t webhook_id = 0;
  post_id object = 0;
  bool ping = false;
  std::string topic; // empty for a ping
  std::string url;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  std::chrono::milliseconds timeout{60'000};
  moment due{};   // when it was to be sent
  moment event{}; // when the (first) event that it tells of happened
};

// All header fields exactly as recorded, for who writes them to a socket himself.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> wire_fields(const delivery& what);

struct queue_counts {
  std::uint64_t queued = 0;    // ever
  std::uint64_t merged = 0;    // events that found their action waiting, ever
  std::uint64_t delivered = 0; // answered 200 to 302, ever
  std::uint64_t failed = 0;    // ever; each is an event that the receiver never hears of
  std::uint64_t pings = 0;     // ever
  std::size_t waiting = 0;
};

class webhook_queue {
public:
  webhook_queue(const catalog& shop, const site& where, queue_settings settings);

  // --- webhooks
  // ------------------------------------------------------------------------------------- Creating
  // one, or moving an active one to another URL, makes a ping that next() gives at once, before all
  // else. Those with an ID are kept under it (0: the next).
  std::uint64_t add(webhook what, moment now);

  // Sets what is given. Setting a status resets no failure count, and pings nobody.
  struct change {
    std::optional<std::string> name;
    std::optional<webhook_status> status;
    std::optional<std::string> topic;
    std::optional<std::string> delivery_url;
    std::optional<std::string> secret;
    std::optional<webhook_owner> owner;
  };

  bool edit(std::uint64_t id, const change& what, moment now);
  bool remove(std::uint64_t id); // what is queued for it is dropped
  [[nodiscard]] const webhook* find(std::uint64_t id) const;

  [[nodiscard]] const std::map<std::uint64_t, webhook>& webhooks() const { return webhooks_; }

  // --- the queue ---------------------------------------------------------------------------------
  void fired(const event& what, moment now);
  // What to send now, if anything: never while a delivery is under way, since the one runner waits
  // for it.
  std::optional<delivery> next(moment now);
  // The answer's status; 0 if there was none (refused, cut, timed out).
  void finished(std::uint64_t number, unsigned status, moment now);
  // When next() may have something, given that nothing else happens; nothing if nothing waits.
  [[nodiscard]] std::optional<moment> next_due() const;
  // Nothing waits and nothing is under way.
  [[nodiscard]] bool idle() const;
  // Makes all that waits due at once, e.g. to end a demonstration.
  void hurry(moment now);

  void configure(queue_settings settings) { settings_ = std::move(settings); }

  [[nodiscard]] queue_counts counts() const;

private:
  struct action {
    std::uint64_t webhook_id = 0;
    post_id object = 0;
    moment due{};
    moment event{};
  };

  void enqueue(const webhook& to, post_id object, moment now);
  [[nodiscard]] delivery build(std::uint64_t number, const action& what, const webhook& to,
                               moment now);
  [[nodiscard]] delivery build_ping(const webhook& to, moment now);
  [[nodiscard]] std::string payload(const webhook& to, post_id object) const;
  void claim(moment now);
  std::optional<delivery> next_action(moment now);

  const catalog& shop_;
  const site& site_;
  queue_settings settings_;
  std::mt19937_64 random_;
  std::map<std::uint64_t, webhook> webhooks_;
  std::map<std::uint64_t, action> actions_; // by ID, which is the order of queueing
  std::set<std::pair<moment, std::uint64_t>> by_due_;
  std::set<std::pair<std::uint64_t, post_id>> waiting_;
  std::deque<std::uint64_t> claimed_; // of the present batch, not yet started
  std::deque<std::uint64_t> pings_;   // webhook IDs
  std::optional<delivery> under_way_; // without its body
  std::optional<moment> run_began_;
  std::optional<moment> next_run_;
  std::uint64_t next_webhook_ = 1;
  std::uint64_t next_action_ = 1;
  std::uint64_t next_number_ = 1;
  queue_counts counts_;
};

} // namespace ankkor::emulator

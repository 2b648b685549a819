// The emulated WooCommerce shop as one thing: catalog, webhooks, REST, GraphQL, shoppers, faults
// and a log of what was asked of it, behind one mutex. Still pure: time is given, and who does the
// I/O asks for it (store_server.hpp).
#pragma once

#include "emulator/access.hpp"
#include "emulator/catalog.hpp"
#include "emulator/graphql.hpp"
#include "emulator/http.hpp"
#include "emulator/rest.hpp"
#include "emulator/shoppers.hpp"
#include "emulator/truth.hpp"
#include "emulator/webhook_queue.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace ankkor::emulator {

// What is wrong with the shop at present. Several may hold; they are looked at in this order.
struct faults {
  double share = 1.0;  // of the requests that they hit, drawn at random
  bool graphql = true; // which API they hit
  bool rest = true;
  std::chrono::milliseconds latency{0}; // before every answer, the good ones too
  bool silent = false;                  // no answer at all
  bool maintenance = false;             // 503 as WordPress does it: JSON for GraphQL, HTML for REST
  bool html = false;                    // 200 with an HTML page in place of JSON
  unsigned refuse = 0;                  // 429, 503, …: this status with a Retry-After
  std::chrono::seconds retry_after{1};
  bool empty = false;       // 200 with nothing in it
  bool cut = false;         // the right answer, and the connection ends in the middle of it
  std::string broken_field; // of GraphQL: graphql_context::broken_field
};

enum class api : std::uint8_t { graphql, rest, other };

struct arrival {
  moment at{};
  api which = api::other;
  std::string method;
  std::string target; // without credentials
  unsigned status = 0;
};

struct store_settings {
  site where;
  access_settings access;
  queue_settings queue;
  std::uint64_t seed = 1;
  std::size_t arrivals_kept = 100'000;
  std::size_t graphql_page_max = 100;
};

class store {
public:
  explicit store(store_settings settings);

  // Any HTTP request to the shop. From any thread, as everything here.
  [[nodiscard]] http_answer handle(const http_question& request, moment now);

  // Runs `f(catalog&)`, and nobody else meanwhile.
  template <class F>
  decltype(auto) with_catalog(F&& f) {
    const waker woken(*this);
    const std::lock_guard lock(mutex_);
    return std::forward<F>(f)(shop_);
  }

  // The same with the webhooks and their queue.
  template <class F>
  decltype(auto) with_webhooks(F&& f) {
    const waker woken(*this);
    const std::lock_guard lock(mutex_);
    return std::forward<F>(f)(queue_);
  }

  void fill(const catalog_size& size, moment now);
  // A webhook to `url` for each topic that ankkor has a use for.
  void add_webhooks(const std::string& url, const std::string& secret, moment now);
  void set_faults(faults what);
  [[nodiscard]] faults present_faults() const;
  // Where the shop is, once its port is known.
  void set_url(std::string url);
  [[nodiscard]] std::string url() const;

  // --- shoppers ----------------------------------------------------------------------------------
  void start_shoppers(shopper_settings settings, moment now);
  void stop_shoppers();
  // Lets them do what is due; to be called whenever next_due() is reached.
  std::vector<shop_change> let_shop(moment now);

  // --- deliveries --------------------------------------------------------------------------------
  std::optional<delivery> next_delivery(moment now);
  void delivered(std::uint64_t number, unsigned status, moment now); // status 0: no answer
  // When let_shop or next_delivery may have something to do.
  [[nodiscard]] std::optional<moment> next_due() const;
  // Nothing waits to be delivered, and nothing is on its way.
  [[nodiscard]] bool quiet() const;
  [[nodiscard]] queue_counts counts() const;

  [[nodiscard]] std::vector<public_product> truth() const;
  // What was asked, the oldest first; those of an API since a moment.
  [[nodiscard]] std::vector<arrival> arrivals() const;
  [[nodiscard]] std::size_t arrivals(api which, moment since) const;

  // Called after something may have become due earlier than next_due() last said; must not call
  // back into the store. Once on_work has returned, what was set before is called no more.
  void on_work(std::function<void()> wake) {
    const std::lock_guard lock(wake_mutex_);
    wake_ = std::move(wake);
  }

private:
  struct waker { // wakes when the lock has been let go

    explicit waker(const store& of) : of_(of) {}

    waker(const waker&) = delete;
    waker& operator=(const waker&) = delete;

    ~waker() {
      const std::lock_guard lock(of_.wake_mutex_);
      if (of_.wake_)
        of_.wake_();
    }

  private:
    const store& of_;
  };

  [[nodiscard]] std::optional<http_answer> faulty(api which, const http_question& request,
                                                  moment now);
  [[nodiscard]] http_answer answer(api which, const http_question& request, moment now);

  mutable std::mutex mutex_;
  store_settings settings_;
  catalog shop_;
  webhook_queue queue_;
  std::unique_ptr<shoppers> shoppers_;
  faults faults_;
  std::mt19937_64 random_;
  std::deque<arrival> arrivals_;
  mutable std::mutex wake_mutex_;
  std::function<void()> wake_;
};

} // namespace ankkor::emulator

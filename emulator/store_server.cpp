// See store_server.hpp. One thread runs the shop's clock; it sleeps until something is due or it is
// woken.
#include "emulator/store_server.hpp"

#include "base/clock.hpp"
#include "emulator/answering_server.hpp"
#include "net/http/client.hpp"
#include "net/io_pool.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace ankkor::emulator {

struct store_server::implementation {
  store& shop;
  store_observer observer;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  bool woken = false;
  std::unique_ptr<answering_server> server;
  std::unique_ptr<net::http_client> client;
  std::thread clock;

  implementation(store& of, store_observer watching) : shop(of), observer(std::move(watching)) {}

  void wake() {
    const std::lock_guard lock(mutex);
    woken = true;
    changed.notify_one();
  }

  void run() {
    while (true) {
      {
        const std::lock_guard lock(mutex);
        if (stopping)
          return;
        woken = false;
      }
      const auto now = wall_clock();
      for (const auto& each : shop.let_shop(now)) {
        if (observer.changed)
          observer.changed(each);
      }
      if (auto what = shop.next_delivery(now))
        send(std::move(*what));
      sleep_until(shop.next_due());
    }
  }

  void sleep_until(std::optional<moment> due) {
    std::unique_lock lock(mutex);
    const auto ready = [this] { return woken || stopping; };
    if (!due || *due == moment::max()) {
      changed.wait(lock, ready);
      return;
    }
    const auto now = wall_clock();
    if (*due > now) // a steady clock, so that a step of the wall clock doesn't hang the shop
      changed.wait_for(
        lock, std::min<std::chrono::microseconds>(*due - now, std::chrono::seconds(1)), ready);
  }

  void finish(const delivery& what, unsigned status) {
    const auto at = wall_clock();
    if (observer.delivered)
      observer.delivered(what, status, at);
    shop.delivered(what.number, status, at);
  }

  void send(delivery what) {
    auto where = net::parse_url(what.url);
    if (!where) {
      finish(what, 0);
      return;
    }
    net::client_request request;
    request.where = std::move(where).value();
    request.fields = what.fields;
    request.body = std::exchange(what.body, {});
    request.total_timeout = what.timeout;
    request.connect_timeout = std::min(request.connect_timeout, what.timeout);
    client->send(std::move(request),
                 [this, what = std::move(what)](const result<net::client_response>& answer) {
                   finish(what, answer ? answer->status : 0);
                 });
  }
};

result<std::unique_ptr<store_server>> store_server::start(net::io_pool& pool, store& shop,
                                                          std::string host, std::uint16_t port,
                                                          store_observer observer) {
  auto impl = std::make_unique<implementation>(shop, std::move(observer));
  net::client_options options;
  options.idle_connections_per_host = 0; // WooCommerce opens a connection for each delivery
  impl->client = std::make_unique<net::http_client>(pool, options);
  auto server = answering_server::start(
    pool, "emulated store", std::move(host), port,
    [&shop](const http_question& asked, moment now) { return shop.handle(asked, now); });
  if (!server)
    return server.failure();
  impl->server = std::move(server).value();
  shop.set_url(impl->server->url());
  shop.on_work([raw = impl.get()] { raw->wake(); });
  impl->clock = std::thread([raw = impl.get()] { raw->run(); });
  return std::unique_ptr<store_server>(new store_server(std::move(impl)));
}

store_server::store_server(std::unique_ptr<implementation> impl) : impl_(std::move(impl)) {}

store_server::~store_server() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->changed.notify_one();
  }
  impl_->clock.join();
  impl_->client.reset(); // its handlers are called no more
  impl_->server.reset(); // nor the store
  impl_->shop.on_work({});
}

std::uint16_t store_server::port() const noexcept {
  return impl_->server->port();
}

std::string store_server::url() const {
  return impl_->server->url();
}

} // namespace ankkor::emulator

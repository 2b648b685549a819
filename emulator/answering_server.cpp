// See answering_server.hpp. One thread of its own keeps the answers that are to be late.
#include "emulator/answering_server.hpp"

#include "base/clock.hpp"
#include "net/http/server.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace ankkor::emulator {

namespace {

constexpr std::size_t silenced_max =
  1'000; // requests kept unanswered; over it the oldest get a 500

net::response translate(http_answer&& from) {
  net::response made;
  made.status = from.status;
  made.fields = std::move(from.fields);
  made.body = std::move(from.body);
  if (from.cut) {
    made.missing = made.body.size() - made.body.size() / 2;
    made.body.resize(made.body.size() / 2);
  }
  return made;
}

http_question translate(const net::request& from) {
  http_question made;
  made.method = from.method;
  made.path = from.path;
  made.query = from.query;
  made.body = from.body;
  made.content_type = from.field("Content-Type").value_or("");
  made.authorization = from.field("Authorization").value_or("");
  made.cookie = from.field("Cookie").value_or("");
  made.nonce = from.field("X-WP-Nonce").value_or("");
  made.forwarded_proto = from.field("X-Forwarded-Proto").value_or("");
  made.signature = from.field("X-WC-Webhook-Signature").value_or("");
  return made;
}

} // namespace

struct answering_server::implementation {
  using steady = std::chrono::steady_clock;

  answerer answers;
  std::string host;
  std::unique_ptr<net::http_server> server;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::multimap<steady::time_point, std::pair<std::shared_ptr<net::exchange>, http_answer>> late;
  std::deque<std::shared_ptr<net::exchange>> silenced;
  std::thread clock;

  void answer(const std::shared_ptr<net::exchange>& to) {
    auto made = answers(translate(to->req()), wall_clock());
    if (!made.silent && made.delay.count() <= 0) {
      to->respond(translate(std::move(made)));
      return;
    }
    const std::lock_guard lock(mutex);
    if (made.silent) {
      silenced.push_back(to);
      if (silenced.size() > silenced_max)
        silenced.pop_front();
      return;
    }
    const auto due = steady::now() + made.delay;
    late.emplace(due, std::pair(to, std::move(made)));
    changed.notify_one();
  }

  void give_late_answers() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      if (late.empty()) {
        changed.wait(lock);
      } else if (const auto due = late.begin()->first; due > steady::now()) {
        changed.wait_until(lock, due);
      } else {
        auto node = late.extract(late.begin());
        lock.unlock();
        node.mapped().first->respond(translate(std::move(node.mapped().second)));
        lock.lock();
      }
    }
  }
};

result<std::unique_ptr<answering_server>>
answering_server::start(net::io_pool& pool, std::string name, std::string host, std::uint16_t port,
                        answerer answers) {
  auto impl = std::make_shared<implementation>();
  impl->answers = std::move(answers);
  impl->host = host;
  net::server_options options;
  options.name = std::move(name);
  options.host = std::move(host);
  options.port = port;
  options.limits.body_bytes_max = std::size_t{16} * 1024 * 1024;
  auto server = net::http_server::start(pool, std::move(options),
                                        [weak = std::weak_ptr(impl)](const auto& exchange) {
                                          if (const auto self = weak.lock())
                                            self->answer(exchange);
                                        });
  if (!server)
    return server.failure();
  impl->server = std::move(server).value();
  impl->clock = std::thread([raw = impl.get()] { raw->give_late_answers(); });
  return std::unique_ptr<answering_server>(new answering_server(std::move(impl)));
}

answering_server::answering_server(std::shared_ptr<implementation> impl) : impl_(std::move(impl)) {}

answering_server::~answering_server() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->changed.notify_one();
  }
  impl_->clock.join();
  impl_->late.clear();
  impl_->silenced.clear(); // they get a 500
  impl_->server->drain(std::chrono::seconds(1));
}

std::uint16_t answering_server::port() const noexcept {
  return impl_->server->port();
}

std::string answering_server::url() const {
  return "http://" + impl_->host + ":" + std::to_string(port());
}

} // namespace ankkor::emulator

// A TCP proxy on 127.0.0.1 between two processes, that makes of the network what a test wants.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ankkor::chaos {

// What becomes of bytes on their way in one direction.
enum class flow : std::uint8_t { open, slow, stalled };

class proxy {
public:
  // Called by the proxy's thread with what was received from who connected, before it is passed on.
  using listener = std::function<void(std::string_view)>;

  explicit proxy(listener heard = {});
  ~proxy();
  proxy(const proxy&) = delete;
  proxy& operator=(const proxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  // Where connections go from now on; 0: refused.
  void lead_to(std::uint16_t port) { target_ = port; }

  void set_flow(flow forth, flow back) {
    forth_ = forth;
    back_ = back;
  }

  // Connections are taken and nothing comes of them, until it is over.
  void swallow(bool on) { swallows_ = on; }

  // Resets every connection.
  void cut() { cuts_ = true; }

  void mend() {
    set_flow(flow::open, flow::open);
    swallow(false);
  }

private:
  struct way {
    int from = -1;
    int to = -1;
    std::string bytes;
    bool ended = false;
  };

  struct connection {
    way forth;
    way back;
    bool over = false;
  };

  void run();
  void accept_one();
  void serve(connection& each, bool tick);
  void receive(way& on, bool is_forth);
  static void pass_on(way& on, flow how, bool tick);
  static void close(connection& each, bool reset);

  listener heard_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::uint16_t> target_{0};
  std::atomic<flow> forth_{flow::open};
  std::atomic<flow> back_{flow::open};
  std::atomic<bool> swallows_{false};
  std::atomic<bool> cuts_{false};
  std::atomic<bool> stopping_{false};
  std::list<connection> connections_;
  std::thread thread_;
};

} // namespace ankkor::chaos

// The storefront that a daemon under load tells: takes its calls (format `next`) on a socket that
// listens already, within the loop of the load itself, so that both see one clock.
#pragma once

#include "bench/load/socket.hpp"
#include "bench/load/source.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ankkor::load {

// The products that a call is about, by its tags `product-ID`; those by slug are left out.
void for_each_told(std::string_view body, const std::function<void(stock::product_id)>& take);

class storefront {
public:
  using listener = std::function<void(stock::product_id, time_point)>;

  // `poll`: an epoll that outlives it. What is ready of its sockets goes to handle().
  storefront(descriptor listening, std::string secret, int poll, listener tell);

  // Whether this socket is one of its own; what it has to do is done then.
  bool handle(int socket, time_point now);

  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }

  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

private:
  struct caller {
    descriptor socket;
    std::string received;
  };

  void accept();
  void receive(caller& from, time_point now);
  void answer(caller& from, std::string_view head, std::string_view body, time_point now);

  descriptor listening_;
  std::string credentials_;
  int poll_;
  listener tell_;
  std::unordered_map<int, caller> callers_;
  std::uint64_t calls_ = 0;
  std::uint64_t refused_ = 0;
};

} // namespace ankkor::load

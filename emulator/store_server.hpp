// The emulated store on the network: its HTTP server, its shoppers on the wall clock, and its
// deliveries through the HTTP client, one after another.
#pragma once

#include "base/error.hpp"
#include "emulator/store.hpp"

#include <functional>
#include <memory>
#include <string>

namespace ankkor::net {
class io_pool;
}

namespace ankkor::emulator {

// Told of what happens, for logs and measurements; called on threads of the server, one at a time
// for each.
struct store_observer {
  std::function<void(const shop_change&)> changed;
  // status 0: no answer. The delivery's body has been given away.
  std::function<void(const delivery&, unsigned status, moment at)> delivered;
};

class store_server {
public:
  // Serves `shop` at host:port (0: the system chooses) and sets its URL accordingly. Both the pool
  // and the store must outlive the server.
  static result<std::unique_ptr<store_server>> start(net::io_pool& pool, store& shop,
                                                     std::string host, std::uint16_t port,
                                                     store_observer observer = {});
  store_server(const store_server&) = delete;
  store_server& operator=(const store_server&) = delete;
  ~store_server(); // what is on its way to a receiver is given up

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::string url() const;

private:
  struct implementation;
  explicit store_server(std::unique_ptr<implementation> impl);
  std::unique_ptr<implementation> impl_;
};

} // namespace ankkor::emulator

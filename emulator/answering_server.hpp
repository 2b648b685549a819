// The I/O shell of the pure parts: an HTTP server on loopback whose answers are computed by a
// function, and that can be late with them or never give them.
#pragma once

#include "base/error.hpp"
#include "emulator/http.hpp"
#include "emulator/wordpress.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace ankkor::net {
class io_pool;
}

namespace ankkor::emulator {

class answering_server {
public:
  // Called on I/O threads, must not block for long.
  using answerer = std::function<http_answer(const http_question&, moment)>;

  // Port 0: the system chooses. The pool must outlive it.
  static result<std::unique_ptr<answering_server>> start(net::io_pool& pool, std::string name,
                                                         std::string host, std::uint16_t port,
                                                         answerer answers);
  answering_server(const answering_server&) = delete;
  answering_server& operator=(const answering_server&) = delete;
  ~answering_server(); // drains for a second at most

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::string url() const; // "http://127.0.0.1:8088"

private:
  struct implementation;
  explicit answering_server(std::shared_ptr<implementation> impl);
  std::shared_ptr<implementation> impl_;
};

} // namespace ankkor::emulator

// A real redis-server of one test's own: a child process with its data in a temporary directory,
// which can be killed and started again in the middle.
#pragma once

#include "base/redis.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace ankkor::testing {

struct redis_server_options {
  bool tcp = false;          // on a port of 127.0.0.1 as well as on the Unix socket
  std::string password{};    // of the default user
  std::string certificate{}; // with its key: TLS on a port of its own
  std::string key{};
  // More of redis.conf, a directive a line. Unless it says otherwise every write is synced to disk.
  std::string more{};
};

class redis_server {
public:
  explicit redis_server(redis_server_options options = {}); // waits until it answers
  ~redis_server();                                          // kills it and deletes its data
  redis_server(const redis_server&) = delete;
  redis_server& operator=(const redis_server&) = delete;

  void kill();         // -9, and waits for its end
  void stop();         // SIGTERM: it ends as it would with its machine
  void start();        // again, at the same places, with what it kept
  void freeze() const; // it takes connections and answers nothing
  void thaw() const;
  void forget(); // deletes what it kept; only while it doesn't run

  [[nodiscard]] std::string socket() const { return (directory_ / "socket").string(); }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  [[nodiscard]] std::uint16_t tls_port() const { return tls_port_; }

  // The address of its socket, with the password.
  [[nodiscard]] std::string url() const;

  // One command's reply, on a connection of its own.
  redis::reply ask(const redis::command& command) const;

private:
  [[nodiscard]] std::string configuration() const;
  bool launch();
  [[nodiscard]] bool answers() const;
  [[nodiscard]] bool has_ended();

  redis_server_options options_;
  std::filesystem::path directory_;
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
};

} // namespace ankkor::testing

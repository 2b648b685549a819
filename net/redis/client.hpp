// A client of one Redis server: one connection over TCP, TLS or a Unix socket, on which commands
// are pipelined. hiredis writes and reads the protocol (RESP2); the bytes are Boost.Asio's.
#pragma once

#include "base/error.hpp"
#include "base/redis.hpp"
#include "config/redis_url.hpp"
#include "net/tls/dial_options.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace ankkor::net {

class io_pool;

struct redis_options {
  dial_options dial;                                // certificates
  std::chrono::milliseconds connect_timeout{2'000}; // name look-up, TCP, TLS, AUTH and SELECT
  std::chrono::milliseconds answer_timeout{5'000};  // from send() to the last reply
  std::size_t answer_bytes_max = std::size_t{256} * 1024 * 1024; // of one reply
  std::size_t waiting_max = 1'024; // pipelines that are not answered; over it: errc::unavailable
};

// The connection is made when something is to be sent, and made anew after it was lost: there is no
// waiting in between, whoever sends decides when to try again. Of several addresses of the host the
// first that answers is taken (RFC 8305). TLS 1.2 and up with the certificate and the host's name
// verified. Every reply of the server is an answer, also an error. The pool
// must outlive the client.
//
// Errors: unavailable (nothing was sent), in_doubt (it was sent; the connection was lost, or the
// answer didn't come in time, was too large or no RESP), too_large (more than the server takes).
// None holds a password, a command or a reply.
class redis_client {
public:
  using handler = std::function<void(result<redis::answer>)>;

  // Works on thread 0 of the pool.
  redis_client(io_pool& pool, config::redis_url where, redis_options options = {});
  // What is in flight is cancelled; no handler runs any more when it returns. Not on an I/O thread.
  ~redis_client();
  redis_client(const redis_client&) = delete;
  redis_client& operator=(const redis_client&) = delete;

  // Pipelines are sent in the order of the calls, each without anything of another between.
  // `done` is called once, on the I/O thread. From any thread. Precondition: no command is empty.
  void send(const redis::pipeline& commands, handler done);

  // The same, waiting for the answer. Not on an I/O thread of the pool.
  result<redis::answer> exchange(const redis::pipeline& commands);

  struct implementation;

private:
  std::shared_ptr<implementation> impl_;
};

} // namespace ankkor::net

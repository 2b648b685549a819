// The HTTP/1.x server: Boost.Beast behind a plain interface, so that nobody else compiles it.
//
// Reads strictly (net/http/request_gate.hpp says what exactly): a message that
// could be framed in two ways is answered 400 and the connection closes. Every limit below is
// enforced before memory is spent on it. Time-outs are looked at a few times within each, so they
// end up to a quarter later than they say, and never sooner.
//
// An exchange must not outlive the io_pool; it may outlive the server.
#pragma once

#include "base/error.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ankkor::net {

class io_pool;

struct server_limits {
  std::size_t header_bytes_max = 16 * 1024;     // request line and header section; over it: 431
  std::size_t header_fields_max = 100;          // over it: 431
  std::size_t target_bytes_max = 8 * 1024;      // over it: 414
  std::size_t body_bytes_max = 4 * 1024 * 1024; // over it: 413
  // What all requests together hold beyond the first 4 KiB of each, which connections_max bounds;
  // over it: 503. Buffers grow as bytes arrive, never ahead of them by more than as much again.
  std::size_t inflight_bytes_max = 64 * 1024 * 1024;
  std::size_t connections_max = 10'000; // over it: a new connection is answered 503 and closed
  // From the first byte (or accept) to the end of the header: 408.
  std::chrono::milliseconds header_timeout{10'000};
  // From the end of the header to the end of the body: 408.
  std::chrono::milliseconds body_timeout{30'000};
  // Between two requests of a connection: closed silently.
  std::chrono::milliseconds idle_timeout{75'000};
  // For the peer to take an answer, or what was sent on a stream: closed.
  std::chrono::milliseconds write_timeout{30'000};
  // What may wait for the reader of a stream beyond what the system has taken; over it: closed.
  std::size_t stream_pending_max = 64 * 1024;
  // What the system takes for the reader of a stream (SO_SNDBUF, which Linux doubles). As much as
  // many streams can have.
  int stream_send_buffer = 16 * 1024;
  // After the last answer of a connection: what the peer still sends is read and dropped for so
  // long, or until it closes, lest a reset takes the answer from it (RFC 9112 section 9.6).
  std::chrono::milliseconds linger_timeout{2'000};
};

// One request as read. All views live until the exchange has been answered.
struct request {
  std::string_view method; // "GET"; upper case as sent
  std::string_view target; // "/api/stock?ids=1"; of an absolute-form target this part
  std::string_view path;   // "/api/stock", not decoded
  std::string_view query;  // "ids=1", not decoded; empty if none
  bool http_1_1 = true;
  std::vector<std::pair<std::string_view, std::string_view>>
    fields; // of the header section only, in order, values trimmed
  // The decoded body. At least 64 readable bytes follow it (SIMDJSON_PADDING).
  std::string_view body;
  std::string_view remote;                        // the peer's address without port
  bool loopback = false;                          // the peer is on this machine
  std::chrono::steady_clock::time_point received; // when the last byte of it was read

  // The first field of that name (compared without case); nothing if there is none.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
};

struct response {
  unsigned status = 200;
  // Content-Length, Connection, Date and Server are the server's business.
  std::vector<std::pair<std::string, std::string>> fields;
  // Fields that go before those, as append_field made them: for answers that are given often.
  std::string head;
  // The body, either owned or shared with many (a pre-rendered snapshot). `shared` wins when set.
  std::string body;
  std::shared_ptr<const std::string> shared;
  bool close = false; // close the connection after this answer
  // What the peer sends next is read after what others have sent: for answers that cost a stranger
  // less than us.
  bool after_others = false;
  // Bytes of the body that are announced and never come, before the connection is closed: for who
  // plays a server that breaks off (bench/).
  std::size_t missing = 0;
};

// Appends "name: value" as a line to a response's `head`. Control characters of the value become
// blanks: a line break would start a field, or an answer, of the value's author. Precondition: the
// name is a token, and none that is the server's business.
void append_field(std::string& head, std::string_view name, std::string_view value);

// Why a stream is no more.
enum class stream_end : std::uint8_t {
  peer,     // the reader went away
  too_slow, // the reader did not take what was sent to it
  stopped,  // end() was called, or the server drains
};

// An answer whose body goes on: bytes are sent as they come, until one side has enough. It ends
// with its connection, so it needs no framing. Everything on the connection's own I/O thread.
class stream {
public:
  virtual ~stream() = default;
  stream() = default;
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  // Sends these bytes after what was sent before; they are shared, not copied. False: it has ended,
  // or ends now because the reader is too slow.
  virtual bool push(std::shared_ptr<const std::string> bytes) = 0;

  // Ends it once what was pushed is written.
  virtual void end() = 0;
};

// Both on the I/O thread, and never from within push() or end().
struct stream_handlers {
  std::function<void(stream_end)> ended; // called once, unless the pool stops before
  std::function<void()> drained;         // all that was pushed is with the system; may be empty
};

// One request and its answer. Held by shared_ptr; if the last holder lets it go unanswered, the
// peer gets a 500.
class exchange {
public:
  virtual ~exchange() = default;
  exchange() = default;
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  [[nodiscard]] virtual const request& req() const noexcept = 0;

  // Answers. From any thread; the first call counts. For HEAD and 304 the body is not sent.
  virtual void respond(response answer) = 0;

  // Answers with `head`, whose body is the first that is sent, and goes on; req() is not to be
  // looked at any more, its memory is given back. Null if it was answered or closed before. On the
  // connection's I/O thread; not for HEAD.
  [[nodiscard]] virtual std::shared_ptr<stream> start_stream(response head,
                                                             stream_handlers handlers) = 0;

  // Runs `task` on the connection's own I/O thread, after what it is doing now. For gathering what
  // one turn of the loop read. From any thread.
  virtual void post(std::function<void()> task) = 0;

  // Which I/O thread serves this connection: 0 to io_pool::size() - 1.
  [[nodiscard]] virtual std::size_t thread_index() const noexcept = 0;
};

// Called on an I/O thread; must not block. Exceptions are answered 500 and logged.
using request_handler = std::function<void(const std::shared_ptr<exchange>&)>;

// An answer that is being sent, for who counts them.
struct sent_answer {
  std::string_view path; // "" if the request line could not be read
  unsigned status = 0;
  bool by_server = false; // refused before the handler saw it
};

struct server_tls {
  std::string certificate_file; // PEM, with its chain
  std::string key_file;         // PEM
};

struct server_options {
  std::string name;               // for logs and metrics: "public" or "admin"
  std::string host = "127.0.0.1"; // an address; IPv6 without brackets
  std::uint16_t port = 0;         // 0: the system chooses
  server_limits limits;
  std::optional<server_tls> tls;
  std::function<void(const sent_answer&)> answered; // called on the I/O thread; may be empty
};

struct server_stats {
  std::atomic<std::uint64_t> connections{0};         // open now
  std::atomic<std::uint64_t> requests{0};            // read completely, ever
  std::atomic<std::uint64_t> rejected{0};            // answered 4xx/503 by the server itself, ever
  std::atomic<std::uint64_t> refused_connections{0}; // over connections_max, ever
  std::atomic<std::uint64_t> inflight_bytes{0};      // held by requests now
};

class http_server {
public:
  // Listens on every thread of the pool (SO_REUSEPORT). The pool must outlive the server.
  static result<std::unique_ptr<http_server>> start(io_pool& pool, server_options options,
                                                    request_handler handler);
  virtual ~http_server() = default;

  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  [[nodiscard]] virtual const server_stats& stats() const noexcept = 0;

  // Stops accepting at once, lets requests in flight be answered (with Connection: close), closes
  // idle connections, ends streams, and returns when all are closed or the time is over. Blocks;
  // not on an I/O thread.
  virtual void drain(std::chrono::milliseconds patience) = 0;
};

} // namespace ankkor::net

// The client of a Redis server: a queue of requests and one connection, all on one I/O thread.
#include "net/redis/client.hpp"

#include "base/metrics.hpp"
#include "net/io_pool_impl.hpp"
#include "net/redis/protocol.hpp"
#include "net/tls/dial.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <deque>
#include <future>
#include <optional>
#include <utility>

namespace ankkor::net {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using clock = std::chrono::steady_clock;
using executor = asio::io_context::executor_type;
using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>;
using config::redis_url;

constexpr std::size_t read_bytes = std::size_t{64} * 1024;

struct request {
  std::string bytes;
  std::size_t commands = 0;
  std::vector<redis::reply> replies;
  redis_client::handler done;
  clock::time_point deadline;
};

// One connection and what is on its way; touched on the I/O thread only. Its callbacks hold it, and
// do nothing once it is closed.
struct link {
  explicit link(std::size_t reply_bytes_max) : reader(reply_bytes_max) {}

  std::shared_ptr<dialling> making;
  std::shared_ptr<connection> wire; // once it is made
  resp_reader reader;
  std::array<char, read_bytes> input{};
  std::string output; // being written
  bool is_writing = false;
  bool is_closed = false;

  void close() {
    is_closed = true;
    if (making)
      making->cancel();
    if (wire)
      wire->close();
  }
};

using link_ptr = std::shared_ptr<link>;

redis::pipeline greeting(const redis_url& where) {
  redis::pipeline commands;
  if (!where.password.empty() && where.user.empty())
    commands.push_back({"AUTH", where.password});
  else if (!where.password.empty())
    commands.push_back({"AUTH", where.user, where.password});
  if (where.database != 0)
    commands.push_back({"SELECT", std::to_string(where.database)});
  // Last, so that a server which wants a password says so now.
  commands.push_back({"PING"});
  return commands;
}

} // namespace

struct redis_client::implementation : std::enable_shared_from_this<redis_client::implementation> {
  implementation(io_pool& threads, redis_url address, redis_options how)
    : pool(threads), where(std::move(address)), name(where.shown()), options(std::move(how)),
      dial(std::make_shared<dialer>(pool.impl().context(0),
                                    std::make_shared<dial_setup>(options.dial))),
      deadline(pool.impl().context(0)) {}

  enum class stage : std::uint8_t { idle, connecting, greeting, open };

  // --- requests ----------------------------------------------------------------------------------

  void take(request what) {
    if (stopping)
      return;
    if (queued.size() + in_flight.size() >= options.waiting_max) {
      metrics::limit_reached("redis_commands").add();
      return what.done(error{errc::unavailable, "too much waits for Redis at " + name, ""});
    }
    queued.push_back(std::move(what));
    if (state == stage::idle)
      connect();
    else if (state == stage::open)
      write();
    watch();
  }

  // --- deadlines ---------------------------------------------------------------------------------

  // The earliest end of what is under way.
  [[nodiscard]] std::optional<clock::time_point> next_end() const {
    if (state == stage::connecting || state == stage::greeting)
      return connect_end;
    if (!in_flight.empty())
      return in_flight.front().deadline;
    return queued.empty() ? std::nullopt : std::optional{queued.front().deadline};
  }

  void watch() {
    const auto end = next_end();
    if (!end)
      return void(deadline.cancel());
    deadline.expires_at(*end);
    deadline.async_wait([self = weak_from_this()](error_code ec) {
      if (const auto strong = self.lock(); strong && !ec)
        strong->on_deadline();
    });
  }

  void on_deadline() {
    const auto end = next_end();
    if (!end || clock::now() < *end)
      return watch();
    if (state == stage::open)
      return lose("Redis at " + name + " did not answer in time",
                  "Check whether that server is overloaded, or stopped.");
    lose("could not connect to Redis at " + name + " in time",
         "Check that the server is up and reachable from this machine.");
  }

  // --- connecting --------------------------------------------------------------------------------

  // A callback that does nothing once its connection is closed.
  template <class Member>
  auto then(Member member) {
    return [self = shared_from_this(), held = current, member](error_code ec, auto&&...) {
      if (!held->is_closed)
        (self.get()->*member)(ec);
    };
  }

  void connect() {
    state = stage::connecting;
    connect_end = clock::now() + options.connect_timeout;
    current = std::make_shared<link>(options.answer_bytes_max);
    auto whom = peer{};
    whom.called = "Redis at " + name;
    whom.host = where.host;
    whom.port = where.port;
    if (where.over == redis_url::transport::unix_socket)
      whom.path = where.path;
    whom.secure = where.over == redis_url::transport::tls;
    current->making = dial->dial(std::move(whom), [self = shared_from_this(), held = current](
                                                    result<std::shared_ptr<net::connection>> made) {
      if (!held->is_closed)
        self->on_dialled(std::move(made));
    });
  }

  void on_dialled(result<std::shared_ptr<net::connection>> made) {
    current->making = nullptr;
    if (!made)
      return lose(made.failure().message, made.failure().mend);
    current->wire = *std::move(made);
    error_code ignored; // by a Unix socket, which has no such option
    current->wire->socket.set_option(asio::socket_base::keep_alive(true), ignored);
    greet();
  }

  void greet() {
    state = stage::greeting;
    const auto commands = greeting(where);
    greetings_left = commands.size();
    if (!append_resp(current->output, commands))
      return lose("can't log in to Redis at " + name, "");
    write_output();
    read();
  }

  // The server's own words are not repeated: they could hold what was sent.
  void on_greeted(const redis::reply& reply) {
    if (reply.is_error()) {
      const auto code = std::string{reply.code()};
      if (code == "LOADING")
        return lose("Redis at " + name + " is still loading its data", "Wait until it has.");
      return lose("Redis at " + name + " refused to let ankkor in (" + code + ")",
                  "Check user, password and database in REDIS_URL.");
    }
    if (--greetings_left > 0)
      return;
    state = stage::open;
    ++connection;
    write();
    watch();
  }

  // --- reading and writing -----------------------------------------------------------------------

  void write() {
    if (current->is_writing || queued.empty())
      return;
    while (!queued.empty()) {
      current->output += queued.front().bytes;
      queued.front().bytes = {};
      in_flight.push_back(std::move(queued.front()));
      queued.pop_front();
    }
    write_output();
  }

  void write_output() {
    current->is_writing = true;
    current->wire->with_stream([this](auto& stream) {
      asio::async_write(stream, asio::buffer(current->output), then(&implementation::on_written));
    });
  }

  void on_written(error_code ec) {
    if (ec)
      return lose_connection();
    current->is_writing = false;
    current->output.clear();
    if (state == stage::open)
      write();
  }

  void read() {
    current->wire->with_stream([this](auto& stream) {
      stream.async_read_some(
        asio::buffer(current->input),
        [self = shared_from_this(), held = current](error_code ec, std::size_t size) {
          if (!held->is_closed)
            self->on_read(ec, size);
        });
    });
  }

  void on_read(error_code ec, std::size_t size) {
    if (ec)
      return lose_connection();
    const auto held = current;
    if (!held->reader.feed({held->input.data(), size}))
      return lose("Redis at " + name + " answered with more than is taken", "");
    while (!held->is_closed) {
      auto next = held->reader.next();
      if (!next)
        return lose(next.failure().message, next.failure().mend);
      if (!*next)
        break;
      on_reply(*std::move(*next));
    }
    if (!held->is_closed)
      read();
  }

  void on_reply(redis::reply reply) {
    if (state == stage::greeting)
      return on_greeted(reply);
    if (in_flight.empty())
      return lose("Redis at " + name + " answered what was not asked", "");
    auto& asked = in_flight.front();
    asked.replies.push_back(std::move(reply));
    if (asked.replies.size() < asked.commands)
      return;
    auto whole = std::move(asked);
    in_flight.pop_front();
    watch();
    whole.done(redis::answer{connection, std::move(whole.replies)});
  }

  // --- the end of a connection -------------------------------------------------------------------

  void lose_connection() {
    lose("Redis at " + name + " closed the connection",
         "Look into that server's log, or whether something on the way closes idle connections.");
  }

  // What was sent may have been done; what was not will not be.
  void lose(const std::string& message, const std::string& mend) {
    current->close();
    state = stage::idle;
    auto sent = std::exchange(in_flight, {});
    auto unsent = std::exchange(queued, {});
    watch();
    for (auto& each : sent)
      each.done(error{errc::in_doubt, message, mend});
    for (auto& each : unsent)
      each.done(error{errc::unavailable, message, mend});
  }

  void stop() {
    stopping = true;
    deadline.cancel();
    if (current)
      current->close();
    state = stage::idle;
    in_flight.clear();
    queued.clear();
  }

  io_pool& pool;
  redis_url where;
  const std::string name; // for messages
  const redis_options options;
  const std::shared_ptr<dialer> dial;
  timer deadline;

  stage state = stage::idle;
  link_ptr current;
  clock::time_point connect_end;
  std::size_t greetings_left = 0;
  std::uint64_t connection = 0;
  std::deque<request> queued;    // not sent
  std::deque<request> in_flight; // handed to the connection
  bool stopping = false;
};

redis_client::redis_client(io_pool& pool, config::redis_url where, redis_options options)
  : impl_(std::make_shared<implementation>(pool, std::move(where), std::move(options))) {}

redis_client::~redis_client() {
  impl_->pool.impl().run_everywhere([impl = impl_](std::size_t thread) {
    if (thread == 0)
      impl->stop();
  });
}

void redis_client::send(const redis::pipeline& commands, handler done) {
  request what;
  what.commands = commands.size();
  what.done = std::move(done);
  what.deadline = clock::now() + impl_->options.answer_timeout;
  if (!append_resp(what.bytes, commands)) {
    return impl_->pool.post(0, [impl = impl_, refused = std::move(what.done)] {
      if (!impl->stopping)
        refused(error{errc::too_large, "a command for Redis is larger than it takes", ""});
    });
  }
  if (commands.empty()) {
    return impl_->pool.post(0, [impl = impl_, nothing = std::move(what.done)] {
      if (!impl->stopping)
        nothing(redis::answer{});
    });
  }
  const auto shared = std::make_shared<request>(std::move(what));
  impl_->pool.post(0, [impl = impl_, shared] { impl->take(std::move(*shared)); });
}

result<redis::answer> redis_client::exchange(const redis::pipeline& commands) {
  // Shared with the handler, which is dropped uncalled when the client is stopped meanwhile.
  auto promise = std::make_shared<std::promise<result<redis::answer>>>();
  auto answer = promise->get_future();
  send(commands, [kept = std::exchange(promise, nullptr)](result<redis::answer> outcome) {
    kept->set_value(std::move(outcome));
  });
  try {
    return answer.get();
  } catch (const std::future_error&) {
    return error{errc::in_doubt, "the connection to Redis was given up", ""};
  }
}

} // namespace ankkor::net

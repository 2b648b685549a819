// The client of a Redis server: a queue of requests and one connection, all on one I/O thread.
#include "net/redis/client.hpp"

#include "net/io_pool_impl.hpp"
#include "net/redis/protocol.hpp"
#include "net/tls/client.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
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
using asio::ip::tcp;
using boost::system::error_code;
using clock = std::chrono::steady_clock;
using executor = asio::io_context::executor_type;
using any_stream = asio::generic::stream_protocol; // TCP or a Unix socket
using plain_stream = asio::basic_stream_socket<any_stream, executor>;
using tls_stream = asio::ssl::stream<plain_stream&>;
using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>;
using resolver = asio::ip::basic_resolver<tcp, executor>;
using config::redis_url;

constexpr std::size_t read_bytes = std::size_t{64} * 1024;

struct request {
  std::string bytes;
  std::size_t commands = 0;
  std::vector<redis::reply> replies;
  redis_client::handler done;
  clock::time_point deadline;
};

// One connection; touched on the I/O thread only. Its callbacks hold it, and do nothing once it is
// closed.
struct link {
  link(asio::io_context& context, std::size_t reply_bytes_max)
    : socket(context), reader(reply_bytes_max) {}

  plain_stream socket;
  std::optional<tls_stream> tls;
  resp_reader reader;
  std::array<char, read_bytes> input{};
  std::string output; // being written
  bool is_writing = false;
  bool is_closed = false;

  template <class Action>
  void with_stream(Action action) {
    if (tls)
      action(*tls);
    else
      action(socket);
  }

  void close() {
    is_closed = true;
    error_code ignored;
    socket.close(ignored);
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
      context(pool.impl().context(0)), names(context), deadline(context) {
    tls_fault = prepare_client_tls(
      tls, options.ca_file, "Install the package ca-certificates, or check ANKKOR_REDIS_CA.");
  }

  enum class stage : std::uint8_t { idle, connecting, greeting, open };

  // --- requests ----------------------------------------------------------------------------------

  void take(request what) {
    if (stopping)
      return;
    if (queued.size() + in_flight.size() >= options.waiting_max)
      return what.done(error{errc::unavailable, "too much waits for Redis at " + name, ""});
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
    current = std::make_shared<link>(context, options.answer_bytes_max);
    if (where.over == redis_url::transport::tls && tls_fault)
      return lose(tls_fault->message, tls_fault->mend);
    if (where.over == redis_url::transport::unix_socket)
      return connect_to({asio::local::stream_protocol::endpoint{where.path}});
    error_code not_an_address;
    const auto address = asio::ip::make_address(where.host, not_an_address);
    if (!not_an_address)
      return connect_to({tcp::endpoint{address, where.port}});
    names.async_resolve(where.host, std::to_string(where.port), tcp::resolver::numeric_service,
                        [self = shared_from_this(), held = current](error_code ec, auto found) {
                          if (!held->is_closed)
                            self->on_resolved(ec, found);
                        });
  }

  void on_resolved(error_code ec, const resolver::results_type& found) {
    if (ec || found.empty())
      return lose("can't find the address of " + where.host + (ec ? ": " + ec.message() : ""),
                  "Check the host's name in REDIS_URL and this machine's DNS.");
    std::vector<any_stream::endpoint> all;
    for (const auto& each : found)
      all.emplace_back(each.endpoint());
    connect_to(std::move(all));
  }

  void connect_to(std::vector<any_stream::endpoint> all) {
    endpoints = std::move(all);
    asio::async_connect(current->socket, endpoints, then(&implementation::on_connected));
  }

  void on_connected(error_code ec) {
    if (ec)
      return lose("can't connect to Redis at " + name + ": " + ec.message(),
                  "Check that the server is up and reachable from this machine.");
    error_code ignored; // by a Unix socket, which has neither
    current->socket.set_option(tcp::no_delay(true), ignored);
    current->socket.set_option(asio::socket_base::keep_alive(true), ignored);
    if (where.over != redis_url::transport::tls)
      return greet();
    current->tls.emplace(current->socket, tls);
    if (!set_expected_name())
      return lose("can't prepare TLS for Redis at " + name, "");
    current->tls->async_handshake(asio::ssl::stream_base::client,
                                  then(&implementation::on_handshake));
  }

  // OpenSSL itself compares the certificate's names and addresses then (RFC 9525).
  bool set_expected_name() {
    SSL* native = current->tls->native_handle();
    X509_VERIFY_PARAM* expected = SSL_get0_param(native);
    error_code not_an_address;
    asio::ip::make_address(where.host, not_an_address);
    if (!not_an_address)
      return X509_VERIFY_PARAM_set1_ip_asc(expected, where.host.c_str()) == 1;
    return X509_VERIFY_PARAM_set1_host(expected, where.host.c_str(), where.host.size()) == 1 &&
           SSL_ctrl(native, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    where.host.data()) == 1; // SSL_set_tlsext_host_name, a macro with a C cast
  }

  void on_handshake(error_code ec) {
    if (!ec)
      return greet();
    const long verdict = SSL_get_verify_result(current->tls->native_handle());
    if (verdict != X509_V_OK)
      return lose("the certificate of Redis at " + name +
                    " is not valid: " + X509_verify_cert_error_string(verdict),
                  "Check the certificate, its names and this machine's clock; ANKKOR_REDIS_CA "
                  "names those that sign it.");
    lose("can't agree on TLS with Redis at " + name + ": " + ec.message(),
         "The server must speak TLS 1.2 or later on that port.");
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
    current->with_stream([this](auto& stream) {
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
    current->with_stream([this](auto& stream) {
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
    names.cancel();
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
    names.cancel();
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
  asio::io_context& context;
  asio::ssl::context tls{asio::ssl::context::tls_client};
  std::optional<error> tls_fault;
  resolver names;
  timer deadline;

  stage state = stage::idle;
  link_ptr current;
  std::vector<any_stream::endpoint> endpoints;
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

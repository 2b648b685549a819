// The HTTP client: one operation a request, as a chain of callbacks on one I/O thread. All requests
// to one host share a thread, and so its kept connections, without a lock.
#include "net/http/client.hpp"

#include "base/metrics.hpp"
#include "net/http/client_message.hpp"
#include "net/http/grammar.hpp"
#include "net/io_pool_impl.hpp"
#include "net/tls/dial.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <map>
#include <set>

namespace ankkor::net {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using clock = std::chrono::steady_clock;
using executor = asio::io_context::executor_type;
using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>;
using response_parser = http::response_parser<http::string_body>;

constexpr std::size_t padding = 64;  // SIMDJSON_PADDING
constexpr unsigned interim_max = 16; // 1xx answers before the real one

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

// One connection and what HTTP keeps with it.
struct link {
  link(std::shared_ptr<connection> made, std::string to)
    : key(std::move(to)), wire(std::move(made)), idle_end(wire->socket.get_executor()) {}

  const std::string key; // whom it leads to
  const std::shared_ptr<connection> wire;
  boost::beast::flat_buffer buffer;
  timer idle_end;
  bool used = false; // it has carried an answer before

  // Nothing may have come while it was idle: neither the end nor bytes that nobody asked for.
  bool is_quiet() {
    char byte = 0;
    error_code failure;
    wire->socket.non_blocking(true, failure);
    wire->socket.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, failure);
    return failure == asio::error::would_block;
  }
};

class operation;

// What one I/O thread has of one client; touched on that thread only.
struct shard {
  std::shared_ptr<dialer> dial;
  std::set<std::shared_ptr<operation>> running;
  std::map<std::string, std::vector<std::shared_ptr<link>>> idle; // by link::key; the newest last
};

// Beast takes repeated and listed lengths and any coding that ends in chunked; here one length or
// one `chunked`, or neither, as for requests.
bool is_framed_plainly(const http::response_header<>& head) {
  const auto lengths = head.count(http::field::content_length);
  const auto codings = head.count(http::field::transfer_encoding);
  if (lengths + codings > 1 || (codings == 1 && head.version() < 11))
    return false;
  if (lengths == 1)
    return grammar::parse_decimal(view(head[http::field::content_length])).has_value();
  return codings == 0 || grammar::iequals(view(head[http::field::transfer_encoding]), "chunked");
}

} // namespace

struct http_client::implementation : std::enable_shared_from_this<http_client::implementation> {
  implementation(io_pool& threads, client_options how) : pool(threads), options(std::move(how)) {
    const auto setup = std::make_shared<dial_setup>(options.dial);
    shards.resize(pool.size());
    for (std::size_t thread = 0; thread != shards.size(); ++thread)
      shards[thread].dial = std::make_shared<dialer>(pool.impl().context(thread), setup);
  }

  std::shared_ptr<link> take_idle(std::size_t thread, const std::string& key);
  void keep(std::size_t thread, std::shared_ptr<link> what);

  io_pool& pool;
  const client_options options;
  std::vector<shard> shards;
  std::atomic<std::size_t> running{0};
  std::atomic<bool> stopping{false};
};

namespace {

using client = http_client::implementation;

// One request and its answer.
class operation : public std::enable_shared_from_this<operation> {
public:
  operation(std::shared_ptr<client> owner, std::size_t thread, client_request what,
            http_client::handler done)
    : owner_(std::move(owner)), thread_(thread), what_(std::move(what)), done_(std::move(done)),
      deadline_(owner_->pool.impl().context(thread)), head_(request_head(what_)) {}

  void start() {
    owner_->shards[thread_].running.insert(shared_from_this());
    if (owner_->stopping)
      return cancel();
    total_end_ = clock::now() + what_.total_timeout;
    key_ = (what_.where.https ? "https://" : "http://") + name_of(what_.where);
    if (!what_.address.empty())
      key_ += " at " + what_.address;
    link_ = owner_->take_idle(thread_, key_);
    if (link_)
      return write();
    connect();
  }

  // Ends it without calling the handler.
  void cancel() {
    done_ = nullptr;
    finish(error{});
  }

private:
  enum class stage : std::uint8_t { connecting, waiting, over };

  [[nodiscard]] const std::string& host() const { return what_.where.host; }

  // A callback that does nothing once the operation is over.
  template <class Member>
  auto then(Member member) {
    return [self = shared_from_this(), member](error_code ec, auto&&...) {
      if (self->stage_ != stage::over)
        (self.get()->*member)(ec);
    };
  }

  void watch(clock::time_point until) {
    deadline_.expires_at(until);
    deadline_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec && self->stage_ != stage::over && clock::now() >= self->deadline_.expiry())
        self->time_out();
    });
  }

  void time_out() {
    if (stage_ == stage::connecting)
      return fail(errc::timed_out, "could not connect to " + host() + " in time",
                  "Check that the host is up and reachable from this machine.");
    fail(errc::timed_out, host() + " did not answer in time",
         "Check whether that server is overloaded.");
  }

  // --- connecting --------------------------------------------------------------------------------

  void connect() {
    stage_ = stage::connecting;
    watch(std::min(total_end_, clock::now() + what_.connect_timeout));
    auto whom = peer{};
    whom.called = name_of(what_.where);
    whom.host = host();
    whom.port = what_.where.port;
    whom.address = what_.address;
    whom.secure = what_.where.https;
    if (owner_->options.public_only)
      whom.within = whom.secure ? reach::on_internet : reach::nowhere;
    else if (!whom.secure)
      whom.within = what_.where.loopback() ? reach::this_machine : reach::not_public;
    dialling_ = owner_->shards[thread_].dial->dial(
      std::move(whom), [self = shared_from_this()](result<std::shared_ptr<connection>> made) {
        if (self->stage_ != stage::over)
          self->on_dialled(std::move(made));
      });
  }

  void on_dialled(result<std::shared_ptr<connection>> made) {
    dialling_ = nullptr;
    if (!made)
      return finish(made.failure());
    link_ = std::make_shared<link>(*std::move(made), key_);
    write();
  }

  // --- asking ------------------------------------------------------------------------------------

  void write() {
    stage_ = stage::waiting;
    const auto head_end = clock::now() + what_.head_timeout;
    watch(what_.head_timeout.count() > 0 ? std::min(total_end_, head_end) : total_end_);
    const std::array<asio::const_buffer, 2> parts = {asio::buffer(head_), asio::buffer(what_.body)};
    link_->wire->with_stream(
      [&](auto& stream) { asio::async_write(stream, parts, then(&operation::on_written)); });
  }

  // A server may answer and close before it has read all (413): so a failed write doesn't decide.
  void on_written(error_code ec) {
    if (ec && link_->used)
      return try_again_or_fail(ec);
    read_head();
  }

  void read_head() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(
      std::min<std::size_t>(what_.header_bytes_max, std::numeric_limits<std::uint32_t>::max())));
    parser_->body_limit(what_.body_bytes_max);
    parser_->skip(what_.method == "HEAD");
    link_->wire->with_stream([&](auto& stream) {
      http::async_read_header(stream, link_->buffer, *parser_, then(&operation::on_head));
    });
  }

  void on_head(error_code ec) {
    if (ec && link_->used && !parser_->got_some() && interim_ == 0)
      return try_again_or_fail(ec);
    if (ec)
      return fail_reading(ec);
    const auto& head = parser_->get();
    if (head.result_int() < 200) {
      if (head.result_int() == 101 || ++interim_ > interim_max)
        return fail_reading(http::error::bad_status);
      return read_head();
    }
    if (!is_framed_plainly(head))
      return fail_reading(http::error::bad_content_length);
    watch(total_end_);
    link_->wire->with_stream([&](auto& stream) {
      http::async_read(stream, link_->buffer, *parser_, then(&operation::on_answer));
    });
  }

  void on_answer(error_code ec) {
    if (ec)
      return fail_reading(ec);
    const bool keep =
      parser_->get().keep_alive() && !parser_->need_eof() && link_->buffer.size() == 0;
    auto message = parser_->release();
    client_response answer;
    answer.status = message.result_int();
    for (const auto& each : message.base()) {
      std::string name(view(each.name_string()));
      std::transform(name.begin(), name.end(), name.begin(), grammar::lower);
      answer.fields.emplace_back(std::move(name), view(each.value()));
    }
    answer.body = std::move(message.body());
    answer.body.reserve(answer.body.size() + padding);
    if (keep) {
      link_->used = true;
      owner_->keep(thread_, std::exchange(link_, nullptr));
    }
    finish(std::move(answer));
  }

  // --- the end -----------------------------------------------------------------------------------

  // The peer may have closed a kept connection just as it was taken (RFC 9112 section 9.3.1).
  void try_again_or_fail(error_code ec) {
    const bool closed = ec == http::error::end_of_stream || ec == asio::error::eof ||
                        ec == asio::error::connection_reset || ec == asio::error::broken_pipe ||
                        ec == asio::ssl::error::stream_truncated;
    if (!closed || what_.once)
      return fail_reading(ec);
    std::exchange(link_, nullptr)->wire->close();
    connect();
  }

  void fail_reading(error_code ec) {
    if (ec == http::error::header_limit || ec == http::error::body_limit ||
        ec == http::error::buffer_overflow)
      return fail(errc::too_large, "the answer of " + host() + " is larger than allowed", "");
    if (ec.category() == error_code(http::error::bad_status).category() &&
        ec != http::error::end_of_stream && ec != http::error::partial_message)
      return fail(errc::invalid_input,
                  "the answer of " + host() + " is not proper HTTP/1.1: " + ec.message(), "");
    fail(errc::unavailable, host() + " closed the connection before its answer was complete",
         "Look into that server's error log.");
  }

  void fail(errc code, std::string message, std::string mend) {
    finish(error{code, std::move(message), std::move(mend)});
  }

  void finish(result<client_response> outcome) {
    const auto self = shared_from_this(); // outlives its place in the set
    stage_ = stage::over;
    deadline_.cancel();
    if (dialling_)
      std::exchange(dialling_, nullptr)->cancel();
    if (link_)
      link_->wire->close();
    owner_->shards[thread_].running.erase(self);
    --owner_->running;
    if (const auto done = std::exchange(done_, nullptr))
      done(std::move(outcome));
  }

  const std::shared_ptr<client> owner_;
  const std::size_t thread_;
  const client_request what_;
  http_client::handler done_;
  timer deadline_;
  const std::string head_;
  std::string key_; // of the connection
  std::shared_ptr<dialling> dialling_;
  std::shared_ptr<link> link_;
  std::optional<response_parser> parser_;
  clock::time_point total_end_;
  unsigned interim_ = 0;
  stage stage_ = stage::connecting;
};

} // namespace

// --- kept connections ----------------------------------------------------------------------------

std::shared_ptr<link> http_client::implementation::take_idle(std::size_t thread,
                                                             const std::string& key) {
  auto& kept = shards[thread].idle[key];
  while (!kept.empty()) {
    auto newest = std::move(kept.back());
    kept.pop_back();
    newest->idle_end.cancel();
    if (newest->is_quiet())
      return newest;
  }
  return nullptr;
}

void http_client::implementation::keep(std::size_t thread, std::shared_ptr<link> what) {
  auto& kept = shards[thread].idle[what->key];
  if (stopping || options.idle_connections_per_host == 0)
    return;
  if (kept.size() == options.idle_connections_per_host)
    kept.erase(kept.begin());
  what->idle_end.expires_after(options.idle_for);
  what->idle_end.async_wait(
    [owner = weak_from_this(), gone = std::weak_ptr(what), thread](error_code ec) {
      const auto self = owner.lock();
      const auto old = gone.lock();
      if (!ec && self && old)
        std::erase(self->shards[thread].idle[old->key], old);
    });
  kept.push_back(std::move(what));
}

// --- http_client
// -----------------------------------------------------------------------------------

http_client::http_client(io_pool& pool, client_options options)
  : impl_(std::make_shared<implementation>(pool, std::move(options))) {}

http_client::~http_client() {
  impl_->stopping = true;
  impl_->pool.impl().run_everywhere([impl = impl_](std::size_t i) {
    impl->shards[i].idle.clear();
    for (const auto running = impl->shards[i].running; const auto& each : running)
      each->cancel();
  });
}

void http_client::send(client_request what, handler done) {
  const std::size_t thread = std::hash<std::string>{}(what.where.host) % impl_->pool.size();
  auto fault = fault_of(what, impl_->options.plain_hosts);
  if (!fault && impl_->running.fetch_add(1) >= impl_->options.concurrent_max) {
    --impl_->running;
    metrics::limit_reached("outgoing_calls").add();
    fault = error{errc::unavailable,
                  "too many requests are under way to send one to " + what.where.host, ""};
  }
  if (fault)
    return impl_->pool.post(thread,
                            [impl = impl_, why = std::move(*fault), done = std::move(done)] {
                              if (!impl->stopping)
                                done(why);
                            });
  auto started = std::make_shared<operation>(impl_, thread, std::move(what), std::move(done));
  impl_->pool.post(thread, [started = std::move(started)] { started->start(); });
}

void http_client::look_up(const std::string& host, lookup_handler done) {
  const std::size_t thread = std::hash<std::string>{}(host) % impl_->pool.size();
  impl_->pool.post(thread, [impl = impl_, thread, host, done = std::move(done)] {
    if (!impl->stopping)
      impl->shards[thread].dial->look_up(host,
                                         [impl, done](result<std::vector<std::string>> found) {
                                           if (!impl->stopping)
                                             done(std::move(found));
                                         });
  });
}

} // namespace ankkor::net

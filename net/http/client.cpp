// The HTTP client: one operation a request, as a chain of callbacks on one I/O thread. All requests
// to one host share a thread, and so its kept connections, without a lock.
#include "net/http/client.hpp"

#include "net/http/date.hpp"
#include "net/http/grammar.hpp"
#include "net/io_pool_impl.hpp"
#include "net/tls/client.hpp"
#include "net/tls/public_address.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
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
using asio::ip::tcp;
using boost::system::error_code;
using clock = std::chrono::steady_clock;
using executor = asio::io_context::executor_type;
using plain_stream = asio::basic_stream_socket<tcp, executor>;
using tls_stream = asio::ssl::stream<plain_stream&>;
using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>;
using resolver = asio::ip::basic_resolver<tcp, executor>;
using response_parser = http::response_parser<http::string_body>;

constexpr std::size_t padding = 64;  // SIMDJSON_PADDING
constexpr unsigned interim_max = 16; // 1xx answers before the real one

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

std::string name_of(const url& where) {
  const bool ipv6 = where.host.find(':') != std::string::npos;
  const bool usual = where.port == (where.https ? 443 : 80);
  return (ipv6 ? "[" + where.host + "]" : where.host) +
         (usual ? "" : ":" + std::to_string(where.port));
}

// One TCP connection, with TLS on it or not.
struct link {
  link(asio::io_context& context, std::string to)
    : key(std::move(to)), socket(context), idle_end(context) {}

  const std::string key; // whom it leads to
  plain_stream socket;
  std::optional<tls_stream> tls;
  boost::beast::flat_buffer buffer;
  timer idle_end;
  bool used = false; // it has carried an answer before

  // Calls `action` with the stream that carries the bytes.
  template <class Action>
  void with_stream(Action action) {
    if (tls)
      action(*tls);
    else
      action(socket);
  }

  void close() {
    error_code ignored;
    socket.close(ignored);
  }

  // Nothing may have come while it was idle: neither the end nor bytes that nobody asked for.
  bool is_quiet() {
    char byte = 0;
    error_code failure;
    socket.non_blocking(true, failure);
    socket.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, failure);
    return failure == asio::error::would_block;
  }
};

class operation;

// What one I/O thread has of one client; touched on that thread only.
struct shard {
  std::set<std::shared_ptr<operation>> running;
  std::map<std::string, std::vector<std::shared_ptr<link>>> idle; // by link::key; the newest last
};

bool is_clients_business(std::string_view name) {
  for (const std::string_view ours : {"host", "content-length", "connection", "transfer-encoding"})
    if (grammar::iequals(name, ours))
      return true;
  return false;
}

// Nothing if the request may be sent. Names no value: values can be secrets.
std::optional<error> fault_of(const client_request& what) {
  const auto fault = [](std::string message, std::string mend) {
    return error{errc::invalid_input, std::move(message), std::move(mend)};
  };
  if (!grammar::is_token(what.method) || !grammar::is_origin_form(what.where.target) ||
      what.where.host.empty())
    return fault("the request to " + what.where.host + " has a malformed method or URL", "");
  if (!what.where.https && !what.where.loopback())
    return fault("plain http to " + what.where.host +
                   " is refused: it would send secrets in the clear",
                 "Use an https:// URL; http:// is for this machine itself only.");
  for (const auto& [name, value] : what.fields)
    if (!grammar::is_token(name) || !std::all_of(value.begin(), value.end(), grammar::is_text))
      return fault("a header field for " + what.where.host +
                     " holds characters that a header can't carry",
                   "Look for line breaks or control characters in the configured secrets.");
  return std::nullopt;
}

std::string request_head(const client_request& what) {
  std::string head =
    what.method + " " + what.where.target + " HTTP/1.1\r\nHost: " + name_of(what.where) + "\r\n";
  bool has_agent = false;
  for (const auto& [name, value] : what.fields) {
    if (is_clients_business(name))
      continue;
    has_agent = has_agent || grammar::iequals(name, "user-agent");
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (!has_agent)
    head.append("User-Agent: ankkor\r\n");
  if (!what.body.empty() || (what.method != "GET" && what.method != "HEAD"))
    head.append("Content-Length: ").append(std::to_string(what.body.size())).append("\r\n");
  return head.append("\r\n");
}

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
    shards.resize(pool.size());
    tls_fault = prepare_client_tls(tls, options.ca_file, "Install the package ca-certificates.");
  }

  std::shared_ptr<link> take_idle(std::size_t thread, const std::string& key);
  void keep(std::size_t thread, std::shared_ptr<link> what);

  io_pool& pool;
  const client_options options;
  asio::ssl::context tls{asio::ssl::context::tls_client};
  std::optional<error> tls_fault;
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
      context_(owner_->pool.impl().context(thread)), resolver_(context_), deadline_(context_),
      head_(request_head(what_)) {}

  void start() {
    owner_->shards[thread_].running.insert(shared_from_this());
    if (owner_->stopping)
      return cancel();
    total_end_ = clock::now() + what_.total_timeout;
    const std::string key = (what_.where.https ? "https://" : "http://") + name_of(what_.where);
    link_ = owner_->take_idle(thread_, key);
    if (link_)
      return write();
    connect(key);
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

  void connect(const std::string& key) {
    stage_ = stage::connecting;
    link_ = std::make_shared<link>(context_, key);
    watch(std::min(total_end_, clock::now() + what_.connect_timeout));
    error_code not_an_address;
    const auto address = asio::ip::make_address(host(), not_an_address);
    if (!not_an_address)
      return connect_to({tcp::endpoint(address, what_.where.port)});
    resolver_.async_resolve(host(), std::to_string(what_.where.port),
                            tcp::resolver::numeric_service,
                            [self = shared_from_this()](error_code ec, const auto& found) {
                              if (self->stage_ != stage::over)
                                self->on_resolved(ec, {found.begin(), found.end()});
                            });
  }

  void on_resolved(error_code ec, std::vector<tcp::endpoint> found) {
    // "localhost" is a promise of the name, not of the system's resolver.
    if (!what_.where.https)
      std::erase_if(found, [](const tcp::endpoint& each) { return !each.address().is_loopback(); });
    if (ec || found.empty())
      return fail(errc::unavailable,
                  "can't find the address of " + host() + (ec ? ": " + ec.message() : ""),
                  "Check the host's name and this machine's DNS.");
    connect_to(std::move(found));
  }

  // Whatever a name says by now, it is these addresses that are connected to.
  void connect_to(std::vector<tcp::endpoint> endpoints) {
    endpoints_ = std::move(endpoints);
    if (owner_->options.public_only) {
      std::erase_if(endpoints_,
                    [](const tcp::endpoint& each) { return !is_public(each.address()); });
      if (endpoints_.empty())
        return fail(errc::unavailable,
                    host() + " is within a private network or on this machine, and "
                             "ANKKOR_OUTGOING_ADDRESSES is public",
                    "Give a host on the Internet, or set it to any if this one is meant.");
    }
    asio::async_connect(link_->socket, endpoints_, then(&operation::on_connected));
  }

  void on_connected(error_code ec) {
    if (ec)
      return fail(errc::unavailable,
                  "can't connect to " + host() + ":" + std::to_string(what_.where.port) + ": " +
                    ec.message(),
                  "Check that the host is up and reachable from this machine.");
    error_code ignored;
    link_->socket.set_option(tcp::no_delay(true), ignored);
    if (!what_.where.https)
      return write();
    link_->tls.emplace(link_->socket, owner_->tls);
    if (!set_expected_name())
      return fail(errc::unavailable, "can't prepare TLS for " + host(), "");
    link_->tls->async_handshake(asio::ssl::stream_base::client, then(&operation::on_handshake));
  }

  // OpenSSL itself compares the certificate's names and addresses then (RFC 9525).
  bool set_expected_name() {
    SSL* native = link_->tls->native_handle();
    X509_VERIFY_PARAM* expected = SSL_get0_param(native);
    error_code not_an_address;
    asio::ip::make_address(host(), not_an_address);
    if (!not_an_address)
      return X509_VERIFY_PARAM_set1_ip_asc(expected, host().c_str()) == 1;
    return X509_VERIFY_PARAM_set1_host(expected, host().c_str(), host().size()) == 1 &&
           SSL_ctrl(native, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    const_cast<char*>(host().c_str())) ==
             1; // SSL_set_tlsext_host_name, a macro with a C cast
  }

  void on_handshake(error_code ec) {
    if (!ec)
      return write();
    const long verdict = SSL_get_verify_result(link_->tls->native_handle());
    if (verdict != X509_V_OK)
      return fail(errc::unavailable,
                  "the certificate of " + host() +
                    " is not valid: " + X509_verify_cert_error_string(verdict),
                  "Check the certificate, its chain, its names and this machine's clock.");
    fail(errc::unavailable, "can't agree on TLS with " + host() + ": " + ec.message(),
         "The server must speak TLS 1.2 or later.");
  }

  // --- asking ------------------------------------------------------------------------------------

  void write() {
    stage_ = stage::waiting;
    const auto head_end = clock::now() + what_.head_timeout;
    watch(what_.head_timeout.count() > 0 ? std::min(total_end_, head_end) : total_end_);
    const std::array<asio::const_buffer, 2> parts = {asio::buffer(head_), asio::buffer(what_.body)};
    link_->with_stream(
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
    link_->with_stream([&](auto& stream) {
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
    link_->with_stream([&](auto& stream) {
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
    link_->close();
    connect(std::string(link_->key));
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
    resolver_.cancel();
    if (link_)
      link_->close();
    owner_->shards[thread_].running.erase(self);
    --owner_->running;
    if (const auto done = std::exchange(done_, nullptr))
      done(std::move(outcome));
  }

  const std::shared_ptr<client> owner_;
  const std::size_t thread_;
  const client_request what_;
  http_client::handler done_;
  asio::io_context& context_;
  resolver resolver_;
  timer deadline_;
  const std::string head_;
  std::vector<tcp::endpoint> endpoints_;
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
  auto fault = fault_of(what);
  if (!fault && what.where.https)
    fault = impl_->tls_fault;
  if (!fault && impl_->running.fetch_add(1) >= impl_->options.concurrent_max) {
    --impl_->running;
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

// --- client_response
// -------------------------------------------------------------------------------

std::optional<std::string_view> client_response::field(std::string_view lower_case_name) const {
  for (const auto& [name, value] : fields)
    if (name == lower_case_name)
      return value;
  return std::nullopt;
}

// RFC 9110 section 10.2.3.
std::optional<std::chrono::seconds>
client_response::retry_after(std::chrono::system_clock::time_point now) const {
  const auto value = field("retry-after");
  if (!value)
    return std::nullopt;
  if (const auto seconds = grammar::parse_decimal(*value))
    return std::chrono::seconds(
      std::min<std::uint64_t>(*seconds, std::numeric_limits<std::int32_t>::max()));
  const auto present = std::chrono::floor<std::chrono::seconds>(now);
  const auto date = parse_http_date(*value, present);
  if (!date)
    return std::nullopt;
  return std::max(*date - present, std::chrono::seconds(0));
}

} // namespace ankkor::net

// The HTTP server: connections as state machines of callbacks, each on the one I/O thread that
// accepted it, so nothing of a connection is locked. The only part of net that reads requests from
// sockets.
#include "net/http/server.hpp"

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "net/http/beast_check.hpp"
#include "net/http/date.hpp"
#include "net/http/grammar.hpp"
#include "net/http/page_pool.hpp"
#include "net/http/request_gate.hpp"
#include "net/io_pool_impl.hpp"
#include "net/tls/floor.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <deque>
#include <mutex>
#include <thread>
#include <type_traits>

namespace ankkor::net {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using clock = std::chrono::steady_clock;

// The concrete executor in place of any_io_executor: no virtual call for each operation.
using executor = asio::io_context::executor_type;
using plain_stream = asio::basic_stream_socket<tcp, executor>;
// Joins head and body into one record. Not beast::ssl_stream: in Boost 1.81 it ends a write early
// when a head is followed by more than 16 KiB of body.
using tls_stream = asio::ssl::stream<plain_stream>;
using acceptor = asio::basic_socket_acceptor<tcp, executor>;
using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>;

// simdjson reads up to this far behind the end of its input (SIMDJSON_PADDING).
constexpr std::size_t padding = 64;
constexpr std::size_t base_buffer = page_pool::page_bytes;

// Over connections_max a connection is still told so, as long as no more than these wait to be
// told.
constexpr std::uint64_t refusals_max = 64;

constexpr int put_off_a_turn = 4;

// What a group of deliveries has as a rule.
constexpr std::size_t answers_at_once = 16;

constexpr auto accept_pause = std::chrono::milliseconds(100);
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

// --- what a connection reads into --------------------------------------------------------------

// One contiguous piece of memory that starts with the message being read: a page of the pool, or
// more of its own while it needs more, which is accounted in a total shared by all connections.
class read_buffer {
public:
  read_buffer(page_pool& pages, std::atomic<std::uint64_t>& total, std::size_t total_max)
    : pages_(pages), total_(total), total_max_(total_max), data_(pages.take()),
      capacity_(base_buffer) {}

  ~read_buffer() { release(); }

  read_buffer(const read_buffer&) = delete;
  read_buffer& operator=(const read_buffer&) = delete;

  [[nodiscard]] std::string_view bytes() const { return {data_, size_}; }

  [[nodiscard]] char* data() { return data_; }

  [[nodiscard]] asio::mutable_buffer space() {
    return {data_ + size_, capacity_ - padding - size_};
  }

  void added(std::size_t count) { size_ += count; }

  // Makes sure that at least one byte can be added; false if that would break the limit of all
  // requests. Doubles, but goes no further than `message_size` where that is known (not 0).
  bool make_room(std::size_t message_size) {
    if (size_ < capacity_ - padding)
      return true;
    std::size_t wanted = capacity_ * 2;
    if (message_size > size_)
      wanted = std::min(wanted, message_size + padding);
    return resize(wanted);
  }

  // Gives all of it back; nothing is read into it any more.
  void release() {
    total_.fetch_sub(capacity_ - base_buffer, std::memory_order_relaxed);
    drop_data();
    capacity_ = base_buffer;
    size_ = 0;
  }

  // Drops the message from the front; the next one may have begun behind it. Gives back what it
  // doesn't need.
  void drop(std::size_t count) {
    size_ -= count;
    if (size_ != 0)
      std::memmove(data_, data_ + count, size_);
    if (capacity_ > base_buffer && size_ <= base_buffer - padding)
      resize(base_buffer);
  }

private:
  void drop_data() {
    if (!own_ && data_ != nullptr)
      pages_.give(data_);
    own_.reset();
    data_ = nullptr;
  }

  bool resize(std::size_t wanted) {
    if (wanted > capacity_) {
      const auto more = wanted - capacity_;
      if (total_.fetch_add(more, std::memory_order_relaxed) + more > total_max_) {
        total_.fetch_sub(more, std::memory_order_relaxed);
        return false;
      }
    } else {
      total_.fetch_sub(capacity_ - wanted, std::memory_order_relaxed);
    }
    auto own = wanted == base_buffer ? nullptr : std::make_unique_for_overwrite<char[]>(wanted);
    char* const moved = own ? own.get() : pages_.take();
    std::memcpy(moved, data_, size_);
    drop_data();
    own_ = std::move(own);
    data_ = moved;
    capacity_ = wanted;
    return true;
  }

  page_pool& pages_;
  std::atomic<std::uint64_t>& total_;
  std::size_t total_max_;
  std::unique_ptr<char[]> own_; // null: it is a page
  char* data_;
  std::size_t capacity_;
  std::size_t size_ = 0;
};

// --- shared by connections ---------------------------------------------------------------------

enum class phase : std::uint8_t {
  handshake, // TLS
  idle,      // between two requests
  head,      // of a request is being read, or waited for on a new connection
  body,      // is being read
  handling,  // the handler has the exchange
  writing,   // the answer
  streaming, // an answer that goes on
  lingering, // the last answer is written
  closed,
};

class connection_base : public stream,
                        public boost::intrusive::list_base_hook<
                          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
  // This connection as a stream; null if it is closed.
  virtual std::shared_ptr<stream> begin_stream(response&& head, stream_handlers handlers) = 0;
  virtual void answer(response&& what) = 0; // from any thread
  virtual void send(response&& what) = 0;   // on its own
  virtual void post(std::function<void()> task) = 0;
  virtual void check_deadline(clock::time_point now) = 0;
  virtual void close_if_idle() = 0;
  virtual void close() = 0;
  virtual void read_next() = 0; // its turn has come

  [[nodiscard]] const request& req() const { return request_; }

  [[nodiscard]] std::size_t thread_index() const { return thread_index_; }

protected:
  request request_;
  std::size_t thread_index_ = 0;
};

// Answers on their way to the I/O thread that sends them.
struct answer_batch {
  std::vector<std::pair<std::shared_ptr<connection_base>, response>> answers;
};

// What one I/O thread has of one server. Touched on that thread only, but for send_soon.
struct shard {
  shard(asio::io_context& ctx, std::size_t number) : context(ctx), index(number) {}

  asio::io_context& context;
  std::size_t index;
  std::optional<acceptor> listener;
  std::optional<timer> ticker;       // looks at the deadlines
  std::optional<timer> accept_again; // after accept ran out of descriptors or memory
  bool accept_fails = false;
  std::array<char, 512> scratch{}; // what readers of streams send is read into it and not looked at
  boost::intrusive::list<connection_base, boost::intrusive::constant_time_size<false>> open;

  // Sends it on this thread. From any thread: what others hand over before this one's turn comes
  // goes with it, since a group of deliveries is answered at once, and waking a thread costs more
  // than an answer. The batch belongs to what is posted, so that it goes when the loop does.
  void send_soon(std::shared_ptr<connection_base> to, response&& what) {
    const std::lock_guard hold(gathering_);
    auto batch = open_batch_.lock();
    if (batch) {
      batch->answers.emplace_back(std::move(to), std::move(what));
      return;
    }
    batch = std::make_shared<answer_batch>();
    batch->answers.reserve(answers_at_once);
    batch->answers.emplace_back(std::move(to), std::move(what));
    open_batch_ = batch;
    asio::post(context, [this, batch = std::move(batch)] {
      {
        const std::lock_guard close_it(gathering_);
        open_batch_.reset();
      }
      for (auto& [connection, answer] : batch->answers)
        connection->send(std::move(answer));
    });
  }

  // Reads what it sends next once others have had their turn. Where many are put off, each turn of
  // the loop takes a few of them only, so that answers, and who is not put off, wait for no more
  // than those. On this thread.
  void put_off(std::shared_ptr<connection_base> whom) {
    auto all = put_off_.lock();
    if (all)
      return all->push_back(std::move(whom));
    all = std::make_shared<std::deque<std::shared_ptr<connection_base>>>();
    all->push_back(std::move(whom));
    put_off_ = all;
    take_put_off(std::move(all));
  }

  // "Date: ..." for the present second.
  const std::string& date() {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (now != date_of_) {
      date_of_ = now;
      date_ = format_http_date(now);
    }
    return date_;
  }

private:
  using line = std::shared_ptr<std::deque<std::shared_ptr<connection_base>>>;

  // The line belongs to what is posted, as a batch of answers does.
  void take_put_off(line all) {
    asio::post(context, [this, all = std::move(all)]() mutable {
      // A flood of them keeps this thread from ever sleeping, and those who work on what the others
      // sent interrupt nobody (base/process.hpp).
      std::this_thread::yield();
      for (int taken = 0; taken < put_off_a_turn && !all->empty(); ++taken) {
        const auto next = std::move(all->front());
        all->pop_front();
        next->read_next();
      }
      if (!all->empty())
        take_put_off(std::move(all));
    });
  }

  std::weak_ptr<line::element_type> put_off_;
  std::mutex gathering_;
  std::weak_ptr<answer_batch> open_batch_;
  std::chrono::sys_seconds date_of_{};
  std::string date_;
};

// What all connections of one server share, and keep alive.
struct core {
  core(io_pool& threads, server_options what, request_handler how)
    : pool(threads), options(std::move(what)), handler(std::move(how)) {}

  io_pool& pool;
  const server_options options;
  const request_handler handler;
  server_stats stats;
  page_pool pages; // of the connections, which go first
  std::optional<asio::ssl::context> tls;
  std::vector<std::unique_ptr<shard>> shards;
  std::atomic<bool> draining{false};
  std::mutex mutex;
  std::condition_variable all_closed;

  void closed_one() {
    if (stats.connections.fetch_sub(1) != 1 || !draining)
      return;
    const std::lock_guard lock(mutex);
    all_closed.notify_all();
  }
};

class exchange_impl final : public exchange {
public:
  explicit exchange_impl(std::shared_ptr<connection_base> on) : connection_(std::move(on)) {}

  ~exchange_impl() override;
  exchange_impl(const exchange_impl&) = delete;
  exchange_impl& operator=(const exchange_impl&) = delete;

  [[nodiscard]] const request& req() const noexcept override { return connection_->req(); }

  void respond(response what) override {
    if (!answered_.exchange(true))
      connection_->answer(std::move(what));
  }

  std::shared_ptr<stream> start_stream(response head, stream_handlers handlers) override {
    if (answered_.exchange(true))
      return nullptr;
    return connection_->begin_stream(std::move(head), std::move(handlers));
  }

  void post(std::function<void()> task) override { connection_->post(std::move(task)); }

  [[nodiscard]] std::size_t thread_index() const noexcept override {
    return connection_->thread_index();
  }

private:
  std::shared_ptr<connection_base> connection_;
  std::atomic<bool> answered_{false};
};

// `code` and `message` are our own words: nothing in them needs escaping.
response error_answer(unsigned status, std::string_view code, std::string_view message) {
  response result;
  result.status = status;
  result.fields.emplace_back("Content-Type", "application/json");
  result.body.append(R"({"error":{"code":")").append(code).append(R"(","message":")");
  result.body.append(message).append(R"("}})");
  return result;
}

response internal_error() {
  return error_answer(500, "internal_error", "The server could not answer this request.");
}

exchange_impl::~exchange_impl() {
  if (answered_)
    return;
  log::error("a request was dropped without an answer", {{"path", req().path}});
  respond(internal_error());
}

// --- writing the head of an answer ---------------------------------------------------------------

bool has_body(unsigned status) {
  return status != 204 && status != 304;
}

bool is_servers_business(std::string_view name) {
  for (const std::string_view ours :
       {"content-length", "connection", "date", "server", "transfer-encoding"})
    if (grammar::iequals(name, ours))
      return true;
  return false;
}

struct head_facts {
  std::size_t body_size = 0;
  bool close = false;
  bool http_1_1 = true;
  bool unbounded = false; // ends with the connection: RFC 9112 section 6.3, item 8
};

void write_head(std::string& out, const response& what, const head_facts& facts,
                const std::string& date) {
  const auto reason = beast::http::obsolete_reason(static_cast<beast::http::status>(what.status));
  out.assign("HTTP/1.1 ").append(std::to_string(what.status)).push_back(' ');
  out.append(reason.data(), reason.size()).append("\r\nServer: ankkor\r\nDate: ").append(date);
  out.append("\r\n").append(what.head);
  for (const auto& [name, value] : what.fields) {
    if (!is_servers_business(name) && grammar::is_token(name))
      append_field(out, name, value);
  }
  if (has_body(what.status) && !facts.unbounded)
    out.append("Content-Length: ").append(std::to_string(facts.body_size)).append("\r\n");
  if (facts.close)
    out.append("Connection: close\r\n");
  else if (!facts.http_1_1)
    out.append("Connection: keep-alive\r\n"); // RFC 9112 section 9.3: HTTP/1.0 must be told
  out.append("\r\n");
}

// --- connection --------------------------------------------------------------------------------

gate_limits gate_limits_of(const server_limits& limits) {
  return {limits.header_bytes_max, limits.header_fields_max, limits.target_bytes_max,
          limits.body_bytes_max};
}

template <class Stream>
class connection final : public connection_base,
                         public std::enable_shared_from_this<connection<Stream>> {
  static constexpr bool is_tls = std::is_same_v<Stream, tls_stream>;

public:
  template <class... Arguments>
  connection(std::shared_ptr<core> shared, shard& home, Arguments&&... arguments)
    : core_(std::move(shared)), home_(home), stream_(std::forward<Arguments>(arguments)...),
      buffer_(core_->pages, core_->stats.inflight_bytes, core_->options.limits.inflight_bytes_max),
      gate_(gate_limits_of(core_->options.limits)) {
    thread_index_ = home.index;
  }

  // `refused`: there are too many connections; say so and close.
  void start(bool refused) {
    error_code failure;
    const auto peer = socket().remote_endpoint(failure);
    home_.open.push_back(*this);
    if (failure)
      return close();
    socket().set_option(tcp::no_delay(true), failure);
    const auto address = peer.address();
    remote_ = address.to_string(failure);
    request_.remote = remote_;
    request_.loopback =
      address.is_loopback() ||
      (address.is_v6() && address.to_v6().is_v4_mapped() &&
       asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback());
    enter(phase::head, limits().header_timeout);
    if (refused)
      return refuse();
    if constexpr (is_tls) {
      phase_ = phase::handshake;
      stream_.async_handshake(
        asio::ssl::stream_base::server,
        [self = this->shared_from_this()](error_code ec) { self->on_handshake(ec); });
    } else {
      read();
    }
  }

  void answer(response&& what) override {
    if (home_.context.get_executor().running_in_this_thread())
      return send(std::move(what));
    home_.send_soon(this->shared_from_this(), std::move(what));
  }

  void post(std::function<void()> task) override { asio::post(home_.context, std::move(task)); }

  void check_deadline(clock::time_point now) override {
    if (now < deadline_)
      return;
    if (phase_ == phase::streaming)
      streaming_->why = stream_end::too_slow;
    if (phase_ != phase::head && phase_ != phase::body)
      return close();
    // The read that is under way ends with an error, and on_read then says 408.
    late_ = true;
    deadline_ = clock::time_point::max();
    error_code ignored;
    socket().cancel(ignored);
  }

  void close_if_idle() override {
    if (phase_ == phase::streaming)
      return end();
    if (phase_ == phase::idle || phase_ == phase::handshake ||
        (phase_ == phase::head && buffer_.bytes().empty()))
      close();
  }

  void close() override {
    if (phase_ == phase::closed)
      return;
    stream_is_over();
    phase_ = phase::closed;
    error_code ignored;
    socket().close(ignored);
    this->unlink();
    core_->closed_one();
  }

  // --- streaming ---------------------------------------------------------------------------------

  std::shared_ptr<stream> begin_stream(response&& head, stream_handlers handlers) override {
    if (phase_ != phase::handling)
      return nullptr;
    error_code ignored;
    socket().set_option(asio::socket_base::send_buffer_size(limits().stream_send_buffer), ignored);
    write_head(head_, head, {0, true, gate_.http_1_1(), true}, home_.date());
    head_ += head.shared ? *head.shared : head.body;
    streaming_ = std::make_unique<streaming>();
    streaming_->handlers = std::move(handlers);
    streaming_->pending.push_back(std::make_shared<const std::string>(std::move(head_)));
    if (core_->draining) {
      streaming_->end_wanted = true;
      streaming_->why = stream_end::stopped;
    }
    tell(head.status, false);
    // A stream lives long and reads nothing any more: it keeps nothing that a request needed.
    head_ = {};
    request_ = {};
    gate_ = request_gate(gate_limits_of(limits()));
    buffer_.release();
    phase_ = phase::streaming;
    write_pending();
    watch();
    return this->shared_from_this();
  }

  bool push(std::shared_ptr<const std::string> bytes) override {
    if (phase_ != phase::streaming || streaming_->end_wanted)
      return false;
    auto& own = *streaming_;
    if (own.pending_bytes + bytes->size() > limits().stream_pending_max) {
      own.why = stream_end::too_slow;
      close();
      return false;
    }
    own.pending_bytes += bytes->size();
    own.pending.push_back(std::move(bytes));
    if (own.writing.empty())
      write_pending();
    return true;
  }

  void end() override {
    if (phase_ != phase::streaming || streaming_->end_wanted)
      return;
    streaming_->end_wanted = true;
    streaming_->why = stream_end::stopped;
    if (streaming_->writing.empty())
      end_of_stream();
  }

private:
  // What only a connection that streams has.
  struct streaming {
    std::vector<std::shared_ptr<const std::string>> writing; // under way
    std::vector<std::shared_ptr<const std::string>> pending; // waits for it
    std::size_t pending_bytes = 0;
    stream_handlers handlers;
    stream_end why = stream_end::peer;
    bool end_wanted = false;
  };

  void write_pending() {
    auto& own = *streaming_;
    own.writing.swap(own.pending);
    own.pending_bytes = 0;
    std::vector<asio::const_buffer> parts;
    parts.reserve(own.writing.size());
    for (const auto& each : own.writing)
      parts.push_back(asio::buffer(*each));
    deadline_ = clock::now() + limits().write_timeout;
    asio::async_write(stream_, parts,
                      [self = this->shared_from_this()](error_code ec, std::size_t) {
                        self->on_stream_written(ec);
                      });
  }

  void on_stream_written(error_code ec) {
    if (phase_ != phase::streaming)
      return;
    if (ec)
      return close();
    streaming_->writing = {};
    if (!streaming_->pending.empty())
      return write_pending();
    deadline_ = clock::time_point::max();
    if (streaming_->end_wanted)
      end_of_stream();
    else if (streaming_->handlers.drained)
      streaming_->handlers.drained();
  }

  // A reader has nothing to say; that it says goodbye is seen by a read that ends. The end of a
  // TLS stream is not announced within TLS: a read is under way, and nobody can take the end of an
  // event stream for the end of its content.
  void watch() {
    stream_.async_read_some(asio::buffer(home_.scratch),
                            [self = this->shared_from_this()](error_code ec, std::size_t) {
                              if (self->phase_ == phase::closed)
                                return;
                              if (ec)
                                self->close();
                              else
                                self->watch();
                            });
  }

  void end_of_stream() {
    stream_is_over();
    enter(phase::lingering, limits().linger_timeout);
    error_code failure;
    socket().shutdown(tcp::socket::shutdown_send, failure);
    if (failure)
      close();
  }

  void stream_is_over() {
    if (!streaming_ || !streaming_->handlers.ended)
      return;
    asio::post(home_.context, [ended = std::exchange(streaming_->handlers.ended, nullptr),
                               why = streaming_->why] { ended(why); });
  }

  [[nodiscard]] const server_limits& limits() const { return core_->options.limits; }

  [[nodiscard]] plain_stream& socket() { return beast::get_lowest_layer(stream_); }

  void enter(phase next, std::chrono::milliseconds patience) {
    phase_ = next;
    deadline_ = clock::now() + patience;
  }

  void refuse() {
    core_->stats.refused_connections.fetch_add(1, std::memory_order_relaxed);
    if constexpr (is_tls)
      close(); // a handshake costs more than the answer is worth
    else
      reject(503, "too_many_connections", "The server has as many connections as it takes.");
  }

  void on_handshake(error_code ec) {
    if (phase_ == phase::closed)
      return;
    if (ec || core_->draining)
      return close();
    phase_ = phase::head;
    read();
  }

  // --- reading -----------------------------------------------------------------------------------

  void read() {
    const auto length =
      gate_.now() == request_gate::state::body ? gate_.content_length() : std::nullopt;
    if (!buffer_.make_room(length ? gate_.head_end() + static_cast<std::size_t>(*length) : 0)) {
      metrics::limit_reached("request_bytes").add();
      return reject(503, "overloaded", "The server reads as much as it can hold; try again.");
    }
    stream_.async_read_some(buffer_.space(),
                            [self = this->shared_from_this()](error_code ec, std::size_t count) {
                              self->on_read(ec, count);
                            });
  }

  void on_read(error_code ec, std::size_t count) {
    if (phase_ == phase::closed)
      return;
    if (late_)
      return reject(408, "too_slow", "The request did not arrive in time.");
    if (ec) {
      if (ec == asio::error::eof && !buffer_.bytes().empty())
        return reject(400, "incomplete_request", "The connection ended within the request.");
      return close();
    }
    buffer_.added(count);
    if (phase_ == phase::idle)
      enter(phase::head, limits().header_timeout);
    process();
  }

  void process() {
    const auto state = gate_.advance(buffer_.bytes());
    if (state == request_gate::state::rejected)
      return reject(gate_.why().status, gate_.why().code, gate_.why().message);
    if (state == request_gate::state::complete)
      return dispatch();
    if (state == request_gate::state::body && phase_ == phase::head) {
      enter(phase::body, limits().body_timeout);
      if (gate_.expects_continue() && buffer_.bytes().size() == gate_.head_end())
        return send_continue();
    }
    read();
  }

  void send_continue() {
    asio::async_write(stream_, asio::buffer(continue_line),
                      [self = this->shared_from_this()](error_code ec, std::size_t) {
                        if (self->phase_ == phase::closed)
                          return;
                        if (self->late_ || ec)
                          self->on_read(ec, 0);
                        else
                          self->read();
                      });
  }

  // --- handling ----------------------------------------------------------------------------------

  void dispatch() {
    if (!beast_agrees(buffer_.data(), gate_))
      return reject(400, "ambiguous", "The request can be read in two ways.");
    fill_request();
    core_->stats.requests.fetch_add(1, std::memory_order_relaxed);
    phase_ = phase::handling;
    deadline_ = clock::time_point::max();
    const std::shared_ptr<exchange> given =
      std::make_shared<exchange_impl>(this->shared_from_this());
    try {
      core_->handler(given);
    } catch (const std::exception& failure) {
      log::error("the handler of a request threw an exception", {{"reason", failure.what()}});
      given->respond(internal_error());
    } catch (...) {
      log::error("the handler of a request threw something that is not an exception");
      given->respond(internal_error());
    }
  }

  void fill_request() {
    const auto bytes = buffer_.bytes();
    request_.method = gate_.method().in(bytes);
    request_.target = gate_.target().size == 0 ? std::string_view("/") : gate_.target().in(bytes);
    const auto question = request_.target.find('?');
    request_.path = request_.target.substr(0, question);
    request_.query = question == std::string_view::npos ? std::string_view()
                                                        : request_.target.substr(question + 1);
    request_.http_1_1 = gate_.http_1_1();
    request_.fields.clear();
    for (const auto& each : gate_.fields())
      request_.fields.emplace_back(each.name.in(bytes), each.value.in(bytes));
    request_.body = {bytes.data() + gate_.head_end(), gate_.body_size()};
    request_.received = clock::now();
  }

  // Views into the request, so before its bytes go.
  void tell(unsigned status, bool by_server) {
    if (!core_->options.answered)
      return;
    const auto target = gate_.target().in(buffer_.bytes());
    core_->options.answered({target.substr(0, target.find('?')), status, by_server});
  }

  // --- answering ---------------------------------------------------------------------------------

  void reject(unsigned status, std::string_view code, std::string_view message) {
    core_->stats.rejected.fetch_add(1, std::memory_order_relaxed);
    auto what = error_answer(status, code, message);
    if (status == 503)
      what.fields.emplace_back("Retry-After", "1");
    what.close = true;
    phase_ = phase::handling;
    by_server_ = true;
    send(std::move(what));
  }

public:
  void send(response&& what) override {
    if (phase_ != phase::handling)
      return; // closed meanwhile
    answer_ = std::move(what);
    if (answer_.status < 200 || answer_.status > 599) {
      log::error("a handler answered with a status that is none", {{"status", answer_.status}});
      answer_ = internal_error();
    }
    tell(answer_.status, by_server_);
    const std::string& body = answer_.shared ? *answer_.shared : answer_.body;
    close_after_ = answer_.close || answer_.missing != 0 || !gate_.keep_alive() || core_->draining;
    write_head(head_, answer_, {body.size() + answer_.missing, close_after_, gate_.http_1_1()},
               home_.date());
    const bool with_body = has_body(answer_.status) && gate_.method().in(buffer_.bytes()) != "HEAD";
    enter(phase::writing, limits().write_timeout);
    const std::array<asio::const_buffer, 2> parts = {
      asio::buffer(head_), with_body ? asio::buffer(body) : asio::const_buffer()};
    asio::async_write(
      stream_, parts,
      [self = this->shared_from_this()](error_code ec, std::size_t) { self->on_sent(ec); });
  }

private:
  void on_sent(error_code ec) {
    if (phase_ == phase::closed)
      return;
    if (ec)
      return close();
    const bool after_others = answer_.after_others;
    answer_ = {};
    if (close_after_ || core_->draining)
      return finish();
    buffer_.drop(gate_.message_size());
    gate_.reset();
    enter(phase::idle, limits().idle_timeout);
    if (after_others)
      return home_.put_off(this->shared_from_this());
    read_next();
  }

public:
  void read_next() override {
    if (phase_ != phase::idle)
      return; // closed meanwhile
    if (!buffer_.bytes().empty()) {
      enter(phase::head, limits().header_timeout);
      return process();
    }
    read();
  }

private:
  // --- the end -----------------------------------------------------------------------------------

  void finish() {
    enter(phase::lingering, limits().linger_timeout);
    buffer_.drop(buffer_.bytes().size());
    if constexpr (is_tls)
      stream_.async_shutdown([self = this->shared_from_this()](error_code) { self->half_close(); });
    else
      half_close();
  }

  void half_close() {
    if (phase_ == phase::closed)
      return;
    error_code failure;
    socket().shutdown(tcp::socket::shutdown_send, failure);
    if (failure)
      return close();
    discard();
  }

  void discard() {
    socket().async_read_some(buffer_.space(),
                             [self = this->shared_from_this()](error_code ec, std::size_t) {
                               if (self->phase_ == phase::closed)
                                 return;
                               if (ec)
                                 self->close();
                               else
                                 self->discard();
                             });
  }

  const std::shared_ptr<core> core_;
  shard& home_;
  Stream stream_;
  read_buffer buffer_;
  request_gate gate_;
  response answer_;
  std::string head_; // of the answer
  std::unique_ptr<streaming> streaming_;
  std::string remote_;
  clock::time_point deadline_ = clock::time_point::max();
  phase phase_ = phase::head;
  bool late_ = false;
  bool by_server_ = false; // the present answer is the server's own
  bool close_after_ = false;
};

// --- listening ---------------------------------------------------------------------------------

void accept_on(const std::shared_ptr<core>& shared, shard& home);

void admit(const std::shared_ptr<core>& shared, shard& home, plain_stream&& peer) {
  const auto open = shared->stats.connections.fetch_add(1);
  const bool refused = open >= shared->options.limits.connections_max;
  if (refused)
    metrics::limit_reached("connections").add();
  if (refused && open >= shared->options.limits.connections_max + refusals_max) {
    shared->stats.refused_connections.fetch_add(1, std::memory_order_relaxed);
    shared->closed_one();
    return;
  }
  if (shared->tls)
    std::make_shared<connection<tls_stream>>(shared, home, std::move(peer), *shared->tls)
      ->start(refused);
  else
    std::make_shared<connection<plain_stream>>(shared, home, std::move(peer))->start(refused);
}

// Out of descriptors or memory: trying again at once would spin, and giving up would end the
// service.
void accept_later(const std::shared_ptr<core>& shared, shard& home, error_code why) {
  if (!home.accept_fails) // once a shortage
    log::warning("the server can't accept connections",
                 {{"listener", shared->options.name}, {"reason", why.message()}});
  home.accept_fails = true;
  home.accept_again->expires_after(accept_pause);
  home.accept_again->async_wait([shared, &home](error_code ec) {
    if (!ec && home.listener)
      accept_on(shared, home);
  });
}

void on_accept(const std::shared_ptr<core>& shared, shard& home, error_code ec,
               plain_stream&& peer) {
  if (!home.listener)
    return;
  if (ec == asio::error::no_descriptors || ec == asio::error::no_memory ||
      ec == asio::error::no_buffer_space ||
      ec == boost::system::errc::too_many_files_open_in_system)
    return accept_later(shared, home, ec);
  if (!ec) {
    home.accept_fails = false;
    admit(shared, home, std::move(peer));
  }
  accept_on(shared,
            home); // any other error is of the one connection that went away while it waited
}

void accept_on(const std::shared_ptr<core>& shared, shard& home) {
  home.listener->async_accept([shared, &home](error_code ec, plain_stream peer) {
    on_accept(shared, home, ec, std::move(peer));
  });
}

// Deadlines are looked at by one timer a thread: a timer a connection would be set and cancelled
// with each request.
std::chrono::milliseconds tick_of(const server_limits& limits) {
  const auto shortest = std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout,
                                  limits.write_timeout, limits.linger_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds(1), std::chrono::milliseconds(250));
}

void tick(const std::shared_ptr<core>& shared, shard& home, std::chrono::milliseconds period) {
  home.ticker->expires_after(period);
  home.ticker->async_wait([shared, &home, period](error_code ec) {
    if (ec || !home.ticker)
      return;
    const auto now = clock::now();
    for (auto it = home.open.begin(); it != home.open.end();) {
      connection_base& each = *it;
      ++it; // check_deadline may take it from the list
      each.check_deadline(now);
    }
    tick(shared, home, period);
  });
}

error can_not_listen(const server_options& options, const error_code& why) {
  const std::string where = options.host + ":" + std::to_string(options.port);
  return {errc::unavailable, "can't listen on " + where + ": " + why.message(),
          "Choose another address or port, or stop the program that uses it."};
}

void open_listener(acceptor& listener, const tcp::endpoint& where, bool shared_port,
                   error_code& failure) {
  using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  listener.open(where.protocol(), failure);
  if (!failure)
    listener.set_option(asio::socket_base::reuse_address(true), failure);
  if (!failure && shared_port)
    listener.set_option(reuse_port(true), failure);
  if (!failure)
    listener.bind(where, failure);
}

// SO_REUSEPORT would let a second daemon of the same user take half of the first one's connections
// unnoticed: so the port must first be free for somebody who doesn't share.
error_code probe(asio::io_context& context, const tcp::endpoint& where) {
  error_code failure;
  acceptor listener(context);
  if (where.port() != 0)
    open_listener(listener, where, false, failure);
  return failure;
}

class server final : public http_server {
public:
  server(io_pool& pool, server_options options, request_handler handler)
    : core_(std::make_shared<core>(pool, std::move(options), std::move(handler))) {}

  ~server() override { drain(std::chrono::milliseconds(0)); }

  server(const server&) = delete;
  server& operator=(const server&) = delete;

  status listen() {
    error_code failure;
    tcp::endpoint where(asio::ip::make_address(core_->options.host, failure), core_->options.port);
    auto& pool = core_->pool.impl();
    if (!failure)
      failure = probe(pool.context(0), where);
    for (std::size_t i = 0; !failure && i < pool.loops.size(); ++i) {
      auto& home = *core_->shards.emplace_back(std::make_unique<shard>(pool.context(i), i));
      home.listener.emplace(home.context);
      home.ticker.emplace(home.context);
      home.accept_again.emplace(home.context);
      open_listener(*home.listener, where, true, failure);
      if (!failure)
        home.listener->listen(asio::socket_base::max_listen_connections, failure);
      if (!failure)
        where = home.listener->local_endpoint(failure); // the first one decides on a port of 0
    }
    if (failure)
      return can_not_listen(core_->options, failure);
    port_ = where.port();
    core_->pool.impl().run_everywhere([shared = core_](std::size_t i) {
      accept_on(shared, *shared->shards[i]);
      tick(shared, *shared->shards[i], tick_of(shared->options.limits));
    });
    return done{};
  }

  status load_tls(const server_tls& files) {
    error_code failure;
    core_->tls.emplace(asio::ssl::context::tls_server);
    SSL_CTX* native = core_->tls->native_handle();
    if (!set_tls_floor(native, suites_served))
      return error{errc::unavailable, "this OpenSSL has no cipher that is good enough", ""};
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    core_->tls->use_certificate_chain_file(files.certificate_file, failure);
    if (failure)
      return error{errc::invalid_input,
                   "can't use the TLS certificate in " + files.certificate_file + ": " +
                     failure.message(),
                   "Give a readable PEM file with the certificate and its chain."};
    core_->tls->use_private_key_file(files.key_file, asio::ssl::context::pem, failure);
    if (failure)
      return error{errc::invalid_input,
                   "can't use the TLS key in " + files.key_file + ": " + failure.message(),
                   "Give a readable PEM file with the private key that belongs to the certificate, "
                   "without a passphrase."};
    return done{};
  }

  [[nodiscard]] std::uint16_t port() const noexcept override { return port_; }

  [[nodiscard]] const server_stats& stats() const noexcept override { return core_->stats; }

  void drain(std::chrono::milliseconds patience) override {
    const auto until = clock::now() + patience;
    core_->draining = true;
    if (core_->shards.empty())
      return;
    auto& pool = core_->pool.impl();
    pool.run_everywhere([shared = core_](std::size_t i) {
      if (i >= shared->shards.size())
        return; // listening failed before this thread's turn
      shard& home = *shared->shards[i];
      home.listener.reset();
      home.accept_again.reset();
      each_open(home, [](connection_base& one) { one.close_if_idle(); });
    });
    {
      std::unique_lock lock(core_->mutex);
      core_->all_closed.wait_until(lock, until, [this] { return core_->stats.connections == 0; });
    }
    pool.run_everywhere([shared = core_](std::size_t i) {
      if (i >= shared->shards.size())
        return;
      shard& home = *shared->shards[i];
      home.ticker.reset();
      each_open(home, [](connection_base& one) { one.close(); });
    });
  }

private:
  template <class Action>
  static void each_open(shard& home, Action action) {
    for (auto it = home.open.begin(); it != home.open.end();) {
      connection_base& one = *it;
      ++it; // the action may take it from the list
      action(one);
    }
  }

  std::shared_ptr<core> core_;
  std::uint16_t port_ = 0;
};

} // namespace

std::optional<std::string_view> request::field(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields)
    if (grammar::iequals(key, name))
      return value;
  return std::nullopt;
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ");
  for (auto rest = value; !rest.empty();) {
    const auto run = grammar::text_run(rest);
    head.append(rest.substr(0, run));
    if (run == rest.size())
      break;
    head.push_back(' ');
    rest.remove_prefix(run + 1);
  }
  head.append("\r\n");
}

std::size_t request::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(
    std::count_if(fields.begin(), fields.end(),
                  [name](const auto& each) { return grammar::iequals(each.first, name); }));
}

result<std::unique_ptr<http_server>> http_server::start(io_pool& pool, server_options options,
                                                        request_handler handler) {
  const auto tls = options.tls;
  auto made = std::make_unique<server>(pool, std::move(options), std::move(handler));
  if (tls)
    if (const auto loaded = made->load_tls(*tls); !loaded)
      return loaded.failure();
  if (const auto listening = made->listen(); !listening)
    return listening.failure();
  return std::unique_ptr<http_server>(std::move(made));
}

} // namespace ankkor::net

// The making of a connection as a chain of callbacks on one I/O thread, see dial.hpp.
#include "net/tls/dial.hpp"

#include "net/tls/client.hpp"
#include "net/tls/public_address.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>

namespace ankkor::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using clock = std::chrono::steady_clock;
using executor = connection::executor;
using plain_stream = connection::plain_stream;
using endpoint = connection::any_stream::endpoint;
using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>;
using resolver = asio::ip::basic_resolver<tcp, executor>;

constexpr std::size_t addresses_max = 16; // of one name that are tried
constexpr std::size_t remembered_max = 1'024;
constexpr auto remembered_for = std::chrono::minutes{10};
constexpr std::size_t proxy_head_bytes_max = std::size_t{16} * 1024;

bool is_within(reach which, const asio::ip::address& address) {
  switch (which) {
  case reach::this_machine:
    return address.is_loopback();
  case reach::not_public:
    return !is_public(address);
  case reach::on_internet:
    return is_public(address);
  case reach::nowhere:
    return false;
  case reach::any:
    break;
  }
  return true;
}

error out_of_reach(const peer& whom) {
  if (whom.within == reach::not_public)
    return {errc::unavailable,
            "plain http to " + whom.called + " is refused: its address is on the Internet",
            "Use an https:// URL; ANKKOR_PLAIN_HTTP_HOSTS is for hosts of a private network."};
  if (whom.within == reach::on_internet || whom.within == reach::nowhere)
    return {errc::unavailable,
            whom.called + " is within a private network or on this machine, and "
                          "ANKKOR_OUTGOING_ADDRESSES is public",
            "Give a host on the Internet, or set it to any if this one is meant."};
  return {errc::unavailable, "can't find the address of " + whom.host,
          "Check the host's name and this machine's DNS."};
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

// OpenSSL itself compares the certificate's names and addresses then (RFC 9525).
bool set_expected_name(SSL* native, const std::string& host) {
  X509_VERIFY_PARAM* expected = SSL_get0_param(native);
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (!not_an_address)
    return X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1;
  auto name = host; // SSL_set_tlsext_host_name is a macro with a C cast
  return X509_VERIFY_PARAM_set1_host(expected, name.c_str(), name.size()) == 1 &&
         SSL_ctrl(native, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) ==
           1;
}

// "HTTP/1.1 200 …" → 200; 0 for anything else.
unsigned status_of(std::string_view head) {
  constexpr std::string_view version = "HTTP/1.";
  constexpr std::size_t at = 9; // behind "HTTP/1.x "
  if (head.substr(0, version.size()) != version || head.size() < at + 3 || head[at - 1] != ' ')
    return 0;
  unsigned status = 0;
  for (const char digit : head.substr(at, 3)) {
    if (digit < '0' || digit > '9')
      return 0;
    status = status * 10 + static_cast<unsigned>(digit - '0');
  }
  return status;
}

class dialling_process final : public dialling,
                               public std::enable_shared_from_this<dialling_process> {
public:
  dialling_process(asio::io_context& context, std::shared_ptr<dial_setup> setup,
                   std::shared_ptr<dialer> owner, peer whom, dialer::handler done)
    : context_(context), setup_(std::move(setup)), owner_(std::move(owner)), whom_(std::move(whom)),
      done_(std::move(done)), resolver_(context), next_due_(context) {
    const auto& by = setup_->options.by;
    is_proxied_ = whom_.secure && !by.host.empty() && whom_.address.empty() && whom_.path.empty() &&
                  !is_exempt(by.exceptions, whom_.host, whom_.port);
  }

  void start() {
    if (whom_.secure && setup_->tls_fault)
      return fail(setup_->tls_fault->message, setup_->tls_fault->mend);
    if (!whom_.path.empty())
      return try_all({asio::local::stream_protocol::endpoint{whom_.path}});
    error_code not_an_address;
    const auto& text = whom_.address.empty() ? host() : whom_.address;
    const auto address = asio::ip::make_address(text, not_an_address);
    if (!not_an_address)
      return connect_to({address});
    if (setup_->options.resolve)
      return on_resolved({}, parsed(setup_->options.resolve(host())));
    resolver_.async_resolve(host(), std::to_string(port()), tcp::resolver::numeric_service,
                            [self = shared_from_this()](error_code ec, const auto& found) {
                              dialer::addresses all;
                              for (const auto& each : found)
                                all.push_back(each.endpoint().address());
                              if (self->done_)
                                self->on_resolved(ec, std::move(all));
                            });
  }

  void cancel() override {
    done_ = nullptr;
    stop();
  }

  static dialer::addresses parsed(const std::vector<std::string>& texts) {
    dialer::addresses all;
    for (const auto& text : texts)
      all.push_back(asio::ip::make_address(text));
    return all;
  }

private:
  // Whose address is looked up and connected to.
  [[nodiscard]] const std::string& host() const {
    return is_proxied_ ? setup_->options.by.host : whom_.host;
  }

  [[nodiscard]] std::uint16_t port() const {
    return is_proxied_ ? setup_->options.by.port : whom_.port;
  }

  // For messages.
  [[nodiscard]] std::string called() const {
    return is_proxied_ ? "the proxy " + bracketed(host()) + ":" + std::to_string(port())
                       : whom_.called;
  }

  // --- addresses ---------------------------------------------------------------------------------

  void on_resolved(error_code ec, dialer::addresses found) {
    if (ec || found.empty())
      return fail("can't find the address of " + host() + (ec ? ": " + ec.message() : ""),
                  is_proxied_ ? "Check the host's name in HTTPS_PROXY and this machine's DNS."
                              : "Check the host's name and this machine's DNS.");
    connect_to(std::move(found));
  }

  // Whatever a name says by now, it is these addresses that are connected to.
  void connect_to(dialer::addresses all) {
    if (!is_proxied_)
      std::erase_if(all, [this](const auto& each) { return !is_within(whom_.within, each); });
    if (all.empty()) {
      const auto why = out_of_reach(whom_);
      return fail(why.message, why.mend);
    }
    std::vector<endpoint> endpoints;
    for (const auto& each : owner_->in_order(host(), port(), std::move(all))) {
      endpoints.emplace_back(tcp::endpoint{each, port()});
      addresses_.push_back(each);
    }
    try_all(std::move(endpoints));
  }

  // --- the race (RFC 8305 section 5) -------------------------------------------------------------

  void try_all(std::vector<endpoint> endpoints) {
    endpoints_ = std::move(endpoints);
    try_next();
  }

  void try_next() {
    const auto at = attempts_.size();
    attempts_.push_back(std::make_unique<plain_stream>(context_));
    ++under_way_;
    attempts_.back()->async_connect(endpoints_[at], [self = shared_from_this(), at](error_code ec) {
      if (self->done_ && !self->connection_)
        self->on_attempt(at, ec);
    });
    if (attempts_.size() == endpoints_.size())
      return;
    next_due_.expires_after(setup_->options.attempt_delay);
    next_due_.async_wait([self = shared_from_this(), at](error_code ec) {
      if (!ec && self->done_ && !self->connection_ && self->attempts_.size() == at + 1)
        self->try_next();
    });
  }

  void on_attempt(std::size_t at, error_code ec) {
    if (!ec)
      return on_connected(at);
    --under_way_;
    if (attempts_.size() < endpoints_.size())
      return try_next();
    if (under_way_ == 0)
      fail("can't connect to " + called() + ": " + ec.message(),
           is_proxied_ ? "Check that the proxy is up, and its host and port in HTTPS_PROXY."
                       : "Check that the host is up and reachable from this machine.");
  }

  void on_connected(std::size_t at) {
    next_due_.cancel();
    connection_ = std::make_shared<connection>(std::move(*attempts_[at]));
    attempts_.clear(); // the slower ones are closed
    if (at < addresses_.size())
      address_ = addresses_[at];
    error_code ignored; // by a Unix socket, which has no such option
    connection_->socket.set_option(tcp::no_delay(true), ignored);
    if (is_proxied_)
      ask_proxy();
    else
      secure();
  }

  // --- the proxy ---------------------------------------------------------------------------------

  void ask_proxy() {
    const auto to = bracketed(whom_.host) + ":" + std::to_string(whom_.port);
    text_ = "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n";
    if (const auto& authorization = setup_->options.by.authorization; !authorization.empty())
      text_ += "Proxy-Authorization: " + authorization + "\r\n";
    text_ += "\r\n";
    asio::async_write(connection_->socket, asio::buffer(text_),
                      [self = shared_from_this()](error_code ec, std::size_t) {
                        if (self->done_)
                          self->on_asked(ec);
                      });
  }

  void on_asked(error_code ec) {
    if (ec)
      return fail_at_proxy("it closed the connection");
    text_.clear();
    asio::async_read_until(connection_->socket, asio::dynamic_buffer(text_, proxy_head_bytes_max),
                           "\r\n\r\n",
                           [self = shared_from_this()](error_code failure, std::size_t size) {
                             if (self->done_)
                               self->on_proxy_answer(failure, size);
                           });
  }

  void on_proxy_answer(error_code ec, std::size_t size) {
    const auto status = ec ? 0 : status_of(text_);
    if (status == 407)
      return fail(called() + " wants a user name and password",
                  "Write them into HTTPS_PROXY: http://user:password@host:port.");
    // Whoever is behind the tunnel waits for us to speak first.
    if (status == 0 || size != text_.size())
      return fail_at_proxy("it does not answer CONNECT as an HTTP proxy does");
    if (status < 200 || status > 299)
      return fail_at_proxy("it answered " + std::to_string(status));
    secure();
  }

  void fail_at_proxy(const std::string& why) {
    fail(called() + " made no tunnel to " + whom_.called + ": " + why,
         "Check that the proxy lets this machine reach that host, or name the host in NO_PROXY.");
  }

  // --- TLS ---------------------------------------------------------------------------------------

  void secure() {
    if (!whom_.secure)
      return finish();
    auto& tls = connection_->tls.emplace(connection_->socket, setup_->tls);
    if (!set_expected_name(tls.native_handle(), whom_.host))
      return fail("can't prepare TLS for " + whom_.called, "");
    tls.async_handshake(asio::ssl::stream_base::client,
                        [self = shared_from_this(), held = connection_](error_code ec) {
                          if (self->done_)
                            self->on_handshake(ec);
                        });
  }

  void on_handshake(error_code ec) {
    if (!ec)
      return finish();
    const long verdict = SSL_get_verify_result(connection_->tls->native_handle());
    if (verdict != X509_V_OK)
      return fail("the certificate of " + whom_.called +
                    " is not valid: " + X509_verify_cert_error_string(verdict),
                  "Check the certificate, its chain, its names and this machine's clock; " +
                    setup_->options.ca_setting + " names a private certificate authority.");
    fail("can't agree on TLS with " + whom_.called + ": " + ec.message(),
         "The server must speak TLS 1.2 or later on that port.");
  }

  // --- the end -----------------------------------------------------------------------------------

  void finish() {
    if (address_)
      owner_->remember(host(), port(), *address_);
    if (const auto done = std::exchange(done_, nullptr))
      done(std::move(connection_));
  }

  void fail(std::string message, std::string mend) {
    if (whom_.path.empty())
      owner_->forget(host(), port());
    stop();
    if (auto done = std::exchange(done_, nullptr))
      asio::post(context_, [done = std::move(done),
                            why = error{errc::unavailable, std::move(message), std::move(mend)}] {
        done(why);
      });
  }

  void stop() {
    resolver_.cancel();
    next_due_.cancel();
    attempts_.clear();
    if (connection_)
      connection_->close();
  }

  asio::io_context& context_;
  const std::shared_ptr<dial_setup> setup_;
  const std::shared_ptr<dialer> owner_;
  const peer whom_;
  dialer::handler done_; // null: it is over
  bool is_proxied_ = false;
  resolver resolver_;
  timer next_due_;
  dialer::addresses addresses_;
  std::vector<endpoint> endpoints_;
  std::vector<std::unique_ptr<plain_stream>> attempts_; // in the order of the endpoints
  std::size_t under_way_ = 0;
  std::shared_ptr<connection> connection_;
  std::optional<asio::ip::address> address_; // that was connected to
  std::string text_;                         // to and from the proxy
};

} // namespace

dial_setup::dial_setup(dial_options how) : options(std::move(how)) {
  tls_fault =
    prepare_client_tls(tls, options.ca_file,
                       options.ca_file.empty() ? "Install the package ca-certificates."
                                               : "Check the file that " + options.ca_setting +
                                                   " names: it has to hold certificates (PEM).");
}

std::shared_ptr<dialling> dialer::dial(peer whom, handler done) {
  auto process = std::make_shared<dialling_process>(context_, setup_, shared_from_this(),
                                                    std::move(whom), std::move(done));
  process->start();
  return process;
}

void dialer::look_up(const std::string& host,
                     std::function<void(result<std::vector<std::string>>)> done) {
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (!not_an_address)
    return done(std::vector{host});
  if (setup_->options.resolve)
    return done(setup_->options.resolve(host));
  const auto names = std::make_shared<resolver>(context_);
  names->async_resolve(
    host, "", [names, host, done = std::move(done)](error_code ec, const auto& found) {
      std::vector<std::string> all;
      for (const auto& each : found)
        all.push_back(each.endpoint().address().to_string());
      if (!ec && !all.empty())
        return done(std::move(all));
      done(error{errc::unavailable, "can't find the address of " + host + ": " + ec.message(),
                 "Check the host's name and this machine's DNS."});
    });
}

dialer::addresses dialer::in_order(const std::string& host, std::uint16_t port, addresses all) {
  addresses in_turn;
  const auto next_of = [&](bool v6) {
    const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.is_v6() == v6; });
    if (found == all.end())
      return;
    in_turn.push_back(*found);
    all.erase(found);
  };
  // The resolver's first one says which family it prefers (RFC 6724).
  const bool v6_first = all.front().is_v6();
  while (!all.empty() && in_turn.size() < addresses_max) {
    next_of(v6_first);
    next_of(!v6_first);
  }
  const auto known = worked_.find({host, port});
  if (known != worked_.end() && clock::now() < known->second.until) {
    const auto best = std::find(in_turn.begin(), in_turn.end(), known->second.address);
    if (best != in_turn.end())
      std::rotate(in_turn.begin(), best, best + 1);
  }
  return in_turn;
}

void dialer::remember(const std::string& host, std::uint16_t port,
                      const asio::ip::address& address) {
  if (worked_.size() >= remembered_max)
    worked_.clear();
  worked_[{host, port}] = {address, clock::now() + remembered_for};
}

void dialer::forget(const std::string& host, std::uint16_t port) {
  worked_.erase({host, port});
}

} // namespace ankkor::net

// How every outgoing connection is made, once for all clients: the look-up of the name, TCP to the
// first address that answers (RFC 8305), a tunnel through a proxy where there is one, TLS. For
// sources of net/ that compile Asio anyway.
#pragma once

#include "base/error.hpp"
#include "net/tls/dial_options.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace ankkor::net {

// One connection, with TLS on it or not; touched on its I/O thread only.
struct connection {
  using executor = boost::asio::io_context::executor_type;
  using any_stream = boost::asio::generic::stream_protocol; // TCP or a Unix socket
  using plain_stream = boost::asio::basic_stream_socket<any_stream, executor>;
  using tls_stream = boost::asio::ssl::stream<plain_stream&>;

  explicit connection(plain_stream from) : socket(std::move(from)) {}

  plain_stream socket;
  std::optional<tls_stream> tls;

  // Calls `action` with the stream that carries the bytes.
  template <class Action>
  void with_stream(Action action) {
    if (tls)
      action(*tls);
    else
      action(socket);
  }

  void close() {
    boost::system::error_code ignored;
    socket.close(ignored);
  }
};

// Which addresses of a name may be connected to.
enum class reach : std::uint8_t {
  any,
  this_machine, // "localhost" is a promise of the name, not of the system's resolver
  not_public,   // names that stand in ANKKOR_PLAIN_HTTP_HOSTS
  on_internet,  // ANKKOR_OUTGOING_ADDRESSES=public
  nowhere,      // plain http, and ANKKOR_OUTGOING_ADDRESSES=public
};

// Whom to connect to.
struct peer {
  std::string called; // in messages: "shop.example", "Redis at 10.0.0.1:6379"
  std::string host;   // a name or an address; IPv6 without brackets
  std::uint16_t port = 0;
  std::string path;    // of a Unix socket, in place of host and port
  std::string address; // one address of the name that alone is connected to; empty: the best one
  bool secure = false; // TLS, the certificate verified for the host
  reach within = reach::any;
};

// One connection on its way. It holds itself until it is made, has failed or is cancelled.
class dialling {
public:
  virtual ~dialling() = default;
  // The handler is not called any more.
  virtual void cancel() = 0;
};

// What all I/O threads of a client share.
struct dial_setup {
  explicit dial_setup(dial_options how);

  const dial_options options;
  boost::asio::ssl::context tls{boost::asio::ssl::context::tls_client};
  std::optional<error> tls_fault; // why TLS can't be spoken
};

// Makes the connections of one I/O thread, and remembers for ten minutes which address of a name
// worked. There is no deadline here: whoever dials cancels.
class dialer : public std::enable_shared_from_this<dialer> {
public:
  using handler = std::function<void(result<std::shared_ptr<connection>>)>;
  using addresses = std::vector<boost::asio::ip::address>;

  dialer(boost::asio::io_context& context, std::shared_ptr<dial_setup> setup)
    : context_(context), setup_(std::move(setup)) {}

  // `done` is called once, not from within. Errors: errc::unavailable.
  std::shared_ptr<dialling> dial(peer whom, handler done);

  // All addresses of a name, as text. `done` may be called from within.
  void look_up(const std::string& host, std::function<void(result<std::vector<std::string>>)> done);

  // -- for the connections on their way ---------------------------------------

  // The addresses in the order in which to try them: the one that worked, then both families in
  // turn (RFC 8305 section 4), 16 at most.
  [[nodiscard]] addresses in_order(const std::string& host, std::uint16_t port, addresses all);
  void remember(const std::string& host, std::uint16_t port,
                const boost::asio::ip::address& address);
  void forget(const std::string& host, std::uint16_t port);

private:
  struct memory {
    boost::asio::ip::address address;
    std::chrono::steady_clock::time_point until;
  };

  boost::asio::io_context& context_;
  std::shared_ptr<dial_setup> setup_;
  std::map<std::pair<std::string, std::uint16_t>, memory> worked_;
};

} // namespace ankkor::net

#include "bench/load/socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

namespace ankkor::load {

namespace {

bool bind_source(int socket, unsigned source) {
  auto from = sockaddr_in{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source);
  const int yes = 1;
  // The port is chosen by connect(), which may use one that another destination uses too.
  ::setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  return ::bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0;
}

} // namespace

descriptor::~descriptor() {
  if (value_ >= 0)
    ::close(value_);
}

error system_error(std::string_view what) {
  return {errc::unavailable, fmt::format("{}: {}.", what, std::generic_category().message(errno)),
          "See that the server runs and listens there."};
}

void make_ready(const descriptor& socket) noexcept {
  const int yes = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): there is no other way to say it
  ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
}

result<descriptor> connect_to(const net::url& where, unsigned source) {
  auto wanted = addrinfo{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_family = source > 0 ? AF_INET : AF_UNSPEC;
  addrinfo* found = nullptr;
  const auto port = std::to_string(where.port);
  if (::getaddrinfo(where.host.c_str(), port.c_str(), &wanted, &found) != 0)
    return error{errc::unavailable, where.host + " can't be looked up.", "Give another --url."};
  const auto addresses =
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>{found, &::freeaddrinfo};
  for (const auto* each = addresses.get(); each != nullptr; each = each->ai_next) {
    auto made = descriptor{::socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC, 0)};
    if (!made.ok() || (source > 0 && !bind_source(made.get(), source)) ||
        ::connect(made.get(), each->ai_addr, each->ai_addrlen) != 0)
      continue;
    make_ready(made);
    return made;
  }
  return system_error(fmt::format("No connection to {}:{}", where.host, where.port));
}

} // namespace ankkor::load

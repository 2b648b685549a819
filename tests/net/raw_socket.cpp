#include "tests/net/raw_socket.hpp"

#include "net/http/grammar.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace ankkor::net::test {

namespace {

void set_options(int descriptor) {
  const timeval patience{10, 0};
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

} // namespace

raw_socket::raw_socket(std::uint16_t port, const char* address) {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  set_options(descriptor_);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &to.sin_addr);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    close();
    throw std::runtime_error("connection refused");
  }
}

raw_socket::raw_socket(raw_socket&& other) noexcept
  : descriptor_(std::exchange(other.descriptor_, -1)), buffer_(std::move(other.buffer_)) {}

void raw_socket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void raw_socket::half_close() {
  ::shutdown(descriptor_, SHUT_WR);
}

void raw_socket::close() {
  if (descriptor_ >= 0)
    ::close(std::exchange(descriptor_, -1));
}

void raw_socket::reset() {
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

bool raw_socket::fill() {
  std::array<char, 65536> part{};
  const auto count = ::recv(descriptor_, part.data(), part.size(), 0);
  if (count > 0)
    buffer_.append(part.data(), static_cast<std::size_t>(count));
  return count > 0;
}

std::string raw_socket::read_line() {
  while (buffer_.find("\r\n") == std::string::npos)
    if (!fill())
      return {};
  auto line = buffer_.substr(0, buffer_.find("\r\n"));
  buffer_.erase(0, line.size() + 2);
  return line;
}

std::string raw_socket::read_head() {
  while (buffer_.find("\r\n\r\n") == std::string::npos)
    if (!fill())
      return {};
  return read(buffer_.find("\r\n\r\n") + 4);
}

std::string raw_socket::read(std::size_t size) {
  while (buffer_.size() < size)
    if (!fill())
      return {};
  auto result = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return result;
}

std::optional<answer> raw_socket::read_answer(bool no_body) {
  const auto first = read_line();
  if (!first.starts_with("HTTP/1.1 "))
    return std::nullopt;
  answer result;
  result.status = static_cast<unsigned>(std::stoul(first.substr(9, 3)));
  for (auto line = read_line(); !line.empty(); line = read_line()) {
    auto name = line.substr(0, line.find(": "));
    std::transform(name.begin(), name.end(), name.begin(), grammar::lower);
    result.fields[name] = line.substr(std::min(line.size(), name.size() + 2));
  }
  const auto length = result.fields.find("content-length");
  const std::size_t size =
    no_body || length == result.fields.end() ? 0 : std::stoul(length->second);
  result.body = read(size);
  if (result.body.size() != size)
    return std::nullopt;
  return result;
}

bool raw_socket::closed() {
  char byte = 0;
  return buffer_.empty() && (::recv(descriptor_, &byte, 1, 0) == 0 || errno == ECONNRESET);
}

bool raw_socket::readable(std::chrono::milliseconds patience) const {
  pollfd waiting{descriptor_, POLLIN, 0};
  return ::poll(&waiting, 1, static_cast<int>(patience.count())) == 1;
}

bool raw_socket::is_broken() const {
  pollfd waiting{descriptor_, 0, 0};
  return ::poll(&waiting, 1, 0) == 1 && (waiting.revents & (POLLERR | POLLHUP)) != 0;
}

raw_listener::raw_listener(int backlog, const char* address, std::uint16_t port)
  : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  socklen_t size = sizeof at;
  const int yes = 1; // what was closed a moment ago on that port is no hindrance
  if (::inet_pton(AF_INET, address, &at.sin_addr) != 1 ||
      ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&at), size) != 0 ||
      ::listen(descriptor_, backlog) != 0 ||
      ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw std::runtime_error("can't listen");
  port_ = ntohs(at.sin_port);
}

raw_listener::~raw_listener() {
  ::close(descriptor_);
}

raw_socket raw_listener::accept() {
  pollfd waiting{descriptor_, POLLIN, 0};
  raw_socket result;
  if (::poll(&waiting, 1, 10'000) != 1)
    throw std::runtime_error("nobody connects");
  result.descriptor_ = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
  set_options(result.descriptor_);
  return result;
}

bool raw_listener::has_connection() {
  pollfd waiting{descriptor_, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

} // namespace ankkor::net::test

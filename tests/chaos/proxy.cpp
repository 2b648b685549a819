#include "proxy.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace ankkor::chaos {

namespace {

// More than that waits in the sender's own buffer.
constexpr std::size_t waiting_max = std::size_t{1} << 20U;
// How often anything is done that isn't a byte coming in, and how much a slow way takes then.
constexpr int tick_ms = 5;
constexpr std::size_t slow_bytes = 400;

sockaddr_in address(std::uint16_t port) {
  auto made = sockaddr_in{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return made;
}

} // namespace

proxy::proxy(listener heard)
  : heard_(std::move(heard)),
    listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  auto where = address(0);
  socklen_t size = sizeof where;
  auto* const raw = reinterpret_cast<sockaddr*>(&where);
  if (::bind(listening_, raw, size) != 0 || ::listen(listening_, 64) != 0 ||
      ::getsockname(listening_, raw, &size) != 0)
    throw std::runtime_error{"the proxy can't listen"};
  port_ = ntohs(where.sin_port);
  thread_ = std::thread{[this] { run(); }};
}

proxy::~proxy() {
  stopping_ = true;
  thread_.join();
  for (auto& each : connections_)
    close(each, false);
  ::close(listening_);
}

void proxy::run() {
  auto last_tick = std::chrono::steady_clock::now();
  while (!stopping_) {
    auto waiting = std::vector<pollfd>{{listening_, POLLIN, 0}};
    for (const auto& each : connections_) {
      for (const auto* on : {&each.forth, &each.back}) {
        if (on->from >= 0 && !on->ended && on->bytes.size() < waiting_max)
          waiting.push_back({on->from, POLLIN, 0});
      }
    }
    ::poll(waiting.data(), waiting.size(), tick_ms);
    const auto now = std::chrono::steady_clock::now();
    const bool tick = now - last_tick >= std::chrono::milliseconds{tick_ms};
    if (tick)
      last_tick = now;
    accept_one();
    const bool cut = cuts_.exchange(false);
    for (auto& each : connections_) {
      if (!cut)
        serve(each, tick);
      if (cut || each.over)
        close(each, cut);
    }
    connections_.remove_if([](const connection& each) { return each.forth.from < 0; });
  }
}

void proxy::accept_one() {
  const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0)
    return;
  auto& made = connections_.emplace_back();
  made.forth.from = made.back.to = client;
  if (swallows_)
    return;
  const auto where = address(target_);
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // To this machine: it is connected at once, or refused.
  if (target_ == 0 ||
      ::connect(server, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    ::close(server);
    made.over = true;
    return;
  }
  ::fcntl(server, F_SETFL, O_NONBLOCK);
  made.forth.to = made.back.from = server;
}

void proxy::receive(way& on, bool is_forth) {
  if (on.from < 0 || on.ended || on.bytes.size() >= waiting_max)
    return;
  std::array<char, 65'536> buffer{};
  const auto got = ::recv(on.from, buffer.data(), buffer.size(), 0);
  if (got > 0) {
    const std::string_view bytes{buffer.data(), static_cast<std::size_t>(got)};
    if (is_forth && heard_)
      heard_(bytes);
    on.bytes.append(bytes);
  } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    on.ended = true;
  }
}

void proxy::pass_on(way& on, flow how, bool tick) {
  if (on.to < 0 || on.bytes.empty() || how == flow::stalled || (how == flow::slow && !tick))
    return;
  const auto size = how == flow::slow ? std::min(slow_bytes, on.bytes.size()) : on.bytes.size();
  const auto sent = ::send(on.to, on.bytes.data(), size, MSG_NOSIGNAL);
  if (sent > 0)
    on.bytes.erase(0, static_cast<std::size_t>(sent));
  else if (errno != EAGAIN && errno != EINTR)
    on.ended = true;
}

void proxy::serve(connection& each, bool tick) {
  receive(each.forth, true);
  receive(each.back, false);
  pass_on(each.forth, forth_, tick);
  pass_on(each.back, back_, tick);
  // Nobody here closes one half only. What was said before the end is passed on first.
  each.over = each.over || (each.forth.ended && (each.forth.to < 0 || each.back.bytes.empty())) ||
              (each.back.ended && each.back.bytes.empty());
}

void proxy::close(connection& each, bool reset) {
  for (const int descriptor : {each.forth.from, each.forth.to}) {
    if (descriptor < 0)
      continue;
    const linger at_once{1, 0};
    if (reset)
      ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(descriptor);
  }
  each.forth.from = each.forth.to = each.back.from = each.back.to = -1;
}

} // namespace ankkor::chaos

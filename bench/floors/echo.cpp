// The floor under every server on this machine: epoll, one thread, and what comes is sent back.
#include "bench/floors/usage.hpp"

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>

namespace {

void must(bool condition, const char* what) {
  if (!condition)
    throw std::runtime_error{what};
}

void watch(int loop, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  must(epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl failed");
}

int listen_on(std::uint16_t& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  auto* address = reinterpret_cast<sockaddr*>(&where);
  must(listener >= 0 && ::bind(listener, address, size) == 0 && ::listen(listener, 1024) == 0 &&
         ::getsockname(listener, address, &size) == 0,
       "can't listen");
  port = ntohs(where.sin_port);
  return listener;
}

int take_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  must(pthread_sigmask(SIG_BLOCK, &wanted, nullptr) == 0, "pthread_sigmask failed");
  return signalfd(-1, &wanted, SFD_CLOEXEC);
}

// False: the peer is gone.
bool send_back(int peer, std::array<char, 65536>& buffer) {
  const auto size = ::read(peer, buffer.data(), buffer.size());
  for (ssize_t sent = 0; sent < size;) {
    const auto more =
      ::send(peer, buffer.data() + sent, static_cast<std::size_t>(size - sent), MSG_NOSIGNAL);
    if (more <= 0)
      return false;
    sent += more;
  }
  return size > 0;
}

std::uint64_t serve(std::uint16_t port) {
  const int signals = take_signals();
  const int listener = listen_on(port);
  const int loop = epoll_create1(EPOLL_CLOEXEC);
  watch(loop, signals);
  watch(loop, listener);
  ankkor::floors::say_listening(port);
  static std::array<char, 65536> buffer;
  std::array<epoll_event, 64> events{};
  std::uint64_t echoes = 0;
  while (true) {
    const int count = epoll_wait(loop, events.data(), static_cast<int>(events.size()), -1);
    for (int at = 0; at < count; ++at) {
      const int ready = events.at(static_cast<std::size_t>(at)).data.fd;
      if (ready == signals)
        return echoes;
      if (ready == listener) {
        const int peer = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        const int on = 1;
        if (peer >= 0 && ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0)
          watch(loop, peer);
      } else if (send_back(ready, buffer)) {
        ++echoes;
      } else {
        ::close(ready);
      }
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  try {
    std::uint16_t port = 0;
    CLI::App app("Sends back what it is sent: the floor of one exchange over loopback.");
    app.add_option("--port", port, "On 127.0.0.1; 0: any that is free")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    const auto echoes = serve(port);
    ankkor::floors::say_used(echoes);
    return 0;
  } catch (const std::exception& problem) {
    static_cast<void>(std::fprintf(stderr, "ankkor-floor-echo: %s\n", problem.what()));
    return 1;
  }
}

#include "bench/load/storefront.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

namespace ankkor::load {

namespace {

bool watch(int poll, int socket) {
  auto interest = epoll_event{};
  interest.events = EPOLLIN;
  interest.data.fd = socket;
  return ::epoll_ctl(poll, EPOLL_CTL_ADD, socket, &interest) == 0;
}

} // namespace

void for_each_told(std::string_view body, const std::function<void(stock::product_id)>& take) {
  constexpr std::string_view begin = "\"product-";
  for (auto at = body.find(begin); at != std::string_view::npos; at = body.find(begin, at)) {
    at += begin.size();
    stock::product_id id = 0;
    const auto* end = body.data() + body.size();
    const auto read = std::from_chars(body.data() + at, end, id);
    if (read.ec == std::errc{} && read.ptr != end && *read.ptr == '"')
      take(id);
  }
}

storefront::storefront(descriptor listening, std::string secret, int poll, listener tell)
  : listening_(std::move(listening)), credentials_("Bearer " + std::move(secret)), poll_(poll),
    tell_(std::move(tell)) {
  make_ready(listening_);
  watch(poll_, listening_.get());
}

bool storefront::handle(int socket, time_point now) {
  if (socket == listening_.get()) {
    accept();
    return true;
  }
  const auto found = callers_.find(socket);
  if (found == callers_.end())
    return false;
  receive(found->second, now);
  return true;
}

void storefront::accept() {
  auto made = descriptor{::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  if (!made.ok())
    return;
  make_ready(made);
  const auto socket = made.get();
  if (watch(poll_, socket))
    callers_[socket].socket = std::move(made);
}

void storefront::receive(caller& from, time_point now) {
  std::array<char, 65'536> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): recv fills it
  const auto count = ::recv(from.socket.get(), bytes.data(), bytes.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (count <= 0) {
    callers_.erase(from.socket.get());
    return;
  }
  from.received.append(bytes.data(), static_cast<std::size_t>(count));
  while (const auto asked = read_question(from.received)) {
    answer(from, asked->head, asked->body, now);
    from.received.erase(0, asked->size);
  }
}

void storefront::answer(caller& from, std::string_view head, std::string_view body,
                        time_point now) {
  const bool known = find_field(head, "Authorization") == credentials_;
  constexpr std::string_view good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
  constexpr std::string_view bad = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
  const auto text = known ? good : bad;
  ++(known ? calls_ : refused_);
  if (known)
    for_each_told(body, [&](stock::product_id id) { tell_(id, now); });
  // A caller that is gone finds out by itself.
  static_cast<void>(::send(from.socket.get(), text.data(), text.size(), MSG_NOSIGNAL));
}

} // namespace ankkor::load

#include "event_stream.hpp"

#include "waiting.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <utility>

namespace ankkor::testing {

event_stream::event_stream(std::uint16_t port, std::string_view target, const header_fields& fields,
                           int receive_buffer)
  : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer != 0)
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  auto address = sockaddr_in{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto text = std::string{"GET "}.append(target).append(" HTTP/1.1\r\nHost: a\r\n");
  for (const auto& [name, value] : fields)
    text.append(name).append(": ").append(value).append("\r\n");
  text += "\r\n";
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL) > 0)
    read_head();
}

event_stream::~event_stream() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

event_stream::event_stream(event_stream&& other) noexcept
  : descriptor_(std::exchange(other.descriptor_, -1)), ended_(other.ended_),
    received_(std::move(other.received_)), head_(std::move(other.head_)),
    id_(std::move(other.id_)) {}

bool event_stream::read_more() {
  auto waiting = pollfd{descriptor_, POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds{patience}.count())) != 1)
    return false;
  std::array<char, 16 * 1024> buffer{};
  const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  ended_ = got <= 0;
  if (ended_)
    return false;
  received_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> event_stream::next_line() {
  auto end = received_.find('\n');
  for (; end == std::string::npos; end = received_.find('\n')) {
    if (!read_more())
      return std::nullopt;
  }
  auto line = received_.substr(0, end);
  received_.erase(0, end + 1);
  return line;
}

void event_stream::read_head() {
  constexpr std::size_t status_at = 9; // behind "HTTP/1.1 "
  for (auto line = next_line(); line && *line != "\r"; line = next_line()) {
    line->pop_back();
    if (head_.status == 0) {
      std::from_chars(line->data() + status_at, line->data() + line->size(), head_.status);
      continue;
    }
    const auto colon = line->find(':');
    auto name = line->substr(0, colon);
    for (auto& c : name)
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    head_.fields.emplace_back(std::move(name), line->substr(colon + 2));
  }
}

std::optional<stream_event> event_stream::next() {
  auto data = std::optional<std::string>{};
  for (auto line = next_line(); line; line = next_line()) {
    if (line->empty() && data)
      return stream_event{id_, *data};
    if (line->starts_with("id: "))
      id_ = line->substr(4);
    if (line->starts_with("data: "))
      data = line->substr(6);
  }
  return std::nullopt;
}

bool event_stream::next_comment() {
  for (auto line = next_line(); line; line = next_line()) {
    if (line->starts_with(":"))
      return true;
  }
  return false;
}

bool event_stream::ends() {
  while (read_more())
    received_.clear();
  return ended_;
}

} // namespace ankkor::testing

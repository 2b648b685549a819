#include "raw_http.hpp"

#include "waiting.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <simdjson.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace ankkor::testing {

namespace {

int patience_ms() {
  return static_cast<int>(std::chrono::milliseconds{patience}.count());
}

std::string lower(std::string_view text) {
  auto made = std::string{text};
  for (auto& c : made)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return made;
}

std::size_t number(std::string_view text) {
  std::size_t found = 0;
  std::from_chars(text.data(), text.data() + text.size(), found);
  return found;
}

// Precondition: `head` ends with its empty line.
raw_answer parse_head(std::string_view head) {
  auto answer = raw_answer{};
  auto line_end = head.find("\r\n");
  constexpr std::size_t status_at = 9; // behind "HTTP/1.1 "
  answer.status = static_cast<unsigned>(number(head.substr(status_at, 3)));
  head.remove_prefix(line_end + 2);
  for (line_end = head.find("\r\n"); line_end != 0; line_end = head.find("\r\n")) {
    const auto line = head.substr(0, line_end);
    const auto colon = line.find(':');
    answer.fields.emplace_back(lower(line.substr(0, colon)), line.substr(colon + 2));
    head.remove_prefix(line_end + 2);
  }
  return answer;
}

} // namespace

std::string raw_answer::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name)
      return value;
  }
  return {};
}

std::string raw_answer::at(std::string_view pointer) const {
  return json_at(body, pointer);
}

raw_connection::raw_connection(std::uint16_t port)
  : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  auto address = sockaddr_in{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor_);
    descriptor_ = -1;
  }
}

raw_connection::~raw_connection() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

raw_connection::raw_connection(raw_connection&& other) noexcept
  : descriptor_(std::exchange(other.descriptor_, -1)), received_(std::move(other.received_)) {}

bool raw_connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool raw_connection::read_more() {
  auto waiting = pollfd{descriptor_, POLLIN, 0};
  if (::poll(&waiting, 1, patience_ms()) != 1)
    return false;
  std::array<char, 16 * 1024> buffer{};
  const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (got <= 0)
    return false;
  received_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

raw_answer raw_connection::receive(bool head_only) {
  constexpr std::string_view empty_line = "\r\n\r\n";
  auto end = received_.find(empty_line);
  for (; end == std::string::npos; end = received_.find(empty_line)) {
    if (!read_more())
      return {};
  }
  const auto head_size = end + empty_line.size();
  auto answer = parse_head(std::string_view{received_}.substr(0, head_size));
  const bool bodiless = head_only || answer.status == 304 || answer.status == 100;
  const auto size = bodiless ? 0 : number(answer.field("content-length"));
  while (received_.size() < head_size + size) {
    if (!read_more())
      return {};
  }
  answer.body = received_.substr(head_size, size);
  received_.erase(0, head_size + size);
  return answer;
}

bool raw_connection::closed() {
  return !read_more() && received_.empty();
}

std::string request_text(std::string_view method, std::string_view target,
                         const header_fields& fields, std::string_view body) {
  auto text = std::string{method}.append(" ").append(target).append(" HTTP/1.1\r\n");
  text += "Host: 127.0.0.1\r\nConnection: close\r\n";
  for (const auto& [name, value] : fields)
    text.append(name).append(": ").append(value).append("\r\n");
  if (!body.empty() || method == "POST")
    text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  return text.append("\r\n").append(body);
}

raw_answer answer_to(std::uint16_t port, std::string_view request, bool head_only) {
  auto connection = raw_connection{port};
  if (!connection.open())
    return {};
  // The answer may come, and the connection end, before all is sent: a body over the limit.
  connection.send(request);
  return connection.receive(head_only);
}

raw_answer get(std::uint16_t port, std::string_view target, const header_fields& fields) {
  return answer_to(port, request_text("GET", target, fields));
}

std::string json_at(std::string_view json, std::string_view pointer) {
  auto parser = simdjson::dom::parser{};
  auto element = simdjson::dom::element{};
  if (parser.parse(simdjson::padded_string{json}).at_pointer(pointer).get(element) !=
      simdjson::SUCCESS)
    return {};
  auto text = std::string_view{};
  if (element.get(text) == simdjson::SUCCESS)
    return std::string{text};
  return simdjson::minify(element);
}

} // namespace ankkor::testing

#include "bench/load/answer.hpp"

#include <algorithm>
#include <charconv>

namespace ankkor::load {

namespace {

constexpr std::string_view line_end = "\r\n";

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char one, char other) { return lower(one) == lower(other); });
}

std::size_t number(std::string_view text, int base = 10) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

// Puts what the chunks hold into `body`, and answers how long all of them are.
std::optional<std::size_t> read_chunks(std::string_view bytes, std::string& body) {
  std::size_t at = 0;
  while (true) {
    const auto end = bytes.find(line_end, at);
    if (end == std::string_view::npos)
      return std::nullopt;
    const auto size = number(bytes.substr(at, end - at), 16);
    at = end + line_end.size();
    if (bytes.size() < at + size + line_end.size())
      return std::nullopt;
    body.append(bytes.substr(at, size));
    at += size + line_end.size();
    if (size == 0)
      return at;
  }
}

std::optional<std::string_view> read_head(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos)
    return std::nullopt;
  return bytes.substr(0, end + 4);
}

} // namespace

std::optional<std::string_view> find_field(std::string_view head, std::string_view name) {
  auto at = head.find(line_end);
  while (at != std::string_view::npos) {
    at += line_end.size();
    const auto end = head.find(line_end, at);
    if (end == std::string_view::npos)
      return std::nullopt;
    const auto line = head.substr(at, end - at);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        same(line.substr(0, name.size()), name)) {
      auto value = line.substr(name.size() + 1);
      value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
      return value;
    }
    at = end;
  }
  return std::nullopt;
}

std::optional<answer> read_answer(std::string_view bytes) {
  constexpr std::size_t status_at = 9; // behind "HTTP/1.1 "
  const auto head = read_head(bytes);
  if (!head || head->size() < status_at + 3)
    return std::nullopt;
  auto read = answer{};
  read.status = static_cast<unsigned>(number(head->substr(status_at, 3)));
  const auto rest = bytes.substr(head->size());
  const auto coding = find_field(*head, "Transfer-Encoding");
  if (read.status == 204 || read.status == 304) {
    read.size = head->size();
  } else if (coding && same(*coding, "chunked")) {
    const auto length = read_chunks(rest, read.body);
    if (!length)
      return std::nullopt;
    read.size = head->size() + *length;
  } else {
    const auto length = number(find_field(*head, "Content-Length").value_or("0"));
    if (rest.size() < length)
      return std::nullopt;
    read.body = rest.substr(0, length);
    read.size = head->size() + length;
  }
  read.close = same(find_field(*head, "Connection").value_or(""), "close");
  return read;
}

std::optional<question> read_question(std::string_view bytes) {
  const auto head = read_head(bytes);
  if (!head)
    return std::nullopt;
  const auto length = number(find_field(*head, "Content-Length").value_or("0"));
  if (bytes.size() < head->size() + length)
    return std::nullopt;
  return question{head->size() + length, *head, bytes.substr(head->size(), length)};
}

} // namespace ankkor::load

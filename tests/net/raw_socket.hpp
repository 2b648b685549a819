// A peer without manners: a blocking socket that sends exactly the bytes it is given, for tests
// that need to break the rules. Every wait ends after 10 s at the latest, and then the test fails.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace ankkor::net::test {

// One answer as read from the wire.
struct answer {
  unsigned status = 0;
  std::map<std::string, std::string> fields; // names in lower case
  std::string body;
};

class raw_socket {
public:
  explicit raw_socket(std::uint16_t port, const char* address = "127.0.0.1");

  ~raw_socket() { close(); }

  raw_socket(raw_socket&& other) noexcept;
  raw_socket(const raw_socket&) = delete;
  raw_socket& operator=(const raw_socket&) = delete;

  void send(std::string_view bytes); // as much as the peer takes
  void half_close();
  void close();
  void reset(); // closes with a TCP reset

  // The next answer; nothing if the connection ends before one. `no_body`: to HEAD.
  std::optional<answer> read_answer(bool no_body = false);
  std::string read_line(); // without CRLF
  bool closed();           // true once the peer has closed and nothing more came before

  [[nodiscard]] int descriptor() const { return descriptor_; }

private:
  bool fill();
  int descriptor_ = -1;
  std::string buffer_;
};

// Waits for something that another thread does; false after 10 s.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

} // namespace ankkor::net::test

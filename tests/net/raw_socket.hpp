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

  raw_socket() = default; // accepted ones: see raw_listener

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
  std::string read_head(); // up to the empty line, and with it
  std::string read(std::size_t size);
  bool closed(); // true once the peer has closed and nothing more came before
  // True as soon as something, or the end, can be read; false when it can't for so long.
  [[nodiscard]] bool readable(std::chrono::milliseconds patience) const;

  // True once the peer has reset the connection, whatever is still to be read.
  [[nodiscard]] bool is_broken() const;

  [[nodiscard]] int descriptor() const { return descriptor_; }

private:
  friend class raw_listener;
  bool fill();
  int descriptor_ = -1;
  std::string buffer_;
};

// The other side: a server that the test plays by hand.
class raw_listener {
public:
  // Port 0: the system chooses one.
  explicit raw_listener(int backlog = 16, const char* address = "127.0.0.1",
                        std::uint16_t port = 0);
  ~raw_listener();
  raw_listener(const raw_listener&) = delete;
  raw_listener& operator=(const raw_listener&) = delete;

  raw_socket accept();   // the next connection; waits for it
  bool has_connection(); // one is waiting already

  [[nodiscard]] std::uint16_t port() const { return port_; }

private:
  int descriptor_ = -1;
  std::uint16_t port_ = 0;
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

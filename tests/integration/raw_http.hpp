// HTTP as bytes on a socket: what a test sends is what goes over the wire, and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ankkor::testing {

struct raw_answer {
  unsigned status = 0; // 0: the connection ended, or the deadline passed, before an answer
  std::vector<std::pair<std::string, std::string>> fields; // names in lower case
  std::string body;

  // The first field of that lower-case name; "" if there is none.
  [[nodiscard]] std::string field(std::string_view name) const;
  // The JSON value at a pointer such as "/status": strings as they are, the rest as written; "" if
  // it isn't there.
  [[nodiscard]] std::string at(std::string_view pointer) const;
};

// One connection to a port of this machine. Waits at most `patience` for anything.
class raw_connection {
public:
  explicit raw_connection(std::uint16_t port);
  ~raw_connection();
  raw_connection(raw_connection&& other) noexcept;
  raw_connection(const raw_connection&) = delete;
  raw_connection& operator=(const raw_connection&) = delete;

  [[nodiscard]] bool open() const { return descriptor_ >= 0; }

  // False once the peer has closed.
  bool send(std::string_view bytes);

  // The next answer, 100 included. `head_only`: it is one to HEAD and has no body.
  raw_answer receive(bool head_only = false);

  // True if the peer closes before it sends anything more.
  bool closed();

private:
  bool read_more();

  int descriptor_ = -1;
  std::string received_;
};

using header_fields = std::vector<std::pair<std::string, std::string>>;

// A request with Host, `Connection: close` and, if there is a body, its length.
[[nodiscard]] std::string request_text(std::string_view method, std::string_view target,
                                       const header_fields& fields = {},
                                       std::string_view body = {});

// Sends it on a connection of its own.
raw_answer answer_to(std::uint16_t port, std::string_view request, bool head_only = false);

raw_answer get(std::uint16_t port, std::string_view target, const header_fields& fields = {});

// The JSON value at a pointer of any text; see raw_answer::at.
[[nodiscard]] std::string json_at(std::string_view json, std::string_view pointer);

} // namespace ankkor::testing

// A reader of an event stream on a socket of its own, as the WHATWG's rules for EventSource say.
#pragma once

#include "raw_http.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ankkor::testing {

struct stream_event {
  std::string id; // the last ID seen up to and with this event
  std::string data;

  [[nodiscard]] std::string at(std::string_view pointer) const { return json_at(data, pointer); }
};

class event_stream {
public:
  // Asks for the target and reads the answer's head. `receive_buffer`: of the socket; 0: as usual.
  event_stream(std::uint16_t port, std::string_view target, const header_fields& fields = {},
               int receive_buffer = 0);
  ~event_stream();
  event_stream(event_stream&& other) noexcept;
  event_stream(const event_stream&) = delete;
  event_stream& operator=(const event_stream&) = delete;

  [[nodiscard]] const raw_answer& head() const { return head_; }

  // The next event that has data; nothing if the stream ends first, or nothing comes in time.
  std::optional<stream_event> next();

  // Reads up to the next comment line; false as above.
  bool next_comment();

  // True if it ends, whatever comes before.
  bool ends();

  [[nodiscard]] const std::string& last_id() const { return id_; }

private:
  bool read_more();
  std::optional<std::string> next_line();
  void read_head();

  int descriptor_ = -1;
  bool ended_ = false; // rather than being silent
  std::string received_;
  raw_answer head_;
  std::string id_;
};

} // namespace ankkor::testing

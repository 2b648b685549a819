// The strict reader in front of Boost.Beast's lenient one: it sees the raw bytes of one request,
// checks the head, the framing and the chunked coding by the grammar of RFC 9110 and RFC 9112,
// enforces the limits, and knows where head and message end. No I/O, no clock, no copy of the
// bytes.
//
// Stricter than the RFCs where they leave a choice, since whatever two readers could frame in two
// ways is refused:
//   - any Transfer-Encoding but one `chunked` is 400 (RFC 9112 section 6.1 would allow 501);
//   - a Content-Length list or repetition is 400 even if its values agree (section 6.3 allows
//   either);
//   - a line that ends in a bare LF is 400 (section 2.2 allows it); so is obsolete folding
//   (section 5.2);
//   - a field called Content_Length or the like is 400: some proxies take it for Content-Length;
//   - whitespace in a chunk's line is 400: a sender must not make any (RFC 9110 section 5.6.3);
//   - methods other than GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS are 501, CONNECT and TRACE
//   too;
//   - versions other than HTTP/1.0 and HTTP/1.1 are 505, a line without any version (HTTP/0.9) is
//   400.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ankkor::net {

struct gate_limits {
  std::size_t header_bytes_max = 16 * 1024; // 431; a trailer section is measured by it too
  std::size_t header_fields_max = 100;      // 431; the same
  std::size_t target_bytes_max = 8 * 1024;  // 414
  std::size_t body_bytes_max =
    4 * 1024 * 1024; // 413, decoded; framed by chunks, twice that and the header's
};

// Why a request is refused. Every refusal closes the connection.
struct rejection {
  unsigned status = 0;
  std::string_view code; // for programs: "bad_framing"
  std::string_view message;
};

class request_gate {
public:
  enum class state : std::uint8_t {
    head,     // the end of the header section has not come yet
    body,     // the head is read and good, the end of the message has not come yet
    complete, // message_size() bytes are one good request
    rejected, // see why()
  };

  // Offsets from the message's first byte: the bytes may move in memory while more of them come.
  struct span {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;

    [[nodiscard]] std::string_view in(std::string_view bytes) const {
      return bytes.substr(begin, size);
    }
  };

  struct field {
    span name;
    span value; // trimmed
  };

  explicit request_gate(const gate_limits& limits) : limits_(limits) {}

  // For the next message.
  void reset();

  // `bytes` are all bytes that have come since the message's first one, and maybe more than its
  // last. What was there at an earlier call is the same at a later one.
  state advance(std::string_view bytes);

  [[nodiscard]] state now() const { return state_; }

  [[nodiscard]] const rejection& why() const { return why_; }

  // --- known once the state is body or complete -------------------------------------------------
  [[nodiscard]] span method() const {
    return method_;
  } // known earlier, once the request line is good

  [[nodiscard]] span request_target() const { return request_target_; } // as sent

  [[nodiscard]] span target() const { return target_; } // origin form, or "*"; empty: "/" is meant

  [[nodiscard]] bool http_1_1() const { return http_1_1_; }

  [[nodiscard]] const std::vector<field>& fields() const { return fields_; } // of the head only

  // The offset of the request line: one empty line may come before it (RFC 9112 section 2.2).
  [[nodiscard]] std::size_t head_begin() const { return head_begin_; }

  [[nodiscard]] std::size_t head_end() const { return head_end_; } // offset of the body

  [[nodiscard]] bool chunked() const { return chunked_; }

  [[nodiscard]] std::optional<std::uint64_t> content_length() const { return content_length_; }

  [[nodiscard]] bool keep_alive() const { return keep_alive_; }

  [[nodiscard]] bool expects_continue() const { return expects_continue_; }

  // --- known once the state is complete ----------------------------------------------------------
  [[nodiscard]] std::size_t message_size() const { return message_size_; }

  [[nodiscard]] std::size_t body_size() const { return body_size_; } // decoded

  [[nodiscard]] std::size_t trailer_fields() const { return trailer_fields_; }

private:
  enum class expected : std::uint8_t {
    request_line,
    field_line,
    body,
    chunk_line,
    chunk_data,
    trailer_line
  };

  void reject(unsigned status, std::string_view code, std::string_view message);
  std::optional<std::string_view> take_line(std::string_view bytes, std::size_t stop,
                                            const rejection& over);
  bool step(std::string_view bytes);
  bool read_request_line(std::string_view bytes);
  bool read_field_line(std::string_view bytes);
  bool read_body(std::string_view bytes);
  bool read_chunk_line(std::string_view bytes);
  bool read_chunk_data(std::string_view bytes);
  bool read_trailer_line(std::string_view bytes);
  void parse_request_line(std::string_view bytes, std::string_view line);
  void parse_target(std::string_view bytes, std::string_view target);
  std::optional<field> parse_field_line(std::string_view bytes, std::string_view line);
  void note_field(std::string_view bytes, const field& f);
  void refuse_likeness(std::string_view name, std::string_view framing);
  void note_host(span value);
  void note_content_length(std::string_view value);
  void note_transfer_encoding(std::string_view value);
  void note_connection(std::string_view value);
  void note_expect(std::string_view value);
  void finish_head(std::string_view bytes);
  void check_host(std::string_view bytes);
  void check_framing(std::string_view bytes);
  void parse_chunk_line(std::string_view line);

  gate_limits limits_;
  state state_ = state::head;
  expected expected_ = expected::request_line;
  rejection why_;

  std::size_t line_begin_ = 0; // of the line that is being read
  std::size_t scan_ = 0;       // up to here it has been looked at

  span method_;
  span request_target_;
  span target_;
  span authority_; // of an absolute-form target
  span host_;
  std::vector<field> fields_;
  std::optional<std::uint64_t> content_length_;
  std::size_t hosts_ = 0;
  std::size_t head_begin_ = 0;
  std::size_t head_end_ = 0;
  std::size_t message_size_ = 0;
  std::size_t body_size_ = 0;
  std::size_t chunk_end_ = 0; // offset behind the data of the chunk that is being read
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_begin_ = 0;
  std::size_t trailer_fields_ = 0;
  bool http_1_1_ = true;
  bool default_port_443_ = false; // an absolute-form target with https
  bool chunked_ = false;
  bool keep_alive_ = true;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool expects_continue_ = false;
};

// Walks the chunks of a complete chunked message, which the gate has found good.
class chunk_walker {
public:
  chunk_walker(const char* message, std::size_t body_offset) : at_(message + body_offset) {}

  // The data of the next chunk; empty for the last one.
  std::string_view next();

private:
  const char* at_;
};

} // namespace ankkor::net

#include "net/http/request_gate.hpp"

#include "net/http/grammar.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace ankkor::net {

namespace {

using grammar::iequals;

// RFC 9112 section 7.1.1 asks for a limit of chunk extensions; nobody is known to send any.
constexpr std::size_t chunk_line_bytes_max = 256;
constexpr std::size_t extension_bytes_max = 4096;

// What the request line may hold beside the target: the longest method we serve, the version and
// some air.
constexpr std::size_t request_line_extra = 64;

constexpr rejection header_too_large{431, "header_too_large",
                                     "The request's header section is too large."};
constexpr rejection target_too_long{414, "target_too_long", "The request target is too long."};
constexpr rejection chunk_line_too_long{400, "bad_chunk", "The line of a chunk is too long."};

constexpr std::array<std::string_view, 7> methods = {"GET",   "POST",   "HEAD",   "PUT",
                                                     "PATCH", "DELETE", "OPTIONS"};

bool must_have_length(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

bool starts_with_scheme(std::string_view target, std::string_view scheme) {
  return target.size() >= scheme.size() && iequals(target.substr(0, scheme.size()), scheme);
}

// "HTTP/" DIGIT "." DIGIT, RFC 9112 section 2.3: case-sensitive.
bool is_version(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && grammar::is_digit(text[5]) &&
         text[6] == '.' && grammar::is_digit(text[7]);
}

// Takes a token, or a quoted string if `quoted`, off the front; false if there is none.
bool take_word(std::string_view& rest, bool quoted) {
  std::size_t size = 0;
  if (quoted && rest.starts_with('"')) {
    for (size = 1; size < rest.size() && rest[size] != '"'; ++size)
      if (rest[size] == '\\')
        ++size;
    if (size >= rest.size())
      return false;
    ++size;
  } else {
    while (size < rest.size() && grammar::is_token_char(rest[size]))
      ++size;
  }
  rest.remove_prefix(size);
  return size != 0;
}

// *( ";" chunk-ext-name [ "=" chunk-ext-val ] ), RFC 9112 section 7.1.1.
bool is_chunk_extension(std::string_view rest) {
  while (!rest.empty()) {
    if (rest.front() != ';')
      return false;
    rest.remove_prefix(1);
    if (!take_word(rest, false))
      return false;
    if (!rest.starts_with('='))
      continue;
    rest.remove_prefix(1);
    if (!take_word(rest, true))
      return false;
  }
  return true;
}

// Calls `take` with every element of a comma-separated list (RFC 9110 section 5.6.1, which lets a
// recipient skip empty ones); false if one is not a token.
template <class Take>
bool each_token(std::string_view list, Take take) {
  for (bool more = true; more;) {
    const auto comma = list.find(',');
    const auto element = grammar::trim(list.substr(0, comma));
    if (!element.empty() && !grammar::is_token(element))
      return false;
    if (!element.empty())
      take(element);
    more = comma != std::string_view::npos;
    if (more)
      list.remove_prefix(comma + 1);
  }
  return true;
}

request_gate::span span_of(std::string_view bytes, std::string_view part) {
  return {static_cast<std::uint32_t>(part.data() - bytes.data()),
          static_cast<std::uint32_t>(part.size())};
}

} // namespace

void request_gate::reset() {
  auto fields = std::move(fields_);
  fields.clear();
  *this = request_gate(limits_);
  fields_ = std::move(fields);
}

void request_gate::reject(unsigned status, std::string_view code, std::string_view message) {
  if (state_ == state::rejected)
    return; // the first fault is the one that is told
  state_ = state::rejected;
  why_ = {status, code, message};
}

request_gate::state request_gate::advance(std::string_view bytes) {
  while ((state_ == state::head || state_ == state::body) && step(bytes)) {
  }
  return state_;
}

// False if it needs more bytes to go on.
bool request_gate::step(std::string_view bytes) {
  switch (expected_) {
  case expected::request_line:
    return read_request_line(bytes);
  case expected::field_line:
    return read_field_line(bytes);
  case expected::body:
    return read_body(bytes);
  case expected::chunk_line:
    return read_chunk_line(bytes);
  case expected::chunk_data:
    return read_chunk_data(bytes);
  case expected::trailer_line:
    return read_trailer_line(bytes);
  }
  return false;
}

// The line without its CRLF, once all of it is there. Its last byte must lie before `stop`. Looks
// at the bytes strictly in order, so that the verdict doesn't depend on how they came.
std::optional<std::string_view> request_gate::take_line(std::string_view bytes, std::size_t stop,
                                                        const rejection& over) {
  const std::size_t end = std::min(bytes.size(), stop);
  const std::size_t at = scan_ + grammar::text_run(bytes.substr(0, end).substr(scan_));
  scan_ = at;
  if (at >= stop || (at < end && bytes[at] == '\r' && at + 1 >= stop)) {
    reject(over.status, over.code, over.message);
    return std::nullopt;
  }
  if (at == end)
    return std::nullopt;
  if (bytes[at] != '\r') {
    reject(400, "bad_bytes", "A line ends without CR LF, or holds a control character.");
    return std::nullopt;
  }
  if (at + 1 == bytes.size())
    return std::nullopt;
  if (bytes[at + 1] != '\n') {
    reject(400, "bad_bytes", "A CR is not followed by a LF.");
    return std::nullopt;
  }
  const auto line = bytes.substr(line_begin_, at - line_begin_);
  scan_ = line_begin_ = at + 2;
  return line;
}

// --- request line ------------------------------------------------------------------------------

bool request_gate::read_request_line(std::string_view bytes) {
  const std::size_t longest = line_begin_ + limits_.target_bytes_max + request_line_extra;
  const bool by_header = limits_.header_bytes_max <= longest;
  const bool first = line_begin_ == 0;
  const auto line = take_line(bytes, by_header ? limits_.header_bytes_max : longest,
                              by_header ? header_too_large : target_too_long);
  if (!line)
    return false;
  if (!line->empty()) {
    expected_ = expected::field_line;
    parse_request_line(bytes, *line);
  } else if (first) {
    head_begin_ = line_begin_;
  } else {
    reject(400, "bad_request_line", "More than one empty line comes before the request line.");
  }
  return true;
}

void request_gate::parse_request_line(std::string_view bytes, std::string_view line) {
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos)
    return reject(400, "bad_request_line", "The request line is not METHOD TARGET HTTP/1.1.");
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, second - first - 1);
  const auto version = line.substr(second + 1);
  if (!grammar::is_token(method) || target.empty() || !is_version(version))
    return reject(400, "bad_request_line", "The request line is not METHOD TARGET HTTP/1.1.");
  if (target.size() > limits_.target_bytes_max)
    return reject(target_too_long.status, target_too_long.code, target_too_long.message);
  http_1_1_ = version == "HTTP/1.1";
  if (!http_1_1_ && version != "HTTP/1.0")
    return reject(505, "unsupported_version", "Only HTTP/1.0 and HTTP/1.1 are served.");
  if (std::find(methods.begin(), methods.end(), method) == methods.end())
    return reject(501, "unsupported_method", "This method is not served here.");
  method_ = span_of(bytes, method);
  request_target_ = span_of(bytes, target);
  parse_target(bytes, target);
}

// RFC 9112 section 3.2: origin-form, absolute-form, or "*" for OPTIONS.
void request_gate::parse_target(std::string_view bytes, std::string_view target) {
  target_ = request_target_;
  if (grammar::is_origin_form(target) || (target == "*" && method_.in(bytes) == "OPTIONS"))
    return;
  default_port_443_ = starts_with_scheme(target, "https://");
  if (!default_port_443_ && !starts_with_scheme(target, "http://"))
    return reject(400, "bad_target", "The request target is malformed.");
  const auto rest = target.substr(default_port_443_ ? 8 : 7);
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  const auto path = rest.substr(authority.size());
  // A query without a path ("http://host?q") is allowed by RFC 3986, but has no origin form as
  // sent.
  if (!grammar::parse_authority(authority) || (!path.empty() && !grammar::is_origin_form(path)))
    return reject(400, "bad_target", "The request target is malformed.");
  authority_ = span_of(bytes, authority);
  target_ = span_of(bytes, path);
}

// --- header section ----------------------------------------------------------------------------

bool request_gate::read_field_line(std::string_view bytes) {
  const auto line = take_line(bytes, limits_.header_bytes_max, header_too_large);
  if (!line)
    return false;
  if (line->empty()) {
    finish_head(bytes);
    return true;
  }
  const auto parsed = parse_field_line(bytes, *line);
  if (!parsed)
    return true;
  if (fields_.size() == limits_.header_fields_max) {
    reject(431, "too_many_fields", "The request has too many header fields.");
    return true;
  }
  fields_.push_back(*parsed);
  note_field(bytes, *parsed);
  return true;
}

// field-name ":" OWS field-value OWS, RFC 9112 section 5.
std::optional<request_gate::field> request_gate::parse_field_line(std::string_view bytes,
                                                                  std::string_view line) {
  if (grammar::is_space(line.front())) {
    reject(400, "bad_field", "A header line starts with whitespace (obsolete folding).");
    return std::nullopt;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !grammar::is_token(line.substr(0, colon))) {
    reject(400, "bad_field", "A header line is not NAME: VALUE.");
    return std::nullopt;
  }
  return field{span_of(bytes, line.substr(0, colon)),
               span_of(bytes, grammar::trim(line.substr(colon + 1)))};
}

// The fields that decide on framing and connection. By length first: most fields are none of them.
void request_gate::note_field(std::string_view bytes, const field& f) {
  const auto name = f.name.in(bytes);
  const auto value = f.value.in(bytes);
  switch (name.size()) {
  case 4:
    if (iequals(name, "host"))
      note_host(f.value);
    return;
  case 6:
    if (iequals(name, "expect"))
      note_expect(value);
    return;
  case 10:
    if (iequals(name, "connection"))
      note_connection(value);
    return;
  case 14:
    if (iequals(name, "content-length"))
      note_content_length(value);
    else
      refuse_likeness(name, "content-length");
    return;
  case 17:
    if (iequals(name, "transfer-encoding"))
      note_transfer_encoding(value);
    else
      refuse_likeness(name, "transfer-encoding");
    return;
  default:
    return;
  }
}

// "Content_Length" is another field, but there are proxies that take "_" for "-".
void request_gate::refuse_likeness(std::string_view name, std::string_view framing) {
  const auto dash = framing.find('-');
  if (iequals(name.substr(0, dash), framing.substr(0, dash)) &&
      iequals(name.substr(dash + 1), framing.substr(dash + 1)))
    reject(400, "bad_framing", "A field is called almost as one that frames the request.");
}

void request_gate::note_host(span value) {
  host_ = value;
  if (++hosts_ > 1)
    reject(400, "bad_host", "The request has two Host fields.");
}

void request_gate::note_content_length(std::string_view value) {
  if (content_length_)
    return reject(400, "bad_framing", "The request has two Content-Length fields.");
  content_length_ = grammar::parse_decimal(value);
  if (!content_length_)
    reject(400, "bad_framing", "Content-Length is not one number.");
}

void request_gate::note_transfer_encoding(std::string_view value) {
  if (chunked_ || !iequals(value, "chunked"))
    return reject(400, "bad_framing", "Transfer-Encoding is not one chunked.");
  chunked_ = true;
}

void request_gate::note_connection(std::string_view value) {
  const bool good = each_token(value, [this](std::string_view option) {
    says_close_ = says_close_ || iequals(option, "close");
    says_keep_alive_ = says_keep_alive_ || iequals(option, "keep-alive");
  });
  if (!good)
    reject(400, "bad_field", "Connection is not a list of tokens.");
}

// WooCommerce spells it "100-Continue" (recording 198); expectations have no case (RFC 9110
// section 10.1.1).
void request_gate::note_expect(std::string_view value) {
  if (!iequals(value, "100-continue"))
    return reject(417, "unsupported_expectation", "Only Expect: 100-continue is understood.");
  expects_continue_ = http_1_1_;
}

void request_gate::finish_head(std::string_view bytes) {
  head_end_ = line_begin_;
  keep_alive_ = !says_close_ && (http_1_1_ || says_keep_alive_);
  check_host(bytes);
  check_framing(bytes);
  if (state_ == state::rejected)
    return;
  state_ = state::body;
  expected_ = chunked_ ? expected::chunk_line : expected::body;
}

// RFC 9112 section 3.2. An absolute-form target must name the same host.
void request_gate::check_host(std::string_view bytes) {
  if (hosts_ == 0) {
    if (http_1_1_)
      reject(400, "bad_host", "The request has no Host field.");
    return;
  }
  const auto host = grammar::parse_authority(host_.in(bytes));
  if (!host)
    return reject(400, "bad_host", "Host is not a host name or address with an optional port.");
  if (authority_.size == 0)
    return;
  const auto target = grammar::parse_authority(authority_.in(bytes));
  const std::uint16_t usual = default_port_443_ ? 443 : 80;
  if (!target || !iequals(target->host, host->host) || target->ipv6 != host->ipv6 ||
      target->port.value_or(usual) != host->port.value_or(usual))
    reject(400, "bad_host", "Host and the request target name different hosts.");
}

void request_gate::check_framing(std::string_view bytes) {
  if (chunked_ && content_length_)
    return reject(400, "bad_framing", "The request has both Transfer-Encoding and Content-Length.");
  if (chunked_ && !http_1_1_)
    return reject(400, "bad_framing", "HTTP/1.0 has no Transfer-Encoding.");
  if (!chunked_ && !content_length_ && must_have_length(method_.in(bytes)))
    return reject(400, "length_required",
                  "A request with this method must say how long its body is.");
  if (content_length_.value_or(0) > limits_.body_bytes_max)
    reject(413, "body_too_large", "The request's body is too large.");
}

// --- body --------------------------------------------------------------------------------------

bool request_gate::read_body(std::string_view bytes) {
  body_size_ = static_cast<std::size_t>(content_length_.value_or(0));
  message_size_ = head_end_ + body_size_;
  if (bytes.size() < message_size_)
    return false;
  state_ = state::complete;
  return true;
}

bool request_gate::read_chunk_line(std::string_view bytes) {
  const auto line = take_line(bytes, line_begin_ + chunk_line_bytes_max, chunk_line_too_long);
  if (!line)
    return false;
  parse_chunk_line(*line);
  return true;
}

// chunk-size [ chunk-ext ], RFC 9112 section 7.1.
void request_gate::parse_chunk_line(std::string_view line) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size() && grammar::hex_value(line[digits]) >= 0; ++digits) {
    if (size > std::numeric_limits<std::uint64_t>::max() / 16)
      return reject(400, "bad_chunk", "The size of a chunk is out of range.");
    size = size * 16 + static_cast<std::uint64_t>(grammar::hex_value(line[digits]));
  }
  const auto extension = line.substr(digits);
  extension_bytes_ += extension.size();
  if (digits == 0 || !is_chunk_extension(extension) || extension_bytes_ > extension_bytes_max)
    return reject(400, "bad_chunk", "The line of a chunk is malformed.");
  if (size > limits_.body_bytes_max - body_size_ ||
      line_begin_ - head_end_ > limits_.body_bytes_max * 2 + limits_.header_bytes_max)
    return reject(413, "body_too_large", "The request's body is too large.");
  body_size_ += static_cast<std::size_t>(size);
  chunk_end_ = line_begin_ + static_cast<std::size_t>(size);
  trailer_begin_ = line_begin_;
  expected_ = size == 0 ? expected::trailer_line : expected::chunk_data;
}

bool request_gate::read_chunk_data(std::string_view bytes) {
  for (std::size_t i = 0; i < 2; ++i) {
    if (bytes.size() <= chunk_end_ + i)
      return false;
    if (bytes[chunk_end_ + i] != "\r\n"[i]) {
      reject(400, "bad_chunk", "The data of a chunk is not followed by CR LF.");
      return true;
    }
  }
  line_begin_ = scan_ = chunk_end_ + 2;
  expected_ = expected::chunk_line;
  return true;
}

// Trailer fields are checked and dropped: nothing of a trailer may count as if it stood in the head
// (RFC 9110 section 6.5.1), a signature least of all.
bool request_gate::read_trailer_line(std::string_view bytes) {
  const auto line = take_line(bytes, trailer_begin_ + limits_.header_bytes_max, header_too_large);
  if (!line)
    return false;
  if (line->empty()) {
    message_size_ = line_begin_;
    state_ = state::complete;
    return true;
  }
  const auto parsed = parse_field_line(bytes, *line);
  if (!parsed)
    return true;
  const auto name = parsed->name.in(bytes);
  if (iequals(name, "content-length") || iequals(name, "transfer-encoding") ||
      iequals(name, "host"))
    reject(400, "bad_framing", "A trailer holds a field that belongs into the header section.");
  else if (++trailer_fields_ > limits_.header_fields_max)
    reject(431, "too_many_fields", "The request has too many trailer fields.");
  return true;
}

// --- chunk_walker ------------------------------------------------------------------------------

std::string_view chunk_walker::next() {
  std::size_t size = 0;
  for (; grammar::hex_value(*at_) >= 0; ++at_)
    size = size * 16 + static_cast<std::size_t>(grammar::hex_value(*at_));
  while (*at_ != '\n')
    ++at_;
  const std::string_view data(at_ + 1, size);
  at_ += size + 3; // LF, the data, CR LF
  return data;
}

} // namespace ankkor::net

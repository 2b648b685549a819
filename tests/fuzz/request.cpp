// Raw bytes into the HTTP server's way of reading a request: the gate answers the same however the
// bytes come in pieces, what it frames is within what came and within the limits, Beast's reading
// of it takes the chunks out and nothing else, and what follows in the pipeline is read as if it
// came alone.
#include "net/http/beast_check.hpp"
#include "net/http/request_gate.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ankkor;
using namespace ankkor::fuzz;
using net::request_gate;

namespace {

net::gate_limits small_limits() {
  auto limits = net::gate_limits{};
  limits.header_bytes_max = 1024;
  limits.header_fields_max = 16;
  limits.target_bytes_max = 256;
  limits.body_bytes_max = 2048;
  return limits;
}

void check_message(const request_gate& gate, std::string_view bytes,
                   const net::gate_limits& limits) {
  require(gate.message_size() <= bytes.size(), "a message ends within what came");
  require(gate.head_end() <= gate.message_size(), "a head ends within its message");
  require(gate.head_end() - gate.head_begin() <= limits.header_bytes_max, "a head is bounded");
  require(gate.fields().size() <= limits.header_fields_max, "the fields are bounded");
  require(gate.body_size() <= limits.body_bytes_max, "a body is bounded");
  require(!gate.chunked() || !gate.content_length(), "a message is framed in one way");
  require(!gate.chunked() || gate.http_1_1(), "HTTP/1.0 has no chunks");
  const auto message = bytes.substr(0, gate.message_size());
  if (!gate.chunked()) {
    require(gate.head_end() + gate.body_size() == gate.message_size(), "the length is the body's");
    return;
  }
  auto chunks = net::chunk_walker{message.data(), gate.head_end()};
  std::size_t sum = 0;
  for (auto chunk = chunks.next(); !chunk.empty(); chunk = chunks.next()) {
    require(chunk.data() >= message.data() &&
              chunk.data() + chunk.size() <= message.data() + message.size(),
            "a chunk is within its message");
    sum += chunk.size();
  }
  require(sum == gate.body_size(), "the chunks are the body");
}

// The gate is the stricter one: what it lets through, Beast reads too, and as the same.
void check_decoding(const request_gate& gate, std::string_view bytes) {
  auto message = std::string{bytes};
  auto expected = std::string{};
  if (gate.chunked()) {
    auto chunks = net::chunk_walker{bytes.data(), gate.head_end()};
    for (auto chunk = chunks.next(); !chunk.empty(); chunk = chunks.next())
      expected += chunk;
  } else {
    expected = bytes.substr(gate.head_end(), gate.body_size());
  }
  const auto rest = bytes.substr(gate.message_size());
  if (!net::beast_agrees(message.data(), gate))
    return; // answered 400
  require(std::string_view{message}.substr(gate.head_end(), gate.body_size()) == expected,
          "the body is what the chunks held");
  require(std::string_view{message}.substr(gate.message_size()) == rest,
          "what follows is left alone");
  require(std::string_view{message}.substr(0, gate.head_end()) == bytes.substr(0, gate.head_end()),
          "the head is left alone");
}

// A pipeline of requests in one buffer, as a connection has it.
void check_pipeline(std::string_view bytes, const net::gate_limits& limits) {
  auto gate = request_gate{limits};
  while (!bytes.empty() && gate.advance(bytes) == request_gate::state::complete) {
    auto alone = request_gate{limits};
    require(alone.advance(bytes.substr(0, gate.message_size())) == request_gate::state::complete,
            "a request is complete without what follows");
    check_message(gate, bytes, limits);
    check_decoding(gate, bytes);
    bytes.remove_prefix(gate.message_size());
    gate.reset();
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = as_text(data, size);
  const auto step = std::size_t{take_choice(bytes)} + 1;
  const auto limits = small_limits();

  auto whole = request_gate{limits};
  const auto state = whole.advance(bytes);
  check_pipeline(bytes, limits);

  auto in_pieces = request_gate{limits};
  for (auto end = std::min(step, bytes.size());; end = std::min(end + step, bytes.size())) {
    const auto now = in_pieces.advance(bytes.substr(0, end));
    const bool settled =
      now == request_gate::state::complete || now == request_gate::state::rejected;
    if (settled || end == bytes.size())
      break;
  }
  require(in_pieces.now() == state, "pieces end as the whole does");
  if (state == request_gate::state::complete)
    require(in_pieces.message_size() == whole.message_size(), "pieces frame as the whole does");
  if (state == request_gate::state::rejected)
    require(in_pieces.why().status == whole.why().status, "pieces are refused as the whole is");
  return 0;
}

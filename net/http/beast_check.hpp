// Boost.Beast's second opinion on a request that net/http/request_gate.hpp has accepted: where two
// readers see different things, an attacker could hide a request in another one.
#pragma once

#include "net/http/request_gate.hpp"

namespace ankkor::net {

// True if Beast's parser sees the same method, target, version, fields, body and end in the
// message's bytes as the gate. On the way a chunked body is decoded in place: gate.body_size()
// bytes from gate.head_end() on. Precondition: gate.now() is complete and `message` holds
// gate.message_size() bytes.
[[nodiscard]] bool beast_agrees(char* message, const request_gate& gate);

} // namespace ankkor::net

// HTML's character references, decoded as WooGraphQL decodes names before it answers.
#pragma once

#include <string>
#include <string_view>

namespace ankkor::net {

// The text with each reference replaced once, as PHP's html_entity_decode does by default: the 252
// names of HTML 4.01 and numbers, each with its semicolon; anything else stays as it is.
[[nodiscard]] std::string decode_entities(std::string_view text);

} // namespace ankkor::net

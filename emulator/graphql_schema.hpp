// The two halves of the served schema as SDL. For the sources of this folder alone.
#pragma once

#include <string_view>

namespace ankkor::emulator::graphql {

[[nodiscard]] std::string_view sdl_of_items() noexcept;       // the root, products, variations, …
[[nodiscard]] std::string_view sdl_of_connections() noexcept; // connections, inputs, enums

} // namespace ankkor::emulator::graphql

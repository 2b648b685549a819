// What the floors say of themselves: where they listen, and what they used.
#pragma once

#include <cstdint>

namespace ankkor::floors {

// "listening PORT": who starts a floor waits for this line.
void say_listening(std::uint16_t port);

// User and system time of the whole process.
[[nodiscard]] double cpu_seconds();

// {"count":N,"cpu_seconds":S}, at the end.
void say_used(std::uint64_t count);

} // namespace ankkor::floors

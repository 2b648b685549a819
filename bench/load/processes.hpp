// What the system says of the CPU time of the processes under measurement.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace ankkor::load {

// Seconds of CPU by the name of the program ("node", "redis-server"): of all processes of a
// session, threads that have ended and children that were waited for included as far as the system
// tells.
using cpu_times = std::map<std::string, double>;

[[nodiscard]] cpu_times cpu_of_session(int session);

// Of a process, what it holds in memory now; 0 if that can't be told.
[[nodiscard]] std::uint64_t resident_bytes(int process);

// Of this process.
[[nodiscard]] double own_cpu_seconds();

// What was used between the two; a program that wasn't there before counts whole.
[[nodiscard]] cpu_times used_between(const cpu_times& before, const cpu_times& after);

} // namespace ankkor::load

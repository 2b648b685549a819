// The subcommands of the one binary. Each answers the process's exit status: 0 success, 1 what was
// asked for failed, 2 wrong usage or configuration (CONTRACT.md section 1).
#pragma once

#include "config/load.hpp"

#include <chrono>
#include <optional>

namespace ankkor {

inline constexpr int exit_success = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

// Blocks SIGTERM and SIGINT for this thread and those it starts, and ignores SIGPIPE. Call it
// first.
void prepare_signals();

// Waits for SIGTERM or SIGINT, at most until the time is over; false if it was over first.
bool wait_for_signal(std::optional<std::chrono::milliseconds> at_most);

// Says an error as the command line does: what went wrong, and how to mend it, to stderr.
void complain(const error& failure);

[[nodiscard]] int serve(const config::load_result& loaded);
[[nodiscard]] int check_config(const config::load_result& loaded, bool json);
[[nodiscard]] int show_config(const config::load_result& loaded, bool json);

} // namespace ankkor

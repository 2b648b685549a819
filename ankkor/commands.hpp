// The subcommands of the one binary. Each answers the process's exit status: 0 success, 1 what was
// asked for failed, 2 wrong usage or configuration.
#pragma once

#include "config/load.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>

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

// The configuration as far as who asks a running daemon needs it: ANKKOR_ADMIN_LISTEN and
// ANKKOR_ADMIN_TOKEN. What else `serve` requires may be missing, or not for this user to read.
[[nodiscard]] config::load_result load_for_client(const std::map<std::string, std::string>& flags,
                                                  const std::optional<std::string>& config_file);

[[nodiscard]] int serve(const config::load_result& loaded);
[[nodiscard]] int check_config(const config::load_result& loaded, bool json);
[[nodiscard]] int show_config(const config::load_result& loaded, bool json);

} // namespace ankkor

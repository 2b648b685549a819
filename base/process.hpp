// What the operating system says of this process.
#pragma once

#include <cstdint>

namespace ankkor {

// A figure that can't be read is 0.
struct process_figures {
  double cpu_seconds = 0; // user and system
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t fds_max = 0;
  std::uint64_t threads = 0;
  double start_time_seconds = 0; // since 1970, UTC
};

[[nodiscard]] process_figures read_process_figures();

// Lets this process open as many files as it may ask for without special rights: shells give 1024,
// and every connection is one.
void raise_file_limit() noexcept;

// For a thread whose work can wait until others are done: on a core that has more to do than it
// can, it runs when they sleep or have had their turn, and interrupts none of them. Its share of
// the core stays what it is. Needs no special rights. False if nothing was changed: an operator
// chose a policy for the process (chrt(1)), or the system forbids it.
bool take_turns_behind_others() noexcept;

// While it lives, threads that this one starts are such threads.
class starting_behind_others {
public:
  starting_behind_others() noexcept : changed_(take_turns_behind_others()) {}

  ~starting_behind_others();
  starting_behind_others(const starting_behind_others&) = delete;
  starting_behind_others& operator=(const starting_behind_others&) = delete;

private:
  bool changed_;
};

} // namespace ankkor

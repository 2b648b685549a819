// ankkor.seq: a note beside the database of how much was committed. SQLite takes a log that was cut
// or deleted for a shorter but valid history; this tells that something is missing.
//
// The note survives kill -9 since it is in the system's cache; a power cut may take it back to an
// older note, which then only vouches for less. It is kept twice, written in turn, each with a
// checksum, so a process that dies while it writes leaves the note before.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace ankkor::store {

struct progress {
  std::uint64_t committed = 0; // the database and its log together hold at least this transaction
  std::uint64_t settled = 0;   // the database alone, without its log, holds at least this one
  // Not 0 while ankkor.db is being brought up to date from this run of the log (data_dir.hpp,
  // wal_run): until that is finished the file is half new, and worthless without that log.
  std::uint64_t unsettled_run = 0;

  bool operator==(const progress&) const = default;
};

// Thread affinity: one thread at a time.
class marker {
public:
  // Nothing if there is no such file; errc::corrupt if both notes are damaged.
  [[nodiscard]] static result<std::optional<progress>> read(const std::string& path);

  // Opens it for writing, or creates it with this note. It appears whole or not at all.
  [[nodiscard]] static result<std::unique_ptr<marker>> open(const std::string& path,
                                                            const progress& note);

  marker(const marker&) = delete;
  marker& operator=(const marker&) = delete;
  ~marker();

  [[nodiscard]] const progress& note() const noexcept { return note_; }

  // False if the system refuses; the file then holds the note before, which is true too.
  bool write(const progress& note) noexcept;

  // Carries the note to the disk.
  bool sync() noexcept;

private:
  marker(int descriptor, std::uint64_t generation, const progress& note) noexcept;

  int descriptor_;
  std::uint64_t generation_;
  progress note_;
};

} // namespace ankkor::store

// The embedded store: one SQLite file in the data directory (schema.cpp has its tables,
// data_dir.hpp the files beside it).
#pragma once

#include "store/sqlite/checkpoint_plan.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <string>

namespace ankkor::store {

// Takes what is to be said when the disk failed to sync ankkor.db, so that what was written there
// may be gone though it can be read. Called once, by any thread. No commit succeeds from then on;
// the next process to open the store takes up all that was committed from the log.
using lost_disk_handler = std::function<void(const error&)>;

// Logs it and aborts: a restart is safe (I8).
void stop_process(const error& failure);

// Opens the store in `data_dir`, which is created if it isn't there. Failures, none of which
// changes a file: errc::conflict (another daemon has it), errc::foreign (not ankkor's, or of a
// newer ankkor), errc::corrupt (damaged, or something that was committed is missing),
// errc::unavailable (no rights, no room). The whole database is checked, about a second for a
// million products.
[[nodiscard]] result<std::unique_ptr<store>> open_sqlite(std::string data_dir, limits kept,
                                                         lost_disk_handler lost = stop_process,
                                                         checkpoint_plan plan = {});

} // namespace ankkor::store

// The embedded store: one SQLite file in the data directory (schema.cpp has its tables, data_dir.hpp
// the files beside it).
#pragma once

#include "store/store.hpp"

#include <memory>
#include <string>

namespace ankkor::store {

// Opens the store in `data_dir`, which is created if it isn't there. Failures, none of which changes a
// file: errc::conflict (another daemon has it), errc::foreign (not ankkor's, or of a newer ankkor),
// errc::corrupt (damaged, or something that was committed is missing), errc::unavailable (no rights,
// no room). The whole database is checked, about a second for a million products.
[[nodiscard]] result<std::unique_ptr<store>> open_sqlite(std::string data_dir, limits kept);

} // namespace ankkor::store

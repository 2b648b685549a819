// The tables of ankkor.db, and the way from each older version of them to the present one.
#pragma once

#include "store/sqlite/connection.hpp"

#include <span>

namespace ankkor::store::sqlite {

// "ankk" in the file's header: what tells our files from other SQLite files (PRAGMA
// application_id).
inline constexpr std::int32_t application_id = 0x616E6B6B;

// One step takes a database from version N to N+1 (PRAGMA user_version), N being its place here.
// Steps that were released are never edited: a change is a new step.
using migration = const char*;

[[nodiscard]] std::span<const migration> migrations() noexcept;

// The version that this program reads and writes.
[[nodiscard]] std::int64_t schema_version() noexcept;

// Takes the steps that are missing, each with its new version number in one transaction. A step
// that fails leaves the database as the step before left it.
[[nodiscard]] status migrate(connection& database, std::span<const migration> steps);

} // namespace ankkor::store::sqlite

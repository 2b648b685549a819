// Reads of the embedded store for people, on a connection of their own.
#pragma once

#include "store/store.hpp"

#include <memory>
#include <string>

namespace ankkor::store {

[[nodiscard]] result<std::unique_ptr<reader>> open_sqlite_reader(const std::string& database);

} // namespace ankkor::store

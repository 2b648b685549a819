// Reads of the embedded store for people, on a connection of their own.
#pragma once

#include "store/store.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace ankkor::store {

// `deliveries`: how many are held, kept by the writer. `history_max`: the lines of a product that
// count.
[[nodiscard]] result<std::unique_ptr<reader>>
open_sqlite_reader(const std::string& database,
                   std::shared_ptr<const std::atomic<std::uint64_t>> deliveries,
                   std::uint32_t history_max);

} // namespace ankkor::store

// The store on a Redis server, for a shop that has one and no disk of its own to rely on. Its keys
// are in docs/operations.md; redis_keys.hpp names them.
//
// One commit is one Lua script. It applies what was decided here only if nobody else has written
// since (the number of commits), and only for the one who holds the newest fencing token. What was
// read for deciding is thereby still true.
#pragma once

#include "store/redis/command_channel.hpp"
#include "store/store.hpp"

#include <memory>

namespace ankkor::store {

// Opens the store, or makes it where there is none. Warns in the log of persistence settings under
// which a commit isn't durable. Failures: errc::conflict (another daemon has it), errc::foreign (of
// a newer ankkor, or not ankkor's), errc::corrupt (something of it is missing), errc::unavailable
// (no server, no right to a command).
[[nodiscard]] result<std::unique_ptr<store>> open_redis(std::shared_ptr<command_channel> channel,
                                                        limits kept);

} // namespace ankkor::store

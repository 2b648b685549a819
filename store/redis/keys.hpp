// The keys of the store on Redis (docs/operations.md describes them), the scripts that write them,
// and what a reply that is an error means.
#pragma once

#include "base/error.hpp"
#include "base/redis.hpp"
#include "stock/product.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ankkor::store::on_redis {

// Layout 1 had rows without details; they are read as they are, and written anew as they change.
inline constexpr std::string_view layout = "2";

inline constexpr auto meta = "ankkor:store:meta";
inline constexpr auto lock = "ankkor:store:lock";
inline constexpr auto products = "ankkor:store:products"; // sorted set of product_key()s
inline constexpr auto variations = "ankkor:store:variations";
inline constexpr auto events = "ankkor:store:events";
inline constexpr auto bookmarks = "ankkor:store:bookmarks";
inline constexpr auto histories = "ankkor:store:histories"; // whose history there is
inline constexpr auto probe = "ankkor:store:probe";

// Rows by their ID, and the IDs in the order in which they are read.
struct table {
  const char* rows;  // a hash
  const char* order; // a sorted set
};

inline constexpr table deliveries{"ankkor:store:deliveries", "ankkor:store:deliveries:order"};
inline constexpr table outbox{"ankkor:store:outbox", "ankkor:store:outbox:order"};
inline constexpr table confirmations{"ankkor:store:confirmations",
                                     "ankkor:store:confirmations:order"};
inline constexpr table dead_letters{"ankkor:store:dead_letters", "ankkor:store:dead_letters:order"};

// A hash: "head" and the product's items by their ID.
[[nodiscard]] std::string product_key(stock::product_id id);
// A list, the newest line first.
[[nodiscard]] std::string history_key(stock::product_id id);
// With leading zeros, so that the order of the texts is the order of the numbers.
[[nodiscard]] std::string padded(std::uint64_t number);

// -- scripts ------------------------------------------------------------------

// KEYS: meta, lock. ARGV: layout, this process's name, how long it holds the lock (ms), the lock's
// holder who is known to be gone, or "". Answers {"taken", fence, commits, applied, version,
// dead_letter}; or, with nothing changed, {"held", holder, milliseconds}, {"layout", its layout},
// {"torn"} or {"damaged"}. Makes the store if there is none.
extern const char* const take_script;

// The same for who holds it already, under a new token: what was sent under the old one can't take
// effect any more. Answers {"taken", …} or {"lost"}. KEYS: meta, lock. ARGV: name, lease.
extern const char* const take_again_script;

// KEYS: meta, lock. ARGV: fence, commits before, commits after, name, lease, the commands as
// MessagePack. Answers "done", or with nothing changed "gone", "fenced N", "torn" or "behind N".
extern const char* const apply_script;

// KEYS: meta, lock. ARGV: fence, name, lease.
extern const char* const renew_script;

// KEYS: lock. ARGV: name.
extern const char* const release_script;

// KEYS: order, rows. ARGV: first and last place, "REV" or "". Answers {id, row, id, row, …}.
extern const char* const rows_script;

[[nodiscard]] redis::command eval(const char* script, std::vector<std::string> keys,
                                  std::vector<std::string> arguments);

// As cmsgpack reads it: an array of arrays of texts.
[[nodiscard]] std::string to_message_pack(const redis::pipeline& commands);

// What a reply says that is an error, for a person.
[[nodiscard]] error explain(const redis::reply& failed, std::string_view doing);
// The failure of what only reads: there is no doubt about it.
[[nodiscard]] error of_reading(error failure);
// A reply that can't have been made by what ankkor wrote.
[[nodiscard]] error damaged(std::string_view what);

} // namespace ankkor::store::on_redis

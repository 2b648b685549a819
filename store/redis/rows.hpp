// Between the domain's values and the rows of the store on Redis. A row is its columns one after
// the other, each as its length, a colon and its bytes: "7:applied2:42". Any bytes come back as
// they were, and a person can read it in redis-cli.
#pragma once

#include "store/store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ankkor::store::on_redis {

[[nodiscard]] std::string pack(const delivery& row);
[[nodiscard]] std::string pack(const history_entry& row);
[[nodiscard]] std::string pack(const outbox_job& row);
[[nodiscard]] std::string pack(const confirmation& row);
[[nodiscard]] std::string pack(const dead_letter& row); // its body cut, with its ID
[[nodiscard]] std::string pack(const live_event& row);
[[nodiscard]] std::string pack(const stock::record& row); // but for its IDs
[[nodiscard]] std::string pack_head(const stock::product& row);

// Nothing if it can't have been written by ankkor.
[[nodiscard]] std::optional<delivery> unpack_delivery(std::string_view row);
[[nodiscard]] std::optional<history_entry> unpack_history(std::string_view row);
[[nodiscard]] std::optional<outbox_job> unpack_job(std::string_view row);
[[nodiscard]] std::optional<confirmation> unpack_confirmation(std::string_view row);
[[nodiscard]] std::optional<dead_letter> unpack_dead_letter(std::string_view row);
[[nodiscard]] std::optional<live_event> unpack_event(std::string_view row);
[[nodiscard]] std::optional<stock::record> unpack_record(std::string_view row, product_id id,
                                                         product_id parent);
// The product's version and when it changed.
[[nodiscard]] bool unpack_head(std::string_view row, stock::product& into);

// A delivery's identity as the name of its row.
[[nodiscard]] std::string identity(const delivery& row);

} // namespace ankkor::store::on_redis

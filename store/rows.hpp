// Between the domain's values and the rows of ankkor.db.
#pragma once

#include "store/sqlite.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ankkor::store::sqlite {

// The columns of a row, in the order in which the functions below take them.
inline constexpr auto delivery_columns =
  "delivery_id, body_digest, topic, webhook_id, resource, received, outcome";
inline constexpr auto history_columns =
  "product, item, at, cause, reference, managed_before, quantity_before, stock_status_before, "
  "backorders_before, managed_after, quantity_after, stock_status_after, backorders_after, "
  "status_before, status_after, modified, version";
inline constexpr auto job_columns = "target, product, tags, paths, received, created, version";
inline constexpr auto confirmation_columns = "item, reason, not_before, wanted";
inline constexpr auto dead_letter_columns = "at, kind, subject, reference, reason, body";
inline constexpr auto event_columns =
  "sequence, product, item, at, managed, quantity, stock_status, backorders, available";
inline constexpr auto bookmark_columns = "name, value";
// Of both products and variations.
inline constexpr auto item_columns =
  "type, status, slug, name, sku, price, regular_price, sale_price, categories, variations, "
  "managed, "
  "quantity, stock_status, backorders, modified, read_begin, read_end";

int run(statement& put, std::int64_t id, const delivery& row);
int run(statement& put, const history_entry& row);
int run(statement& put, const outbox_job& row);
int run(statement& put, const confirmation& row);
int run(statement& put, const dead_letter& row);
int run(statement& put, const live_event& row);
int run(statement& put, const bookmark& row);
// Binds version and changed after the ID, then the item's columns.
int run_product(statement& put, const stock::product& row, const stock::record& self);
int run_variation(statement& put, product_id product, const stock::record& row);

// The statement's present row. Nothing if it can't have been written by ankkor.
[[nodiscard]] std::optional<delivery> read_delivery(const statement& row);
[[nodiscard]] std::optional<history_entry> read_history(const statement& row);
[[nodiscard]] std::optional<outbox_job> read_job(const statement& row);
[[nodiscard]] std::optional<confirmation> read_confirmation(const statement& row);
[[nodiscard]] std::optional<live_event> read_event(const statement& row);
[[nodiscard]] std::optional<bookmark> read_bookmark(const statement& row);
// With the ID before its columns.
[[nodiscard]] std::optional<dead_letter> read_dead_letter(const statement& row);
// Over what `into` held, whose memory is used again; false if it can't have been written by ankkor.
// `first`: the place of the first of item_columns.
[[nodiscard]] bool read_record(const statement& row, int first, product_id id, product_id parent,
                               stock::record& into);

// All rows of a query that is bound; nothing about their number.
template <class Row>
result<std::vector<Row>> read_all(statement& query, std::optional<Row> (*read)(const statement&),
                                  std::string_view doing) {
  std::vector<Row> rows;
  int code = SQLITE_OK;
  while ((code = query.step()) == SQLITE_ROW) {
    auto row = read(query);
    if (!row) {
      query.reset();
      return explain(SQLITE_CORRUPT, doing);
    }
    rows.push_back(*std::move(row));
  }
  if (code != SQLITE_DONE)
    return explain(code, doing);
  return rows;
}

// -- lists as JSON ------------------------------------------------------------

[[nodiscard]] std::string to_json(const std::vector<std::string>& list);
[[nodiscard]] std::optional<std::vector<std::string>> strings_from_json(std::string_view text);

} // namespace ankkor::store::sqlite

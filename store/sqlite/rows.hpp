// Between the domain's values and the rows of ankkor.db.
#pragma once

#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ankkor::store::sqlite {

// The columns of a row, in the order in which the functions below take them.
inline constexpr auto delivery_columns =
  "delivery_id, body_digest, topic, webhook_id, resource, received, outcome";
inline constexpr auto history_columns =
  "product, item, at, cause, reference, stock_before, stock_after, modified, version";
inline constexpr auto job_columns = "target, product, tags, paths, received, created, version";
inline constexpr auto confirmation_columns = "item, reason, not_before, wanted";
inline constexpr auto dead_letter_columns = "at, kind, subject, reference, reason, body";
inline constexpr auto event_columns = "sequence, product, item, at, stock_after, available";
inline constexpr auto bookmark_columns = "name, value";
inline constexpr auto header_columns = "id, version, changed";
inline constexpr auto head_columns = "line, lines";
inline constexpr auto stock_columns =
  "managed, quantity, stock_status, backorders, modified, read_begin, read_end";
inline constexpr auto description_columns =
  "type, status, slug, name, sku, price, regular_price, sale_price, categories, variations, "
  "known, details";
inline constexpr int description_count = 12; // of description_columns

int run(statement& put, const outbox_job& row);
int run(statement& put, const confirmation& row);
int run(statement& put, const dead_letter& row);
int run(statement& put, const bookmark& row);

// Of a product's history: its newest line in the journal (0: none), and how many it ever had.
struct history_head {
  std::int64_t line = 0;
  std::int64_t lines = 0;
};

// Binds header_columns, and head_columns if the history's is given.
int run_header(statement& put, const stock::product& row, const history_head* head);
// Binds header_columns, stock_columns, and head_columns if the history's is given.
int run_product(statement& put, const stock::product& row, const stock::record& self,
                const history_head* head);
// Binds the ID and description_columns.
int run_description(statement& put, const stock::item& row);
// Binds the product's ID, the variation's, description_columns and stock_columns.
int run_variation(statement& put, product_id product, const stock::record& row);

// A level of stock as the journal has it, over what `text` held: "instock 7 own no", and behind it
// " publish" if a publication is given.
void write_stock(std::string& text, const stock::stock_level& level);
void write_stock(std::string& text, const stock::stock_level& level, stock::publication status);

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
// `first`: the place of the first of stock_columns, and of description_columns.
[[nodiscard]] bool read_stock(const statement& row, int first, stock::record& into);
[[nodiscard]] bool read_description(const statement& row, int first, stock::item& into);

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

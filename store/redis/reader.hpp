// Reads of the store on Redis.
#pragma once

#include "store/redis/command_channel.hpp"
#include "store/redis/keys.hpp"
#include "store/store.hpp"

#include <memory>

namespace ankkor::store::on_redis {

inline constexpr std::int64_t page_rows = 500;

// The rows of a table from one place to another of its order, or (`newest`) from its end; as one
// unit. A row that isn't as ankkor writes it is errc::corrupt.
template <class Row>
result<std::vector<Row>>
read_page(command_channel& channel, const table& from, std::int64_t first, std::int64_t last,
          bool newest, std::optional<Row> (*unpack)(std::string_view), std::string_view doing) {
  auto answered =
    channel.exchange({eval(rows_script, {from.order, from.rows},
                           {std::to_string(first), std::to_string(last), newest ? "REV" : ""})});
  if (!answered)
    return of_reading(answered.failure());
  const auto& said = answered->replies.front();
  if (said.is_error())
    return explain(said, doing);
  std::vector<Row> rows;
  for (std::size_t at = 1; at < said.elements.size(); at += 2) {
    auto row = unpack(said.elements[at].text);
    if (!said.elements[at].is_text() || !row)
      return damaged("a row of it is missing or not as ankkor writes it");
    rows.push_back(*std::move(row));
  }
  return rows;
}

// All rows of a table, a page after the other; only while nobody writes.
template <class Row>
result<std::vector<Row>> read_all(command_channel& channel, const table& from,
                                  std::optional<Row> (*unpack)(std::string_view),
                                  std::string_view doing) {
  std::vector<Row> rows;
  for (;;) {
    const auto first = static_cast<std::int64_t>(rows.size());
    auto page = read_page<Row>(channel, from, first, first + page_rows - 1, false, unpack, doing);
    if (!page)
      return page.failure();
    const auto size = static_cast<std::int64_t>(page->size());
    std::move(page->begin(), page->end(), std::back_inserter(rows));
    if (size < page_rows)
      return rows;
  }
}

[[nodiscard]] std::unique_ptr<reader> make_reader(std::shared_ptr<command_channel> channel);

} // namespace ankkor::store::on_redis

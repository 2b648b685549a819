#include "store/sqlite/reader.hpp"

#include "store/sqlite/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace ankkor::store {

namespace {

using sqlite::connection;
using sqlite::statement;

// While somebody reads, SQLite can't begin its log anew: so no read may take for ever.
constexpr std::chrono::seconds read_time_max{5};
constexpr int steps_between_looks = 10'000;
constexpr std::size_t rows_max = 500;

class sqlite_reader final : public reader {
public:
  sqlite_reader(connection database, std::shared_ptr<const std::atomic<std::uint64_t>> deliveries,
                std::uint32_t history_max)
    : database_(std::move(database)), deliveries_(std::move(deliveries)),
      history_max_(history_max) {
    sqlite3_progress_handler(database_.raw(), steps_between_looks, &sqlite_reader::look, this);
  }

  ~sqlite_reader() override { sqlite3_progress_handler(database_.raw(), 0, nullptr, nullptr); }

  sqlite_reader(const sqlite_reader&) = delete;
  sqlite_reader& operator=(const sqlite_reader&) = delete;

  result<std::vector<delivery>> deliveries(const delivery_filter& filter) override {
    const auto outcome =
      filter.result ? std::optional{to_string(*filter.result)} : std::optional<std::string_view>{};
    const auto topic =
      filter.topic.empty() ? std::optional<std::string_view>{} : std::string_view{filter.topic};
    const auto resource =
      filter.resource == 0 ? std::optional<product_id>{} : std::optional{filter.resource};
    return read<delivery>(
      fmt::format("SELECT {} FROM deliveries WHERE (?1 IS NULL OR outcome = ?1)"
                  " AND (?2 IS NULL OR topic = ?2) AND (?3 IS NULL OR resource = ?3)"
                  " ORDER BY id DESC LIMIT ?4",
                  sqlite::delivery_columns),
      sqlite::read_delivery, "reading the deliveries", outcome, topic, resource,
      bounded(filter.limit));
  }

  result<std::vector<dead_letter>> dead_letters(std::size_t limit) override {
    return read<dead_letter>(fmt::format("SELECT id, {} FROM dead_letters ORDER BY id DESC LIMIT ?",
                                         sqlite::dead_letter_columns),
                             sqlite::read_dead_letter, "reading the dead letters", bounded(limit));
  }

  result<std::optional<dead_letter>> find_dead_letter(std::int64_t id) override {
    auto found = read<dead_letter>(
      fmt::format("SELECT id, {} FROM dead_letters WHERE id = ?", sqlite::dead_letter_columns),
      sqlite::read_dead_letter, "reading a dead letter", id);
    if (!found)
      return found.failure();
    return found->empty() ? std::nullopt : std::optional{std::move(found->front())};
  }

  result<std::vector<history_entry>> history(product_id product, std::size_t limit) override {
    const auto lines = std::min<std::uint64_t>(bounded(limit), history_max_);
    // From each line to the one before it, as long as that is there.
    return read<history_entry>(
      fmt::format(
        "WITH RECURSIVE chain (line, before) AS ("
        " SELECT journal.id, journal.previous"
        "   FROM products JOIN journal ON journal.id = products.line WHERE products.id = ?"
        " UNION ALL"
        " SELECT journal.id, journal.previous"
        "   FROM chain JOIN journal ON journal.id = chain.before LIMIT ?)"
        " SELECT {} FROM chain JOIN history ON history.id = chain.line"
        " ORDER BY chain.line DESC",
        sqlite::history_columns),
      sqlite::read_history, "reading the history", product, lines);
  }

  result<std::vector<confirmation>> confirmations(std::size_t limit) override {
    return read<confirmation>(
      fmt::format("SELECT {} FROM confirmations ORDER BY wanted, item LIMIT ?",
                  sqlite::confirmation_columns),
      sqlite::read_confirmation, "reading the confirmations", bounded(limit));
  }

  result<std::vector<outbox_job>> outbox(std::size_t limit) override {
    return read<outbox_job>(
      fmt::format("SELECT {} FROM outbox ORDER BY created, target, product LIMIT ?",
                  sqlite::job_columns),
      sqlite::read_job, "reading the outbox", bounded(limit));
  }

  result<counts> count() override {
    begin();
    auto query = database_.prepare(
      "SELECT (SELECT count(*) FROM products), (SELECT count(*) FROM variations),"
      " (SELECT count(*) FROM outbox),"
      " (SELECT count(*) FROM confirmations WHERE item > 0), (SELECT count(*) FROM dead_letters),"
      " (SELECT count(*) FROM confirmations WHERE item = 0)");
    if (!query || query->step() != SQLITE_ROW)
      return sqlite::explain(database_.last_code(), "counting");
    return counts{
      query->natural(0),     query->natural(1), deliveries_->load(std::memory_order_relaxed),
      query->natural(2),     query->natural(3), query->natural(4),
      query->natural(5) != 0};
  }

private:
  static std::uint64_t bounded(std::size_t limit) {
    return std::clamp<std::size_t>(limit, 1, rows_max);
  }

  static int look(void* self) noexcept {
    const auto now = std::chrono::steady_clock::now();
    return now > static_cast<sqlite_reader*>(self)->deadline_ ? 1 : 0;
  }

  void begin() { deadline_ = std::chrono::steady_clock::now() + read_time_max; }

  template <class Row, class... Values>
  result<std::vector<Row>> read(const std::string& sql, std::optional<Row> (*row)(const statement&),
                                std::string_view doing, const Values&... values) {
    begin();
    auto query = database_.prepare(sql);
    if (!query)
      return sqlite::explain(database_.last_code(), doing);
    if (const int code = query->bind(values...); code != SQLITE_OK)
      return sqlite::explain(code, doing);
    return sqlite::read_all<Row>(*query, row, doing);
  }

  connection database_;
  std::shared_ptr<const std::atomic<std::uint64_t>> deliveries_;
  std::uint32_t history_max_;
  std::chrono::steady_clock::time_point deadline_;
};

} // namespace

result<std::unique_ptr<reader>>
open_sqlite_reader(const std::string& database,
                   std::shared_ptr<const std::atomic<std::uint64_t>> deliveries,
                   std::uint32_t history_max) {
  auto opened = connection::open(database, SQLITE_OPEN_READONLY);
  if (!opened)
    return opened.failure();
  sqlite3_busy_timeout(opened->raw(), 1000);
  if (const int code = opened->execute("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY");
      code != SQLITE_OK)
    return sqlite::explain(code, "opening ankkor.db for reading");
  return std::unique_ptr<reader>{
    std::make_unique<sqlite_reader>(std::move(*opened), std::move(deliveries), history_max)};
}

} // namespace ankkor::store

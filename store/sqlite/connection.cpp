#include "store/sqlite/connection.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ankkor::store::sqlite {

namespace {

// SQLite would count what it allocates, under one lock for all connections; nobody asks for it.
void leave_memory_uncounted() {
  // Variadic by SQLite's design. NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  // Too late where something else in the process uses SQLite already: then it counts.
  static_cast<void>(configured);
}

} // namespace

result<connection> connection::open(const std::string& name, int flags) {
  leave_memory_uncounted();
  sqlite3* raw = nullptr;
  // Each connection is used by one thread at a time, so SQLite needs no mutex of its own.
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  connection opened;
  opened.raw_.reset(raw);
  if (code != SQLITE_OK)
    return explain(raw == nullptr ? code : sqlite3_extended_errcode(raw), "opening ankkor.db");
  sqlite3_extended_result_codes(raw, 1);
  // Variadic by SQLite's design. NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_wal_autocheckpoint(raw, 0);
  return opened;
}

int connection::execute(const char* sql) noexcept {
  return sqlite3_exec(raw_.get(), sql, nullptr, nullptr, nullptr);
}

std::optional<statement> connection::prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(raw_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code == SQLITE_OK)
    return statement{prepared};
  why_nothing_ = code;
  return std::nullopt;
}

std::optional<statement> connection::first_row(std::string_view sql) {
  auto query = prepare(sql);
  if (!query)
    return std::nullopt;
  const int code = query->step();
  if (code == SQLITE_ROW && !query->is_null(0))
    return query;
  why_nothing_ = code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_CORRUPT : code;
  return std::nullopt;
}

std::optional<std::int64_t> connection::integer(std::string_view sql) {
  const auto row = first_row(sql);
  return row ? std::optional{row->integer(0)} : std::nullopt;
}

std::optional<std::string> connection::text(std::string_view sql) {
  const auto row = first_row(sql);
  return row ? std::optional{std::string{row->text(0)}} : std::nullopt;
}

void preparation::into(statement& target, std::string_view sql) {
  if (code_ != SQLITE_OK)
    return;
  auto prepared = database_.prepare(sql);
  if (prepared)
    target = *std::move(prepared);
  else
    code_ = database_.why_nothing();
}

int preparation::code() const noexcept {
  // A table or a column that SQLite doesn't find.
  return code_ == SQLITE_ERROR ? SQLITE_CORRUPT : code_;
}

std::string put_sql(std::string_view verb, std::string_view table, std::string_view columns) {
  std::string marks{"?"};
  for (auto count = std::count(columns.begin(), columns.end(), ','); count > 0; --count)
    marks += ", ?";
  return fmt::format("{} INTO {} ({}) VALUES ({})", verb, table, columns, marks);
}

error explain(int code, std::string_view doing) {
  const auto message = fmt::format("{} failed: {}", doing, sqlite3_errstr(code));
  switch (code & 0xFF) {
  case SQLITE_FULL:
    return {errc::unavailable, message, "make room on the disk that holds the data directory"};
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return {errc::unavailable, message,
            "close the other program that has ankkor.db open, e.g. a sqlite3 shell"};
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return {errc::corrupt, message,
            "stop ankkor and restore a backup, or move the data directory away: ankkor then reads "
            "its copy anew from WooCommerce, and only the history is lost"};
  case SQLITE_PERM:
  case SQLITE_READONLY:
  case SQLITE_CANTOPEN:
  case SQLITE_AUTH:
    return {errc::unavailable, message,
            "let the user that ankkor runs as read and write the data directory"};
  case SQLITE_INTERRUPT:
    return {errc::timed_out, message, "ask for less, or later"};
  case SQLITE_CONSTRAINT:
  case SQLITE_TOOBIG:
  case SQLITE_RANGE:
  case SQLITE_MISMATCH:
    return {errc::invalid_input, message, ""};
  default:
    return {errc::unavailable, message, "check the disk that holds the data directory"};
  }
}

} // namespace ankkor::store::sqlite

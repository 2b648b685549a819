// SQLite in C++: a connection and a statement that clean up after themselves, and SQLite's result
// codes as our errors. Inside, calls answer SQLite's codes (SQLITE_OK is 0); who began the
// transaction turns the code into an error, once.
#pragma once

#include "base/error.hpp"
#include "stock/quantity.hpp"

#include <sqlite3.h>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ankkor::store::sqlite {

// A prepared statement. Thread affinity: that of its connection. Texts that are bound must live
// until the statement is run or, when it is stepped through, reset.
class statement {
public:
  statement() = default;

  explicit statement(sqlite3_stmt* raw) noexcept : raw_(raw) {}

  // Binds all parameters in their order.
  template <class... Values>
  int bind(const Values&... values) {
    return bind_from(0, values...);
  }

  // Binds the parameters after the first `position`, in their order.
  template <class... Values>
  int bind_from(int position, const Values&... values) {
    int code = SQLITE_OK;
    // Stops at the first that fails.
    static_cast<void>((((code = bind_one(++position, values)) == SQLITE_OK) && ...));
    return code;
  }

  // Binds all parameters and runs a statement that answers no rows.
  template <class... Values>
  int run(const Values&... values) {
    if (const int code = bind(values...); code != SQLITE_OK)
      return code;
    return run_bound();
  }

  // Runs a statement that answers no rows, with what was bound last.
  int run_bound() { return finish(sqlite3_step(raw_.get())); }

  // SQLITE_ROW, SQLITE_DONE or an error; after the latter two the statement is reset.
  int step() {
    const int code = sqlite3_step(raw_.get());
    if (code == SQLITE_ROW)
      return code;
    return code == SQLITE_DONE ? (reset(), SQLITE_DONE) : finish(code);
  }

  // Reset a statement that was stepped to a row and is done with.
  void reset() noexcept { sqlite3_reset(raw_.get()); }

  [[nodiscard]] bool is_null(int column) const noexcept {
    return sqlite3_column_type(raw_.get(), column) == SQLITE_NULL;
  }

  [[nodiscard]] bool is_integer(int column) const noexcept {
    return sqlite3_column_type(raw_.get(), column) == SQLITE_INTEGER;
  }

  [[nodiscard]] std::int64_t integer(int column) const noexcept {
    return sqlite3_column_int64(raw_.get(), column);
  }

  [[nodiscard]] std::uint64_t natural(int column) const noexcept {
    return static_cast<std::uint64_t>(integer(column));
  }

  [[nodiscard]] std::chrono::sys_time<std::chrono::microseconds> time(int column) const noexcept {
    return std::chrono::sys_time<std::chrono::microseconds>{
      std::chrono::microseconds{integer(column)}};
  }

  // Valid until the next step.
  [[nodiscard]] std::string_view text(int column) const noexcept {
    const void* start = sqlite3_column_blob(raw_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(raw_.get(), column));
    return {static_cast<const char*>(start), start == nullptr ? 0 : size};
  }

  // A number as SQLite writes it. Valid until the next step.
  [[nodiscard]] std::string_view written(int column) const noexcept {
    const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(raw_.get(), column));
    return start == nullptr ? std::string_view{} : std::string_view{start};
  }

private:
  struct finalizer {
    void operator()(sqlite3_stmt* raw) const noexcept { sqlite3_finalize(raw); }
  };

  template <std::integral Integer>
  int bind_one(int position, Integer value) {
    return sqlite3_bind_int64(raw_.get(), position, static_cast<sqlite3_int64>(value));
  }

  int bind_one(int position, std::chrono::sys_time<std::chrono::microseconds> value) {
    return bind_one(position, value.time_since_epoch().count());
  }

  int bind_one(int position, std::string_view value) {
    // A null pointer would bind NULL, but an empty text is a text.
    return sqlite3_bind_text64(raw_.get(), position, value.data() == nullptr ? "" : value.data(),
                               value.size(), SQLITE_STATIC, SQLITE_UTF8);
  }

  template <std::size_t Size>
  int bind_one(int position, const std::array<std::uint8_t, Size>& value) {
    return sqlite3_bind_blob(raw_.get(), position, value.data(), Size, SQLITE_STATIC);
  }

  // Whole numbers as such. A fraction as text, which a column of integers or numbers turns into
  // REAL, so that no double is made on the way.
  int bind_one(int position, stock::quantity value) {
    if (value.is_whole())
      return bind_one(position, value.whole());
    const auto text = stock::to_string(value);
    return sqlite3_bind_text64(raw_.get(), position, text.data(), text.size(), SQLITE_TRANSIENT,
                               SQLITE_UTF8);
  }

  int bind_one(int position, std::nullopt_t /*unused*/) {
    return sqlite3_bind_null(raw_.get(), position);
  }

  template <class Value>
  int bind_one(int position, const std::optional<Value>& value) {
    return value ? bind_one(position, *value) : bind_one(position, std::nullopt);
  }

  int finish(int code) noexcept {
    const int reset_code = sqlite3_reset(raw_.get());
    if (code == SQLITE_DONE || code == SQLITE_ROW)
      return reset_code;
    return code;
  }

  std::unique_ptr<sqlite3_stmt, finalizer> raw_;
};

// A connection. Thread affinity: one thread at a time.
class connection {
public:
  connection() = default;

  // `flags` as sqlite3_open_v2 takes them; `name` is a path, or a URI with SQLITE_OPEN_URI. The
  // connection never checkpoints by itself, neither on commit nor on close.
  [[nodiscard]] static result<connection> open(const std::string& name, int flags);

  // Runs statements that answer no rows, or whose rows don't matter.
  int execute(const char* sql) noexcept;

  // Empty on failure.
  [[nodiscard]] std::optional<statement> prepare(std::string_view sql);

  // The first column of the first row; nothing if there is none, it is NULL, or it fails.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view sql);
  [[nodiscard]] std::optional<std::string> text(std::string_view sql);

  [[nodiscard]] sqlite3* raw() const noexcept { return raw_.get(); }

  [[nodiscard]] bool in_transaction() const noexcept {
    return sqlite3_get_autocommit(raw_.get()) == 0;
  }

  // The code of the last call that failed.
  [[nodiscard]] int last_code() const noexcept { return sqlite3_extended_errcode(raw_.get()); }

  // Why prepare(), integer() or text() answered nothing the last time one did: SQLITE_CORRUPT if
  // the row wasn't there.
  [[nodiscard]] int why_nothing() const noexcept { return why_nothing_; }

private:
  std::optional<statement> first_row(std::string_view sql);

  struct closer {
    // The _v2 form waits for statements that are finalized later.
    void operator()(sqlite3* raw) const noexcept { sqlite3_close_v2(raw); }
  };

  std::unique_ptr<sqlite3, closer> raw_;
  int why_nothing_ = SQLITE_OK;
};

// Prepares statements one after another until one fails.
class preparation {
public:
  explicit preparation(connection& database) noexcept : database_(database) {}

  void into(statement& target, std::string_view sql);

  // SQLITE_CORRUPT if the schema isn't as expected.
  [[nodiscard]] int code() const noexcept;

private:
  connection& database_;
  int code_ = SQLITE_OK;
};

// "<verb> INTO <table> (<columns>) VALUES (?, ...)".
[[nodiscard]] std::string put_sql(std::string_view verb, std::string_view table,
                                  std::string_view columns);

// What a failed call means to those outside: "<doing> failed: ...". `code` may be an extended code.
[[nodiscard]] error explain(int code, std::string_view doing);

} // namespace ankkor::store::sqlite

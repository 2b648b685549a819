#include "store/sqlite/checkpoint_files.hpp"

namespace ankkor::store {

namespace {

// Pages of 4 KiB between two pauses. To copy them takes some 40 µs.
constexpr int pages_at_once = 16;

} // namespace

status checkpoint_files::attach(sqlite::connection& database) {
  // SQLite opens the log with the first read.
  if (!database.integer("PRAGMA user_version"))
    return sqlite::explain(database.why_nothing(), "opening ankkor.db");
  database_file_ = attach(database, SQLITE_FCNTL_FILE_POINTER, database_);
  if (database_file_ == nullptr || attach(database, SQLITE_FCNTL_JOURNAL_POINTER, log_) == nullptr)
    return sqlite::explain(SQLITE_CANTOPEN, "opening ankkor.db");
  database_.table.xWrite = write_database;
  database_.table.xSync = sync_database_file;
  log_.table.xSync = sync_log_file;
  return done{};
}

sqlite3_file* checkpoint_files::attach(sqlite::connection& database, int which, methods& to) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(database.raw(), "main", which, &file) != SQLITE_OK || file == nullptr ||
      file->pMethods == nullptr)
    return nullptr;
  to = {*file->pMethods, file->pMethods, this};
  file->pMethods = &to.table;
  return file;
}

int checkpoint_files::sync_database() {
  return database_is_synced_ ? SQLITE_OK : sync_database_file(database_file_, SQLITE_SYNC_NORMAL);
}

const checkpoint_files::methods& checkpoint_files::methods_of(sqlite3_file* file) noexcept {
  return *reinterpret_cast<const methods*>(file->pMethods);
}

int checkpoint_files::write_database(sqlite3_file* file, const void* from, int size,
                                     sqlite3_int64 at) {
  const auto& called = methods_of(file);
  auto& self = *called.owner;
  self.database_is_synced_ = false;
  const int code = called.real->xWrite(file, from, size, at);
  if (self.is_slow_ && ++self.pages_ >= pages_at_once)
    self.pause();
  return code;
}

int checkpoint_files::sync_database_file(sqlite3_file* file, int flags) {
  const auto& called = methods_of(file);
  const int code = called.real->xSync(file, flags);
  if (code == SQLITE_OK)
    called.owner->database_is_synced_ = true;
  return code;
}

int checkpoint_files::sync_log_file(sqlite3_file* file, int flags) {
  const auto& called = methods_of(file);
  return called.owner->log_is_synced_ ? SQLITE_OK : called.real->xSync(file, flags);
}

void checkpoint_files::change_hurries(int by) {
  {
    const std::lock_guard hold{guard_};
    hurries_ += by;
  }
  hurried_.notify_one();
}

void checkpoint_files::pause() {
  pages_ = 0;
  std::unique_lock hold{guard_};
  hurried_.wait_for(hold, pause_, [this] { return hurries_ > 0; });
}

} // namespace ankkor::store

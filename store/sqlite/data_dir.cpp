#include "store/sqlite/data_dir.hpp"

#include "store/sqlite/schema.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

namespace ankkor::store {

namespace {

using sqlite::connection;

constexpr auto restore_or_rebuild =
  "restore a backup of the data directory, or move the directory away: ankkor then reads its copy "
  "anew from WooCommerce, and only the history is lost";
constexpr auto let_in =
  "let the user that ankkor runs as read and write the data directory, and see that its disk has "
  "room";

std::string reason(int number) {
  return std::generic_category().message(number);
}

error unreachable(std::string_view path, int number) {
  return {errc::unavailable, fmt::format("{} can't be used: {}", path, reason(number)), let_in};
}

error damaged(const data_files& files, std::string_view how) {
  return {errc::corrupt, fmt::format("{} {}; ankkor changed nothing", files.database, how),
          restore_or_rebuild};
}

error not_ours(const data_files& files, std::string_view how) {
  return {errc::foreign, fmt::format("{} {}; ankkor changed nothing", files.database, how),
          "point ANKKOR_DATA_DIR at a directory of ankkor's own"};
}

file_handle open_file(const std::string& path, int flags) {
  return file_handle{::open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR)};
}

// Up to `size` bytes from `offset` on.
std::vector<std::uint8_t> read_bytes(const file_handle& from, off_t offset, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  std::size_t got = 0;
  while (got < size) {
    const auto count =
      ::pread(from.descriptor(), bytes.data() + got, size - got, offset + static_cast<off_t>(got));
    if (count <= 0)
      break;
    got += static_cast<std::size_t>(count);
  }
  bytes.resize(got);
  return bytes;
}

std::optional<off_t> size_of(const std::string& path) {
  struct stat found {};

  if (::stat(path.c_str(), &found) != 0)
    return std::nullopt;
  return found.st_size;
}

std::uint32_t big_endian(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  return (std::uint32_t{bytes[at]} << 24U) | (std::uint32_t{bytes[at + 1]} << 16U) |
         (std::uint32_t{bytes[at + 2]} << 8U) | std::uint32_t{bytes[at + 3]};
}

std::uint32_t little_endian(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  return (std::uint32_t{bytes[at + 3]} << 24U) | (std::uint32_t{bytes[at + 2]} << 16U) |
         (std::uint32_t{bytes[at + 1]} << 8U) | std::uint32_t{bytes[at]};
}

// -- SQLite's file formats: https://sqlite.org/fileformat2.html ---------------

constexpr std::size_t database_header_size = 100;
constexpr std::string_view sqlite_magic{"SQLite format 3\0", 16};

// The log's running checksum, section 4.2.
struct wal_checksum {
  bool words_big_endian = false;
  std::uint32_t first = 0;
  std::uint32_t second = 0;

  void add(const std::vector<std::uint8_t>& bytes, std::size_t from, std::size_t size) {
    for (auto at = from; at + 8 <= from + size; at += 8) {
      first += word(bytes, at) + second;
      second += word(bytes, at + 4) + first;
    }
  }

  [[nodiscard]] bool matches(const std::vector<std::uint8_t>& bytes, std::size_t at) const {
    return first == big_endian(bytes, at) && second == big_endian(bytes, at + 4);
  }

private:
  [[nodiscard]] std::uint32_t word(const std::vector<std::uint8_t>& bytes, std::size_t at) const {
    return words_big_endian ? big_endian(bytes, at) : little_endian(bytes, at);
  }
};

struct wal_state {
  std::uint64_t run = 0;   // 0: no log, or a damaged header
  bool has_commit = false; // at least one whole transaction, which SQLite will see
};

constexpr std::size_t wal_header_size = 32;
constexpr std::size_t frame_header_size = 24;

// Reads frames until the first that ends a transaction.
bool finds_commit(const file_handle& wal, const std::vector<std::uint8_t>& header,
                  wal_checksum sum) {
  const auto page_size = std::size_t{big_endian(header, 8)};
  const auto frame_size = frame_header_size + page_size;
  for (off_t at = wal_header_size;; at += static_cast<off_t>(frame_size)) {
    const auto frame = read_bytes(wal, at, frame_size);
    if (frame.size() < frame_size ||
        !std::equal(header.begin() + 16, header.begin() + 24, frame.begin() + 8))
      return false;
    sum.add(frame, 0, 8);
    sum.add(frame, frame_header_size, page_size);
    if (!sum.matches(frame, 16))
      return false;
    if (big_endian(frame, 4) != 0)
      return true;
  }
}

// Without `frames` only the header is looked at.
wal_state read_wal(const std::string& path, bool frames) {
  const auto wal = open_file(path, O_RDONLY);
  if (!wal.ok())
    return {};
  const auto header = read_bytes(wal, 0, wal_header_size);
  if (header.size() < wal_header_size || (big_endian(header, 0) & 0xFFFFFFFEU) != 0x377F0682U)
    return {};
  const auto page_size = big_endian(header, 8);
  wal_checksum sum{(big_endian(header, 0) & 1U) != 0};
  sum.add(header, 0, 24);
  if (!sum.matches(header, 24) || !std::has_single_bit(page_size) || page_size < 512 ||
      page_size > 65536)
    return {};
  const auto run = (std::uint64_t{big_endian(header, 16)} << 32U) | big_endian(header, 20);
  // A run of 0 would read as none; the salts are random, so that is one in 2^64.
  return {run == 0 ? 1 : run, frames && finds_commit(wal, header, sum)};
}

// -- what the database says of itself -----------------------------------------

// Opens and closes the file before SQLite has it open: closing it later would drop SQLite's locks.
status check_header(const data_files& files, bool noted) {
  const auto database = open_file(files.database, O_RDONLY);
  if (!database.ok())
    return unreachable(files.database, errno);
  const auto header = read_bytes(database, 0, database_header_size);
  const std::string_view text{reinterpret_cast<const char*>(header.data()), header.size()};
  if (header.empty())
    return damaged(files, "is empty");
  if (text.substr(0, 16) != sqlite_magic.substr(0, text.size()))
    return noted ? damaged(files, "is overwritten: it is no database any more")
                 : not_ours(files, "isn't a database of ankkor's");
  if (header.size() < database_header_size)
    return damaged(files, "is cut off");
  if (big_endian(header, 68) != static_cast<std::uint32_t>(sqlite::application_id))
    return not_ours(files, "is a database of another program");
  return done{};
}

// A path as SQLite's URIs take it.
std::string to_uri(const std::string& path, std::string_view parameters) {
  std::string uri{"file:"};
  for (const char byte : std::filesystem::absolute(path).string()) {
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= '0' && byte <= '9') || byte == '/' || byte == '.' || byte == '-' ||
                       byte == '_';
    if (plain)
      uri += byte;
    else
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
  }
  return uri.append("?").append(parameters);
}

// Reads ankkor.db alone, as if there were no log, and touches no other file.
result<connection> open_without_log(const data_files& files) {
  return connection::open(to_uri(files.database, "mode=ro&immutable=1"),
                          SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

// Reads both, without a shared index file beside them where nobody else has them open.
result<connection> open_with_log(const data_files& files) {
  auto opened = connection::open(files.database, SQLITE_OPEN_READWRITE);
  if (!opened)
    return opened;
  opened->execute("PRAGMA query_only = ON");
  opened->execute("PRAGMA locking_mode = EXCLUSIVE");
  if (opened->integer("PRAGMA user_version"))
    return opened;
  if ((opened->last_code() & 0xFF) != SQLITE_BUSY)
    return sqlite::explain(opened->last_code(), "reading ankkor.db");
  // An administrator looks at it at this moment.
  return connection::open(files.database, SQLITE_OPEN_READWRITE);
}

constexpr auto commits_query = "SELECT value FROM meta WHERE name = 'commits'";

status check_schema(const data_files& files, connection& database) {
  const auto version = database.integer("PRAGMA user_version");
  if (!version)
    return sqlite::explain(database.last_code(), "reading ankkor.db");
  if (*version > sqlite::schema_version())
    return error{errc::foreign,
                 fmt::format("{} was written by a newer ankkor (schema version {}, this one knows "
                             "{}); ankkor changed nothing",
                             files.database, *version, sqlite::schema_version()),
                 "install that version of ankkor again, or restore the backup from before it"};
  if (*version < 1)
    return damaged(files, "has no schema");
  return done{};
}

status check_pages(const data_files& files, connection& database) {
  const auto verdict = database.text("PRAGMA quick_check(1)");
  if (!verdict) {
    const auto failure = sqlite::explain(database.last_code(), "checking ankkor.db");
    return failure.code == errc::corrupt ? damaged(files, "is damaged") : failure;
  }
  if (*verdict == "ok")
    return done{};
  // A page that the disk doesn't give says nothing of what is in it.
  constexpr std::string_view unread = "unable to get the page. error code=";
  if (const auto at = verdict->find(unread); at != std::string::npos) {
    int code = SQLITE_OK;
    std::from_chars(verdict->data() + at + unread.size(), verdict->data() + verdict->size(), code);
    if ((code & 0xFF) == SQLITE_IOERR)
      return sqlite::explain(code, "reading ankkor.db");
  }
  return damaged(files, fmt::format("is damaged ({})", *verdict));
}

status check_progress(const data_files& files, const progress& noted, const wal_state& wal,
                      std::optional<std::uint64_t> alone, std::uint64_t together) {
  // A log of a later run is no loss: SQLite begins one only once ankkor.db has all of the run
  // before.
  const bool log_lost = wal.run == 0 || (wal.run == noted.unsettled_run && !wal.has_commit);
  if (noted.unsettled_run != 0 && log_lost)
    return error{
      errc::corrupt,
      files.database + " was being brought up to date from ankkor.db-wal when ankkor was "
                       "killed, and that file is gone or cut off; ankkor changed nothing",
      "put ankkor.db-wal back or restore a backup; only if a program like sqlite3 finished "
      "the work (it then deletes that file), delete ankkor.seq"};
  if (together < noted.committed)
    return damaged(files, fmt::format("with ankkor.db-wal ends at transaction {}, but {} were "
                                      "committed: one of them was cut off, deleted or replaced",
                                      together, noted.committed));
  if (wal.has_commit && alone && *alone < noted.settled)
    return damaged(files, "is older than the ankkor.db-wal beside it");
  return done{};
}

result<findings> inspect_contents(const data_files& files, const std::optional<progress>& noted) {
  const auto wal = read_wal(files.wal, true);
  auto alone = open_without_log(files);
  if (!alone)
    return alone.failure();
  const auto commits_alone = alone->integer(commits_query);
  auto whole = wal.has_commit ? open_with_log(files) : std::move(alone);
  if (!whole)
    return whole.failure();
  if (auto checked = check_schema(files, *whole); !checked)
    return checked.failure();
  if (auto checked = check_pages(files, *whole); !checked)
    return checked.failure();
  const auto commits = whole->integer(commits_query);
  if (!commits)
    return damaged(files, "is damaged (its table meta can't be read)");
  const auto together = static_cast<std::uint64_t>(*commits);
  if (noted) {
    const auto count =
      commits_alone ? std::optional{static_cast<std::uint64_t>(*commits_alone)} : std::nullopt;
    if (auto checked = check_progress(files, *noted, wal, count, together); !checked)
      return checked.failure();
  }
  return findings{false, together};
}

status fill(const std::string& path) {
  auto opened = connection::open(path, SQLITE_OPEN_READWRITE);
  if (!opened)
    return opened.failure();
  // The file is thrown away if anything fails, so it needs no journal.
  int code = opened->execute("PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE");
  if (code == SQLITE_OK)
    code =
      opened->execute(fmt::format("PRAGMA application_id = {}", sqlite::application_id).c_str());
  if (code != SQLITE_OK)
    return sqlite::explain(code, "creating ankkor.db");
  if (auto migrated = sqlite::migrate(*opened, sqlite::migrations()); !migrated)
    return migrated;
  if (opened->text("PRAGMA journal_mode = WAL") != "wal")
    return sqlite::explain(opened->last_code(), "creating ankkor.db");
  return done{};
}

status sync_path(const std::string& path, int flags) {
  const auto opened = open_file(path, flags);
  if (!opened.ok() || ::fsync(opened.descriptor()) != 0)
    return unreachable(path, errno);
  return done{};
}

void remove_parts(const std::string& database) {
  for (const auto* suffix : {"", "-wal", "-shm", "-journal"})
    ::unlink((database + suffix).c_str());
}

} // namespace

// -- files --------------------------------------------------------------------

data_files::data_files(std::string dir)
  : directory(std::move(dir)), database(directory + "/ankkor.db"), wal(database + "-wal"),
    journal(database + "-journal"), marker(directory + "/ankkor.seq"),
    lock(directory + "/ankkor.lock") {}

file_handle& file_handle::operator=(file_handle&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0)
      ::close(descriptor_);
    descriptor_ = other.release();
  }
  return *this;
}

file_handle::~file_handle() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

int file_handle::release() noexcept {
  return std::exchange(descriptor_, -1);
}

status make_directory(const data_files& files) {
  std::error_code failure;
  const std::filesystem::path directory{files.directory};
  if (directory.has_parent_path())
    std::filesystem::create_directories(directory.parent_path(), failure);
  if (::mkdir(files.directory.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return unreachable(files.directory, errno);
  if (!std::filesystem::is_directory(directory, failure))
    return unreachable(files.directory, ENOTDIR);
  return done{};
}

result<file_handle> lock_directory(const data_files& files) {
  auto lock = open_file(files.lock, O_RDWR | O_CREAT);
  if (!lock.ok())
    return unreachable(files.lock, errno);
  if (::flock(lock.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return unreachable(files.lock, errno);
    const auto holder = read_bytes(lock, 0, 16);
    const auto digits = std::string{holder.begin(), std::find(holder.begin(), holder.end(), '\n')};
    return error{errc::conflict,
                 fmt::format("{} is in use by another ankkor (process {})", files.directory,
                             digits.empty() ? "unknown" : digits),
                 "stop that one first, or give each its own ANKKOR_DATA_DIR"};
  }
  // For a person who wonders; nothing depends on it.
  const auto process = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock.descriptor(), 0) == 0)
    static_cast<void>(::pwrite(lock.descriptor(), process.data(), process.size(), 0));
  return lock;
}

status create_database(const data_files& files) {
  const auto temporary = files.database + ".new";
  remove_parts(temporary);
  if (const auto created = open_file(temporary, O_RDWR | O_CREAT | O_EXCL); !created.ok())
    return unreachable(temporary, errno);
  auto made = fill(temporary);
  if (made)
    made = sync_path(temporary, O_RDWR);
  if (made && ::rename(temporary.c_str(), files.database.c_str()) != 0)
    made = unreachable(files.database, errno);
  remove_parts(temporary);
  return made ? sync_directory(files) : made;
}

status sync_directory(const data_files& files) {
  return sync_path(files.directory, O_RDONLY | O_DIRECTORY);
}

// -- inspection ---------------------------------------------------------------

result<findings> inspect(const data_files& files, const std::optional<progress>& noted) {
  const auto size = size_of(files.database);
  if (!size) {
    if (noted || size_of(files.wal).value_or(0) > 0)
      return damaged(files, "is missing, though the files beside it say that there was one");
    return findings{true, 0};
  }
  if (auto checked = check_header(files, noted.has_value()); !checked)
    return checked.failure();
  if (size_of(files.journal).value_or(0) > 0)
    return error{errc::corrupt,
                 files.journal + " is there: another program wrote to ankkor.db and didn't finish",
                 "open ankkor.db once with that program, or sqlite3, which then undoes its change"};
  return inspect_contents(files, noted);
}

status rewrite_log(const data_files& files) {
  constexpr std::size_t piece = std::size_t{1} << 20U;
  if (size_of(files.wal).value_or(0) == 0)
    return done{};
  const auto log = open_file(files.wal, O_RDWR);
  if (!log.ok())
    return unreachable(files.wal, errno);
  for (off_t at = 0;;) {
    const auto bytes = read_bytes(log, at, piece);
    if (bytes.empty())
      break;
    const auto written = ::pwrite(log.descriptor(), bytes.data(), bytes.size(), at);
    if (written <= 0)
      return unreachable(files.wal, errno);
    at += written;
  }
  if (::fsync(log.descriptor()) != 0)
    return unreachable(files.wal, errno);
  return done{};
}

void reserve_log(const data_files& files, int frames) {
  constexpr std::uintmax_t little_room = 16; // times what is reserved
  constexpr std::size_t piece = std::size_t{1} << 20U;
  const auto wanted = wal_header_size + static_cast<std::uintmax_t>(frames) * (4096 + 24);
  const auto size = static_cast<std::uintmax_t>(size_of(files.wal).value_or(wanted));
  std::error_code failure;
  const auto room = std::filesystem::space(files.directory, failure).available;
  if (size >= wanted || failure || room / little_room < wanted)
    return;
  const auto log = open_file(files.wal, O_WRONLY);
  const std::vector<char> zeros(piece);
  for (auto at = size; log.ok() && at < wanted; at += piece) {
    if (::pwrite(log.descriptor(), zeros.data(), piece, static_cast<off_t>(at)) < 0)
      return;
  }
  // Should it fail, commits are as they would be without.
  static_cast<void>(::fdatasync(log.descriptor()));
}

std::uint64_t wal_run(const std::string& wal) {
  return read_wal(wal, false).run;
}

} // namespace ankkor::store

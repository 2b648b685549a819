#include "store/sqlite/store.hpp"

#include "base/keyed_hash.hpp"
#include "base/log.hpp"
#include "store/preconditions.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/data_dir.hpp"
#include "store/sqlite/journal.hpp"
#include "store/sqlite/marker.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace ankkor::store {

namespace {

using sqlite::connection;
using sqlite::put_sql;
using sqlite::statement;

// Dead letters that one purge() deletes.
constexpr std::uint64_t purge_rows_max = 500;
// Products whose newest line of history is remembered: 1 MB.
constexpr std::size_t heads_max = 16'384;
// What probe() writes: about what a large commit needs.
constexpr auto probe_write = "REPLACE INTO meta VALUES ('probe', zeroblob(131072))";
constexpr auto probe_undo = "DELETE FROM meta WHERE name = 'probe'";

// How long a commit waits for an administrator who writes in a sqlite3 shell.
constexpr int busy_wait_ms = 2000;

// -- prepared statements ------------------------------------------------------

struct statements {
  statement begin;
  statement commit;
  statement read_head;
  statement put_header;
  statement put_product;
  statement put_header_with_head;
  statement put_product_with_head;
  statement put_description;
  statement put_variation;
  statement forget_variation;
  statement drop_job;
  statement read_job;
  statement put_job;
  statement drop_confirmation;
  statement put_confirmation;
  statement put_dead_letter;
  statement drop_dead_letter;
  statement put_commits;
  statement put_version;
  statement purge_dead_letters;
  statement put_bookmark;
  statement drop_bookmark;

  void prepare(sqlite::preparation& from);
};

// Of a table whose key is id.
std::string insert_or_update(std::string_view table, std::string_view columns) {
  std::string changes;
  for (auto rest = columns; !rest.empty();) {
    const auto column = rest.substr(0, rest.find(", "));
    changes += fmt::format("{}{} = excluded.{}", changes.empty() ? "" : ", ", column, column);
    rest.remove_prefix(std::min(column.size() + 2, rest.size()));
  }
  return put_sql("INSERT", table, columns) + " ON CONFLICT (id) DO UPDATE SET " + changes;
}

void statements::prepare(sqlite::preparation& from) {
  const auto items =
    fmt::format("product, id, {}, {}", sqlite::description_columns, sqlite::stock_columns);
  from.into(begin, "BEGIN IMMEDIATE");
  from.into(commit, "COMMIT");
  from.into(read_head, "SELECT line, lines FROM products WHERE id = ?");
  // The history's head stays as it is, or goes with the rest of the row.
  const auto product = fmt::format("{}, {}", sqlite::header_columns, sqlite::stock_columns);
  const auto header_with_head = fmt::format("{}, {}", sqlite::header_columns, sqlite::head_columns);
  from.into(put_header, insert_or_update("products", sqlite::header_columns));
  from.into(put_product, insert_or_update("products", product));
  from.into(put_header_with_head, insert_or_update("products", header_with_head));
  from.into(put_product_with_head,
            put_sql("REPLACE", "products", fmt::format("{}, {}", product, sqlite::head_columns)));
  from.into(put_description,
            put_sql("REPLACE", "descriptions", fmt::format("id, {}", sqlite::description_columns)));
  from.into(put_variation, put_sql("REPLACE", "variations", items));
  from.into(forget_variation, "DELETE FROM variations WHERE product = ? AND id = ?");
  from.into(drop_job, "DELETE FROM outbox WHERE target = ? AND product = ? AND version <= ?");
  from.into(read_job, fmt::format("SELECT {} FROM outbox WHERE target = ? AND product = ?",
                                  sqlite::job_columns));
  from.into(put_job, put_sql("REPLACE", "outbox", sqlite::job_columns));
  from.into(drop_confirmation, "DELETE FROM confirmations WHERE item = ? AND wanted < ?");
  from.into(put_confirmation, put_sql("REPLACE", "confirmations", sqlite::confirmation_columns));
  from.into(put_dead_letter, put_sql("INSERT", "dead_letters", sqlite::dead_letter_columns));
  from.into(drop_dead_letter, "DELETE FROM dead_letters WHERE id = ?");
  from.into(put_bookmark, put_sql("REPLACE", "bookmarks", sqlite::bookmark_columns));
  from.into(drop_bookmark, "DELETE FROM bookmarks WHERE name = ?");
  from.into(put_commits, "UPDATE meta SET value = ? WHERE name = 'commits'");
  from.into(put_version, "UPDATE meta SET value = ? WHERE name = 'highest_version'");
  from.into(
    purge_dead_letters,
    "DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters ORDER BY id LIMIT ?)");
}

bool changes_self(const entry& each) {
  return each.state->self &&
         std::find(each.changed.begin(), each.changed.end(), each.state->id) != each.changed.end();
}

// What the entries of a commit say last: what the others say of the same needn't be written.
class last_words {
public:
  explicit last_words(std::span<const entry> entries) {
    for (const auto& each : entries) {
      if (!each.state)
        continue;
      const auto product = each.state->id;
      said_.push_back({product, header, &each});
      for (const auto id : each.changed)
        said_.push_back({product, id, &each});
      if (each.describes && changes_self(each))
        said_.push_back({product, description, &each});
    }
    std::stable_sort(said_.begin(), said_.end(), is_before);
    // The last of those that are of the same.
    const auto kept = std::unique(said_.rbegin(), said_.rend(), [](const word& a, const word& b) {
      return !is_before(a, b) && !is_before(b, a);
    });
    said_.erase(said_.begin(), kept.base());
  }

  // Of an item of the product, or of one of the two below.
  [[nodiscard]] bool says_last(const entry& each, product_id item) const {
    const word wanted{each.state->id, item, nullptr};
    const auto found = std::lower_bound(said_.begin(), said_.end(), wanted, is_before);
    return found->last == &each;
  }

  static constexpr product_id header = 0;
  static constexpr product_id description = std::numeric_limits<product_id>::max();

private:
  // A variation may leave one product and come to another in one commit.
  struct word {
    product_id product = 0;
    product_id item = 0;
    const entry* last = nullptr;
  };

  static bool is_before(const word& a, const word& b) noexcept {
    return std::tie(a.product, a.item) < std::tie(b.product, b.item);
  }

  std::vector<word> said_;
};

// -- the store ----------------------------------------------------------------

class sqlite_store final : public store {
public:
  sqlite_store(data_files files, file_handle lock, std::unique_ptr<marker> notes,
               connection database, limits kept, lost_disk_handler lost, checkpoint_plan plan)
    : lost_(std::move(lost)), files_(std::move(files)), lock_(std::move(lock)),
      notes_(std::move(notes)), database_(std::move(database)), plan_(plan), kept_(kept),
      journal_(kept, deliveries_) {}

  ~sqlite_store() override;
  sqlite_store(const sqlite_store&) = delete;
  sqlite_store& operator=(const sqlite_store&) = delete;

  status start();

  result<std::vector<commit_outcome>> commit(std::span<const entry> entries) override;
  status probe() override;
  status load_products(const std::function<void(const stock::product&)>& take) override;
  result<std::vector<outbox_job>> load_outbox() override;
  result<std::vector<confirmation>> load_confirmations() override;
  result<std::vector<live_event>> load_events(std::size_t max) override;
  result<std::vector<bookmark>> load_bookmarks() override;
  result<std::uint64_t> highest_version() override;
  result<bool> purge(moment now) override;

  result<std::unique_ptr<reader>> open_reader() override {
    return open_sqlite_reader(files_.database, deliveries_, kept_.history_per_product);
  }

private:
  template <class Work>
  status transact(std::string_view doing, Work work);
  template <class Work>
  int attempt(Work& work);
  void note_commit();
  void make_room();

  // What a commit adds up while it runs, taken over when it is done.
  struct tally {
    std::uint64_t dead_letters = 0;
    std::uint64_t discarded = 0;
    std::uint64_t version = 0;
  };

  int put_entry(const entry& each, const last_words& last, commit_outcome& outcome, tally& sum);
  void undo_commit();
  int find_head(product_id product, sqlite::history_head*& head);
  int put_state(const entry& each, const last_words& last);
  int put_variation(const stock::product& state, product_id id);
  int put_job(const outbox_job& job);
  int put_outbox(const entry& each);
  int put_confirmations(const entry& each, bool duplicate);
  int put_bookmarks(std::span<const bookmark> marks);
  [[nodiscard]] std::uint64_t dead_letters_over() const noexcept;

  int changed_rows() const noexcept { return sqlite3_changes(database_.raw()); }

  // In this order: what is declared later is closed earlier.
  lost_disk_handler lost_;
  data_files files_;
  file_handle lock_;
  std::mutex writer_; // held in every transaction, and by the checkpointer when it needs a pause
  std::unique_ptr<marker> notes_;
  connection database_;
  statements statements_;
  checkpoint_plan plan_;
  std::unique_ptr<checkpointer> checkpointer_;

  limits kept_;
  // Read by readers on their own threads.
  std::shared_ptr<std::atomic<std::uint64_t>> deliveries_ =
    std::make_shared<std::atomic<std::uint64_t>>(0);
  sqlite::journal journal_;
  // Of the products that were written lately.
  std::unordered_map<product_id, sqlite::history_head, keyed_hash> heads_;
  std::uint64_t highest_version_ = 0;
  std::uint64_t dead_letters_ = 0;
  int wal_frames_ = 0;
  int failure_ = SQLITE_OK; // of the last transaction: SQLite's code
};

// -- opening and closing ------------------------------------------------------

status configure(connection& database) {
  sqlite3_busy_timeout(database.raw(), busy_wait_ms);
  // A backup made with VACUUM INTO isn't in WAL mode. No journal file for this one change.
  if (database.text("PRAGMA journal_mode") != "wal")
    database.execute("PRAGMA journal_mode = MEMORY");
  if (database.text("PRAGMA journal_mode = WAL") != "wal")
    return sqlite::explain(database.last_code(), "opening ankkor.db");
  const auto settings =
    fmt::format("PRAGMA synchronous = FULL; PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY;"
                "PRAGMA secure_delete = OFF; PRAGMA journal_size_limit = {};",
                std::int64_t{wal_frames_hard} * 4096);
  if (const int code = database.execute(settings.c_str()); code != SQLITE_OK)
    return sqlite::explain(code, "opening ankkor.db");
  return done{};
}

status sqlite_store::start() {
  sqlite::preparation prepared{database_};
  statements_.prepare(prepared);
  journal_.prepare(prepared);
  if (prepared.code() != SQLITE_OK)
    return sqlite::explain(prepared.code(), "reading ankkor.db's schema");
  const auto version = database_.integer("SELECT value FROM meta WHERE name = 'highest_version'");
  const auto dead_letters = database_.integer("SELECT count(*) FROM dead_letters");
  if (!version || !dead_letters)
    return sqlite::explain(database_.why_nothing(), "reading ankkor.db");
  highest_version_ = static_cast<std::uint64_t>(*version);
  dead_letters_ = static_cast<std::uint64_t>(*dead_letters);
  if (auto loaded = journal_.load(database_); !loaded)
    return loaded;
  const auto distrust = [this] {
    lost_({errc::unavailable,
           "the disk failed to sync ankkor.db, so what was written may not be on it",
           "check the disk that holds the data directory, and start ankkor again: it takes up all "
           "that was committed from ankkor.db-wal"});
  };
  auto started = checkpointer::start(files_, writer_, *notes_, distrust, plan_);
  if (!started)
    return started.failure();
  checkpointer_ = std::move(*started);
  const auto after_commit = [](void* self, sqlite3*, const char*, int frames) {
    static_cast<sqlite_store*>(self)->wal_frames_ = frames;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(database_.raw(), after_commit, this);
  return done{};
}

sqlite_store::~sqlite_store() {
  if (!checkpointer_)
    return;
  checkpointer_->stop();
  const std::lock_guard hold{writer_};
  // With everything in ankkor.db, SQLite may delete its log on closing.
  if (checkpointer_->settle())
    sqlite3_db_config(database_.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

// -- transactions -------------------------------------------------------------

// A quota and a limit of a file's size are no ENOSPC, so SQLite calls them failed writes.
bool lacks_room(int code) noexcept {
  return (code & 0xFF) == SQLITE_FULL || code == SQLITE_IOERR_WRITE;
}

// Runs `work` (which answers SQLite's code) as one durable transaction, or none of it.
template <class Work>
status sqlite_store::transact(std::string_view doing, Work work) {
  const std::lock_guard hold{writer_};
  int code = attempt(work);
  // What is in the way on a full disk may be the log itself. Not at every commit while there is no
  // room: that would cost each of them a checkpoint.
  if (lacks_room(code) && failure_ == SQLITE_OK && checkpointer_->empty_log())
    code = attempt(work);
  // What was committed just now may be among what the disk failed to keep.
  if (code == SQLITE_OK && checkpointer_->distrusts_disk())
    code = SQLITE_IOERR_FSYNC;
  failure_ = code;
  if (code != SQLITE_OK)
    return sqlite::explain(code, doing);
  note_commit();
  return done{};
}

template <class Work>
int sqlite_store::attempt(Work& work) {
  if (checkpointer_->distrusts_disk())
    return SQLITE_IOERR_FSYNC;
  int code = statements_.begin.run();
  if (code == SQLITE_OK)
    code = work();
  if (code == SQLITE_OK)
    code = statements_.put_commits.run(notes_->note().committed + 1);
  if (code == SQLITE_OK)
    code = statements_.commit.run();
  // SQLite ends the transaction itself after some failures.
  if (code != SQLITE_OK && database_.in_transaction())
    database_.execute("ROLLBACK");
  return code;
}

void sqlite_store::note_commit() {
  auto note = notes_->note();
  ++note.committed;
  notes_->write(note);
  checkpointer_->committed(wal_frames_);
}

status sqlite_store::probe() {
  if (failure_ == SQLITE_OK)
    return done{};
  // First of all: commits would use up what room there is now, and leave the log too long for the
  // disk once more.
  if (lacks_room(failure_))
    make_room();
  if (auto written =
        transact("writing to the store", [&] { return database_.execute(probe_write); });
      !written)
    return written;
  return transact("writing to the store", [&] { return database_.execute(probe_undo); });
}

// Carries the log over and gives its room back: where it fills the disk, that is all that can help.
void sqlite_store::make_room() {
  const std::lock_guard hold{writer_};
  checkpointer_->empty_log();
}

// -- commit -------------------------------------------------------------------

result<std::vector<commit_outcome>> sqlite_store::commit(std::span<const entry> entries) {
  if (auto checked = check_preconditions(entries); !checked)
    return checked.failure();
  std::vector<commit_outcome> outcomes;
  tally sum;
  const last_words last{entries};
  if (heads_.size() > heads_max)
    heads_.clear();
  bool is_first = true;
  auto made = transact("committing", [&] {
    if (!std::exchange(is_first, false))
      undo_commit();
    outcomes.assign(entries.size(), commit_outcome::committed);
    sum = {};
    sum.version = highest_version_;
    for (std::size_t at = 0; at < entries.size(); ++at) {
      if (const int code = put_entry(entries[at], last, outcomes[at], sum); code != SQLITE_OK)
        return code;
    }
    return sum.version > highest_version_ ? statements_.put_version.run(sum.version) : SQLITE_OK;
  });
  if (!made) {
    undo_commit();
    return made.failure();
  }
  journal_.committed();
  highest_version_ = sum.version;
  dead_letters_ += sum.dead_letters;
  dead_letters_ -= std::min(sum.discarded, dead_letters_);
  return outcomes;
}

// Forgets what a transaction that came to nothing has put.
void sqlite_store::undo_commit() {
  journal_.undo();
  heads_.clear();
}

int sqlite_store::put_entry(const entry& each, const last_words& last, commit_outcome& outcome,
                            tally& sum) {
  sqlite::history_head none; // of an entry without history
  auto* head = &none;
  int code = SQLITE_OK;
  if (!each.history.empty())
    code = find_head(each.state->id, head);
  if (code == SQLITE_OK)
    code = journal_.put(each, *head, outcome);
  const bool duplicate = outcome == commit_outcome::duplicate;
  if (code == SQLITE_OK && each.state) {
    code = put_state(each, last);
    sum.version = std::max(sum.version, each.state->version);
  }
  if (code == SQLITE_OK)
    code = put_outbox(each);
  if (code == SQLITE_OK)
    code = put_confirmations(each, duplicate);
  if (code == SQLITE_OK && each.dead && !duplicate) {
    code = run(statements_.put_dead_letter, *each.dead);
    ++sum.dead_letters;
  }
  for (auto id = each.discarded.begin(); code == SQLITE_OK && id != each.discarded.end(); ++id) {
    code = statements_.drop_dead_letter.run(*id);
    sum.discarded += static_cast<std::uint64_t>(changed_rows());
  }
  return code == SQLITE_OK ? put_bookmarks(each.bookmarks) : code;
}

// What a commit adds to a history depends on what is there.
int sqlite_store::find_head(product_id product, sqlite::history_head*& head) {
  const auto [found, is_new] = heads_.try_emplace(product);
  head = &found->second;
  if (!is_new)
    return SQLITE_OK;
  int code = statements_.read_head.bind(product);
  if (code == SQLITE_OK)
    code = statements_.read_head.step();
  if (code != SQLITE_ROW)
    return code == SQLITE_DONE ? SQLITE_OK : code;
  *head = {statements_.read_head.integer(0), statements_.read_head.integer(1)};
  statements_.read_head.reset();
  return SQLITE_OK;
}

int sqlite_store::put_state(const entry& each, const last_words& last) {
  const auto& state = *each.state;
  const auto found = heads_.find(state.id);
  const auto* head = found == heads_.end() ? nullptr : &found->second;
  const bool self_changed = changes_self(each);
  int code = SQLITE_OK;
  if (self_changed && last.says_last(each, state.id))
    code =
      run_product(head == nullptr ? statements_.put_product : statements_.put_product_with_head,
                  state, *state.self, head);
  else if (last.says_last(each, last_words::header))
    code = run_header(head == nullptr ? statements_.put_header : statements_.put_header_with_head,
                      state, head);
  if (code == SQLITE_OK && self_changed && each.describes &&
      last.says_last(each, last_words::description))
    code = run_description(statements_.put_description, state.self->value);
  for (auto id = each.changed.begin(); code == SQLITE_OK && id != each.changed.end(); ++id) {
    if (*id != state.id && last.says_last(each, *id))
      code = put_variation(state, *id);
  }
  return code;
}

int sqlite_store::put_variation(const stock::product& state, product_id id) {
  const auto* row = state.find(id);
  return row != nullptr ? run_variation(statements_.put_variation, state.id, *row)
                        : statements_.forget_variation.run(state.id, id);
}

int sqlite_store::put_outbox(const entry& each) {
  for (const auto& told : each.told) {
    if (const int code = statements_.drop_job.run(told.target, told.product, told.version);
        code != SQLITE_OK)
      return code;
  }
  for (const auto& job : each.jobs) {
    if (const int code = put_job(job); code != SQLITE_OK)
      return code;
  }
  return SQLITE_OK;
}

int sqlite_store::put_job(const outbox_job& job) {
  auto& waiting = statements_.read_job;
  int code = waiting.bind(job.target, job.product);
  if (code == SQLITE_OK)
    code = waiting.step();
  if (code == SQLITE_DONE)
    return run(statements_.put_job, job);
  if (code != SQLITE_ROW)
    return code;
  auto held = read_job(waiting);
  waiting.reset();
  return held ? run(statements_.put_job, merged(*std::move(held), job)) : SQLITE_CORRUPT;
}

int sqlite_store::put_confirmations(const entry& each, bool duplicate) {
  for (const auto item : each.settled) {
    if (const int code = statements_.drop_confirmation.run(item, each.settled_before);
        code != SQLITE_OK)
      return code;
  }
  if (duplicate)
    return SQLITE_OK;
  for (const auto& wanted : each.wanted) {
    if (const int code = run(statements_.put_confirmation, wanted); code != SQLITE_OK)
      return code;
  }
  return SQLITE_OK;
}

int sqlite_store::put_bookmarks(std::span<const bookmark> marks) {
  for (const auto& mark : marks) {
    const int code = mark.value.empty() ? statements_.drop_bookmark.run(mark.name)
                                        : run(statements_.put_bookmark, mark);
    if (code != SQLITE_OK)
      return code;
  }
  return SQLITE_OK;
}

// -- loading ------------------------------------------------------------------

bool read_self(const statement& product, const statement& description, stock::product& into) {
  auto& self = into.self ? *into.self : into.self.emplace();
  self.value.id = into.id;
  return sqlite::read_stock(product, 3, self) &&
         sqlite::read_description(description, 1, self.value);
}

bool read_variation(const statement& row, product_id product, stock::record& into) {
  into.value.id = row.natural(1);
  into.value.parent = product;
  return sqlite::read_description(row, 2, into.value) &&
         sqlite::read_stock(row, 2 + sqlite::description_count, into);
}

status sqlite_store::load_products(const std::function<void(const stock::product&)>& take) {
  constexpr auto doing = "loading the products";
  auto products = database_.prepare(fmt::format(
    "SELECT id, version, changed, {} FROM products ORDER BY id", sqlite::stock_columns));
  auto descriptions = database_.prepare(
    fmt::format("SELECT id, {} FROM descriptions ORDER BY id", sqlite::description_columns));
  auto variations =
    database_.prepare(fmt::format("SELECT product, id, {}, {} FROM variations ORDER BY product, id",
                                  sqlite::description_columns, sqlite::stock_columns));
  if (!products || !descriptions || !variations)
    return sqlite::explain(database_.last_code(), doing);
  // Of each the row that comes next.
  int description = descriptions->step();
  int variation = variations->step();
  int code = SQLITE_OK;
  stock::product held; // one for all, so that a row asks for no memory
  while ((code = products->step()) == SQLITE_ROW) {
    held.id = products->natural(0);
    held.version = products->natural(1);
    held.changed = products->time(2);
    if (description != SQLITE_ROW && description != SQLITE_DONE)
      return sqlite::explain(description, doing);
    const bool is_described = description == SQLITE_ROW && descriptions->natural(0) == held.id;
    if (is_described == products->is_null(3) ||
        (is_described && !read_self(*products, *descriptions, held)))
      return sqlite::explain(SQLITE_CORRUPT, doing);
    if (is_described)
      description = descriptions->step();
    else
      held.self.reset();
    std::size_t count = 0;
    for (; variation == SQLITE_ROW && variations->natural(0) == held.id;
         variation = variations->step()) {
      if (count == held.variations.size())
        held.variations.emplace_back();
      if (!read_variation(*variations, held.id, held.variations[count++]))
        return sqlite::explain(SQLITE_CORRUPT, doing);
    }
    held.variations.resize(count);
    take(held);
  }
  // What is left over belongs to no product.
  for (const int left : {code, description, variation}) {
    if (left != SQLITE_DONE)
      return sqlite::explain(left == SQLITE_ROW ? SQLITE_CORRUPT : left, doing);
  }
  return done{};
}

result<std::vector<outbox_job>> sqlite_store::load_outbox() {
  constexpr auto doing = "loading the outbox";
  auto query = database_.prepare(
    fmt::format("SELECT {} FROM outbox ORDER BY target, product", sqlite::job_columns));
  if (!query)
    return sqlite::explain(database_.last_code(), doing);
  return sqlite::read_all<outbox_job>(*query, sqlite::read_job, doing);
}

result<std::vector<confirmation>> sqlite_store::load_confirmations() {
  constexpr auto doing = "loading the confirmations";
  auto query = database_.prepare(
    fmt::format("SELECT {} FROM confirmations ORDER BY item", sqlite::confirmation_columns));
  if (!query)
    return sqlite::explain(database_.last_code(), doing);
  return sqlite::read_all<confirmation>(*query, sqlite::read_confirmation, doing);
}

result<std::vector<live_event>> sqlite_store::load_events(std::size_t max) {
  return journal_.load_events(database_, max);
}

result<std::vector<bookmark>> sqlite_store::load_bookmarks() {
  constexpr auto doing = "loading the bookmarks";
  auto query = database_.prepare(
    fmt::format("SELECT {} FROM bookmarks ORDER BY name", sqlite::bookmark_columns));
  if (!query)
    return sqlite::explain(database_.last_code(), doing);
  return sqlite::read_all<bookmark>(*query, sqlite::read_bookmark, doing);
}

result<std::uint64_t> sqlite_store::highest_version() {
  return highest_version_;
}

// -- purging ------------------------------------------------------------------

result<bool> sqlite_store::purge(moment now) {
  auto step = journal_.next_step(now);
  if (!step)
    return step.failure();
  const auto letters = dead_letters_over();
  if (journal_.writes(*step) || letters > 0) {
    auto made = transact("deleting what is too old", [&] {
      const int code = journal_.make(*step);
      return code == SQLITE_OK && letters > 0 ? statements_.purge_dead_letters.run(letters) : code;
    });
    if (!made)
      return made.failure();
  }
  journal_.take_over(*step);
  dead_letters_ -= letters;
  return step->more || dead_letters_over() > 0;
}

std::uint64_t sqlite_store::dead_letters_over() const noexcept {
  return std::min(dead_letters_ - std::min(dead_letters_, kept_.dead_letters_max), purge_rows_max);
}

// Opens the files for writing, once they were found to be in order.
result<std::unique_ptr<store>> open_inspected(data_files files, file_handle lock,
                                              const findings& found, limits kept,
                                              lost_disk_handler lost, checkpoint_plan plan) {
  if (auto rewritten = rewrite_log(files); !rewritten)
    return rewritten.failure();
  auto database = connection::open(files.database, SQLITE_OPEN_READWRITE);
  if (!database)
    return database.failure();
  if (auto configured = configure(*database); !configured)
    return configured.failure();
  if (auto migrated = sqlite::migrate(*database, sqlite::migrations()); !migrated)
    return migrated.failure();
  // In a transaction, so that no other program writes to the log.
  if (plan.reserve && database->execute("BEGIN IMMEDIATE") == SQLITE_OK) {
    reserve_log(files, plan.frames);
    database->execute("ROLLBACK");
  }
  auto notes = marker::open(files.marker, {found.committed, 0, 0});
  if (!notes)
    return notes.failure();
  auto note = (*notes)->note();
  note.committed = found.committed;
  (*notes)->write(note);
  if (auto synced = sync_directory(files); !synced)
    return synced.failure();
  auto opened = std::make_unique<sqlite_store>(std::move(files), std::move(lock), std::move(*notes),
                                               std::move(*database), kept, std::move(lost), plan);
  if (auto started = opened->start(); !started)
    return started.failure();
  return std::unique_ptr<store>{std::move(opened)};
}

} // namespace

void stop_process(const error& failure) {
  log::error("ankkor stops: it can't rely on its disk any more. A restart is safe.",
             {{"reason", failure.message}, {"fix", failure.mend}});
  log::stop();
  std::abort();
}

result<std::unique_ptr<store>> open_sqlite(std::string data_dir, limits kept,
                                           lost_disk_handler lost, checkpoint_plan plan) {
  data_files files{std::move(data_dir)};
  if (auto made = make_directory(files); !made)
    return made.failure();
  auto lock = lock_directory(files);
  if (!lock)
    return lock.failure();
  auto noted = marker::read(files.marker);
  if (!noted)
    return noted.failure();
  auto found = inspect(files, *noted);
  if (!found)
    return found.failure();
  if (found->fresh) {
    if (auto created = create_database(files); !created)
      return created.failure();
  }
  return open_inspected(std::move(files), std::move(*lock), *found, kept, std::move(lost), plan);
}

} // namespace ankkor::store

#include "store/sqlite_store.hpp"

#include "base/log.hpp"
#include "store/checkpointer.hpp"
#include "store/data_dir.hpp"
#include "store/known_deliveries.hpp"
#include "store/marker.hpp"
#include "store/preconditions.hpp"
#include "store/rows.hpp"
#include "store/schema.hpp"
#include "store/sqlite.hpp"
#include "store/sqlite_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace ankkor::store {

namespace {

using sqlite::connection;
using sqlite::statement;

// Rows that one purge() deletes, and products whose history it looks at: a few milliseconds.
constexpr std::uint64_t purge_rows_max = 500;
constexpr std::uint64_t purge_looks_max = 500;
// Products remembered as having new history; should there be more, all products are looked at.
constexpr std::size_t touched_max = 100'000;
// What probe() writes: about what a large commit needs.
constexpr auto probe_write = "REPLACE INTO meta VALUES ('probe', zeroblob(131072))";
constexpr auto probe_undo = "DELETE FROM meta WHERE name = 'probe'";

// How long a commit waits for an administrator who writes in a sqlite3 shell.
constexpr int busy_wait_ms = 2000;

// -- prepared statements ------------------------------------------------------

struct statements {
  statement begin;
  statement commit;
  statement put_delivery;
  statement is_delivery;
  statement put_product;
  statement put_header;
  statement put_variation;
  statement forget_variation;
  statement put_history;
  statement drop_job;
  statement read_job;
  statement put_job;
  statement drop_confirmation;
  statement put_confirmation;
  statement put_dead_letter;
  statement drop_dead_letter;
  statement put_commits;
  statement put_version;
  statement purge_deliveries;
  statement purge_dead_letters;
  statement put_event;
  statement purge_events;
  statement put_bookmark;
  statement drop_bookmark;
  statement next_with_history;
  statement history_over;
  statement purge_history;

  // SQLITE_CORRUPT if the schema isn't as expected.
  int prepare(connection& database);
};

std::string placeholders(std::string_view columns) {
  std::string marks{"?"};
  for (auto count = std::count(columns.begin(), columns.end(), ','); count > 0; --count)
    marks += ", ?";
  return marks;
}

std::string put(std::string_view verb, std::string_view table, const std::string& columns) {
  return fmt::format("{} INTO {} ({}) VALUES ({})", verb, table, columns, placeholders(columns));
}

int statements::prepare(connection& database) {
  int code = SQLITE_OK;
  const auto into = [&](statement& target, const std::string& sql) {
    if (code != SQLITE_OK)
      return;
    auto prepared = database.prepare(sql);
    if (prepared)
      target = *std::move(prepared);
    else
      code = database.last_code();
  };
  const std::string items{sqlite::item_columns};
  into(begin, "BEGIN IMMEDIATE");
  into(commit, "COMMIT");
  into(put_delivery, put("INSERT", "deliveries", "id, " + std::string{sqlite::delivery_columns}));
  into(is_delivery,
       "SELECT 1 FROM deliveries WHERE id = ? AND delivery_id = ? AND body_digest = ?");
  into(put_product, put("REPLACE", "products", "id, version, changed, " + items));
  into(put_header, "INSERT INTO products (id, version, changed) VALUES (?, ?, ?)"
                   " ON CONFLICT (id) DO UPDATE SET version = excluded.version,"
                   " changed = excluded.changed");
  into(put_variation, put("REPLACE", "variations", "product, id, " + items));
  into(forget_variation, "DELETE FROM variations WHERE product = ? AND id = ?");
  into(put_history, put("INSERT", "history", sqlite::history_columns));
  into(drop_job, "DELETE FROM outbox WHERE target = ? AND product = ? AND version <= ?");
  into(read_job,
       fmt::format("SELECT {} FROM outbox WHERE target = ? AND product = ?", sqlite::job_columns));
  into(put_job, put("REPLACE", "outbox", sqlite::job_columns));
  into(drop_confirmation, "DELETE FROM confirmations WHERE item = ? AND wanted < ?");
  into(put_confirmation, put("REPLACE", "confirmations", sqlite::confirmation_columns));
  into(put_dead_letter, put("INSERT", "dead_letters", sqlite::dead_letter_columns));
  into(drop_dead_letter, "DELETE FROM dead_letters WHERE id = ?");
  into(put_event, put("INSERT", "events", sqlite::event_columns));
  into(
    purge_events,
    "DELETE FROM events WHERE sequence IN (SELECT sequence FROM events ORDER BY sequence LIMIT ?)");
  into(put_bookmark, put("REPLACE", "bookmarks", sqlite::bookmark_columns));
  into(drop_bookmark, "DELETE FROM bookmarks WHERE name = ?");
  into(put_commits, "UPDATE meta SET value = ? WHERE name = 'commits'");
  into(put_version, "UPDATE meta SET value = ? WHERE name = 'highest_version'");
  // Looks no further than at so many rows: the oldest, unless the clock was set back meanwhile.
  into(purge_deliveries,
       "DELETE FROM deliveries WHERE id IN (SELECT id FROM (SELECT id, received FROM deliveries"
       " ORDER BY id LIMIT ?) WHERE received < ?) RETURNING id, delivery_id, body_digest");
  into(purge_dead_letters,
       "DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters ORDER BY id LIMIT ?)");
  into(next_with_history, "SELECT min(product) FROM history WHERE product > ?");
  into(history_over, "SELECT id FROM history WHERE product = ? ORDER BY id DESC LIMIT 1 OFFSET ?");
  into(purge_history, "DELETE FROM history WHERE id IN (SELECT id FROM history"
                      " WHERE product = ? AND id <= ? ORDER BY id LIMIT ?)");
  // A table or a column that it doesn't find.
  return code == SQLITE_ERROR ? SQLITE_CORRUPT : code;
}

// A product with more history than is kept: what is up to this line goes.
struct surplus {
  product_id product = 0;
  std::int64_t newest_line = 0;
};

// A delivery in known_deliveries.
struct known_row {
  std::uint32_t mark = 0;
  std::int64_t row = 0;
};

// The entries of a commit that say last what a row becomes: what the others say of it needn't be
// written.
struct last_words {
  explicit last_words(std::span<const entry> entries) {
    for (const auto& each : entries) {
      if (!each.state)
        continue;
      headers[each.state->id] = &each;
      for (const auto id : each.changed)
        items[{each.state->id, id}] = &each;
    }
  }

  std::unordered_map<product_id, const entry*> headers; // by product
  // By product and item: a variation may leave one product and come to another in one commit.
  std::map<std::pair<product_id, product_id>, const entry*> items;
};

// -- the store ----------------------------------------------------------------

class sqlite_store final : public store {
public:
  sqlite_store(data_files files, file_handle lock, std::unique_ptr<marker> notes,
               connection database, limits kept, lost_disk_handler lost)
    : lost_(std::move(lost)), files_(std::move(files)), lock_(std::move(lock)),
      notes_(std::move(notes)), database_(std::move(database)), kept_(kept) {}

  ~sqlite_store() override;
  sqlite_store(const sqlite_store&) = delete;
  sqlite_store& operator=(const sqlite_store&) = delete;

  status start();
  status load_known();

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
    return open_sqlite_reader(files_.database);
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
    std::uint64_t events = 0;
    std::uint64_t version = 0;
  };

  int put_entry(const entry& each, const last_words& last, commit_outcome& outcome, tally& sum);
  int put_delivery(const delivery& row, commit_outcome& outcome);
  void forget_added();
  int put_state(const entry& each, const last_words& last);
  int put_variation(const stock::product& state, product_id id);
  int put_histories(std::span<const history_entry> lines);
  int put_job(const outbox_job& job);
  int put_outbox(const entry& each);
  int put_confirmations(const entry& each, bool duplicate);
  int put_events(const entry& each, tally& sum);
  int put_bookmarks(std::span<const bookmark> marks);
  void take_over(const tally& sum, std::span<const entry> entries);

  result<std::vector<surplus>> find_surplus();
  result<bool> add_surplus(product_id product, std::vector<surplus>& found);
  int purge_deliveries(moment now, std::uint64_t& rows);
  int drop_deliveries(std::uint64_t count, moment before, std::uint64_t& rows);
  int purge_dead_letters(std::uint64_t& rows);
  int purge_events(std::uint64_t& rows);
  int purge_history(std::span<const surplus> over, std::uint64_t& rows);
  [[nodiscard]] std::uint64_t rows_to_purge(moment now);

  int changed_rows() const noexcept { return sqlite3_changes(database_.raw()); }

  // In this order: what is declared later is closed earlier.
  lost_disk_handler lost_;
  data_files files_;
  file_handle lock_;
  std::mutex writer_; // held in every transaction, and by the checkpointer when it needs a pause
  std::unique_ptr<marker> notes_;
  connection database_;
  statements statements_;
  std::unique_ptr<checkpointer> checkpointer_;

  limits kept_;
  std::uint64_t highest_version_ = 0;
  known_deliveries known_; // all that are in the table
  std::int64_t newest_delivery_ = 0;
  std::vector<known_row> added_;     // by the transaction that is under way
  std::vector<known_row> forgotten_; // by it
  std::uint64_t dead_letters_ = 0;
  std::uint64_t events_ = 0;
  int wal_frames_ = 0;
  int failure_ = SQLITE_OK; // of the last transaction: SQLite's code

  std::unordered_set<product_id> touched_; // have new history since it was last looked at
  std::optional<product_id> walk_ = 0; // all up to here were looked at since the start; empty: all
};

// -- opening and closing ------------------------------------------------------

// id, delivery_id, body_digest. Nothing if it can't have been written by ankkor.
std::optional<known_row> read_known(const statement& row) {
  decltype(delivery::body_digest) digest{};
  const auto bytes = row.text(2);
  if (bytes.size() != digest.size())
    return std::nullopt;
  std::memcpy(digest.data(), bytes.data(), bytes.size());
  return known_row{mark_of(row.text(1), digest), row.integer(0)};
}

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
  if (const int code = statements_.prepare(database_); code != SQLITE_OK)
    return sqlite::explain(code, "reading ankkor.db's schema");
  const auto version = database_.integer("SELECT value FROM meta WHERE name = 'highest_version'");
  const auto dead_letters = database_.integer("SELECT count(*) FROM dead_letters");
  const auto events = database_.integer("SELECT count(*) FROM events");
  if (!version || !dead_letters || !events)
    return sqlite::explain(database_.last_code(), "reading ankkor.db");
  highest_version_ = static_cast<std::uint64_t>(*version);
  dead_letters_ = static_cast<std::uint64_t>(*dead_letters);
  events_ = static_cast<std::uint64_t>(*events);
  if (auto loaded = load_known(); !loaded)
    return loaded;
  auto started = checkpointer::start(files_, writer_, *notes_, [this] {
    lost_({errc::unavailable,
           "the disk failed to sync ankkor.db, so what was written may not be on it",
           "check the disk that holds the data directory, and start ankkor again: it takes up all "
           "that was committed from ankkor.db-wal"});
  });
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

status sqlite_store::load_known() {
  constexpr auto doing = "loading the deliveries";
  auto query = database_.prepare("SELECT id, delivery_id, body_digest FROM deliveries ORDER BY id");
  if (!query)
    return sqlite::explain(database_.last_code(), doing);
  int code = SQLITE_OK;
  while ((code = query->step()) == SQLITE_ROW) {
    const auto found = read_known(*query);
    if (!found)
      return sqlite::explain(SQLITE_CORRUPT, doing);
    known_.add(found->mark, found->row);
    newest_delivery_ = found->row;
  }
  return code == SQLITE_DONE ? status{done{}} : sqlite::explain(code, doing);
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
  auto made = transact("committing", [&] {
    outcomes.assign(entries.size(), commit_outcome::committed); // it may be attempted twice
    forget_added();
    sum = {};
    sum.version = highest_version_;
    for (std::size_t at = 0; at < entries.size(); ++at) {
      if (const int code = put_entry(entries[at], last, outcomes[at], sum); code != SQLITE_OK)
        return code;
    }
    return sum.version > highest_version_ ? statements_.put_version.run(sum.version) : SQLITE_OK;
  });
  if (!made) {
    forget_added();
    return made.failure();
  }
  added_.clear();
  take_over(sum, entries);
  return outcomes;
}

int sqlite_store::put_entry(const entry& each, const last_words& last, commit_outcome& outcome,
                            tally& sum) {
  int code = SQLITE_OK;
  if (each.delivery)
    code = put_delivery(*each.delivery, outcome);
  const bool duplicate = outcome == commit_outcome::duplicate;
  if (code == SQLITE_OK && each.state) {
    code = put_state(each, last);
    sum.version = std::max(sum.version, each.state->version);
  }
  if (code == SQLITE_OK)
    code = put_histories(each.history);
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
  if (code == SQLITE_OK)
    code = put_events(each, sum);
  return code == SQLITE_OK ? put_bookmarks(each.bookmarks) : code;
}

int sqlite_store::put_delivery(const delivery& row, commit_outcome& outcome) {
  const auto mark = mark_of(row.delivery_id, row.body_digest);
  int code = SQLITE_OK;
  const bool known = known_.contains(mark, [&](std::int64_t id) {
    if (code != SQLITE_OK)
      return false;
    auto& same = statements_.is_delivery;
    code = same.bind(id, row.delivery_id, row.body_digest);
    if (code == SQLITE_OK)
      code = same.step();
    const bool found = code == SQLITE_ROW;
    if (found)
      same.reset();
    if (found || code == SQLITE_DONE)
      code = SQLITE_OK;
    return found;
  });
  if (code != SQLITE_OK || known) {
    outcome = known ? commit_outcome::duplicate : outcome;
    return code;
  }
  const auto id = newest_delivery_ + 1;
  code = run(statements_.put_delivery, id, row);
  if (code != SQLITE_OK)
    return code;
  newest_delivery_ = id;
  known_.add(mark, id);
  added_.push_back({mark, id});
  return code;
}

// What a transaction that was not committed had added.
void sqlite_store::forget_added() {
  for (const auto& each : added_)
    known_.remove(each.mark, each.row);
  newest_delivery_ -= static_cast<std::int64_t>(added_.size());
  added_.clear();
}

int sqlite_store::put_state(const entry& each, const last_words& last) {
  const auto& state = *each.state;
  const auto says_last = [&](product_id item) { return last.items.at({state.id, item}) == &each; };
  const bool self_changed =
    std::find(each.changed.begin(), each.changed.end(), state.id) != each.changed.end();
  int code = SQLITE_OK;
  if (state.self && self_changed && says_last(state.id))
    code = run_product(statements_.put_product, state, *state.self);
  else if (last.headers.at(state.id) == &each)
    code = statements_.put_header.run(state.id, state.version, state.changed);
  for (auto id = each.changed.begin(); code == SQLITE_OK && id != each.changed.end(); ++id) {
    if (*id != state.id && says_last(*id))
      code = put_variation(state, *id);
  }
  return code;
}

int sqlite_store::put_variation(const stock::product& state, product_id id) {
  const auto* row = state.find(id);
  return row != nullptr ? run_variation(statements_.put_variation, state.id, *row)
                        : statements_.forget_variation.run(state.id, id);
}

int sqlite_store::put_histories(std::span<const history_entry> lines) {
  for (const auto& line : lines) {
    if (const int code = run(statements_.put_history, line); code != SQLITE_OK)
      return code;
  }
  return SQLITE_OK;
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

int sqlite_store::put_events(const entry& each, tally& sum) {
  for (const auto& event : each.events) {
    if (const int code = run(statements_.put_event, event); code != SQLITE_OK)
      return code;
  }
  sum.events += each.events.size();
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

void sqlite_store::take_over(const tally& sum, std::span<const entry> entries) {
  highest_version_ = sum.version;
  dead_letters_ += sum.dead_letters;
  dead_letters_ -= std::min(sum.discarded, dead_letters_);
  events_ += sum.events;
  for (const auto& each : entries) {
    for (const auto& line : each.history)
      touched_.insert(line.product);
  }
  if (touched_.size() > touched_max) {
    touched_.clear();
    walk_ = 0;
  }
}

// -- loading ------------------------------------------------------------------

status sqlite_store::load_products(const std::function<void(const stock::product&)>& take) {
  constexpr auto doing = "loading the products";
  auto products = database_.prepare(
    fmt::format("SELECT id, version, changed, {} FROM products ORDER BY id", sqlite::item_columns));
  auto variations = database_.prepare(fmt::format(
    "SELECT product, id, {} FROM variations ORDER BY product, id", sqlite::item_columns));
  if (!products || !variations)
    return sqlite::explain(database_.last_code(), doing);
  int next = variations->step();
  int code = SQLITE_OK;
  stock::product held; // one for all, so that a row asks for no memory
  while ((code = products->step()) == SQLITE_ROW) {
    held.id = products->natural(0);
    held.version = products->natural(1);
    held.changed = products->time(2);
    if (products->is_null(3))
      held.self.reset();
    else if (!sqlite::read_record(*products, 3, held.id, 0,
                                  held.self ? *held.self : held.self.emplace()))
      return sqlite::explain(SQLITE_CORRUPT, doing);
    std::size_t count = 0;
    for (; next == SQLITE_ROW && variations->natural(0) == held.id; next = variations->step()) {
      if (count == held.variations.size())
        held.variations.emplace_back();
      if (!sqlite::read_record(*variations, 2, variations->natural(1), held.id,
                               held.variations[count++]))
        return sqlite::explain(SQLITE_CORRUPT, doing);
    }
    held.variations.resize(count);
    take(held);
  }
  if (code != SQLITE_DONE)
    return sqlite::explain(code, doing);
  // A variation that is left over belongs to no product.
  if (next != SQLITE_DONE)
    return sqlite::explain(next == SQLITE_ROW ? SQLITE_CORRUPT : next, doing);
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
  constexpr auto doing = "loading the live events";
  auto query = database_.prepare(fmt::format(
    "SELECT {0} FROM (SELECT {0} FROM events ORDER BY sequence DESC LIMIT ?) ORDER BY sequence",
    sqlite::event_columns));
  if (!query || query->bind(std::uint64_t{max}) != SQLITE_OK)
    return sqlite::explain(database_.last_code(), doing);
  return sqlite::read_all<live_event>(*query, sqlite::read_event, doing);
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
  auto over = find_surplus();
  if (!over) {
    walk_ = 0; // what was looked at may have been forgotten
    return over.failure();
  }
  const auto dead_letters_before = dead_letters_;
  const auto events_before = events_;
  std::uint64_t rows = 0;
  if (rows_to_purge(now) > 0 || !over->empty()) {
    const auto undo = [&] {
      forgotten_.clear();
      dead_letters_ = dead_letters_before;
      events_ = events_before;
      rows = 0;
    };
    auto made = transact("deleting what is too old", [&] {
      undo(); // it may be attempted twice
      int code = purge_deliveries(now, rows);
      if (code == SQLITE_OK)
        code = purge_dead_letters(rows);
      if (code == SQLITE_OK)
        code = purge_events(rows);
      return code == SQLITE_OK ? purge_history(*over, rows) : code;
    });
    if (!made) {
      undo();
      for (const auto& each : *over)
        touched_.insert(each.product);
      return made.failure();
    }
    for (const auto& each : forgotten_)
      known_.remove(each.mark, each.row);
  }
  return rows >= purge_rows_max || walk_ || !touched_.empty();
}

// Of all but history; anything but 0 if there are any.
std::uint64_t sqlite_store::rows_to_purge(moment now) {
  if (known_.size() > kept_.deliveries_max || dead_letters_ > kept_.dead_letters_max ||
      events_ > kept_.events_max)
    return 1;
  const auto oldest = database_.integer(
    fmt::format("SELECT min(received) FROM (SELECT received FROM deliveries ORDER BY id LIMIT {})",
                purge_rows_max));
  const auto cutoff = (now - kept_.delivery_age).time_since_epoch().count();
  return oldest && *oldest < cutoff ? 1 : 0;
}

int sqlite_store::purge_deliveries(moment now, std::uint64_t& rows) {
  if (known_.size() > kept_.deliveries_max) {
    const auto count = std::min(known_.size() - kept_.deliveries_max, purge_rows_max);
    if (const int code = drop_deliveries(count, moment::max(), rows); code != SQLITE_OK)
      return code;
  }
  return drop_deliveries(purge_rows_max - rows, now - kept_.delivery_age, rows);
}

// Of the `count` that were committed first those that were received before.
int sqlite_store::drop_deliveries(std::uint64_t count, moment before, std::uint64_t& rows) {
  auto& drop = statements_.purge_deliveries;
  int code = drop.bind(count, before);
  while (code == SQLITE_OK && (code = drop.step()) == SQLITE_ROW) {
    const auto dropped = read_known(drop);
    if (!dropped) {
      drop.reset();
      return SQLITE_CORRUPT;
    }
    forgotten_.push_back(*dropped);
    ++rows;
    code = SQLITE_OK;
  }
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

int sqlite_store::purge_dead_letters(std::uint64_t& rows) {
  if (dead_letters_ <= kept_.dead_letters_max || rows >= purge_rows_max)
    return SQLITE_OK;
  const auto count = std::min(dead_letters_ - kept_.dead_letters_max, purge_rows_max - rows);
  const int code = statements_.purge_dead_letters.run(count);
  if (code == SQLITE_OK) {
    rows += count;
    dead_letters_ -= count;
  }
  return code;
}

int sqlite_store::purge_events(std::uint64_t& rows) {
  // The newest stays whatever the limit: the next sequence is above it.
  const auto kept = std::max(kept_.events_max, std::uint64_t{1});
  if (events_ <= kept || rows >= purge_rows_max)
    return SQLITE_OK;
  const auto count = std::min(events_ - kept, purge_rows_max - rows);
  const int code = statements_.purge_events.run(count);
  if (code == SQLITE_OK) {
    rows += count;
    events_ -= count;
  }
  return code;
}

int sqlite_store::purge_history(std::span<const surplus> over, std::uint64_t& rows) {
  for (const auto& each : over) {
    if (rows >= purge_rows_max) {
      touched_.insert(each.product);
      continue;
    }
    const auto count = purge_rows_max - rows;
    const int code = statements_.purge_history.run(each.product, each.newest_line, count);
    if (code != SQLITE_OK)
      return code;
    rows += static_cast<std::uint64_t>(changed_rows());
    if (rows >= purge_rows_max)
      touched_.insert(each.product);
  }
  return SQLITE_OK;
}

// Looks at some of the products with new history, and, after a start, at the others one by one.
result<std::vector<surplus>> sqlite_store::find_surplus() {
  std::vector<surplus> found;
  std::uint64_t looks = 0;
  for (; looks < purge_looks_max && !touched_.empty(); ++looks) {
    const auto product = *touched_.begin();
    if (auto looked = add_surplus(product, found); !looked)
      return looked.failure();
    touched_.erase(product);
  }
  for (; looks < purge_looks_max && walk_; ++looks) {
    auto& next = statements_.next_with_history;
    int code = next.bind(*walk_);
    if (code == SQLITE_OK)
      code = next.step();
    if (code != SQLITE_ROW)
      return sqlite::explain(code, "looking through the history");
    walk_ = next.is_null(0) ? std::optional<product_id>{} : next.natural(0);
    next.reset();
    if (!walk_)
      break;
    if (auto looked = add_surplus(*walk_, found); !looked)
      return looked.failure();
  }
  return found;
}

result<bool> sqlite_store::add_surplus(product_id product, std::vector<surplus>& found) {
  auto& over = statements_.history_over;
  int code = over.bind(product, kept_.history_per_product);
  if (code == SQLITE_OK)
    code = over.step();
  if (code == SQLITE_DONE)
    return false;
  if (code != SQLITE_ROW)
    return sqlite::explain(code, "looking through the history");
  found.push_back({product, over.integer(0)});
  over.reset();
  return true;
}

// Opens the files for writing, once they were found to be in order.
result<std::unique_ptr<store>> open_inspected(data_files files, file_handle lock,
                                              const findings& found, limits kept,
                                              lost_disk_handler lost) {
  if (auto rewritten = rewrite_log(files); !rewritten)
    return rewritten.failure();
  auto database = connection::open(files.database, SQLITE_OPEN_READWRITE);
  if (!database)
    return database.failure();
  if (auto configured = configure(*database); !configured)
    return configured.failure();
  if (auto migrated = sqlite::migrate(*database, sqlite::migrations()); !migrated)
    return migrated.failure();
  auto notes = marker::open(files.marker, {found.committed, 0, 0});
  if (!notes)
    return notes.failure();
  auto note = (*notes)->note();
  note.committed = found.committed;
  (*notes)->write(note);
  if (auto synced = sync_directory(files); !synced)
    return synced.failure();
  auto opened = std::make_unique<sqlite_store>(std::move(files), std::move(lock), std::move(*notes),
                                               std::move(*database), kept, std::move(lost));
  if (auto started = opened->start(); !started)
    return started.failure();
  return std::unique_ptr<store>{std::move(opened)};
}

} // namespace

void stop_process(const error& failure) {
  log::error("ankkor stops: it can't rely on its disk any more. A restart is safe.",
             {{"reason", failure.message}, {"mend", failure.mend}});
  log::stop();
  std::abort();
}

result<std::unique_ptr<store>> open_sqlite(std::string data_dir, limits kept,
                                           lost_disk_handler lost) {
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
  return open_inspected(std::move(files), std::move(*lock), *found, kept, std::move(lost));
}

} // namespace ankkor::store

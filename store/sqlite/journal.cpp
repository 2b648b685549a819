#include "store/sqlite/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace ankkor::store::sqlite {

namespace {

// Rows that one step of a purge looks at, for each of the limits: a few milliseconds.
constexpr std::int64_t step_rows = 500;
// A sweep for fewer isn't worth its pass.
constexpr std::int64_t sweep_rows_min = 1'000;

constexpr auto journal_columns =
  "id, delivery_id, body_digest, topic, webhook_id, resource, received, outcome, product, item, "
  "at, "
  "stock_after, cause, reference, stock_before, modified, version, previous, nth, sequence, "
  "available";
// How many of them are before each part.
constexpr int delivery_part = 1;
constexpr int change_part = 8;
constexpr int line_part = 12;
constexpr int event_part = 19;

constexpr std::string_view webhook = "webhook ";

// delivery_id and body_digest. Nothing if they can't have been written by ankkor.
std::optional<journal::known_row> read_known(const statement& row, int first) {
  decltype(delivery::body_digest) digest{};
  const auto bytes = row.text(first + 1);
  if (bytes.size() != digest.size())
    return std::nullopt;
  std::memcpy(digest.data(), bytes.data(), bytes.size());
  return journal::known_row{mark_of(row.text(first), digest), row.integer(0)};
}

// As the delivery of the same row says it already.
std::optional<std::string_view> cause_besides(const history_entry& line, const delivery* taken) {
  const std::string_view cause{line.cause};
  if (taken != nullptr && cause.size() == webhook.size() + taken->topic.size() &&
      cause.substr(0, webhook.size()) == webhook && cause.substr(webhook.size()) == taken->topic)
    return std::nullopt;
  return cause;
}

std::optional<std::string_view> reference_besides(const history_entry& line,
                                                  const delivery* taken) {
  if (taken != nullptr && line.reference == taken->delivery_id)
    return std::nullopt;
  return line.reference;
}

bool is_of(const live_event& told, const history_entry& line) {
  return told.product == line.product && told.item == line.item && told.at == line.at &&
         told.stock == line.after;
}

} // namespace

void journal::prepare(preparation& from) {
  from.into(append_, put_sql("INSERT", "journal", journal_columns));
  from.into(is_delivery_,
            "SELECT 1 FROM journal WHERE id = ? AND delivery_id = ? AND body_digest = ?");
  from.into(oldest_deliveries_, "SELECT id, delivery_id, body_digest, received FROM journal"
                                " WHERE id > ? ORDER BY id LIMIT ?");
  from.into(oldest_events_, "SELECT id, sequence IS NOT NULL FROM journal"
                            " WHERE id > ? ORDER BY id LIMIT ?");
  from.into(oldest_rows_,
            "SELECT id, sequence IS NOT NULL,"
            " nth + ? > (SELECT lines FROM products WHERE products.id = journal.product)"
            " FROM journal WHERE id > ? AND id <= ? ORDER BY id LIMIT ?");
  from.into(put_mark_, "UPDATE meta SET value = ? WHERE name = ?");
  from.into(delete_row_, "DELETE FROM journal WHERE id = ?");
}

status journal::load(connection& database) {
  constexpr auto doing = "loading the journal";
  const auto deliveries =
    database.integer("SELECT value FROM meta WHERE name = 'deliveries_before'");
  const auto events = database.integer("SELECT value FROM meta WHERE name = 'events_before'");
  const auto newest = database.integer("SELECT coalesce(max(id), 0) FROM journal");
  auto query = database.prepare("SELECT id, delivery_id, body_digest, sequence IS NOT NULL"
                                " FROM journal WHERE id > ? ORDER BY id");
  if (!deliveries || !events || !newest || !query)
    return explain(database.why_nothing(), doing);
  deliveries_before_ = *deliveries;
  events_before_ = *events;
  // What was forgotten may have been deleted, and its numbers are not given again.
  now_.newest = std::max({*newest, *deliveries, *events});
  int code = query->bind(std::min(*deliveries, *events));
  while (code == SQLITE_OK && (code = query->step()) == SQLITE_ROW) {
    code = SQLITE_OK;
    const auto row = query->integer(0);
    if (row > events_before_ && query->integer(3) != 0)
      ++now_.events;
    if (row <= deliveries_before_ || query->is_null(1))
      continue;
    const auto found = read_known(*query, 1);
    if (!found)
      return explain(SQLITE_CORRUPT, doing);
    known_.add(found->mark, found->row);
  }
  committed();
  return code == SQLITE_DONE ? status{done{}} : explain(code, doing);
}

result<std::vector<live_event>> journal::load_events(connection& database, std::size_t max) const {
  constexpr auto doing = "loading the live events";
  // By the row: a sequence has no index, and is in the same order.
  auto query =
    database.prepare(fmt::format("SELECT {} FROM events ORDER BY id DESC LIMIT ?", event_columns));
  if (!query || query->bind(std::min<std::uint64_t>(max, now_.events)) != SQLITE_OK)
    return explain(database.last_code(), doing);
  auto read = read_all<live_event>(*query, read_event, doing);
  if (read)
    std::reverse(read->begin(), read->end());
  return read;
}

// -- commits ------------------------------------------------------------------

void journal::committed() {
  added_.clear();
  settled_ = now_;
  deliveries_->store(known_.size(), std::memory_order_relaxed);
}

void journal::undo() {
  for (const auto& each : added_)
    known_.remove(each.mark, each.row);
  added_.clear();
  now_ = settled_;
}

int journal::put(const entry& each, history_head& head, commit_outcome& outcome) {
  const delivery* taken = each.delivery ? &*each.delivery : nullptr;
  if (taken != nullptr) {
    const auto mark = mark_of(taken->delivery_id, taken->body_digest);
    bool known = false;
    if (const int code = is_known(*taken, mark, known); code != SQLITE_OK)
      return code;
    if (known) {
      outcome = commit_outcome::duplicate;
      taken = nullptr;
    } else {
      added_.push_back({mark, now_.newest + 1});
      known_.add(mark, now_.newest + 1);
    }
  }
  int code = SQLITE_OK;
  auto told = each.events.begin();
  for (auto line = each.history.begin(); code == SQLITE_OK && line != each.history.end(); ++line) {
    const bool is_told = told != each.events.end() && is_of(*told, *line);
    code = put_row(taken, &*line, &head, is_told ? &*told++ : nullptr);
    taken = nullptr;
  }
  if (code == SQLITE_OK && taken != nullptr)
    code = put_row(taken, nullptr, nullptr, nullptr);
  for (; code == SQLITE_OK && told != each.events.end(); ++told)
    code = put_row(nullptr, nullptr, nullptr, &*told);
  return code;
}

int journal::is_known(const delivery& row, std::uint32_t mark, bool& known) {
  int code = SQLITE_OK;
  known = known_.contains(mark, [&](std::int64_t id) {
    if (code != SQLITE_OK)
      return false;
    code = is_delivery_.bind(id, row.delivery_id, row.body_digest);
    if (code == SQLITE_OK)
      code = is_delivery_.step();
    const bool found = code == SQLITE_ROW;
    if (found)
      is_delivery_.reset();
    if (found || code == SQLITE_DONE)
      code = SQLITE_OK;
    return found;
  });
  return code;
}

int journal::put_row(const delivery* taken, const history_entry* line, history_head* head,
                     const live_event* told) {
  int code = append_.bind(now_.newest + 1);
  if (code == SQLITE_OK)
    code = bind_delivery(taken);
  if (code == SQLITE_OK)
    code = bind_change(line, told);
  if (code == SQLITE_OK)
    code = bind_line(line, taken, head);
  if (code == SQLITE_OK)
    code = told == nullptr
             ? append_.bind_from(event_part, std::nullopt, std::nullopt)
             : append_.bind_from(event_part, told->sequence, std::uint64_t{told->available});
  if (code == SQLITE_OK)
    code = append_.run_bound();
  if (code != SQLITE_OK)
    return code;
  ++now_.newest;
  if (told != nullptr)
    ++now_.events;
  if (head != nullptr)
    *head = {now_.newest, head->lines + 1};
  return code;
}

int journal::bind_delivery(const delivery* taken) {
  constexpr auto none = std::nullopt;
  if (taken == nullptr)
    return append_.bind_from(delivery_part, none, none, none, none, none, none, none);
  return append_.bind_from(delivery_part, taken->delivery_id, taken->body_digest, taken->topic,
                           taken->webhook_id, taken->resource, taken->received,
                           to_string(taken->result));
}

int journal::bind_change(const history_entry* line, const live_event* told) {
  if (line != nullptr) {
    write_stock(stock_after_, line->after, line->status_after);
    return append_.bind_from(change_part, line->product, line->item, line->at, stock_after_);
  }
  if (told != nullptr) {
    write_stock(stock_after_, told->stock);
    return append_.bind_from(change_part, told->product, told->item, told->at, stock_after_);
  }
  constexpr auto none = std::nullopt;
  return append_.bind_from(change_part, none, none, none, none);
}

int journal::bind_line(const history_entry* line, const delivery* taken, const history_head* head) {
  constexpr auto none = std::nullopt;
  if (line == nullptr)
    return append_.bind_from(line_part, none, none, none, none, none, none, none);
  write_stock(stock_before_, line->before, line->status_before);
  return append_.bind_from(line_part, cause_besides(*line, taken), reference_besides(*line, taken),
                           stock_before_, stock::moment{line->modified}, line->version,
                           head->line == 0 ? std::nullopt : std::optional{head->line},
                           head->lines + 1);
}

// -- purging ------------------------------------------------------------------

result<journal::purge_step> journal::next_step(moment now) {
  purge_step step;
  step.deliveries_before = deliveries_before_;
  step.events_before = events_before_;
  step.pass = pass_;
  int code = forget_deliveries(now, step);
  if (code == SQLITE_OK)
    code = forget_events(step);
  if (code == SQLITE_OK)
    code = sweep(step);
  if (code != SQLITE_OK)
    return explain(code, "looking for what is too old");
  return step;
}

// What isn't a delivery is kept as long as the deliveries beside it, and bounded with them.
bool journal::is_crowded(std::int64_t row) const noexcept {
  return static_cast<std::uint64_t>(now_.newest - row) >=
         2 * kept_.deliveries_max + kept_.events_max;
}

// Up to the first that is to be kept.
int journal::forget_deliveries(moment now, purge_step& step) {
  const auto cutoff = now - kept_.delivery_age;
  const auto size = known_.size();
  int code = oldest_deliveries_.bind(deliveries_before_, step_rows);
  std::int64_t looked = 0;
  while (code == SQLITE_OK && (code = oldest_deliveries_.step()) == SQLITE_ROW) {
    code = SQLITE_OK;
    const auto row = oldest_deliveries_.integer(0);
    if (!oldest_deliveries_.is_null(1)) {
      const auto found = read_known(oldest_deliveries_, 1);
      const bool is_over = size - step.deliveries.size() > kept_.deliveries_max;
      const bool is_kept = !is_over && oldest_deliveries_.time(3) >= cutoff && !is_crowded(row);
      if (!found || is_kept) {
        oldest_deliveries_.reset();
        return found ? SQLITE_OK : SQLITE_CORRUPT;
      }
      step.deliveries.push_back(*found);
    }
    step.deliveries_before = row;
    ++looked;
  }
  step.more = step.more || looked == step_rows;
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

// The newest stays whatever the limit: the next sequence is above it.
int journal::forget_events(purge_step& step) {
  const auto kept = std::max(kept_.events_max, std::uint64_t{1});
  if (now_.events <= kept)
    return SQLITE_OK;
  int code = oldest_events_.bind(events_before_, step_rows);
  while (code == SQLITE_OK && (code = oldest_events_.step()) == SQLITE_ROW) {
    code = SQLITE_OK;
    if (oldest_events_.integer(1) != 0) {
      if (now_.events - step.events <= kept) {
        oldest_events_.reset();
        return SQLITE_OK;
      }
      ++step.events;
    }
    step.events_before = oldest_events_.integer(0);
  }
  step.more = step.more || now_.events - step.events > kept;
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

int journal::sweep(purge_step& step) {
  auto& pass = step.pass;
  if (!pass.is_under_way) {
    if (step.deliveries_before - pass.end < std::max(sweep_rows_min, pass.stayed / 4))
      return SQLITE_OK;
    pass = {true, 0, step.deliveries_before, 0};
  }
  std::int64_t looked = 0;
  int code = oldest_rows_.bind(kept_.history_per_product, pass.at, pass.end, step_rows);
  while (code == SQLITE_OK && (code = oldest_rows_.step()) == SQLITE_ROW) {
    code = SQLITE_OK;
    pass.at = oldest_rows_.integer(0);
    const bool is_event = pass.at > step.events_before && oldest_rows_.integer(1) != 0;
    const bool is_line = oldest_rows_.integer(2) != 0; // NULL reads as 0
    if (is_event || is_line)
      ++pass.stayed;
    else
      step.rows.push_back(pass.at);
    ++looked;
  }
  pass.is_under_way = looked == step_rows;
  step.more = step.more || pass.is_under_way;
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

bool journal::writes(const purge_step& step) const noexcept {
  return step.deliveries_before != deliveries_before_ || step.events_before != events_before_ ||
         !step.rows.empty();
}

int journal::make(const purge_step& step) {
  int code = SQLITE_OK;
  if (step.deliveries_before != deliveries_before_)
    code = put_mark_.run(step.deliveries_before, "deliveries_before");
  if (code == SQLITE_OK && step.events_before != events_before_)
    code = put_mark_.run(step.events_before, "events_before");
  for (auto row = step.rows.begin(); code == SQLITE_OK && row != step.rows.end(); ++row)
    code = delete_row_.run(*row);
  return code;
}

void journal::take_over(const purge_step& step) {
  for (const auto& each : step.deliveries)
    known_.remove(each.mark, each.row);
  now_.events -= step.events;
  deliveries_before_ = step.deliveries_before;
  events_before_ = step.events_before;
  pass_ = step.pass;
  committed();
}

} // namespace ankkor::store::sqlite

// The table `journal` of ankkor.db: what is only ever appended. A delivery that was taken, the line
// of history that came of it and what live readers are told of it are one row, since each row costs
// SQLite some thousand instructions, and nearly every delivery has all three.
//
// What a limit forgets is not taken out of its row: all deliveries up to one row are forgotten, and
// so are all events up to another. A sweep deletes the rows that nothing needs any more, a line of
// history being needed while it is among the newest of its product.
//
// Thread affinity: the store's. Inside a transaction calls answer SQLite's codes.
#pragma once

#include "store/sqlite/connection.hpp"
#include "store/sqlite/known_deliveries.hpp"
#include "store/sqlite/rows.hpp"
#include "store/store.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ankkor::store::sqlite {

class journal {
public:
  // `deliveries` is kept at the number of deliveries that are held.
  journal(limits kept, std::shared_ptr<std::atomic<std::uint64_t>> deliveries)
    : kept_(kept), deliveries_(std::move(deliveries)) {}

  void prepare(preparation& from);

  // What the table holds. To be called before anything below.
  status load(connection& database);

  // The newest live events, at most `max` of them, the oldest first.
  result<std::vector<live_event>> load_events(connection& database, std::size_t max) const;

  // -- commits ----------------------------------------------------------------

  // Appends the delivery, the history and the events of an entry; a delivery that is known already
  // is a duplicate. `head` is of the history of the entry's product, and is brought up to date.
  int put(const entry& each, history_head& head, commit_outcome& outcome);

  // What was put is committed, or came to nothing.
  void committed();
  void undo();

  // -- purging ----------------------------------------------------------------

  struct known_row {
    std::uint32_t mark = 0;
    std::int64_t row = 0;
  };

  // Over all rows whose deliveries are forgotten. It begins again once a quarter as many were
  // added: a row is looked at some four times for each that is added.
  struct sweep_pass {
    bool is_under_way = false;
    std::int64_t at = 0;  // up to this row all were looked at
    std::int64_t end = 0; // and up to this one they will be
    std::int64_t stayed = 0;
  };

  // A small step towards the limits.
  struct purge_step {
    std::int64_t deliveries_before = 0; // up to this row all deliveries are forgotten,
    std::int64_t events_before = 0;     // and up to this one all events
    std::vector<known_row> deliveries;  // those that are forgotten now
    std::uint64_t events = 0;
    std::vector<std::int64_t> rows; // that are deleted
    sweep_pass pass;
    bool more = false; // there is more to do
  };

  // Reads only. A step that writes is to be made within a transaction, and taken over once that is
  // committed; one that doesn't is taken over at once.
  result<purge_step> next_step(moment now);
  [[nodiscard]] bool writes(const purge_step& step) const noexcept;
  int make(const purge_step& step);
  void take_over(const purge_step& step);

private:
  struct totals {
    std::int64_t newest = 0; // row ever appended
    std::uint64_t events = 0;
  };

  int is_known(const delivery& row, std::uint32_t mark, bool& known);
  int put_row(const delivery* taken, const history_entry* line, history_head* head,
              const live_event* told);
  int bind_delivery(const delivery* taken);
  int bind_change(const history_entry* line, const live_event* told);
  int bind_line(const history_entry* line, const delivery* taken, const history_head* head);
  [[nodiscard]] bool is_crowded(std::int64_t row) const noexcept;
  int forget_deliveries(moment now, purge_step& step);
  int forget_events(purge_step& step);
  int sweep(purge_step& step);

  limits kept_;
  std::shared_ptr<std::atomic<std::uint64_t>> deliveries_;

  statement append_;
  statement is_delivery_;
  statement oldest_deliveries_;
  statement oldest_events_;
  statement oldest_rows_;
  statement put_mark_;
  statement delete_row_;
  std::string stock_before_; // texts that are bound
  std::string stock_after_;

  known_deliveries known_; // all that are held
  totals now_;
  totals settled_;               // without the transaction that is under way
  std::vector<known_row> added_; // by it
  std::int64_t deliveries_before_ = 0;
  std::int64_t events_before_ = 0;
  sweep_pass pass_; // the last, or the one under way
};

} // namespace ankkor::store::sqlite

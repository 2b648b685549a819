#include "actors/reading/pass.hpp"

#include "actors/reading/observation.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/planted_fault.hpp"
#include "net/http/date.hpp"

#include <algorithm>
#include <utility>

namespace ankkor::actors {

namespace {

using std::chrono::seconds;

constexpr auto* unread_in_list = "could not be read in a list";

// How far the shop's clock is ahead of ours, at least: an answer's Date is of some moment before it
// was received.
std::chrono::microseconds shop_clock_ahead(const net::client_response& answer,
                                           stock::moment received) {
  const auto field = answer.field("date");
  const auto date =
    field ? net::parse_http_date(*field, std::chrono::floor<seconds>(received)) : std::nullopt;
  return date ? stock::moment{*date} - received : std::chrono::microseconds{0};
}

std::shared_ptr<incoming> read_in_a_pass(stock::item value, stock::reading read, bool first_load) {
  auto seen = observe(std::move(value), read, stock::source::read,
                      first_load ? "initial load" : "reconciliation");
  seen->reconciles = true;
  seen->first_load = first_load;
  return seen;
}

} // namespace

std::shared_ptr<ledger_entry> entry_of(std::vector<store::bookmark> marks) {
  auto made = std::make_shared<ledger_entry>();
  made->entry.bookmarks = std::move(marks);
  return made;
}

std::shared_ptr<ledger_entry> entry_of(const std::vector<stock::product_id>& wanted,
                                       const char* reason, stock::moment now) {
  auto made = std::make_shared<ledger_entry>();
  for (const auto item : wanted)
    made->entry.wanted.push_back({item, reason, now, now});
  return made;
}

bool is_read_since(const view& committed, stock::product_id item, stock::moment since) {
  const auto held = committed.held(committed.owner(item).value_or(item));
  const auto* record = held ? held->find(item) : nullptr;
  return record != nullptr && record->read.end >= since;
}

pass::pass(pass_context& around, shop_caller& caller, stock::moment begun)
  : around_(&around), caller_(&caller), begun_(begun), sent_(begun) {}

// -- requests -------------------------------------------------------------------

std::optional<stock::moment> pass::due() const {
  if (caller_->is_waiting())
    return std::nullopt;
  const auto at = paged_.empty() ? next_page() : begun_;
  return at ? std::optional{std::max(*at, rest_until_)} : std::nullopt;
}

net::client_request pass::next_request() {
  sent_ = around_->now();
  around_->options.board->change(id_, [](pass_progress& on) { ++on.requests; });
  if (paged_.empty())
    return page_request();
  page_asked_ = paged_.take_next();
  return caller_->graphql(pager::body(*page_asked_));
}

// -- answers --------------------------------------------------------------------

void pass::take(const result<net::client_response>& answer, pass_effects& to) {
  caller_->set_waiting(false);
  if (page_asked_)
    take_variations(answer, to);
  else
    take_page(answer, to);
  page_asked_.reset();
  advance(to);
}

void pass::take_variations(const result<net::client_response>& answer, pass_effects& to) {
  auto& product = *page_asked_;
  const auto id = product.found.value.id;
  const auto taken = paged_.take(product, *caller_, around_->reader, answer);
  auto seen = observations{};
  auto unread = std::vector<stock::product_id>{};
  if (taken.failure)
    failed(*taken.failure, to);
  else
    succeeded(1, true, to);
  // What goes wrong with one product is the confirmer's to repair: it asks until it is confirmed.
  if (taken.how == pager::progress::complete)
    add_observations(seen, unread, std::move(product.found), {product.begun, around_->now()});
  else if (taken.how != pager::progress::more)
    unread.push_back(id);
  keep(std::move(seen), unread, unread_in_list, to);
}

void pass::succeeded(std::size_t items, bool whole, pass_effects& to) {
  const bool had_failed = caller_->failures_in_row() != 0;
  to.pace = caller_->succeeded(sent_, items, whole);
  if (had_failed)
    around_->options.board->change(id_, [](pass_progress& on) {
      on.problem.clear();
      on.mend.clear();
    });
}

void pass::page_succeeded(const net::client_response& answer, std::size_t items, bool whole,
                          pass_effects& to) {
  succeeded(items, whole, to);
  around_->shop_ahead = shop_clock_ahead(answer, around_->now());
}

void pass::count_items(const net::items_page& page) {
  if (page.total)
    total_ = page.total;
  for (const auto& found : page.items) {
    if (seen_.insert(found.value.id) && !found.value.is_variation())
      ++products_;
  }
  for (const auto id : page.failed)
    seen_.insert(id);
  around_->options.board->change(id_, [&](pass_progress& on) {
    on.done = products_;
    on.total = total_;
  });
}

page_walk::step pass::walk(const net::items_page& page) {
  const auto step = walk_.take(page);
  switch (step) {
  case page_walk::step::next:
    break;
  case page_walk::step::whole:
    all_read_ = true;
    break;
  case page_walk::step::repeat:
    log::debug("A page of WooCommerce's list did not continue it, and is read again.",
               {{"pass", caller_->purpose()}, {"pages", walk_.pages()}});
    break;
  case page_walk::step::lost:
    log::warning("WooCommerce's list can't be followed; the pass begins again.",
                 {{"pass", caller_->purpose()}, {"pages", walk_.pages()}});
    refused_ = true;
    all_read_ = true;
    break;
  }
  return step;
}

void pass::hand_on(net::items_page page, pass_effects& to) {
  auto seen = observations{};
  auto unread = page.failed;
  const auto read = stock::reading{sent_, around_->now()};
  for (auto& found : page.items) {
    if (found.more_variations.empty())
      add_observations(seen, unread, std::move(found), read);
    else
      paged_.add({}, std::move(found), sent_);
  }
  keep(std::move(seen), unread, unread_in_list, to);
}

void pass::add_observations(observations& to, std::vector<stock::product_id>& unread,
                            net::found_item found, stock::reading read) {
  // The product first: while it is unknown, each of its variations asks for it.
  to.push_back(read_in_a_pass(std::move(found.value), read, is_first_load()));
  for (auto& variation : found.variations) {
    seen_.insert(variation.id);
    to.push_back(read_in_a_pass(std::move(variation), read, is_first_load()));
  }
  for (const auto id : found.failed_variations)
    seen_.insert(id);
  unread.insert(unread.end(), found.failed_variations.begin(), found.failed_variations.end());
}

void pass::keep(observations seen, const std::vector<stock::product_id>& to_confirm,
                const char* reason, pass_effects& to) {
  auto reading = uncommitted{};
  if (paged_.empty())
    reading.place = walk_.where();
  const auto parts = seen.size() + (to_confirm.empty() ? 0 : 1);
  if (parts == 0 || is_planted(planted_fault::page_read_uncommitted)) {
    reading.committed = true;
  } else {
    const auto receipt = std::make_shared<page_receipt>(id_, parts, around_->when_committed);
    for (std::size_t at = 0; at < seen.size(); ++at)
      seen[at]->reply = receipt->part(at);
    if (!to_confirm.empty()) {
      auto entry = entry_of(to_confirm, reason, around_->now());
      entry->reply = receipt->part(seen.size());
      to.entries.push_back(std::move(entry));
    }
    reading.receipt = receipt;
  }
  to.observations.insert(to.observations.end(), std::make_move_iterator(seen.begin()),
                         std::make_move_iterator(seen.end()));
  readings_.push_back(std::move(reading));
}

void pass::failed(const net::graphql_failure& failure, pass_effects& to) {
  to.pace = caller_->failed(sent_, 1, failure);
  rest_until_ = around_->now() + caller_->rest_after(failure);
  around_->options.board->change(id_, [&](pass_progress& on) {
    on.problem = failure.what.message;
    on.mend = failure.what.mend;
  });
  caller_->complain(failure);
}

// -- what is committed ------------------------------------------------------------

void pass::take_receipt(const receipt_ptr& receipt, pass_effects& to) {
  const auto found = std::find_if(readings_.begin(), readings_.end(),
                                  [&](const auto& each) { return each.receipt == receipt; });
  if (found == readings_.end())
    return;
  found->committed = true;
  refused_ = refused_ || receipt->refused() != 0;
  around_->options.board->change(id_, [&](pass_progress& on) {
    for (const auto kind : stock::all_drifts)
      on.drift[static_cast<std::size_t>(kind)] += receipt->drift(kind);
  });
  advance(to);
}

// Remembers how far it is committed, and ends the pass if that is all of it.
void pass::advance(pass_effects& to) {
  auto reached = std::optional<page_walk::place>{};
  while (!readings_.empty() && readings_.front().committed && !refused_) {
    if (readings_.front().place)
      reached = std::move(readings_.front().place);
    readings_.pop_front();
  }
  if (refused_) {
    const bool all_answered = std::all_of(readings_.begin(), readings_.end(),
                                          [](const auto& each) { return each.committed; });
    if (!all_answered || caller_->is_waiting())
      return;
    refused_ = false;
    all_read_ = false;
    paged_ = {};
    readings_.clear();
    begin_again();
    rest_until_ = around_->now() + caller_->back_off_once_more();
    return;
  }
  if (reached)
    place_committed(*reached, to);
  if (all_read_ && paged_.empty() && readings_.empty() && !caller_->is_waiting())
    all_committed(to);
}

// No commit takes that long: whatever lost the answer must not stop all passes to come.
void pass::look_round(pass_effects& to) {
  if (readings_.empty() || caller_->is_waiting() ||
      around_->now() < sent_ + around_->options.confirmation_patience)
    return;
  refused_ = true;
  for (auto& reading : readings_)
    reading.committed = true;
  advance(to);
}

// -- the end ----------------------------------------------------------------------

void pass::finish() {
  has_ended_ = true;
  const auto now = around_->now();
  const std::chrono::duration<double> took = now - begun_;
  const std::chrono::duration<double> ended = now.time_since_epoch();
  metrics::reconcile_duration(caller_->purpose()).observe(took.count());
  metrics::reconcile_last_success(caller_->purpose()).set(ended.count());
  around_->options.board->end(id_, pass_state::done, now);
}

void pass::replace() {
  around_->options.board->change(id_, [](pass_progress& on) {
    on.problem = "Another full pass was asked for, and took its place.";
  });
  around_->options.board->end(id_, pass_state::failed, around_->now());
}

} // namespace ankkor::actors

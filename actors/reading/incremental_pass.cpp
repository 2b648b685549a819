#include "actors/reading/incremental_pass.hpp"

#include "base/log.hpp"
#include "base/planted_fault.hpp"

#include <algorithm>
#include <utility>

namespace ankkor::actors {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A shop whose clock was set back by less is covered by the overlap.
constexpr auto clock_tolerance = seconds{5};

} // namespace

incremental_pass::incremental_pass(pass_context& around, incremental_memory& last,
                                   withdrawn_items& withdrawn, shop_caller& caller,
                                   stock::moment begun)
  : pass(around, caller, begun), last_(&last), withdrawn_(&withdrawn) {
  auto& modified = *around.modified;
  id_ = around.options.board->begin(reconcile_type::inventory, 0, false, begun);
  since_ = modified.at - around.options.overlap;
  if (around.options.product_list && !around.withdrawn_from)
    around.withdrawn_from = modified.at;
  // What was modified before the clock was set forward has the old offset in its local date.
  if (modified.next_offset && since_ > modified.next_since) {
    modified.utc_offset = *modified.next_offset;
    modified.next_offset.reset();
  }
  utc_offset_ = modified.utc_offset;
}

// -- requests -------------------------------------------------------------------

std::optional<stock::moment> incremental_pass::next_page() const {
  const bool lists = withdrawn_walk_ && !withdrawn_walk_->ended() && readings_.empty();
  if (!lists && (all_read_ || waits_for_commits()))
    return std::nullopt;
  return begun_;
}

net::client_request incremental_pass::page_request() {
  const auto& options = around_->options;
  is_listing_ = withdrawn_walk_.has_value();
  if (is_listing_) {
    auto where = *options.product_list;
    where.target = net::product_list_target(where.target, withdrawn_walk_->next());
    return withdrawn_->caller.rest(std::move(where));
  }
  auto query = net::modified_query{};
  query.since = since_;
  query.until = around_->shop_time(sent_);
  query.utc_offset = utc_offset_;
  query.signed_in = options.signed_in;
  query.cursor = walk_.cursor();
  return caller_->graphql(net::modified_since_body(query));
}

// -- answers --------------------------------------------------------------------

void incremental_pass::take_page(const result<net::client_response>& answer, pass_effects& to) {
  if (is_listing_)
    return take_list(answer, to);
  auto page = caller_->read(answer, [&](const net::client_response& response, auto now) {
    return around_->reader.modified_since(response, now);
  });
  if (!page)
    return failed(page.failure(), to);
  const bool whole = page->failed.empty() && page->nameless_failures == 0;
  page_succeeded(*answer, page->items.size(), whole, to);
  const bool is_first = walk_.cursor().empty();
  if (is_first)
    shop_begun_ = around_->shop_time(sent_);
  notice_jumps(*page);
  count_items(*page);
  if (is_first && looked_wrong(*page))
    walk_ = {};
  else if (walk(*page) == page_walk::step::next && !page->items.empty())
    page_ends_.push_back(page->items.back().value.id);
  if (is_first && is_planted(planted_fault::watermark_early)) {
    around_->modified->at = shop_begun_;
    to.entries.push_back(entry_of({to_bookmark(*around_->modified)}));
  }
  hand_on(std::move(*page), to);
}

// What a page of the last pass ended with was modified since that pass began.
void incremental_pass::notice_jumps(const net::items_page& page) {
  const auto& ends = last_->page_ends;
  has_jumped_ = has_jumped_ || std::any_of(page.items.begin(), page.items.end(), [&](auto& found) {
                  return found.value.modified + clock_tolerance >= last_->shop_begun &&
                         std::find(ends.begin(), ends.end(), found.value.id) != ends.end();
                });
}

// True if the pass begins anew: it looked in the wrong hour, or into the future.
bool incremental_pass::looked_wrong(const net::items_page& page) {
  auto& modified = *around_->modified;
  if (page.utc_offset && *page.utc_offset < utc_offset_) {
    // The site's clock was set back: what was modified since has an earlier local date.
    modified.utc_offset = utc_offset_ = *page.utc_offset;
    modified.next_offset.reset();
    return true;
  }
  if (page.utc_offset && *page.utc_offset > utc_offset_ &&
      modified.next_offset != page.utc_offset) {
    modified.next_offset = page.utc_offset;
    modified.next_since = shop_begun_;
  }
  if (!clock_went_back_ && shop_begun_ + clock_tolerance < modified.at) {
    // The server's own clock was set back, so what it dates now looks older than the watermark.
    clock_went_back_ = true;
    const auto since_last = std::chrono::ceil<milliseconds>(begun_ - last_->begun.value_or(begun_));
    since_ = shop_begun_ -
             std::chrono::ceil<seconds>(std::max(around_->options.interval, since_last)) -
             around_->options.overlap;
    return true;
  }
  return false;
}

// What REST says is no longer published and is still shown is the confirmer's to read: only a
// direct read says that it is gone.
void incremental_pass::take_list(const result<net::client_response>& answer, pass_effects& to) {
  const auto list =
    withdrawn_->caller.read(answer, [&](const net::client_response& response, auto now) {
      return withdrawn_->lists.read(response, now);
    });
  if (!list)
    return list_failed(list.failure(), to);
  to.pace = withdrawn_->caller.succeeded(sent_, list->size(), true);
  withdrawn_walk_->take(*list);
  auto shown = std::vector<stock::product_id>{};
  for (const auto& each : *list) {
    const auto found = each.published ? nullptr : around_->options.committed->find(each.id);
    if (found && found->held.self && stock::is_public(found->held, *found->held.self))
      shown.push_back(each.id);
  }
  for (const auto item : shown)
    withdrawn_->asked(item, around_->now(), id_);
  keep({}, shown, "no longer published", to);
}

// The pass goes on without: what GraphQL shows doesn't wait for it. The next one looks from the
// same date.
void incremental_pass::list_failed(const net::graphql_failure& failure, pass_effects& to) {
  const auto now = around_->now();
  const bool transient = failure.kind == net::answer_kind::transient;
  to.pace = withdrawn_->caller.failed(sent_, 1, failure);
  if (withdrawn_walk_->failed(transient)) {
    rest_until_ = now + withdrawn_->caller.back_off(withdrawn_walk_->failures());
    return;
  }
  if (!transient)
    withdrawn_->rest_until(now + around_->options.complain_every);
  withdrawn_->caller.complain(failure);
}

// -- the end ----------------------------------------------------------------------

void incremental_pass::begin_again() {
  walk_ = {};
  page_ends_.clear();
  withdrawn_walk_.reset();
}

void incremental_pass::all_committed(pass_effects& to) {
  if (!withdrawn_walk_)
    withdrawn_walk_ =
      withdrawn_->may_list(*around_)
        ? withdrawn_walk{std::min(since_, *around_->withdrawn_from - around_->options.overlap)}
        : withdrawn_walk{};
  if (!withdrawn_walk_->ended())
    return;
  leave_watermark();
  auto entry = entry_of({to_bookmark(*around_->modified)});
  if (withdrawn_walk_->whole())
    around_->withdrawn_from = shop_begun_;
  if (around_->withdrawn_from)
    entry->entry.bookmarks.push_back(withdrawn_bookmark(*around_->withdrawn_from));
  entry->entry.settled.push_back(everything);
  entry->entry.settled_before = begun_;
  to.entries.push_back(std::move(entry));
  finish();
}

void incremental_pass::leave_watermark() {
  auto& modified = *around_->modified;
  // A cursor's product was edited while its page was turned: had its date of publication been
  // moved, what lies between would have been left out. So that pass is read once more.
  if (has_jumped_) {
    log::debug("A product was edited while the pages around it were read; they are read again.");
    modified.at = std::min(modified.at, last_->since + around_->options.overlap);
    last_->page_ends.clear();
  } else {
    modified.at = shop_begun_;
    last_->page_ends = std::move(page_ends_);
    last_->since = since_;
    last_->shop_begun = shop_begun_;
  }
  last_->begun = begun_;
}

} // namespace ankkor::actors

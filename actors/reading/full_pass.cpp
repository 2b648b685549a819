#include "actors/reading/full_pass.hpp"

#include "base/log.hpp"
#include "base/metrics.hpp"

#include <algorithm>
#include <utility>

namespace ankkor::actors {

namespace {

using std::chrono::seconds;

constexpr auto remember_every = std::chrono::milliseconds{200};
// West of all others: what was modified since is a superset with it. Until an answer tells more.
constexpr auto offset_unknown = -std::chrono::hours{12};

} // namespace

full_pass::full_pass(pass_context& around, shop_caller& caller, stock::moment begun, bool urgent)
  : pass(around, caller, begun), urgent_(urgent || !around.loaded), first_load_(!around.loaded),
    next_page_(begun) {
  // Who asks for a full pass during the initial load joins it.
  id_ = around.options.board->begin(reconcile_type::all_products, 0, urgent_, begun);
}

full_pass::full_pass(pass_context& around, shop_caller& caller, scrub_mark mark, item_set seen)
  : pass(around, caller, mark.begun), urgent_(!around.loaded), first_load_(!around.loaded),
    committed_place_(mark.place), next_page_(around.now()) {
  walk_ = page_walk{std::move(mark.place)};
  total_ = mark.total;
  products_ = mark.done;
  seen_ = std::move(seen);
  id_ = around.options.board->begin(reconcile_type::all_products, 0, first_load_, begun_);
  around.options.board->change(id_, [&](pass_progress& on) {
    on.done = products_;
    on.total = total_;
  });
}

// -- pages ----------------------------------------------------------------------

std::optional<stock::moment> full_pass::next_page() const {
  return all_read_ || waits_for_commits() ? std::nullopt : std::optional{next_page_};
}

net::client_request full_pass::page_request() {
  return caller_->graphql(net::catalog_page_body(walk_.cursor()));
}

void full_pass::take_page(const result<net::client_response>& answer, pass_effects& to) {
  auto page = caller_->read(answer, [&](const net::client_response& response, auto now) {
    return around_->reader.catalog_page(response, now);
  });
  if (!page)
    return failed(page.failure(), to);
  const bool whole = page->failed.empty() && page->nameless_failures == 0;
  page_succeeded(*answer, page->items.size(), whole, to);
  set_watermark(*page);
  count_items(*page);
  static_cast<void>(walk(*page));
  if (!urgent_)
    plan_next_page();
  hand_on(std::move(*page), to);
}

// The initial load's beginning is where incremental passes look from.
void full_pass::set_watermark(const net::items_page& page) {
  auto& modified = around_->modified;
  if (walk_.cursor().empty() && !modified) {
    modified.emplace();
    modified->at = around_->shop_time(sent_);
    modified->utc_offset = page.utc_offset.value_or(offset_unknown);
  }
  // A superset, until incremental answers tell more.
  if (page.utc_offset && !around_->loaded)
    modified->utc_offset = modified->utc_offset == offset_unknown
                             ? *page.utc_offset
                             : std::min(modified->utc_offset, *page.utc_offset);
}

void full_pass::plan_next_page() {
  const auto& options = around_->options;
  const auto size = std::max<std::uint64_t>(total_.value_or(0), options.committed->products());
  // A site may allow smaller pages than are asked for.
  const auto page_size = std::clamp<std::uint64_t>(
    products_ / std::max<std::uint64_t>(walk_.pages(), 1), 1, net::graphql_page_size);
  const auto pages = size / page_size + 1;
  // A tenth of the interval is left for what goes slower than it should.
  next_page_ = sent_ + options.scrub_interval * 9 / 10 / pages;
}

void full_pass::place_committed(const page_walk::place& place, pass_effects& to) {
  committed_place_ = place;
  // Each costs a commit of its own: a load that reads a hundred pages a second would spend half of
  // its time on them.
  if (around_->now() < place_remembered_ + remember_every)
    return;
  place_remembered_ = around_->now();
  auto marks = seen_.take_changes(seen_prefix);
  marks.push_back(to_bookmark(scrub_mark{begun_, total_, products_, committed_place_}));
  if (first_load_)
    marks.push_back(to_bookmark(*around_->modified));
  to.entries.push_back(entry_of(std::move(marks)));
}

void full_pass::begin_again() {
  walk_ = page_walk{committed_place_};
}

// -- what the list lacks --------------------------------------------------------

void full_pass::all_committed(pass_effects& to) {
  if (suspects_.known)
    return;
  suspect_what_was_not_seen();
  confirm_suspects(to);
}

// Of what nobody can see anyway it doesn't matter whether it is still there.
void full_pass::suspect_what_was_not_seen() {
  const auto& committed = *around_->options.committed;
  suspects_.known = true;
  const auto is_suspect = [&](const stock::product& held, const stock::record& item) {
    return stock::is_public(held, item) && item.read.end < begun_ && !seen_.contains(item.value.id);
  };
  for (const auto id : committed.ids()) {
    const auto held = committed.held(id);
    if (held->self && is_suspect(*held, *held->self)) {
      suspects_.items.push_back(id);
      continue; // its variations are read with it, or gone with it
    }
    for (const auto& variation : held->variations) {
      if (is_suspect(*held, variation))
        suspects_.items.push_back(variation.value.id);
    }
  }
  std::sort(suspects_.items.begin(), suspects_.items.end(), std::greater{});
}

void full_pass::confirm_suspects(pass_effects& to) {
  auto& asked = suspects_.asked;
  asked.clear();
  while (!suspects_.items.empty() && asked.size() < around_->options.confirmations_max) {
    asked.push_back(suspects_.items.back());
    suspects_.items.pop_back();
  }
  if (asked.empty())
    return end(to);
  suspects_.since = around_->now();
  to.entries.push_back(entry_of(asked, "not in the catalog's list", suspects_.since));
}

void full_pass::look_round(pass_effects& to) {
  pass::look_round(to);
  if (suspects_.asked.empty())
    return;
  const auto& options = around_->options;
  const auto now = around_->now();
  const bool all_confirmed =
    std::all_of(suspects_.asked.begin(), suspects_.asked.end(), [&](stock::product_id item) {
      return is_read_since(*options.committed, item, suspects_.since);
    });
  // The confirmations are in the store and the confirmer goes on: what it finds out later is
  // applied all the same.
  if (!all_confirmed && now < suspects_.since + options.confirmation_patience)
    return;
  std::uint64_t gone = 0;
  for (const auto item : suspects_.asked) {
    const auto held = options.committed->held(options.committed->owner(item).value_or(item));
    if (held->find(item)->value.status != stock::publication::gone)
      continue;
    ++gone;
    options.watch->expect(item, now);
  }
  if (gone != 0)
    metrics::reconcile_drift(stock::to_string(stock::drift::gone)).add(gone);
  options.board->change(id_, [&](pass_progress& on) {
    on.drift[static_cast<std::size_t>(stock::drift::gone)] += gone;
  });
  confirm_suspects(to);
}

// -- the end ----------------------------------------------------------------------

void full_pass::end(pass_effects& to) {
  const auto now = around_->now();
  const auto& committed = *around_->options.committed;
  auto marks = seen_.removal(seen_prefix);
  marks.push_back({std::string{scrub_name}, ""});
  marks.push_back(last_scrub_bookmark(begun_));
  if (first_load_)
    marks.push_back(to_bookmark(*around_->modified));
  // What was withdrawn before it, it has found.
  if (around_->withdrawn_from)
    around_->withdrawn_from = std::max(*around_->withdrawn_from, around_->shop_time(begun_));
  to.entries.push_back(entry_of(std::move(marks)));
  if (first_load_)
    log::info("The catalog is loaded.",
              {{"products", committed.products()},
               {"variations", committed.variations()},
               {"seconds", std::chrono::duration_cast<seconds>(now - begun_).count()}});
  around_->loaded = true;
  finish();
}

} // namespace ankkor::actors

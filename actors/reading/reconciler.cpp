#include "actors/reading/reconciler.hpp"

#include "actors/failure.hpp"
#include "actors/reading/granted_request.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/planted_fault.hpp"
#include "net/http/date.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace ankkor::actors {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr stock::product_id everything = 0; // stands for an incremental pass among confirmations
constexpr std::uint32_t failures_to_complain = 3;
constexpr auto* unread_in_list = "could not be read in a list";
constexpr auto look_every = milliseconds{1'000};
constexpr auto remember_every = milliseconds{200};
constexpr auto missed_window = std::chrono::minutes{10};
constexpr std::uint64_t missed_worth_a_line = 3;
// West of all others: what was modified since is a superset with it. Until an answer tells more.
constexpr auto offset_unknown = -std::chrono::hours{12};
// A shop whose clock was set back by less is covered by the overlap.
constexpr auto clock_tolerance = seconds{5};

std::string_view name_of(const reconciler_state::lane& of) {
  return of.type == reconcile_type::inventory ? "incremental" : "scrub";
}

// Of a product and its variations, between two states of it.
void count_drift(pass_progress& on, const stock::product* before, const stock::product& after) {
  const auto compare = [&](const stock::record& now) {
    const auto* old = before == nullptr ? nullptr : before->find(now.value.id);
    const bool never_there = old == nullptr && now.value.status == stock::publication::gone;
    if (never_there || (old != nullptr && stock::same_content(old->value, now.value)))
      return;
    const auto kind = stock::drift_of(old == nullptr ? nullptr : &old->value, now.value);
    ++on.drift[static_cast<std::size_t>(kind)];
  };
  if (after.self)
    compare(*after.self);
  for (const auto& variation : after.variations)
    compare(variation);
}

stock::store_time to_second(stock::moment at) {
  return std::chrono::floor<seconds>(at);
}

std::shared_ptr<incoming> observation_of(stock::item value, stock::reading read, bool first_load) {
  auto seen = std::make_shared<incoming>();
  seen->received = read.end;
  seen->cause = first_load ? "initial load" : "reconciliation";
  seen->content = stock::observation{std::move(value), read, stock::source::read};
  seen->reconciles = true;
  seen->first_load = first_load;
  return seen;
}

ledger_entry_ptr record_of(std::vector<store::bookmark> marks) {
  auto record = std::make_shared<ledger_entry>();
  record->entry.bookmarks = std::move(marks);
  return record;
}

std::shared_ptr<ledger_entry> record_of(const std::vector<stock::product_id>& wanted,
                                        const char* reason, stock::moment now) {
  auto record = std::make_shared<ledger_entry>();
  for (const auto item : wanted)
    record->entry.wanted.push_back({item, reason, now, now});
  return record;
}

// How far the shop's clock is ahead of ours, at least: an answer's Date is of some moment before it
// was received.
std::chrono::microseconds shop_clock_ahead(const net::client_response& answer,
                                           stock::moment received) {
  const auto field = answer.field("date");
  const auto date = field ? net::parse_http_date(*field, to_second(received)) : std::nullopt;
  return date ? stock::moment{*date} - received : std::chrono::microseconds{0};
}

} // namespace

reconciler_state::pass_run::pass_run() = default;

// -- asking -------------------------------------------------------------------

void reconciler_state::begin(reconciler_options given, const std::vector<store::bookmark>& marks) {
  options = std::move(given);
  auto kept = read_marks(marks);
  const auto now = options.now();
  modified = kept.modified;
  withdrawn_from = kept.withdrawn;
  loaded = kept.last_scrub.has_value();
  incremental.next = now;
  full.next = kept.last_scrub ? *kept.last_scrub + options.scrub_interval : now;
  window_begun = now;
  if (!kept.scrub)
    return;
  auto& pass = full.running.emplace();
  pass.begun = kept.scrub->begun;
  pass.committed_place = kept.scrub->place;
  pass.walk = page_walk{std::move(kept.scrub->place)};
  pass.total = kept.scrub->total;
  pass.done = kept.scrub->done;
  pass.seen = std::move(kept.seen);
  pass.first_load = !loaded;
  pass.urgent = pass.first_load;
  pass.next_page = now;
  pass.id = options.board->begin(reconcile_type::all_products, 0, pass.first_load, pass.begun);
  options.board->change(pass.id, [&](pass_progress& of) {
    of.done = pass.done;
    of.total = pass.total;
  });
}

void reconciler_state::want_incremental(stock::moment not_before) {
  wanted_at = std::max(wanted_at.value_or(not_before), not_before);
}

reconciler_state::outcome reconciler_state::ask(reconcile_type type, stock::product_id product) {
  auto done = outcome{};
  const auto now = options.now();
  if (type == reconcile_type::inventory) {
    want_incremental(now);
  } else if (type == reconcile_type::all_products) {
    full_wanted = !full.running || !full.running->urgent;
  } else {
    const auto id = options.board->begin(type, product, true, now);
    const auto owner = options.committed->owner(product).value_or(product);
    products_wanted.push_back({id, product, now, options.committed->held(owner)});
    done.records.push_back(record_of({product}, "asked for", now));
  }
  return done;
}

std::optional<stock::moment> reconciler_state::due(const lane& of) const {
  if (of.asking)
    return std::nullopt;
  const bool is_full = of.type == reconcile_type::all_products;
  auto at = of.next;
  if (is_full && full_wanted) {
    at = options.now();
  } else if (of.running) {
    const auto& pass = *of.running;
    const bool lists_withdrawn =
      pass.withdrawn && !pass.withdrawn->ended() && pass.readings.empty();
    if (!pass.paged.empty() || lists_withdrawn)
      at = pass.begun;
    else if (pass.all_read || pass.readings.size() >= options.pages_uncommitted_max)
      return std::nullopt;
    else
      at = pass.next_page;
  } else if (!is_full) {
    // The initial load's first page sets the watermark; what is modified from then on is found.
    if (!modified)
      return std::nullopt;
    // After it, not at it: a pass of the very same microsecond would not settle the question.
    if (wanted_at)
      at = std::min(at, *wanted_at + std::chrono::microseconds{1});
  }
  return std::max(at, of.rest_until);
}

void reconciler_state::begin_pass(lane& of) {
  const bool replaces = of.running.has_value();
  if (replaces) {
    options.board->change(of.running->id, [](pass_progress& on) {
      on.problem = "Another full pass was asked for, and took its place.";
    });
    options.board->end(of.running->id, pass_state::failed, options.now());
  }
  auto& pass = of.running.emplace();
  pass.begun = options.now();
  pass.next_page = pass.begun;
  if (of.type == reconcile_type::inventory)
    begin_incremental(pass);
  else
    begin_full(pass);
}

void reconciler_state::begin_incremental(pass_run& of) {
  if (wanted_at && *wanted_at < of.begun)
    wanted_at.reset();
  of.id = options.board->begin(reconcile_type::inventory, 0, false, of.begun);
  of.since = modified->at - options.overlap;
  if (options.product_list && !withdrawn_from)
    withdrawn_from = modified->at;
  // What was modified before the clock was set forward has the old offset in its local date.
  if (modified->next_offset && of.since > modified->next_since) {
    modified->utc_offset = *modified->next_offset;
    modified->next_offset.reset();
  }
  of.utc_offset = modified->utc_offset;
}

withdrawn_walk reconciler_state::begin_withdrawn(const pass_run& of) const {
  if (!options.product_list || options.now() < withdrawn_rest_until)
    return {};
  return withdrawn_walk{std::min(of.since, *withdrawn_from - options.overlap)};
}

void reconciler_state::begin_full(pass_run& of) {
  of.first_load = !loaded;
  of.urgent = full_wanted || of.first_load;
  // Who asks for a full pass during the initial load joins it.
  of.id = options.board->begin(reconcile_type::all_products, 0, of.urgent, of.begun);
  full_wanted = false;
}

net::client_request reconciler_state::next_request(lane& of) {
  if (!of.running || (of.type == reconcile_type::all_products && full_wanted))
    begin_pass(of);
  auto& pass = *of.running;
  of.sent = options.now();
  options.board->change(pass.id, [](pass_progress& on) { ++on.requests; });
  of.asked_for_more = !pass.paged.empty();
  of.asked_for_list = !of.asked_for_more && pass.withdrawn.has_value();
  if (of.asked_for_more) {
    const auto& found = pass.paged.front().found;
    return granted_request(options,
                           net::more_variations_body(found.value.id, found.more_variations));
  }
  if (of.asked_for_list) {
    auto request = granted_request(options, "");
    request.method = "GET";
    request.where = *options.product_list;
    request.where.target = net::product_list_target(request.where.target, pass.withdrawn->next());
    return request;
  }
  if (of.type == reconcile_type::all_products)
    return granted_request(options, net::catalog_page_body(pass.walk.cursor()));
  auto query = net::modified_query{};
  query.since = pass.since;
  query.until = to_second(of.sent + shop_ahead);
  query.utc_offset = pass.utc_offset;
  query.signed_in = options.signed_in;
  query.cursor = pass.walk.cursor();
  return granted_request(options, net::modified_since_body(query));
}

// -- answers ------------------------------------------------------------------

reconciler_state::outcome reconciler_state::judge(lane& of,
                                                  const result<net::client_response>& answer,
                                                  std::function<void(receipt_ptr)> when_committed) {
  auto done = outcome{};
  done.pace = feedback{};
  done.pace->took = time_taken(options, of.sent, options.now());
  of.asking = false;
  if (of.asked_for_list)
    take_list(of, done, answer, when_committed);
  else if (!answer)
    failed(of, done, net::judge_silence(answer.failure()));
  else if (of.asked_for_more)
    take_variations(of, done, *answer, when_committed);
  else
    take_page(of, done, *answer, when_committed);
  advance(of, done);
  return done;
}

void reconciler_state::take_page(lane& of, outcome& done, const net::client_response& answer,
                                 const std::function<void(receipt_ptr)>& when_committed) {
  auto& pass = *of.running;
  const auto received = options.now();
  const auto now = std::chrono::system_clock::time_point{received.time_since_epoch()};
  auto page = of.type == reconcile_type::inventory ? reader.modified_since(answer, now)
                                                   : reader.catalog_page(answer, now);
  if (!page) {
    failed(of, done, page.failure());
    return;
  }
  done.pace->items = static_cast<std::uint32_t>(std::max<std::size_t>(page->items.size(), 1));
  const bool whole = page->failed.empty() && page->nameless_failures == 0;
  metrics::graphql_requests(name_of(of), whole ? "ok" : "partial").add();
  succeeded(of);
  shop_ahead = shop_clock_ahead(answer, received);
  note_page(of, *page);
  const bool begins_pass = of.type == reconcile_type::inventory && pass.walk.cursor().empty();
  take_step(of, *page);
  if (begins_pass && is_planted(planted_fault::watermark_early)) {
    modified->at = pass.shop_begun;
    done.records.push_back(record_of({to_bookmark(*modified)}));
  }
  auto seen = observations{};
  auto unread = page->failed;
  const auto read = stock::reading{of.sent, received};
  for (auto& found : page->items) {
    if (found.more_variations.empty())
      add_observations(pass, seen, unread, std::move(found), read);
    else
      pass.paged.push_back({std::move(found), of.sent});
  }
  keep(of, done, std::move(seen), unread, unread_in_list, when_committed);
}

void reconciler_state::take_variations(lane& of, outcome& done, const net::client_response& answer,
                                       const std::function<void(receipt_ptr)>& when_committed) {
  auto& pass = *of.running;
  const auto received = options.now();
  auto product = std::move(pass.paged.front());
  pass.paged.pop_front();
  const auto id = product.found.value.id;
  auto page = reader.more_variations(
    id, answer, std::chrono::system_clock::time_point{received.time_since_epoch()});
  auto seen = observations{};
  auto unread = std::vector<stock::product_id>{};
  if (page) {
    metrics::graphql_requests(name_of(of), "ok").add();
    succeeded(of);
  } else {
    failed(of, done, page.failure());
  }
  // What goes wrong with one product is the confirmer's to mend: it asks until it is settled.
  const auto progress = page ? net::take_variations(product.found, std::move(*page))
                             : net::variations_progress::read_again;
  if (progress == net::variations_progress::read_again)
    unread.push_back(id);
  else if (progress == net::variations_progress::more)
    pass.paged.push_front(std::move(product));
  else
    add_observations(pass, seen, unread, std::move(product.found), {product.begun, received});
  keep(of, done, std::move(seen), unread, unread_in_list, when_committed);
}

// What REST says is published no more and is still shown, the confirmer asks for: only a direct
// read says that it is gone.
void reconciler_state::take_list(lane& of, outcome& done,
                                 const result<net::client_response>& answer,
                                 const std::function<void(receipt_ptr)>& when_committed) {
  auto& pass = *of.running;
  const auto received = options.now();
  if (!answer) {
    list_failed(of, done, net::judge_silence(answer.failure()));
    return;
  }
  const auto list =
    lists.read(*answer, std::chrono::system_clock::time_point{received.time_since_epoch()});
  if (!list) {
    list_failed(of, done, list.failure());
    return;
  }
  done.pace->items = static_cast<std::uint32_t>(std::max<std::size_t>(list->size(), 1));
  metrics::graphql_requests("withdrawn", "ok").add();
  if (withdrawn_complained) {
    withdrawn_complained.reset();
    log::info("The shop lists what is published no more again.");
  }
  pass.withdrawn->take(*list);
  auto doubtful = std::vector<stock::product_id>{};
  for (const auto& each : *list) {
    const auto found = each.published ? nullptr : options.committed->find(each.id);
    if (found && found->held.self && stock::is_public(found->held, *found->held.self))
      doubtful.push_back(each.id);
  }
  for (const auto id : doubtful)
    withdrawn_asked.push_back({id, received, pass.id});
  keep(of, done, {}, doubtful, "published no more", when_committed);
}

// The pass goes on without: what GraphQL shows doesn't wait for it. The next one looks from the
// same date.
void reconciler_state::list_failed(lane& of, outcome& done, const net::graphql_failure& failure) {
  const auto now = options.now();
  const bool transient = failure.kind == net::answer_kind::transient;
  auto& walk = *of.running->withdrawn;
  done.pace->overloaded = transient;
  done.pace->retry_after = failure.retry_after.value_or(seconds{0});
  metrics::graphql_requests("withdrawn", transient ? "overloaded" : "failed").add();
  if (walk.failed(transient)) {
    of.rest_until = now + back_off(walk.failures());
    return;
  }
  if (!transient)
    withdrawn_rest_until = now + options.complain_every;
  if (withdrawn_complained && now < *withdrawn_complained + options.complain_every)
    return;
  withdrawn_complained = now;
  log::warning("Reconciliation can't list what is published no more: where the webhook of that was "
               "lost, the product is shown until the next full pass.",
               {{"reason", failure.what.message}, {"mend", failure.what.mend}});
}

void reconciler_state::add_observations(pass_run& of, observations& to,
                                        std::vector<stock::product_id>& unread,
                                        net::found_item found, stock::reading read) {
  // The product first: while it is unknown, each of its variations asks for it.
  to.push_back(observation_of(std::move(found.value), read, of.first_load));
  for (auto& variation : found.variations) {
    of.seen.insert(variation.id);
    to.push_back(observation_of(std::move(variation), read, of.first_load));
  }
  for (const auto id : found.failed_variations)
    of.seen.insert(id);
  unread.insert(unread.end(), found.failed_variations.begin(), found.failed_variations.end());
}

// What a page tells of the shop's clock, and of the size of its catalog.
void reconciler_state::note_page(lane& of, const net::items_page& page) {
  auto& pass = *of.running;
  const bool is_full = of.type == reconcile_type::all_products;
  if (page.total)
    pass.total = page.total;
  if (is_full && pass.walk.cursor().empty() && !modified) {
    modified.emplace();
    modified->at = to_second(of.sent + shop_ahead);
    modified->utc_offset = page.utc_offset.value_or(offset_unknown);
  }
  // A superset, until incremental answers tell more.
  if (is_full && page.utc_offset && !loaded)
    modified->utc_offset = modified->utc_offset == offset_unknown
                             ? *page.utc_offset
                             : std::min(modified->utc_offset, *page.utc_offset);
  if (!is_full && pass.walk.cursor().empty())
    pass.shop_begun = to_second(of.sent + shop_ahead);
  for (const auto& found : page.items) {
    const auto& item = found.value;
    if (pass.seen.insert(item.id) && !item.is_variation())
      ++pass.done;
    const bool was_page_end = !is_full && std::find(last_page_ends.begin(), last_page_ends.end(),
                                                    item.id) != last_page_ends.end();
    if (was_page_end && item.modified + clock_tolerance >= last_shop_begun)
      pass.has_jumped = true;
  }
  for (const auto id : page.failed)
    pass.seen.insert(id);
  options.board->change(pass.id, [&](pass_progress& on) {
    on.done = pass.done;
    on.total = pass.total;
  });
}

// True if the pass begins anew: it looked in the wrong hour, or into the future.
bool reconciler_state::looked_wrong(pass_run& of, const net::items_page& page) {
  if (page.utc_offset && *page.utc_offset < of.utc_offset) {
    // The site's clock was set back: what was modified since has an earlier local date.
    modified->utc_offset = of.utc_offset = *page.utc_offset;
    modified->next_offset.reset();
    return true;
  }
  if (page.utc_offset && *page.utc_offset > of.utc_offset &&
      modified->next_offset != page.utc_offset) {
    modified->next_offset = page.utc_offset;
    modified->next_since = of.shop_begun;
  }
  if (!of.clock_went_back && of.shop_begun + clock_tolerance < modified->at) {
    // The server's own clock was set back, so what it dates now looks older than the watermark.
    of.clock_went_back = true;
    of.since =
      of.shop_begun - std::chrono::ceil<seconds>(std::max(
                        options.interval,
                        std::chrono::ceil<milliseconds>(of.begun - last_begun.value_or(of.begun))));
    of.since -= options.overlap;
    return true;
  }
  return false;
}

void reconciler_state::take_step(lane& of, const net::items_page& page) {
  auto& pass = *of.running;
  const bool is_full = of.type == reconcile_type::all_products;
  const bool is_first = pass.walk.cursor().empty();
  if (!is_full && is_first && looked_wrong(pass, page)) {
    pass.walk = {};
    return;
  }
  switch (pass.walk.take(page)) {
  case page_walk::step::next:
    if (!page.items.empty())
      pass.page_ends.push_back(page.items.back().value.id);
    break;
  case page_walk::step::whole:
    pass.all_read = true;
    break;
  case page_walk::step::repeat:
    log::debug("A page of WooCommerce's list did not continue it, and is read again.",
               {{"pass", name_of(of)}, {"pages", pass.walk.pages()}});
    break;
  case page_walk::step::lost:
    log::warning("WooCommerce's list can't be followed; the pass begins anew.",
                 {{"pass", name_of(of)}, {"pages", pass.walk.pages()}});
    pass.refused = true;
    pass.all_read = true;
    break;
  }
  if (is_full && !pass.urgent) {
    const auto size =
      std::max<std::uint64_t>(pass.total.value_or(0), options.committed->products());
    // A site may allow smaller pages than are asked for.
    const auto page_size = std::clamp<std::uint64_t>(
      pass.done / std::max<std::uint64_t>(pass.walk.pages(), 1), 1, net::graphql_page_size);
    const auto pages = size / page_size + 1;
    // A tenth of the interval is left for what goes slower than it should.
    pass.next_page = of.sent + options.scrub_interval * 9 / 10 / pages;
  }
}

// Hands the observations on, and follows them until they are committed.
void reconciler_state::keep(lane& of, outcome& done, observations seen,
                            const std::vector<stock::product_id>& unread, const char* why_unread,
                            const std::function<void(receipt_ptr)>& when_committed) {
  auto& pass = *of.running;
  auto reading = uncommitted{};
  if (pass.paged.empty())
    reading.place = pass.walk.where();
  const auto parts = seen.size() + (unread.empty() ? 0 : 1);
  if (parts == 0 || is_planted(planted_fault::page_read_uncommitted)) {
    reading.committed = true;
  } else {
    const auto receipt = std::make_shared<page_receipt>(pass.id, parts, when_committed);
    for (std::size_t at = 0; at < seen.size(); ++at)
      seen[at]->reply = receipt->part(at);
    if (!unread.empty()) {
      auto record = record_of(unread, why_unread, options.now());
      record->reply = receipt->part(seen.size());
      done.records.push_back(std::move(record));
    }
    reading.receipt = receipt;
  }
  for (auto& each : seen)
    done.observations.push_back(std::move(each));
  pass.readings.push_back(std::move(reading));
}

void reconciler_state::failed(lane& of, outcome& done, const net::graphql_failure& failure) {
  const bool transient = failure.kind == net::answer_kind::transient;
  ++of.failures_in_row;
  done.pace->overloaded = transient;
  done.pace->retry_after = failure.retry_after.value_or(seconds{0});
  // What needs a person to be mended is not asked for every second.
  of.rest_until = options.now() + (transient ? back_off(of.failures_in_row) : options.backoff_max);
  metrics::graphql_requests(name_of(of), transient ? "overloaded" : "failed").add();
  options.board->change(of.running->id, [&](pass_progress& on) {
    on.problem = failure.what.message;
    on.mend = failure.what.mend;
  });
  if (!transient || of.failures_in_row >= failures_to_complain)
    complain(of, failure.what);
}

void reconciler_state::succeeded(lane& of) {
  of.failures_in_row = 0;
  if (!of.complained)
    return;
  of.complained.reset();
  log::info("Reconciliation goes on.", {{"pass", name_of(of)}});
  options.board->change(of.running->id, [](pass_progress& on) {
    on.problem.clear();
    on.mend.clear();
  });
}

void reconciler_state::complain(lane& of, const error& failure) {
  const auto now = options.now();
  if (of.complained && now < *of.complained + options.complain_every)
    return;
  of.complained = now;
  log::error("Reconciliation can't read WooCommerce's GraphQL; lost webhooks are not made up for.",
             {{"pass", name_of(of)}, {"reason", failure.message}, {"mend", failure.mend}});
}

milliseconds reconciler_state::back_off(std::uint32_t failures) const {
  const auto doublings = std::min(failures - 1, 16U);
  return std::min(options.backoff_max, milliseconds{options.backoff_first.count() << doublings});
}

// -- what is committed --------------------------------------------------------

reconciler_state::outcome reconciler_state::committed(const receipt_ptr& receipt) {
  auto done = outcome{};
  for (auto* of : {&incremental, &full}) {
    if (!of->running)
      continue;
    auto& readings = of->running->readings;
    const auto found = std::find_if(readings.begin(), readings.end(),
                                    [&](const auto& each) { return each.receipt == receipt; });
    if (found == readings.end())
      continue;
    found->committed = true;
    of->running->refused = of->running->refused || receipt->refused() != 0;
    options.board->change(receipt->pass(), [&](pass_progress& on) {
      for (const auto kind : stock::all_drifts)
        on.drift[static_cast<std::size_t>(kind)] += receipt->drift(kind);
    });
    advance(*of, done);
  }
  for (const auto kind : stock::all_drifts) {
    if (const auto count = receipt->drift(kind); count != 0)
      metrics::reconcile_drift(stock::to_string(kind)).add(count);
  }
  return done;
}

// Remembers how far it is committed, and ends the pass if that is all of it.
void reconciler_state::advance(lane& of, outcome& done) {
  if (!of.running)
    return;
  auto& pass = *of.running;
  bool moved = false;
  while (!pass.readings.empty() && pass.readings.front().committed && !pass.refused) {
    if (pass.readings.front().place) {
      pass.committed_place = *std::move(pass.readings.front().place);
      moved = true;
    }
    pass.readings.pop_front();
  }
  if (pass.refused) {
    const bool all_answered = std::all_of(pass.readings.begin(), pass.readings.end(),
                                          [](const auto& each) { return each.committed; });
    if (all_answered && !of.asking)
      repeat_pass(of);
    return;
  }
  // Each costs a commit of its own: a load that reads a hundred pages a second would spend half of
  // its time on them.
  if (moved && of.type == reconcile_type::all_products &&
      options.now() >= pass.place_remembered + remember_every)
    remember_place(pass, done);
  if (!pass.all_read || !pass.paged.empty() || !pass.readings.empty() || of.asking)
    return;
  if (of.type == reconcile_type::inventory) {
    if (!pass.withdrawn)
      pass.withdrawn = begin_withdrawn(pass);
    if (pass.withdrawn->ended())
      finish_incremental(done);
  } else if (!pass.doubt.known) {
    doubt_what_was_not_seen(done);
  }
}

// Back to where all was committed; of an incremental pass that is its beginning.
void reconciler_state::repeat_pass(lane& of) {
  auto& pass = *of.running;
  pass.refused = false;
  pass.all_read = false;
  pass.paged.clear();
  pass.readings.clear();
  pass.page_ends.clear();
  pass.withdrawn.reset();
  pass.walk =
    of.type == reconcile_type::all_products ? page_walk{pass.committed_place} : page_walk{};
  of.rest_until = options.now() + back_off(++of.failures_in_row);
}

void reconciler_state::remember_place(pass_run& of, outcome& done) {
  of.place_remembered = options.now();
  auto marks = of.seen.take_changes(seen_prefix);
  marks.push_back(to_bookmark(scrub_mark{of.begun, of.total, of.done, of.committed_place}));
  // The initial load's beginning is where incremental passes look from.
  if (of.first_load)
    marks.push_back(to_bookmark(*modified));
  done.records.push_back(record_of(std::move(marks)));
}

void reconciler_state::finish_incremental(outcome& done) {
  auto& pass = *incremental.running;
  const auto now = options.now();
  // A cursor's product was edited while its page was turned: had its date of publication been
  // moved, what lies between would have been left out. So that pass is read once more.
  if (pass.has_jumped) {
    log::debug("A product was edited while the pages around it were read; they are read again.");
    modified->at = std::min(modified->at, last_since + options.overlap);
    last_page_ends.clear();
  } else {
    modified->at = pass.shop_begun;
    last_page_ends = std::move(pass.page_ends);
    last_since = pass.since;
    last_shop_begun = pass.shop_begun;
  }
  auto record = std::make_shared<ledger_entry>();
  record->entry.bookmarks.push_back(to_bookmark(*modified));
  if (pass.withdrawn->whole())
    withdrawn_from = pass.shop_begun;
  if (withdrawn_from)
    record->entry.bookmarks.push_back(withdrawn_bookmark(*withdrawn_from));
  record->entry.settled.push_back(everything);
  record->entry.settled_before = pass.begun;
  done.records.push_back(std::move(record));
  last_begun = pass.begun;
  end_pass(incremental, pass.begun + options.interval, now);
}

void reconciler_state::end_pass(lane& of, stock::moment next, stock::moment now) {
  const std::chrono::duration<double> took = now - of.running->begun;
  const std::chrono::duration<double> ended = now.time_since_epoch();
  metrics::reconcile_duration(name_of(of)).observe(took.count());
  metrics::reconcile_last_success(name_of(of)).set(ended.count());
  options.board->end(of.running->id, pass_state::done, now);
  of.next = next;
  of.running.reset();
}

// -- what the list lacks ------------------------------------------------------

// Of what nobody can see anyway it doesn't matter whether it is still there.
void reconciler_state::doubt_what_was_not_seen(outcome& done) {
  auto& pass = *full.running;
  auto& doubt = pass.doubt;
  doubt.known = true;
  const auto is_doubtful = [&](const stock::product& held, const stock::record& item) {
    return stock::is_public(held, item) && item.read.end < pass.begun &&
           !pass.seen.contains(item.value.id);
  };
  for (const auto id : options.committed->ids()) {
    const auto held = options.committed->held(id);
    if (held->self && is_doubtful(*held, *held->self)) {
      doubt.items.push_back(id);
      continue; // its variations are read with it, or gone with it
    }
    for (const auto& variation : held->variations) {
      if (is_doubtful(*held, variation))
        doubt.items.push_back(variation.value.id);
    }
  }
  std::sort(doubt.items.begin(), doubt.items.end(), std::greater{});
  ask_for_the_doubtful(pass, done);
}

void reconciler_state::ask_for_the_doubtful(pass_run& of, outcome& done) {
  auto& doubt = of.doubt;
  doubt.asked.clear();
  while (!doubt.items.empty() && doubt.asked.size() < options.questions_at_once) {
    doubt.asked.push_back(doubt.items.back());
    doubt.items.pop_back();
  }
  if (doubt.asked.empty()) {
    finish_full(done);
    return;
  }
  doubt.since = options.now();
  done.records.push_back(record_of(doubt.asked, "not in the catalog's list", doubt.since));
}

bool reconciler_state::is_read_since(stock::product_id item, stock::moment since) const {
  const auto held = options.committed->held(options.committed->owner(item).value_or(item));
  const auto* record = held ? held->find(item) : nullptr;
  return record != nullptr && record->read.end >= since;
}

void reconciler_state::look_at_the_doubtful(outcome& done) {
  if (!full.running || full.running->doubt.asked.empty())
    return;
  auto& pass = *full.running;
  auto& doubt = pass.doubt;
  const auto now = options.now();
  const bool all_read =
    std::all_of(doubt.asked.begin(), doubt.asked.end(),
                [&](stock::product_id item) { return is_read_since(item, doubt.since); });
  // The questions are in the store and the confirmer goes on asking: what it finds out later is
  // applied all the same.
  if (!all_read && now < doubt.since + options.question_patience)
    return;
  std::uint64_t gone = 0;
  for (const auto item : doubt.asked) {
    const auto held = options.committed->held(options.committed->owner(item).value_or(item));
    if (held->find(item)->value.status != stock::publication::gone)
      continue;
    ++gone;
    options.watch->expect(item, now);
  }
  if (gone != 0)
    metrics::reconcile_drift(stock::to_string(stock::drift::gone)).add(gone);
  options.board->change(pass.id, [&](pass_progress& on) {
    on.drift[static_cast<std::size_t>(stock::drift::gone)] += gone;
  });
  ask_for_the_doubtful(pass, done);
}

void reconciler_state::look_at_the_withdrawn() {
  const auto now = options.now();
  std::erase_if(withdrawn_asked, [&](const withdrawn_question& each) {
    if (!is_read_since(each.item, each.since))
      return now >= each.since + options.question_patience;
    const auto found = options.committed->find(each.item);
    if (!stock::is_public(found->held, *found->held.self)) {
      options.watch->expect(each.item, now);
      metrics::reconcile_drift(stock::to_string(stock::drift::gone)).add(1);
      options.board->change(each.pass, [](pass_progress& on) {
        ++on.drift[static_cast<std::size_t>(stock::drift::gone)];
      });
    }
    return true;
  });
}

void reconciler_state::finish_full(outcome& done) {
  auto& pass = *full.running;
  const auto now = options.now();
  auto marks = pass.seen.removal(seen_prefix);
  marks.push_back({std::string{scrub_name}, ""});
  marks.push_back(last_scrub_bookmark(pass.begun));
  if (pass.first_load)
    marks.push_back(to_bookmark(*modified));
  // What was withdrawn before it, it has found.
  if (withdrawn_from)
    withdrawn_from = std::max(*withdrawn_from, to_second(pass.begun + shop_ahead));
  done.records.push_back(record_of(std::move(marks)));
  if (pass.first_load)
    log::info("The catalog is loaded.",
              {{"products", options.committed->products()},
               {"variations", options.committed->variations()},
               {"seconds", std::chrono::duration_cast<seconds>(now - pass.begun).count()}});
  loaded = true;
  end_pass(full, pass.begun + options.scrub_interval, now);
}

// -- what a person asked for, and what no webhook told ------------------------

reconciler_state::outcome reconciler_state::look_round() {
  auto done = outcome{};
  for (auto* of : {&incremental, &full})
    give_up_waiting(*of, done);
  look_at_the_doubtful(done);
  look_at_the_withdrawn();
  look_at_products();
  count_missed();
  return done;
}

// No commit takes that long: whatever lost the answer must not stop all passes to come.
void reconciler_state::give_up_waiting(lane& of, outcome& done) {
  if (!of.running || of.running->readings.empty() || of.asking ||
      options.now() < of.sent + options.question_patience)
    return;
  of.running->refused = true;
  for (auto& reading : of.running->readings)
    reading.committed = true;
  advance(of, done);
}

void reconciler_state::look_at_products() {
  const auto now = options.now();
  std::erase_if(products_wanted, [&](const product_wanted& wanted) {
    const bool read = is_read_since(wanted.product, wanted.since);
    if (!read && now < wanted.since + options.question_patience)
      return false;
    const auto owner = options.committed->owner(wanted.product).value_or(wanted.product);
    const auto held = options.committed->held(owner);
    options.board->change(wanted.id, [&](pass_progress& on) {
      on.done = read ? 1 : 0;
      if (read)
        count_drift(on, wanted.before ? &*wanted.before : nullptr, *held);
      else
        on.problem = "WooCommerce did not answer in time.";
    });
    options.board->end(wanted.id, read ? pass_state::done : pass_state::failed, now);
    return true;
  });
}

void reconciler_state::count_missed() {
  const auto now = options.now();
  const auto missed = options.watch->take_missed(now - options.webhook_grace);
  metrics::webhook_missed().add(missed);
  if (now >= window_begun + missed_window) {
    missed_before = std::exchange(missed_now, 0);
    window_begun = now;
    missed_told = false;
  }
  missed_now += missed;
  if (missed_told || missed_now < missed_worth_a_line || missed_now < 2 * missed_before)
    return;
  missed_told = true;
  log::warning("Webhooks are getting lost: reconciliation found changes that none told of.",
               {{"changes", missed_now},
                {"within_minutes", missed_window.count()},
                {"mend", "In wp-admin look at WooCommerce, Settings, Advanced, Webhooks: each must "
                         "be active, with this daemon's delivery URL and secret."}});
}

// -- the actor ----------------------------------------------------------------

namespace {

using self_pointer = reconciler_actor::stateful_pointer<reconciler_state>;

struct neighbours {
  transport send;
  limiter_actor limiter;
  catalog_actor catalog;
  ledger_actor ledger;
};

using surroundings_ptr = std::shared_ptr<const neighbours>;

void hand_on(self_pointer self, const neighbours& around, reconciler_state::outcome done) {
  if (done.pace)
    self->send(around.limiter, release_atom::value, *done.pace);
  if (!done.observations.empty())
    self->send(around.catalog, std::move(done.observations));
  if (!done.records.empty())
    self->send(around.ledger, std::move(done.records));
}

void send_request(self_pointer self, const surroundings_ptr& around, reconcile_type type) {
  auto& of = self->state.at(type);
  auto me = caf::actor_cast<reconciler_actor>(self);
  around->send(self->state.next_request(of), [me, type](result<net::client_response> answer) {
    caf::anon_send(
      me, answer_atom::value, type,
      call_answer{std::make_shared<const result<net::client_response>>(std::move(answer))});
  });
}

void look_again(self_pointer self, const surroundings_ptr& around);

void ask_for_a_place(self_pointer self, const surroundings_ptr& around, reconcile_type type) {
  auto& of = self->state.at(type);
  of.asking = true;
  const auto wanted_at = self->clock().now();
  const bool urgent = type == reconcile_type::inventory || self->state.full_wanted ||
                      !self->state.loaded || (of.running && of.running->urgent);
  const auto what = urgent ? purpose::incremental : purpose::scrub;
  self->request(around->limiter, caf::infinite, acquire_atom::value, what)
    .then(
      [=](granted_atom) {
        const std::chrono::duration<double> waited = self->clock().now() - wanted_at;
        metrics::graphql_wait(what == purpose::scrub ? "scrub" : "incremental")
          .observe(waited.count());
        send_request(self, around, type);
      },
      [=](const caf::error&) {
        auto& refused = self->state.at(type);
        refused.asking = false;
        refused.rest_until = self->state.options.now() + self->state.options.backoff_first;
        look_again(self, around);
      });
}

// Asks for what is due, and sets the alarm for what is due next.
void look_again(self_pointer self, const surroundings_ptr& around) {
  auto& state = self->state;
  auto wait = milliseconds{look_every};
  for (const auto type : {reconcile_type::inventory, reconcile_type::all_products}) {
    const auto due = state.due(state.at(type));
    if (!due)
      continue;
    const auto in = std::chrono::ceil<milliseconds>(*due - state.options.now());
    if (in.count() <= 0)
      ask_for_a_place(self, around, type);
    else
      wait = std::min(wait, in);
  }
  const auto at = self->clock().now() + wait;
  if (state.wake_up.needs_timer(at))
    self->delayed_send(self, wait, tick_atom::value);
}

} // namespace

reconciler_actor::behavior_type
reconciler(reconciler_actor::stateful_pointer<reconciler_state> self, reconciler_options options,
           std::vector<store::bookmark> marks, transport send, limiter_actor limiter,
           catalog_actor catalog, ledger_actor ledger) {
  stop_process_on_exception(*self);
  self->state.begin(std::move(options), marks);
  const auto around = std::make_shared<const neighbours>(
    neighbours{std::move(send), std::move(limiter), std::move(catalog), std::move(ledger)});
  self->send(self, tick_atom::value);
  return {
    [=](const confirmation_batch& questions) {
      for (const auto& question : questions) {
        if (question.item == everything)
          self->state.want_incremental(question.not_before);
      }
      look_again(self, around);
    },
    [=](reconcile_atom, reconcile_type type, stock::product_id product) {
      hand_on(self, *around, self->state.ask(type, product));
      look_again(self, around);
    },
    [=](tick_atom) {
      self->state.wake_up.rang(self->clock().now());
      hand_on(self, *around, self->state.look_round());
      look_again(self, around);
    },
    [=](answer_atom, reconcile_type type, const call_answer& answer) {
      auto me = caf::actor_cast<reconciler_actor>(self);
      auto done =
        self->state.judge(self->state.at(type), *answer, [me](const receipt_ptr& receipt) {
          caf::anon_send(me, committed_atom::value, receipt);
        });
      hand_on(self, *around, std::move(done));
      look_again(self, around);
    },
    [=](committed_atom, const receipt_ptr& receipt) {
      hand_on(self, *around, self->state.committed(receipt));
      look_again(self, around);
    },
  };
}

} // namespace ankkor::actors

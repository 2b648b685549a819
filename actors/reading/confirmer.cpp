#include "actors/reading/confirmer.hpp"

#include "actors/failure.hpp"
#include "actors/reading/observation.hpp"
#include "actors/reading/shop_call.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace ankkor::actors {

namespace {

using std::chrono::milliseconds;

constexpr stock::product_id everything = 0; // an incremental reconciliation: not the confirmer's

constexpr auto confirmer_words = shop_caller_words{
  "confirmation", "WooCommerce's GraphQL can't be read; pending confirmations wait.",
  "WooCommerce's GraphQL can be read again."};

incoming_ptr confirmed(stock::item value, stock::reading read) {
  return observe(std::move(value), read, stock::source::confirmation, "confirmation");
}

// The last observation of a confirmation settles it, so that a crash in between leaves it pending.
void settle(incoming_batch& batch, const store::confirmation& what, stock::moment sent) {
  batch.back()->settles = what.item;
  batch.back()->settled_before = sent;
}

// For what may go on for days: the 1st, 2nd, 4th, 8th … time.
bool worth_a_line(std::uint32_t times) {
  return std::has_single_bit(times);
}

} // namespace

void confirmer_state::begin(confirmer_options given) {
  options = std::move(given);
  caller = shop_caller{options, confirmer_words};
  items_max = options.items_per_request_max;
}

void confirmer_state::want(const store::confirmation& what) {
  if (what.item == everything)
    return;
  const auto [place, is_new] =
    wanted.try_emplace(what.item, pending_item{what, what.not_before, 0, false});
  if (!is_new) {
    auto& known = place->second;
    known.what.not_before = std::max(known.what.not_before, what.not_before);
    known.what.wanted = std::max(known.what.wanted, what.wanted);
    known.due = std::max(known.due, what.not_before);
  }
}

// Back among what is wanted, and later each time.
void confirmer_state::ask_again(pending_item what) {
  ++what.failures;
  const auto due = options.now() + caller.back_off(what.failures);
  want(what.what);
  auto& known = wanted.at(what.what.item);
  known.due = std::max(known.due, due);
  known.failures = what.failures;
  known.alone = what.alone;
}

std::optional<milliseconds> confirmer_state::due_in() const {
  if (!paged.empty())
    return milliseconds{0};
  if (wanted.empty())
    return std::nullopt;
  const auto first =
    std::min_element(wanted.begin(), wanted.end(),
                     [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
  // After it, not at it: a read in the very same microsecond could not be ordered.
  const auto after = first->second.due + std::chrono::microseconds{1};
  return std::max(std::chrono::ceil<milliseconds>(after - options.now()), milliseconds{0});
}

// Those that have been due longest.
std::vector<stock::product_id> confirmer_state::due_items() const {
  auto due = std::vector<std::pair<stock::moment, stock::product_id>>{};
  for (const auto& [item, what] : wanted) {
    if (what.due < sent)
      due.emplace_back(what.due, item);
  }
  const auto count = std::min(due.size(), std::min(items_max, options.items_per_request_max));
  std::partial_sort(due.begin(), due.begin() + static_cast<std::ptrdiff_t>(count), due.end());
  auto items = std::vector<stock::product_id>{};
  for (const auto& [at, item] : due) {
    const bool alone = wanted.at(item).alone;
    if (items.size() == count || (alone && !items.empty()))
      break;
    items.push_back(item);
    if (alone)
      break;
  }
  return items;
}

std::optional<net::client_request> confirmer_state::next_request() {
  in_flight.clear();
  sent = options.now();
  const auto due = due_items();
  const bool page_is_next =
    due.empty() || !page_was_last || paged.size() >= options.items_per_request_max;
  if (!paged.empty() && page_is_next) {
    page_was_last = true;
    page_asked = paged.take_next();
    return caller.graphql(pager::body(*page_asked));
  }
  page_was_last = false;
  if (due.empty())
    return std::nullopt;
  for (const auto item : due)
    in_flight.push_back(describe(item));
  return caller.graphql(net::items_by_id_body(in_flight));
}

net::wanted_item confirmer_state::describe(stock::product_id item) const {
  if (options.committed->owner(item))
    return {item, net::item_kind::variation};
  const auto held = options.committed->held(item);
  // What was not there when it was asked for may be a variation that is shown to us by now.
  const bool is_product =
    held && held->self && held->self->value.status != stock::publication::gone;
  return {item, is_product ? net::item_kind::product : net::item_kind::unknown};
}

confirmer_state::answer_effects confirmer_state::judge(const result<net::client_response>& answer) {
  auto effects = answer_effects{};
  const auto received = options.now();
  if (page_asked)
    take_page(effects, answer, received);
  else
    take_items(effects, answer, received);
  in_flight.clear();
  page_asked.reset();
  return effects;
}

void confirmer_state::take_items(answer_effects& to, const result<net::client_response>& answer,
                                 stock::moment received) {
  auto read = caller.read(answer, [&](const net::client_response& response, auto now) {
    return reader.items_by_id(in_flight, response, now);
  });
  if (!read) {
    const auto& failure = read.failure();
    failed(to, in_flight.size(), failure);
    if (may_be_an_items_fault(answer) && failure.kind == net::answer_kind::transient &&
        !failure.retry_after)
      ask_fewer();
    return;
  }
  bool complete = true;
  for (auto& item : read->items) {
    complete = complete && item.presence != net::item_presence::failed;
    take(to, item, received);
  }
  if (in_flight.size() >= items_max)
    items_max = std::min(options.items_per_request_max, items_max * 2);
  to.pace = caller.succeeded(sent, in_flight.size(), complete);
}

void confirmer_state::take(answer_effects& to, net::item_answer& answer, stock::moment received) {
  const auto found = wanted.find(answer.id);
  if (found == wanted.end())
    return;
  auto what = found->second;
  const auto read = stock::reading{sent, received};
  // Wanted again while this was in flight: that confirmation wants a later read.
  if (what.what.not_before < sent)
    wanted.erase(found);
  switch (answer.presence) {
  case net::item_presence::failed:
    ask_again(what);
    if (worth_a_line(what.failures + 1))
      log::warning("WooCommerce could not read a product; it will be asked again.",
                   {{"product", answer.id}, {"reason", answer.reason}});
    break;
  case net::item_presence::absent:
    observe_absence(to, what.what, read);
    break;
  case net::item_presence::found:
    if (answer.found.more_variations.empty())
      observe_found(to, what, std::move(answer.found), read);
    else
      paged.add(std::move(what), std::move(answer.found), sent);
    break;
  }
}

void confirmer_state::take_page(answer_effects& to, const result<net::client_response>& answer,
                                stock::moment received) {
  auto& product = *page_asked;
  const auto taken = paged.take(product, caller, reader, answer);
  if (taken.failure) {
    ask_again(std::move(product.what));
    failed(to, 1, *taken.failure);
    return;
  }
  to.pace = caller.succeeded(sent, 1, true);
  if (taken.how == pager::progress::complete)
    observe_found(to, product.what, std::move(product.found), {product.begun, received});
  else if (taken.how == pager::progress::read_again)
    ask_again(std::move(product.what));
}

void confirmer_state::observe_found(answer_effects& to, const pending_item& what,
                                    net::found_item found, stock::reading read) {
  // The product first: while it is unknown, each of its variations asks for it.
  auto batch = incoming_batch{confirmed(std::move(found.value), read)};
  for (auto& variation : found.variations)
    batch.push_back(confirmed(std::move(variation), read));
  // With a variation left out nothing is confirmed.
  if (found.failed_variations.empty())
    settle(batch, what.what, read.begin);
  else
    ask_again(what);
  to.observations.insert(to.observations.end(), batch.begin(), batch.end());
}

void confirmer_state::observe_absence(answer_effects& to, const store::confirmation& what,
                                      stock::reading read) const {
  auto gone = stock::item{};
  gone.id = what.item;
  gone.parent = options.committed->owner(what.item).value_or(0);
  gone.type = gone.parent != 0 ? stock::product_type::variation : stock::product_type::other;
  gone.status = stock::publication::gone;
  auto batch = incoming_batch{confirmed(std::move(gone), read)};
  settle(batch, what, read.begin);
  to.observations.push_back(batch.front());
}

void confirmer_state::failed(answer_effects& to, std::size_t items,
                             const net::graphql_failure& failure) {
  to.pace = caller.failed(sent, items, failure);
  to.wait = caller.rest_after(failure);
  caller.complain(failure);
}

// Down to the one that spoils the answer for the others: that one waits, and is asked by itself.
void confirmer_state::ask_fewer() {
  auto& first = wanted.at(in_flight.front().id);
  if (in_flight.size() > 1 || !first.alone)
    items_max = std::max(in_flight.size() / 2, std::size_t{1});
  if (in_flight.size() > 1)
    return;
  first.alone = true;
  ask_again(first);
}

// -- the actor ----------------------------------------------------------------

namespace {

using confirmer_pointer = confirmer_actor::stateful_pointer<confirmer_state>;

void look_again(confirmer_pointer self) {
  auto& state = self->state;
  const auto due = state.due_in();
  if (!due || state.caller.is_waiting())
    return;
  const auto now = self->clock().now();
  const auto at = std::max(now + std::max(*due, state.options.gather), state.rest_until);
  if (state.wake_up.needs_timer(at))
    self->delayed_send(self, at - now, tick_atom::value);
}

void ask_shop(confirmer_pointer self, const shop_door& door) {
  self->state.caller.set_waiting(true);
  call_shop<confirmer_actor>(
    self, door, purpose::confirmation, self->state.caller.purpose(),
    [=]() -> std::optional<numbered_request> {
      auto request = self->state.next_request();
      if (request)
        return numbered_request{0, *std::move(request)};
      self->state.caller.set_waiting(false);
      look_again(self);
      return std::nullopt;
    },
    [=] {
      auto& state = self->state;
      state.caller.set_waiting(false);
      state.rest_until = self->clock().now() + state.options.backoff_first;
      look_again(self);
    });
}

} // namespace

confirmer_actor::behavior_type confirmer(confirmer_pointer self, confirmer_options options,
                                         transport send, limiter_actor limiter,
                                         catalog_actor catalog) {
  stop_process_on_exception(*self);
  self->state.begin(std::move(options));
  const auto door = shop_door{std::move(send), std::move(limiter)};
  return {
    [=](const confirmation_batch& batch) {
      for (const auto& each : batch)
        self->state.want(each);
      look_again(self);
    },
    [=](tick_atom) {
      auto& state = self->state;
      const auto now = self->clock().now();
      state.wake_up.rang(now);
      const auto due = state.due_in();
      if (state.caller.is_waiting() || !due)
        return;
      if (due->count() > 0 || now < state.rest_until)
        look_again(self);
      else
        ask_shop(self, door);
    },
    [=](answer_atom, std::uint64_t, const call_answer& answer) {
      auto& state = self->state;
      auto effects = state.judge(*answer);
      state.caller.set_waiting(false);
      state.rest_until = self->clock().now() + effects.wait;
      self->send(door.limiter, release_atom::value, effects.pace);
      if (!effects.observations.empty())
        self->send(catalog, std::move(effects.observations));
      look_again(self);
    },
  };
}

} // namespace ankkor::actors

#include "actors/reading/confirmer.hpp"

#include "actors/failure.hpp"
#include "actors/reading/granted_request.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace ankkor::actors {

namespace {

using std::chrono::milliseconds;

constexpr stock::product_id everything = 0; // an incremental reconciliation: not the confirmer's
constexpr std::uint32_t failures_to_complain = 3;

incoming_ptr observation_of(stock::item value, stock::reading read) {
  auto seen = std::make_shared<incoming>();
  seen->received = read.end;
  seen->cause = "confirmation";
  seen->content = stock::observation{std::move(value), read, stock::source::confirmation};
  return seen;
}

// The last observation of a question carries its end, so that a crash in between leaves the
// question.
void settle(incoming_batch& batch, const store::confirmation& question, stock::moment sent) {
  batch.back()->settles = question.item;
  batch.back()->settled_before = sent;
}

// Whether an item of the request may have spoiled it for the others, so that fewer at once bring
// some of them through: a fatal error in PHP, an answer too large, too slow or broken. A shop that
// is away or under maintenance is no item's fault.
bool may_be_an_items_fault(const result<net::client_response>& answer) {
  if (!answer) {
    const auto code = answer.failure().code;
    return code == errc::timed_out || code == errc::too_large;
  }
  constexpr unsigned too_many = 429;
  constexpr unsigned bad_gateway = 502;
  constexpr unsigned away = 503;
  return answer->status != too_many && answer->status != bad_gateway && answer->status != away;
}

// For what may go on for days: the 1st, 2nd, 4th, 8th … time.
bool worth_a_line(std::uint32_t times) {
  return std::has_single_bit(times);
}

} // namespace

void confirmer_state::want(const store::confirmation& question) {
  if (question.item == everything)
    return;
  const auto [place, is_new] =
    wanted.try_emplace(question.item, asked{question, question.not_before, 0, false});
  if (!is_new) {
    auto& known = place->second;
    known.question.not_before = std::max(known.question.not_before, question.not_before);
    known.question.wanted = std::max(known.question.wanted, question.wanted);
    known.due = std::max(known.due, question.not_before);
  }
}

// Back among what is wanted, and later each time.
void confirmer_state::ask_again(asked what) {
  ++what.failures;
  const auto due = options.now() + back_off(what.failures);
  want(what.question);
  auto& known = wanted.at(what.question.item);
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
    const auto& found = paged.front().found;
    return granted_request(options,
                           net::more_variations_body(found.value.id, found.more_variations));
  }
  page_was_last = false;
  if (due.empty())
    return std::nullopt;
  for (const auto item : due)
    in_flight.push_back(describe(item));
  return granted_request(options, net::items_by_id_body(in_flight));
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

confirmer_state::reading_done confirmer_state::judge(const result<net::client_response>& answer) {
  auto done = reading_done{};
  const auto received = options.now();
  if (in_flight.empty()) {
    if (answer) {
      take_page(done, *answer, received);
    } else {
      ask_again(std::move(paged.front().what));
      paged.pop_front();
      done = failed(net::judge_silence(answer.failure()), false);
    }
  } else if (answer) {
    take_items(done, *answer, received);
  } else {
    done = failed(net::judge_silence(answer.failure()), may_be_an_items_fault(answer));
  }
  done.pace.took = time_taken(options, sent, received);
  done.pace.items = static_cast<std::uint32_t>(std::max<std::size_t>(in_flight.size(), 1));
  in_flight.clear();
  return done;
}

void confirmer_state::take_items(reading_done& done, const net::client_response& answer,
                                 stock::moment received) {
  auto read = reader.items_by_id(
    in_flight, answer, std::chrono::system_clock::time_point{received.time_since_epoch()});
  if (!read) {
    done = failed(read.failure(), may_be_an_items_fault(answer));
    return;
  }
  bool complete = true;
  for (auto& item : read->items) {
    complete = complete && item.presence != net::item_presence::failed;
    take(done, item, received);
  }
  metrics::graphql_requests("confirmation", complete ? "ok" : "partial").add();
  if (in_flight.size() >= items_max)
    items_max = std::min(options.items_per_request_max, items_max * 2);
  succeeded();
}

void confirmer_state::take(reading_done& done, net::item_answer& answer, stock::moment received) {
  const auto found = wanted.find(answer.id);
  if (found == wanted.end())
    return;
  auto what = found->second;
  const auto read = stock::reading{sent, received};
  // Asked again while this was in flight: that question wants a later read.
  if (what.question.not_before < sent)
    wanted.erase(found);
  switch (answer.presence) {
  case net::item_presence::failed:
    ask_again(what);
    if (worth_a_line(what.failures + 1))
      log::warning("WooCommerce could not read a product; it will be asked again.",
                   {{"product", answer.id}, {"reason", answer.reason}});
    break;
  case net::item_presence::absent:
    observe_absence(done, what.question, read);
    break;
  case net::item_presence::found:
    if (answer.found.more_variations.empty())
      observe(done, what, std::move(answer.found), read);
    else
      paged.push_back({std::move(what), std::move(answer.found), sent});
    break;
  }
}

void confirmer_state::take_page(reading_done& done, const net::client_response& answer,
                                stock::moment received) {
  auto product = std::move(paged.front());
  paged.pop_front();
  auto page =
    reader.more_variations(product.found.value.id, answer,
                           std::chrono::system_clock::time_point{received.time_since_epoch()});
  if (!page) {
    ask_again(std::move(product.what));
    done = failed(page.failure(), false);
    return;
  }
  metrics::graphql_requests("confirmation", "ok").add();
  succeeded();
  switch (net::take_variations(product.found, std::move(*page))) {
  case net::variations_progress::complete:
    return observe(done, product.what, std::move(product.found), {product.begun, received});
  case net::variations_progress::more:
    paged.push_front(std::move(product));
    return;
  case net::variations_progress::read_again:
    return ask_again(std::move(product.what));
  }
}

void confirmer_state::observe(reading_done& done, const asked& what, net::found_item found,
                              stock::reading read) {
  // The product first: while it is unknown, each of its variations asks for it.
  auto batch = incoming_batch{observation_of(std::move(found.value), read)};
  for (auto& variation : found.variations)
    batch.push_back(observation_of(std::move(variation), read));
  // With a variation left out the question is not answered.
  if (found.failed_variations.empty())
    settle(batch, what.question, read.begin);
  else
    ask_again(what);
  done.observations.insert(done.observations.end(), batch.begin(), batch.end());
}

void confirmer_state::observe_absence(reading_done& done, const store::confirmation& question,
                                      stock::reading read) const {
  auto gone = stock::item{};
  gone.id = question.item;
  gone.parent = options.committed->owner(question.item).value_or(0);
  gone.type = gone.parent != 0 ? stock::product_type::variation : stock::product_type::other;
  gone.status = stock::publication::gone;
  auto batch = incoming_batch{observation_of(std::move(gone), read)};
  settle(batch, question, read.begin);
  done.observations.push_back(batch.front());
}

confirmer_state::reading_done confirmer_state::failed(const net::graphql_failure& failure,
                                                      bool items_fault) {
  auto done = reading_done{};
  const bool transient = failure.kind == net::answer_kind::transient;
  ++failures_in_row;
  done.pace.overloaded = transient;
  done.pace.retry_after = failure.retry_after.value_or(std::chrono::seconds{0});
  // What needs a person to be mended is not asked for every second.
  done.wait = transient ? back_off(failures_in_row) : options.backoff_max;
  metrics::graphql_requests("confirmation", transient ? "overloaded" : "failed").add();
  if (!transient || failures_in_row >= failures_to_complain)
    complain(failure.what);
  if (items_fault && transient && !failure.retry_after)
    ask_fewer();
  return done;
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

void confirmer_state::succeeded() {
  failures_in_row = 0;
  if (complained)
    log::info("WooCommerce's GraphQL can be read again.");
  complained.reset();
}

void confirmer_state::complain(const error& failure) {
  const auto now = options.now();
  if (complained && now < *complained + options.complain_every)
    return;
  complained = now;
  log::error("WooCommerce's GraphQL can't be read; what needs a fresh read waits.",
             {{"reason", failure.message}, {"mend", failure.mend}, {"waiting", wanted.size()}});
}

milliseconds confirmer_state::back_off(std::uint32_t failures) const {
  const auto doublings = std::min(failures - 1, 16U);
  return std::min(options.backoff_max, milliseconds{options.backoff_first.count() << doublings});
}

namespace {

void look_again(confirmer_actor::stateful_pointer<confirmer_state> self) {
  auto& state = self->state;
  const auto due = state.due_in();
  if (!due || state.asking)
    return;
  const auto now = self->clock().now();
  const auto at = std::max(now + std::max(*due, state.options.gather), state.rest_until);
  if (state.wake_up.needs_timer(at))
    self->delayed_send(self, at - now, tick_atom::value);
}

void send_request(confirmer_actor::stateful_pointer<confirmer_state> self, const transport& send,
                  const limiter_actor& limiter) {
  auto& state = self->state;
  auto request = state.next_request();
  if (!request) {
    state.asking = false;
    self->send(limiter, release_atom::value, feedback{});
    look_again(self);
    return;
  }
  auto me = caf::actor_cast<confirmer_actor>(self);
  send(std::move(*request), [me = std::move(me)](result<net::client_response> answer) {
    caf::anon_send(
      me, answer_atom::value,
      call_answer{std::make_shared<const result<net::client_response>>(std::move(answer))});
  });
}

void ask_for_a_place(confirmer_actor::stateful_pointer<confirmer_state> self, const transport& send,
                     const limiter_actor& limiter) {
  self->state.asking = true;
  const auto wanted_at = self->clock().now();
  self->request(limiter, caf::infinite, acquire_atom::value, purpose::confirmation)
    .then(
      [=](granted_atom) {
        const std::chrono::duration<double> waited = self->clock().now() - wanted_at;
        metrics::graphql_wait("confirmation").observe(waited.count());
        send_request(self, send, limiter);
      },
      [=](const caf::error&) {
        auto& state = self->state;
        state.asking = false;
        state.rest_until = self->clock().now() + state.options.backoff_first;
        look_again(self);
      });
}

} // namespace

confirmer_actor::behavior_type confirmer(confirmer_actor::stateful_pointer<confirmer_state> self,
                                         confirmer_options options, transport send,
                                         limiter_actor limiter, catalog_actor catalog) {
  stop_process_on_exception(*self);
  self->state.items_max = options.items_per_request_max;
  self->state.options = std::move(options);
  return {
    [=](const confirmation_batch& questions) {
      for (const auto& question : questions)
        self->state.want(question);
      look_again(self);
    },
    [=](tick_atom) {
      auto& state = self->state;
      const auto now = self->clock().now();
      state.wake_up.rang(now);
      const auto due = state.due_in();
      if (state.asking || !due)
        return;
      if (due->count() > 0 || now < state.rest_until)
        look_again(self);
      else
        ask_for_a_place(self, send, limiter);
    },
    [=](answer_atom, const call_answer& answer) {
      auto& state = self->state;
      auto done = state.judge(*answer);
      state.asking = false;
      state.rest_until = self->clock().now() + done.wait;
      self->send(limiter, release_atom::value, done.pace);
      if (!done.observations.empty())
        self->send(catalog, std::move(done.observations));
      look_again(self);
    },
  };
}

} // namespace ankkor::actors

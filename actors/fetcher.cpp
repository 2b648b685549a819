#include "actors/fetcher.hpp"

#include "actors/failure.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"

#include <algorithm>
#include <utility>

namespace ankkor::actors {

namespace {

using std::chrono::milliseconds;

constexpr stock::product_id everything = 0; // an incremental reconciliation: not the fetcher's
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
  auto last = std::make_shared<incoming>(*batch.back());
  last->settles = question.item;
  last->settled_before = sent;
  batch.back() = std::move(last);
}

} // namespace

void fetcher_state::want(const store::confirmation& question) {
  if (question.item == everything)
    return;
  const auto [place, is_new] = wanted.try_emplace(question.item, question);
  if (!is_new) {
    place->second.not_before = std::max(place->second.not_before, question.not_before);
    place->second.wanted = std::max(place->second.wanted, question.wanted);
  }
}

std::optional<milliseconds> fetcher_state::due_in() const {
  if (!paged.empty())
    return milliseconds{0};
  if (wanted.empty())
    return std::nullopt;
  const auto first =
    std::min_element(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) {
      return a.second.not_before < b.second.not_before;
    });
  const auto wait = std::chrono::ceil<milliseconds>(first->second.not_before - options.now());
  return std::max(wait, milliseconds{0});
}

std::optional<net::client_request> fetcher_state::next_request() {
  in_flight.clear();
  sent = options.now();
  if (!paged.empty()) {
    const auto& found = paged.front().found;
    return make_request(net::more_variations_body(found.value.id, found.more_variations));
  }
  for (const auto& [item, question] : wanted) {
    if (in_flight.size() == options.items_per_request_max)
      break;
    if (question.not_before < sent)
      in_flight.push_back(describe(item));
  }
  if (in_flight.empty())
    return std::nullopt;
  return make_request(net::items_by_id_body(in_flight));
}

net::client_request fetcher_state::make_request(std::string body) const {
  auto request = net::client_request{};
  request.where = options.where;
  request.fields = options.fields;
  request.body = std::move(body);
  request.total_timeout = options.request_timeout;
  return request;
}

net::wanted_item fetcher_state::describe(stock::product_id item) const {
  if (options.committed->owner(item))
    return {item, net::item_kind::variation};
  const auto held = options.committed->find(item);
  return {item, held && held->held.self ? net::item_kind::product : net::item_kind::unknown};
}

fetcher_state::reading_done fetcher_state::judge(const result<net::client_response>& answer) {
  if (!answer)
    return failed(net::judge_silence(answer.failure()));
  const auto received = options.now();
  auto done = reading_done{};
  if (in_flight.empty())
    take_page(done, *answer, received);
  else
    take_items(done, *answer, received);
  in_flight.clear();
  return done;
}

void fetcher_state::take_items(reading_done& done, const net::client_response& answer,
                               stock::moment received) {
  auto read = reader.items_by_id(
    in_flight, answer, std::chrono::system_clock::time_point{received.time_since_epoch()});
  if (!read) {
    done = failed(read.failure());
    return;
  }
  bool complete = true;
  for (auto& item : read->items) {
    complete = complete && item.presence != net::item_presence::failed;
    take(done, item, received);
  }
  metrics::graphql_requests("confirmation", complete ? "ok" : "partial").add();
  if (complete)
    failures_in_row = 0;
  else
    done.wait = back_off();
}

void fetcher_state::take(reading_done& done, net::item_answer& answer, stock::moment received) {
  const auto found = wanted.find(answer.id);
  if (found == wanted.end())
    return;
  const auto question = found->second;
  const auto read = stock::reading{sent, received};
  switch (answer.presence) {
  case net::item_presence::failed:
    log::warning("WooCommerce could not read a product; it will be asked again.",
                 {{"product", answer.id}, {"reason", answer.reason}});
    return;
  case net::item_presence::absent:
    observe_absence(done, question, read);
    break;
  case net::item_presence::found:
    if (answer.found.more_variations.empty())
      observe(done, question, std::move(answer.found), read);
    else
      paged.push_back({question, std::move(answer.found), sent});
    break;
  }
  // Asked again while this was in flight: that question wants a later read.
  if (question.not_before < sent)
    wanted.erase(found);
}

void fetcher_state::take_page(reading_done& done, const net::client_response& answer,
                              stock::moment received) {
  auto& product = paged.front();
  auto page =
    reader.more_variations(product.found.value.id, answer,
                           std::chrono::system_clock::time_point{received.time_since_epoch()});
  if (!page || page->nameless_failures != 0) {
    want(product.question);
    paged.pop_front();
    if (!page)
      done = failed(page.failure());
    else
      done.wait = back_off();
    return;
  }
  metrics::graphql_requests("confirmation", "ok").add();
  failures_in_row = 0;
  net::add_variations(product.found, std::move(*page));
  if (!product.found.more_variations.empty())
    return;
  observe(done, product.question, std::move(product.found), {product.begun, received});
  paged.pop_front();
}

void fetcher_state::observe(reading_done& done, const store::confirmation& question,
                            net::found_item found, stock::reading read) const {
  auto batch = incoming_batch{};
  for (auto& variation : found.variations)
    batch.push_back(observation_of(std::move(variation), read));
  batch.push_back(observation_of(std::move(found.value), read));
  settle(batch, question, read.begin);
  done.observations.insert(done.observations.end(), batch.begin(), batch.end());
}

void fetcher_state::observe_absence(reading_done& done, const store::confirmation& question,
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

fetcher_state::reading_done fetcher_state::failed(const net::graphql_failure& failure) {
  auto done = reading_done{};
  const bool transient = failure.kind == net::answer_kind::transient;
  done.pace.overloaded = transient;
  done.pace.retry_after = failure.retry_after.value_or(std::chrono::seconds{0});
  // What needs a person to be mended is not asked for every second.
  done.wait = transient ? back_off() : options.backoff_max;
  metrics::graphql_requests("confirmation", transient ? "overloaded" : "failed").add();
  if (failures_in_row == failures_to_complain || !transient) {
    log::error(
      "WooCommerce's GraphQL can't be read; what needs a fresh read waits.",
      {{"reason", failure.what.message}, {"mend", failure.what.mend}, {"waiting", wanted.size()}});
  }
  return done;
}

milliseconds fetcher_state::back_off() {
  ++failures_in_row;
  const auto doublings = std::min(failures_in_row - 1, 16U);
  return std::min(options.backoff_max, milliseconds{options.backoff_first.count() << doublings});
}

namespace {

void look_again(fetcher_actor::stateful_pointer<fetcher_state> self, milliseconds at_least) {
  auto& state = self->state;
  const auto due = state.due_in();
  if (!due)
    return;
  const auto wait = std::max(*due, at_least);
  const auto at = self->clock().now() + wait;
  if (state.wake_up && *state.wake_up <= at)
    return;
  state.wake_up = at;
  self->delayed_send(self, wait, tick_atom::value);
}

void send_request(fetcher_actor::stateful_pointer<fetcher_state> self, const transport& send,
                  const limiter_actor& limiter) {
  auto& state = self->state;
  auto request = state.next_request();
  if (!request) {
    state.asking = false;
    self->send(limiter, release_atom::value, feedback{});
    look_again(self, state.options.gather);
    return;
  }
  auto me = caf::actor_cast<fetcher_actor>(self);
  send(std::move(*request), [me = std::move(me)](result<net::client_response> answer) {
    caf::anon_send(
      me, answer_atom::value,
      call_answer{std::make_shared<const result<net::client_response>>(std::move(answer))});
  });
}

} // namespace

fetcher_actor::behavior_type fetcher(fetcher_actor::stateful_pointer<fetcher_state> self,
                                     fetcher_options options, transport send, limiter_actor limiter,
                                     catalog_actor catalog) {
  stop_process_on_exception(*self);
  self->state.options = std::move(options);
  return {
    [=](const confirmation_batch& questions) {
      auto& state = self->state;
      for (const auto& question : questions)
        state.want(question);
      if (!state.asking && state.failures_in_row == 0)
        look_again(self, state.options.gather);
    },
    [=](tick_atom) {
      auto& state = self->state;
      state.wake_up.reset();
      const auto due = state.due_in();
      if (state.asking || !due)
        return;
      if (due->count() > 0) {
        look_again(self, *due);
        return;
      }
      state.asking = true;
      const auto wanted_at = self->clock().now();
      self->request(limiter, caf::infinite, acquire_atom::value, purpose::confirmation)
        .then(
          [=](granted_atom) {
            const std::chrono::duration<double> waited = self->clock().now() - wanted_at;
            metrics::graphql_wait("confirmation").observe(waited.count());
            send_request(self, send, limiter);
          },
          [=](const caf::error&) {
            self->state.asking = false;
            look_again(self, self->state.options.backoff_first);
          });
    },
    [=](answer_atom, const call_answer& answer) {
      auto& state = self->state;
      auto done = state.judge(*answer);
      state.asking = false;
      self->send(limiter, release_atom::value, done.pace);
      if (!done.observations.empty())
        self->send(catalog, std::move(done.observations));
      look_again(self, std::max(done.wait, state.options.gather));
    },
  };
}

} // namespace ankkor::actors

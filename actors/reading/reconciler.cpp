#include "actors/reading/reconciler.hpp"

#include "actors/failure.hpp"
#include "actors/reading/shop_call.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"

#include <algorithm>
#include <utility>

namespace ankkor::actors {

namespace {

using std::chrono::milliseconds;

constexpr auto look_every = milliseconds{1'000};
constexpr auto missed_window = std::chrono::minutes{10};
constexpr std::uint64_t missed_worth_a_line = 3;

constexpr std::string_view failing = "Reconciliation can't read WooCommerce's GraphQL; changes "
                                     "whose webhooks were lost are not found.";
constexpr std::string_view working = "Reconciliation reads WooCommerce's GraphQL again.";
constexpr auto incremental_words = shop_caller_words{"incremental", failing, working};
constexpr auto full_words = shop_caller_words{"scrub", failing, working};

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

} // namespace

// -- when passes begin ----------------------------------------------------------

void reconciler_state::begin(reconciler_options given, const std::vector<store::bookmark>& marks,
                             std::function<void(receipt_ptr)> when_committed) {
  around.options = std::move(given);
  around.when_committed = std::move(when_committed);
  const auto& options = around.options;
  auto kept = read_marks(marks);
  const auto now = options.now();
  around.modified = kept.modified;
  around.withdrawn_from = kept.withdrawn;
  around.loaded = kept.last_scrub.has_value();
  withdrawn.emplace(options);
  incremental_schedule = {now, {}, shop_caller{options, incremental_words}};
  full_schedule = {kept.last_scrub ? *kept.last_scrub + options.scrub_interval : now,
                   {},
                   shop_caller{options, full_words}};
  window_begun = now;
  if (kept.scrub)
    full.emplace(around, full_schedule.caller, *std::move(kept.scrub), std::move(kept.seen));
}

void reconciler_state::want_incremental(stock::moment not_before) {
  wanted_at = std::max(wanted_at.value_or(not_before), not_before);
}

pass_effects reconciler_state::ask(reconcile_type type, stock::product_id product) {
  auto effects = pass_effects{};
  const auto now = around.now();
  if (type == reconcile_type::inventory) {
    want_incremental(now);
  } else if (type == reconcile_type::all_products) {
    full_wanted = !full || !full->is_urgent();
  } else {
    const auto id = around.options.board->begin(type, product, true, now);
    const auto owner = around.options.committed->owner(product).value_or(product);
    products_wanted.push_back({id, product, now, around.options.committed->held(owner)});
    effects.entries.push_back(entry_of({product}, "asked for", now));
  }
  return effects;
}

std::optional<stock::moment> reconciler_state::due(reconcile_type type) const {
  const bool is_full = type == reconcile_type::all_products;
  const auto& when = is_full ? full_schedule : incremental_schedule;
  const auto* running = is_full ? static_cast<const pass*>(full ? &*full : nullptr)
                                : (incremental ? &*incremental : nullptr);
  if (when.caller.is_waiting())
    return std::nullopt;
  if (is_full && full_wanted)
    return std::max(
      {around.now(), when.rest_until, running ? running->rest_until() : when.rest_until});
  if (running != nullptr) {
    const auto at = running->due();
    return at ? std::optional{std::max(*at, when.rest_until)} : std::nullopt;
  }
  auto at = when.next;
  if (!is_full) {
    // The initial load's first page sets the watermark; what is modified from then on is found.
    if (!around.modified)
      return std::nullopt;
    // After it, not at it: a pass of the very same microsecond would not settle the confirmation.
    if (wanted_at)
      at = std::min(at, *wanted_at + std::chrono::microseconds{1});
  }
  return std::max(at, when.rest_until);
}

purpose reconciler_state::purpose_of(reconcile_type type) const {
  const bool urgent = type == reconcile_type::inventory || full_wanted || !around.loaded ||
                      (full && full->is_urgent());
  return urgent ? purpose::incremental : purpose::scrub;
}

net::client_request reconciler_state::next_request(reconcile_type type) {
  const auto now = around.now();
  if (type == reconcile_type::inventory) {
    if (!incremental) {
      if (wanted_at && *wanted_at < now)
        wanted_at.reset();
      incremental.emplace(around, last_incremental, *withdrawn, incremental_schedule.caller, now);
    }
    return incremental->next_request();
  }
  if (full && full_wanted)
    full->replace();
  if (!full || full_wanted)
    full.emplace(around, full_schedule.caller, now, std::exchange(full_wanted, false));
  return full->next_request();
}

// -- what becomes of them -------------------------------------------------------

pass_effects reconciler_state::judge(reconcile_type type,
                                     const result<net::client_response>& answer) {
  auto effects = pass_effects{};
  if (type == reconcile_type::inventory)
    incremental->take(answer, effects);
  else
    full->take(answer, effects);
  end_passes();
  return effects;
}

pass_effects reconciler_state::committed(const receipt_ptr& receipt) {
  auto effects = pass_effects{};
  if (incremental)
    incremental->take_receipt(receipt, effects);
  if (full)
    full->take_receipt(receipt, effects);
  for (const auto kind : stock::all_drifts) {
    if (const auto count = receipt->drift(kind); count != 0)
      metrics::reconcile_drift(stock::to_string(kind)).add(count);
  }
  end_passes();
  return effects;
}

void reconciler_state::end_passes() {
  if (incremental && incremental->has_ended()) {
    incremental_schedule.next = incremental->begun() + around.options.interval;
    incremental.reset();
  }
  if (full && full->has_ended()) {
    full_schedule.next = full->begun() + around.options.scrub_interval;
    full.reset();
  }
}

pass_effects reconciler_state::look_round() {
  auto effects = pass_effects{};
  if (incremental)
    incremental->look_round(effects);
  if (full)
    full->look_round(effects);
  end_passes();
  withdrawn->look_round(around);
  look_at_products();
  count_missed();
  return effects;
}

// -- what a person asked for, and what no webhook told ------------------------

void reconciler_state::look_at_products() {
  const auto& options = around.options;
  const auto now = options.now();
  std::erase_if(products_wanted, [&](const product_wanted& wanted) {
    const bool read = is_read_since(*options.committed, wanted.product, wanted.since);
    if (!read && now < wanted.since + options.confirmation_patience)
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
  const auto now = around.now();
  const auto missed = around.options.watch->take_missed(now - around.options.webhook_grace);
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
                {"fix", "In wp-admin look at WooCommerce, Settings, Advanced, Webhooks: each must "
                        "be active, with this daemon's delivery URL and secret."}});
}

// -- the actor ----------------------------------------------------------------

namespace {

using self_pointer = reconciler_actor::stateful_pointer<reconciler_state>;

struct neighbours {
  shop_door door;
  catalog_actor catalog;
  ledger_actor ledger;
};

using neighbours_ptr = std::shared_ptr<const neighbours>;

void hand_on(self_pointer self, const neighbours& around, pass_effects effects) {
  if (effects.pace)
    self->send(around.door.limiter, release_atom::value, *effects.pace);
  if (!effects.observations.empty())
    self->send(around.catalog, std::move(effects.observations));
  if (!effects.entries.empty())
    self->send(around.ledger, std::move(effects.entries));
}

void look_again(self_pointer self, const neighbours_ptr& around);

void ask_shop(self_pointer self, const neighbours_ptr& around, reconcile_type type) {
  auto& caller = self->state.at(type).caller;
  caller.set_waiting(true);
  call_shop<reconciler_actor>(
    self, around->door, self->state.purpose_of(type), caller.purpose(),
    [=]() -> std::optional<numbered_request> {
      return numbered_request{static_cast<std::uint64_t>(type), self->state.next_request(type)};
    },
    [=] {
      auto& refused = self->state.at(type);
      refused.caller.set_waiting(false);
      refused.rest_until = self->state.around.now() + self->state.around.options.backoff_first;
      look_again(self, around);
    });
}

// Asks for what is due, and sets the alarm for what is due next.
void look_again(self_pointer self, const neighbours_ptr& around) {
  auto& state = self->state;
  auto wait = milliseconds{look_every};
  for (const auto type : {reconcile_type::inventory, reconcile_type::all_products}) {
    const auto due = state.due(type);
    if (!due)
      continue;
    const auto in = std::chrono::ceil<milliseconds>(*due - state.around.now());
    if (in.count() <= 0)
      ask_shop(self, around, type);
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
  const auto me = caf::actor_cast<caf::actor_addr>(self);
  self->state.begin(std::move(options), marks, [me](const receipt_ptr& receipt) {
    if (const auto alive = caf::actor_cast<reconciler_actor>(me))
      caf::anon_send(alive, committed_atom::value, receipt);
  });
  const auto around = std::make_shared<const neighbours>(neighbours{
    shop_door{std::move(send), std::move(limiter)}, std::move(catalog), std::move(ledger)});
  self->send(self, tick_atom::value);
  return {
    [=](const confirmation_batch& batch) {
      for (const auto& each : batch) {
        if (each.item == everything)
          self->state.want_incremental(each.not_before);
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
    [=](answer_atom, std::uint64_t type, const call_answer& answer) {
      hand_on(self, *around, self->state.judge(static_cast<reconcile_type>(type), *answer));
      look_again(self, around);
    },
    [=](committed_atom, const receipt_ptr& receipt) {
      hand_on(self, *around, self->state.committed(receipt));
      look_again(self, around);
    },
  };
}

} // namespace ankkor::actors

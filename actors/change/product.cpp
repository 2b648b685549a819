#include "actors/change/product.hpp"

#include "actors/failure.hpp"
#include "base/planted_fault.hpp"
#include "stock/live.hpp"

#include <algorithm>
#include <utility>

namespace ankkor::actors {

namespace {

store::outcome outcome_of(stock::verdict verdict) {
  switch (verdict) {
  case stock::verdict::applied:
    return store::outcome::applied;
  case stock::verdict::unchanged:
    return store::outcome::unchanged;
  case stock::verdict::stale:
    return store::outcome::stale;
  case stock::verdict::confirm:
    break;
  }
  return store::outcome::queued;
}

// Without its cause.
store::history_entry history_of(const stock::product& before, const stock::product& after,
                                stock::product_id item) {
  const auto* old_record = before.find(item);
  const auto* new_record = after.find(item);
  auto entry = store::history_entry{};
  entry.product = after.id;
  entry.item = item;
  entry.status_before = stock::publication::gone;
  if (old_record != nullptr) {
    entry.before = stock::effective_stock(before, *old_record);
    entry.status_before = old_record->value.status;
  }
  entry.after = stock::effective_stock(after, *new_record);
  entry.status_after = new_record->value.status;
  entry.modified = new_record->value.modified;
  entry.version = after.version;
  return entry;
}

void add_jobs(store::entry& entry, const product_context& context, const stock::product& before,
              const stock::product& after, stock::moment received) {
  if (context.targets.empty())
    return;
  const auto change = stock::what_changed(before, after);
  for (const auto& target : context.targets) {
    auto job = store::outbox_job{};
    job.target = target.name;
    job.product = after.id;
    job.tags = change.tags;
    job.paths = stock::render_paths(target.path_templates, after.id, change.slugs);
    job.received = received;
    job.created = received;
    job.version = after.version;
    entry.jobs.push_back(std::move(job));
  }
}

// That something is held for the first time is news to live readers only if a webhook told of it,
// or a reconciliation found it after the initial load: else it is that load, or a reader asked.
bool is_told_of(const incoming& delivery, const stock::observation& seen) {
  return seen.from == stock::source::webhook || (delivery.reconciles && !delivery.first_load);
}

void add_events(store::entry& entry, const stock::product& before, const stock::product& after,
                bool is_told, stock::moment received) {
  if (!is_told && before.version == 0)
    return; // all of it is first known
  for (const auto& change : stock::stock_changes(before, after)) {
    if (is_told || !change.first_known)
      entry.events.push_back(
        {0, after.id, change.item, received, change.now.level, change.now.available});
  }
}

// To a stranger a variable product's list lacks its private variations, while a webhook names them:
// without this the two would take turns.
void list_hidden_variations(std::vector<stock::product_id>& listed, const stock::product& held) {
  for (const auto& variation : held.variations) {
    const auto place = std::lower_bound(listed.begin(), listed.end(), variation.value.id);
    if (variation.value.status == stock::publication::hidden &&
        (place == listed.end() || *place != variation.value.id))
      listed.insert(place, variation.value.id);
  }
}

// A delivery may have been built long before it came, and what was unpublished or put into the
// trash meanwhile is nothing that ankkor holds: no pass asks for that again, and the delivery of it
// may be lost. What was modified less than half of a pass's overlap ago is within the next pass's
// reach; a date of days ago is rather one that WooCommerce did not move than a delivery that took
// so long.
bool may_have_gone_since(const incoming& delivery, const stock::observation& seen) {
  if (seen.from != stock::source::webhook || seen.value.status != stock::publication::published)
    return false;
  const auto age = delivery.received - stock::moment{seen.value.modified};
  return age >= std::chrono::seconds{30} && age < std::chrono::days{1};
}

// For the metrics, and for whoever asked for the reconciliation.
void note_drift(const incoming& cause, const stock::record* held, const stock::item& now,
                const product_context& context) {
  const auto* before = held == nullptr ? nullptr : &held->value;
  if (cause.first_load && before == nullptr)
    return;
  if (cause.reply)
    cause.reply->drifted(stock::drift_of(before, now));
  if (context.watch != nullptr && stock::is_told_by_webhook(before, now))
    context.watch->expect(now.id, cause.received);
}

} // namespace

void product_state::begin(stock::product_id id, std::shared_ptr<product_context> shared) {
  context = std::move(shared);
  auto unknown = std::make_shared<stock::product>();
  unknown->id = id;
  current = std::move(unknown);
  return_to_committed();
}

void product_state::take_rejection(std::uint64_t version) {
  if (first_since_return == 0 || version >= first_since_return)
    return_to_committed();
}

void product_state::return_to_committed() {
  first_since_return = 0;
  auto unknown = stock::product{};
  unknown.id = current->id;
  current = std::make_shared<const stock::product>(
    context->committed->held(current->id).value_or(std::move(unknown)));
}

bool product_state::everything_committed() const {
  return context->committed->version(current->id) == current->version;
}

bool product_state::needs_no_commit(const ledger_entry& record) const {
  const auto& entry = record.entry;
  return !entry.delivery && !entry.state && entry.settled.empty() && entry.wanted.empty() &&
         entry.discarded.empty() && everything_committed();
}

ledger_entry product_state::observe(incoming delivery) {
  auto& seen = std::get<stock::observation>(delivery.content);
  if (context->reads_as_stranger && seen.from != stock::source::webhook &&
      seen.value.type == stock::product_type::variable)
    list_hidden_variations(seen.value.variations, *current);
  const auto item = seen.value.id;
  const auto parent = seen.value.parent;
  const auto received = delivery.received;
  const auto* held = current->find(item);
  const bool is_news = held == nullptr;
  const bool first_heard_of = delivery.first_load && is_news;
  const bool is_told = is_told_of(delivery, seen);
  const bool is_in_doubt = is_news && may_have_gone_since(delivery, seen);
  auto as_seen = is_any_planted() ? std::optional{stock::record{seen.value, seen.read}}
                                  : std::optional<stock::record>{};
  auto decided = stock::decide(held, std::move(seen));
  const bool too_old = decided.outcome == stock::verdict::stale;
  const bool unclear = decided.outcome == stock::verdict::confirm;
  if ((too_old && is_planted(planted_fault::drop_version_check)) ||
      (unclear && is_planted(planted_fault::apply_ambiguous)))
    decided = {stock::verdict::applied, std::move(as_seen), {}};
  if (delivery.delivery && context->watch != nullptr)
    context->watch->told(item);
  if (delivery.reconciles && decided.outcome == stock::verdict::applied)
    note_drift(delivery, held, decided.next->value, *context);

  auto record = ledger_entry{};
  record.reply = std::move(delivery.reply);
  record.based_on = current->version;
  record.product = current->id;
  auto& entry = record.entry;
  entry.delivery = std::move(delivery.delivery);
  if (entry.delivery)
    entry.delivery->result = outcome_of(decided.outcome);
  if (delivery.settles) {
    entry.settled.push_back(*delivery.settles);
    entry.settled_before = delivery.settled_before;
  }
  if (delivery.dead_letter != 0)
    entry.discarded.push_back(delivery.dead_letter);

  // That it was read again, and is as it was, is worth remembering and not worth a write: a scrub
  // would rewrite the whole catalog.
  if (delivery.reconciles && decided.outcome == stock::verdict::unchanged && decided.next &&
      held != nullptr && decided.next->value == held->value) {
    current = std::make_shared<const stock::product>(
      stock::with_item(*current, *std::exchange(decided.next, std::nullopt)));
  }
  if (decided.next) {
    const auto made =
      std::make_shared<stock::product>(stock::with_item(*current, std::move(*decided.next)));
    auto& after = *made;
    after.version = context->last_version.fetch_add(1, std::memory_order_relaxed) + 1;
    if (first_since_return == 0)
      first_since_return = after.version;
    // Nobody is told of what the initial load finds first, so what it changes isn't looked at.
    const bool is_visible = !first_heard_of && stock::is_visible(*current, after);
    if (is_visible || first_heard_of || after.changed == stock::moment{})
      after.changed = received;
    if (is_visible)
      add_jobs(entry, *context, *current, after, received);
    if (decided.outcome == stock::verdict::applied && !first_heard_of) {
      auto& line = entry.history.emplace_back(history_of(*current, after, item));
      line.at = received;
      line.cause = std::move(delivery.cause);
      if (entry.delivery)
        line.reference = entry.delivery->delivery_id;
    }
    add_events(entry, *current, after, is_told, received);
    entry.changed.push_back(item);
    entry.describes =
      held == nullptr || !stock::same_description(held->value, after.find(item)->value);
    entry.state = made;
    current = made;
  }
  if (decided.outcome == stock::verdict::confirm)
    entry.wanted.push_back({item, "ambiguous second", decided.read_not_before, received});
  if (is_in_doubt)
    entry.wanted.push_back({item, "a late delivery of what was unknown", received, received});
  // Whether a variation is sold at all, and at what stock if it inherits, is its product's to say.
  if (parent != 0 && !current->self)
    entry.wanted.push_back({parent, "product unknown", received, received});
  return record;
}

product_actor::behavior_type product(product_actor::stateful_pointer<product_state> self,
                                     stock::product_id id, std::shared_ptr<product_context> context,
                                     catalog_actor catalog, ledger_actor ledger) {
  stop_process_on_exception(*self);
  context->alive.fetch_add(1, std::memory_order_relaxed);
  self->attach_functor([context] { context->alive.fetch_sub(1, std::memory_order_relaxed); });
  self->state.begin(id, context);
  return {
    [=](const incoming_ptr& delivery) {
      auto& state = self->state;
      ++state.handled;
      auto record = std::make_shared<ledger_entry>(state.observe(std::move(*delivery)));
      if (state.needs_no_commit(*record)) {
        if (record->reply)
          record->reply->done(store::outcome::unchanged);
        return;
      }
      if (record->entry.state)
        record->decided_by = caf::actor_cast<caf::strong_actor_ptr>(self);
      self->send(ledger, ledger_entry_ptr{std::move(record)});
    },
    [=](rejected_atom, std::uint64_t version) { self->state.take_rejection(version); },
    [=](retire_atom) {
      const auto& state = self->state;
      if (state.everything_committed())
        self->send(catalog, idle_atom::value, state.current->id, state.handled);
    },
  };
}

} // namespace ankkor::actors

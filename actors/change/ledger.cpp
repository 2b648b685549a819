#include "actors/change/ledger.hpp"

#include "actors/failure.hpp"
#include "base/keyed_hash.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/planted_fault.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ankkor::actors {

namespace {

constexpr auto housekeeping_period = std::chrono::seconds{1};
constexpr std::uint64_t purge_every_ticks = 60;
// Between purges as long as there is more: 500 rows at a time are 10,000 a second, more than any
// shop's deliveries leave, and commits pass in between.
constexpr auto purge_pause = std::chrono::milliseconds{50};
constexpr stock::product_id everything = 0; // an incremental reconciliation

// Of items to the confirmer, of everything to the reconciler: each leaves the other's alone.
void hand_out_questions(ledger_actor::stateful_pointer<ledger_state> self,
                        const ledger_outlets& outlets, const confirmation_batch& questions) {
  if (questions.empty())
    return;
  if (outlets.confirmer)
    self->send(outlets.confirmer, questions);
  const bool of_everything =
    std::any_of(questions.begin(), questions.end(),
                [](const auto& question) { return question.item == everything; });
  if (of_everything && outlets.reconciler)
    self->send(outlets.reconciler, questions);
}

void answer(const ledger_entry& record, const result<store::outcome>& outcome) {
  if (record.reply)
    record.reply->done(outcome);
}

// Has been answered.
struct nobody final : reply {
  void done(const result<store::outcome>&) override {}
};

} // namespace

std::vector<ledger_entry_ptr> ledger_state::next_group() {
  const auto count = std::min(waiting.size(), group_max);
  const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(count);
  auto group = std::vector<ledger_entry_ptr>{std::make_move_iterator(waiting.begin()),
                                             std::make_move_iterator(end)};
  waiting.erase(waiting.begin(), end);
  return group;
}

std::chrono::nanoseconds ledger_state::gathering(caf::actor_clock::time_point now) const {
  const bool is_worth_it = context.sleep != nullptr && last_group >= gather_from;
  if (!is_worth_it || has_gathered || waiting.size() >= gather_to ||
      now - last_commit >= commit_interval)
    return {};
  return last_commit + commit_interval - now;
}

bool ledger_state::is_based_on_committed(
  const ledger_entry& record,
  std::unordered_map<stock::product_id, std::uint64_t, keyed_hash>& versions) const {
  if (record.product == 0)
    return true;
  const auto [known, is_new] = versions.try_emplace(record.product, 0);
  if (is_new)
    known->second = context.committed->version(record.product);
  if (known->second != record.based_on)
    return false;
  if (record.entry.state)
    known->second = record.entry.state->version;
  return true;
}

// What the store is given: a planted fault may leave something out.
void ledger_state::leave_out_planted(std::vector<store::entry>& entries) const {
  for (auto& entry : entries) {
    if (is_planted(planted_fault::forget_outbox))
      entry.jobs.clear();
    if (is_planted(planted_fault::forget_told))
      entry.told.clear();
    if (is_planted(planted_fault::forget_settled))
      entry.settled.clear();
    if (is_planted(planted_fault::forget_questions))
      entry.wanted.clear();
    if (is_planted(planted_fault::live_not_stored))
      entry.events.clear();
    if (entry.delivery && is_planted(planted_fault::ignore_body_hash))
      entry.delivery->body_digest = {};
  }
}

ledger_state::committed_group ledger_state::commit() {
  auto after = committed_group{};
  auto versions = std::unordered_map<stock::product_id, std::uint64_t, keyed_hash>{};
  auto group = std::vector<ledger_entry_ptr>{};
  for (auto& record : next_group()) {
    if (is_based_on_committed(*record, versions))
      group.push_back(std::move(record));
    else
      refuse(*record,
             {errc::unavailable, "An earlier change of the same product could not be stored.", ""},
             after);
  }
  if (group.empty())
    return after;

  if (is_planted(planted_fault::publish_before_commit))
    show(group);
  auto entries = std::vector<store::entry>{};
  entries.reserve(group.size() + 1);
  // Lent to the store, and back again below, whatever comes of it.
  for (auto& record : group)
    entries.push_back(std::move(record->entry));
  auto again = read_again();
  if (!again.empty())
    entries.emplace_back().wanted = again;
  auto events = number_events(entries);

  auto without_planted = is_any_planted() ? entries : std::vector<store::entry>{};
  leave_out_planted(without_planted);
  const auto begun = std::chrono::steady_clock::now();
  const auto committed = context.storage->commit(is_any_planted() ? without_planted : entries);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  for (std::size_t at = 0; at < group.size(); ++at)
    group[at]->entry = std::move(entries[at]);
  if (!committed) {
    store_is_down(committed.failure());
    if (committed.failure().code == errc::in_doubt) {
      doubtful =
        doubtful_group{std::move(group), std::move(again), std::move(events), context.now()};
      return after;
    }
    for (const auto& record : group)
      refuse(*record, committed.failure(), after);
    return after;
  }
  metrics::store_commit().observe(took.count());
  metrics::store_commit_entries().observe(static_cast<double>(entries.size()));
  context.health->commits.fetch_add(1, std::memory_order_relaxed);
  store_is_back();
  publish(group, *committed, std::move(events), after);
  lost.clear();
  after.wanted.insert(after.wanted.end(), again.begin(), again.end());
  return after;
}

// In the order of commit. Numbers that a failed commit had are given again: nobody has seen them.
std::vector<store::live_event>
ledger_state::number_events(std::vector<store::entry>& entries) const {
  auto all = std::vector<store::live_event>{};
  auto sequence = context.updates != nullptr ? context.updates->newest() : 0;
  for (auto& entry : entries) {
    if (context.updates == nullptr)
      entry.events.clear();
    for (auto& event : entry.events) {
      event.sequence = ++sequence;
      all.push_back(event);
    }
  }
  return all;
}

ledger_state::committed_group ledger_state::settle() {
  auto after = committed_group{};
  if (!doubtful)
    return after;
  const auto settled = context.storage->settle();
  if (!settled) {
    if (context.now() - doubtful->since > doubt_patience)
      answer_doubtful();
    return after;
  }
  auto group = *std::exchange(doubtful, std::nullopt);
  if (!*settled) {
    for (const auto& record : group.records)
      refuse(*record, {errc::unavailable, "The store was lost before it took the change.", ""},
             after);
    return after;
  }
  context.health->commits.fetch_add(1, std::memory_order_relaxed);
  store_is_back();
  publish(group.records, **settled, std::move(group.events), after);
  after.wanted.insert(after.wanted.end(), group.again.begin(), group.again.end());
  return after;
}

// Whoever asked is told once; should it turn out to be stored, it is published all the same.
void ledger_state::answer_doubtful() {
  for (auto& record : doubtful->records) {
    if (!record->reply)
      continue;
    answer(*record, error{errc::unavailable, "The store was lost before it said what it did.", ""});
    auto told = std::make_shared<ledger_entry>(*record);
    told->reply = std::make_shared<nobody>();
    record = std::move(told);
  }
  doubtful->since = stock::moment::max();
}

void ledger_state::show(const std::vector<ledger_entry_ptr>& group) const {
  for (const auto& record : group) {
    if (record->entry.state)
      context.committed->publish(*record->entry.state);
  }
}

void ledger_state::publish(const std::vector<ledger_entry_ptr>& group,
                           const std::vector<store::commit_outcome>& outcomes,
                           std::vector<store::live_event> events, committed_group& after) {
  // All of the view first, so that whoever is told of one change and reads another sees both.
  const auto show_all = [&] { show(group); };
  if (context.updates != nullptr)
    context.updates->publish(std::move(events), show_all);
  else
    show_all();
  for (const auto& record : group) {
    if (record->entry.state)
      after.changed.push_back(record->entry.state->id);
  }
  for (std::size_t at = 0; at < group.size(); ++at) {
    auto& record = *group[at];
    for (auto& job : record.entry.jobs) {
      auto& jobs = after.jobs[job.target];
      jobs.push_back(std::move(job));
    }
    if (outcomes[at] == store::commit_outcome::duplicate) {
      answer(record, store::outcome::duplicate);
      continue;
    }
    after.wanted.insert(after.wanted.end(), record.entry.wanted.begin(), record.entry.wanted.end());
    answer(record, record.entry.delivery ? record.entry.delivery->result : store::outcome::applied);
  }
}

void ledger_state::refuse(const ledger_entry& record, const error& failure,
                          committed_group& after) {
  // What says that a target has been told, or given up, has nobody who would send it again.
  const bool is_reading = record.product != 0 && !record.entry.delivery;
  if (!record.entry.delivery && !record.reply && !is_reading) {
    kept.push_back(std::make_shared<ledger_entry>(record));
    return;
  }
  if (record.entry.delivery)
    lost.insert(everything);
  // The other parts of the reading may be stored all the same, and with them the question settled.
  if (is_reading && !is_planted(planted_fault::no_read_again)) {
    lost.insert(record.product);
    lost.insert(record.entry.settled.begin(), record.entry.settled.end());
  }
  if (record.decided_by && !is_planted(planted_fault::lose_rejection))
    after.rejected.push_back({record.decided_by, record.entry.state->version});
  answer(record, failure);
}

void ledger_state::store_is_down(const error& failure) {
  context.health->failed_commits.fetch_add(1, std::memory_order_relaxed);
  metrics::store_up().set(0);
  context.committed->set_behind(true);
  if (context.health->up.exchange(false)) {
    log::error("The store can't commit; webhooks are answered 503 until it can.",
               {{"reason", failure.message}, {"fix", failure.mend}});
  }
}

void ledger_state::store_is_back() {
  if (context.health->up.exchange(true))
    return;
  std::move(kept.begin(), kept.end(), std::back_inserter(waiting));
  kept.clear();
  metrics::store_up().set(1);
  context.committed->set_behind(false);
  log::info(
    "The store can commit again; an incremental reconciliation is wanted for what was missed.");
}

confirmation_batch ledger_state::read_again() const {
  auto questions = confirmation_batch{};
  for (const auto item : lost)
    questions.push_back({item, "the store was down", context.now(), context.now()});
  return questions;
}

confirmation_batch ledger_state::probe() {
  const bool up = context.health->up.load();
  if (up ? lost.empty() : !context.storage->probe())
    return {};
  auto again = read_again();
  if (!again.empty()) {
    auto heal = store::entry{};
    heal.wanted = again;
    if (const auto committed = context.storage->commit({&heal, 1}); !committed) {
      if (committed.failure().code == errc::in_doubt)
        doubtful = doubtful_group{{}, std::move(again), {}, context.now()};
      return {};
    }
    lost.clear();
  }
  store_is_back();
  return again;
}

bool ledger_state::purge() {
  if (!context.health->up.load())
    return false;
  const auto more = context.storage->purge(context.now());
  if (!more)
    log::warning("The store could not delete what is over its limits.",
                 {{"reason", more.failure().message}});
  return more && *more;
}

ledger_actor::behavior_type ledger(ledger_actor::stateful_pointer<ledger_state> self,
                                   ledger_context context,
                                   std::shared_ptr<ledger_outlets> outlets) {
  stop_process_on_exception(*self);
  self->state.context = context;
  // A flush is sent behind what waits in the mailbox, so one transaction takes all that came in
  // while the last ran.
  const auto flush_later = [self] {
    if (!self->state.flush_is_due) {
      self->state.flush_is_due = true;
      self->send(self, flush_atom::value);
    }
  };
  const auto hand_out = [self, outlets](ledger_state::committed_group after) {
    if (outlets->order) {
      for (const auto& [target, jobs] : after.jobs)
        outlets->order->expect(target, jobs);
    }
    for (auto& [target, jobs] : after.jobs) {
      const auto found = outlets->revalidators.find(target);
      if (found != outlets->revalidators.end())
        self->send(found->second, std::move(jobs));
    }
    hand_out_questions(self, *outlets, after.wanted);
    for (const auto& [decided_by, version] : after.rejected)
      self->send(caf::actor_cast<product_actor>(decided_by), rejected_atom::value, version);
    if (!after.changed.empty() && outlets->mirror)
      self->send(outlets->mirror, std::move(after.changed));
  };
  self->delayed_send(self, housekeeping_period, tick_atom::value);
  return {
    [=](const ledger_entry_ptr& record) {
      if (is_planted(planted_fault::answer_before_commit) && record->entry.delivery)
        answer(*record, record->entry.delivery->result);
      self->state.take(record);
      flush_later();
    },
    [=](const ledger_entries& records) {
      for (const auto& record : records)
        self->state.take(record);
      flush_later();
    },
    [=](flush_atom) {
      auto& state = self->state;
      const auto now = self->clock().now();
      if (const auto more = state.gathering(now); more.count() > 0) {
        // Asleep, so that none of those that come wakes it; the flush goes behind them.
        state.has_gathered = true;
        state.context.sleep(more);
        self->send(self, flush_atom::value);
        return;
      }
      state.has_gathered = false;
      state.flush_is_due = false;
      state.last_commit = now;
      state.last_group = state.waiting.size();
      hand_out(state.settle());
      hand_out(state.commit());
      if (!state.waiting.empty())
        flush_later();
    },
    [=](purge_atom) {
      auto& state = self->state;
      state.purge_is_due = state.purge();
      if (state.purge_is_due)
        self->delayed_send(self, purge_pause, purge_atom::value);
    },
    [=](tick_atom) {
      auto& state = self->state;
      hand_out(state.settle());
      hand_out_questions(self, *outlets, state.probe());
      if (!state.waiting.empty())
        flush_later();
      if (++state.ticks % purge_every_ticks == 0 && !state.purge_is_due) {
        state.purge_is_due = true;
        self->send(self, purge_atom::value);
      }
      self->delayed_send(self, housekeeping_period, tick_atom::value);
    },
  };
}

} // namespace ankkor::actors

#include "actors/change/catalog.hpp"

#include "actors/failure.hpp"

namespace ankkor::actors {

namespace {

stock::product_id owner_of(const stock::observation& seen) {
  return seen.value.is_variation() ? seen.value.parent : seen.value.id;
}

// Asks the actors alive longest whether they can go. Two for each that came brings the number down,
// and an actor that is busy is asked again when its turn comes round.
void make_room(catalog_actor::stateful_pointer<catalog_state> self) {
  auto& state = self->state;
  constexpr int asked_max = 2;
  int asked = 0;
  while (asked < asked_max && state.alive.size() > state.context->alive_max &&
         !state.by_age.empty()) {
    const auto oldest = state.by_age.front();
    state.by_age.pop_front();
    const auto* found = state.find(oldest);
    if (found == nullptr)
      continue;
    self->send(found->actor, retire_atom::value);
    state.by_age.push_back(oldest);
    ++asked;
  }
}

} // namespace

catalog_state::entry* catalog_state::find(const birth& one) {
  const auto found = alive.find(one.product);
  return found == alive.end() || found->second.nth != one.nth ? nullptr : &found->second;
}

void catalog_state::forget_gone() {
  constexpr std::size_t not_worth_it = 64;
  if (by_age.size() > 2 * alive.size() + not_worth_it)
    std::erase_if(by_age, [this](const birth& one) { return find(one) == nullptr; });
}

catalog_actor::behavior_type catalog(catalog_actor::stateful_pointer<catalog_state> self,
                                     std::shared_ptr<product_context> context,
                                     ledger_actor ledger) {
  stop_process_on_exception(*self);
  self->state.context = std::move(context);
  // One timer for all: a product actor with a timer of its own would be kept alive, and destroyed,
  // by CAF's clock, which can't take an actor's last breath (it waits for itself).
  self->delayed_send(self, self->state.context->idle_period, tick_atom::value);
  return {
    [=](incoming_batch& batch) {
      auto& state = self->state;
      for (auto& delivery : batch) {
        const auto id = owner_of(std::get<stock::observation>(delivery->content));
        auto& entry = state.alive[id];
        if (!entry.actor) {
          // Hidden: the registry's count of running actors is a contended lock.
          entry.actor =
            self->spawn<caf::hidden>(product, id, state.context, catalog_actor{self}, ledger);
          entry.nth = ++state.spawned;
          state.by_age.push_back({id, entry.nth});
          state.forget_gone();
          make_room(self);
        }
        ++entry.sent;
        self->send(entry.actor, std::move(delivery));
      }
    },
    [=](idle_atom, stock::product_id id, std::uint64_t handled) {
      auto& state = self->state;
      const auto found = state.alive.find(id);
      if (found == state.alive.end() || found->second.sent != handled)
        return; // a message for it is on its way
      self->send_exit(found->second.actor, caf::exit_reason::normal);
      state.alive.erase(found);
    },
    [=](tick_atom) {
      auto& state = self->state;
      for (auto& [id, entry] : state.alive) {
        if (entry.sent == entry.sent_at_tick)
          self->send(entry.actor, retire_atom::value);
        entry.sent_at_tick = entry.sent;
      }
      self->delayed_send(self, state.context->idle_period, tick_atom::value);
    },
  };
}

} // namespace ankkor::actors

#include "actors/reading/limiter.hpp"

#include "actors/failure.hpp"
#include "base/metrics.hpp"

namespace ankkor::actors {

namespace {

using pointer = limiter_actor::stateful_pointer<limiter_state>;

void grant_all(pointer self) {
  auto& state = self->state;
  const auto now = self->clock().now();
  while (const auto next = state.tokens->grant(now)) {
    const auto found = state.waiting.find(*next);
    ++state.granted[found->second.who];
    found->second.answer.deliver(granted_atom::value);
    state.waiting.erase(found);
  }
  metrics::graphql_budget_tokens().set(state.tokens->tokens(now));
  const auto due = state.tokens->next_grant();
  if (due && state.wake_up.needs_timer(*due))
    self->delayed_send(self, std::max(*due - now, budget::clock_point::duration{0}),
                       tick_atom::value);
}

// The place in the queue of everything that it waits for goes to others.
void withdraw(pointer self, const caf::actor_addr& who) {
  auto& state = self->state;
  for (auto each = state.waiting.begin(); each != state.waiting.end();) {
    if (each->second.who != who) {
      ++each;
      continue;
    }
    state.tokens->give_up(each->first);
    each->second.answer.deliver(caf::make_error(caf::sec::runtime_error, "given up"));
    each = state.waiting.erase(each);
  }
}

// Nobody will say how its requests ended, and nothing was learned of the shop.
void bury(pointer self, const caf::actor_addr& who) {
  auto& state = self->state;
  withdraw(self, who);
  if (const auto left = state.granted.extract(who); !left.empty()) {
    for (std::uint32_t at = 0; at < left.mapped(); ++at)
      state.tokens->finished({}, self->clock().now());
  }
  grant_all(self);
}

caf::actor_addr sender_of(pointer self) {
  return caf::actor_cast<caf::actor_addr>(self->current_sender());
}

} // namespace

limiter_actor::behavior_type limiter(pointer self, budget_options options) {
  stop_process_on_exception(*self);
  self->state.tokens = std::make_unique<budget>(options, self->clock().now());
  self->set_down_handler([self](const caf::down_msg& dead) { bury(self, dead.source); });
  return {
    [=](acquire_atom, purpose what) -> caf::result<granted_atom> {
      auto& state = self->state;
      const auto who = sender_of(self); // the promise takes it away
      auto promise = self->make_response_promise<granted_atom>();
      const auto ticket = state.tokens->ask(what);
      if (!ticket) {
        metrics::limit_reached("waiting_requests").add();
        promise.deliver(caf::make_error(caf::sec::runtime_error,
                                        "too many requests to WooCommerce wait already"));
        return promise;
      }
      if (who && state.granted.try_emplace(who, 0).second)
        self->monitor(who);
      state.waiting.emplace(*ticket, limiter_state::waiter{who, promise});
      grant_all(self);
      return promise;
    },
    [=](release_atom, const feedback& how) {
      auto& state = self->state;
      const auto found = state.granted.find(sender_of(self));
      if (found != state.granted.end() && found->second != 0)
        --found->second;
      state.tokens->finished(how, self->clock().now());
      grant_all(self);
    },
    [=](give_up_atom) {
      withdraw(self, sender_of(self));
      grant_all(self);
    },
    [=](tick_atom) {
      self->state.wake_up.rang(self->clock().now());
      grant_all(self);
    },
  };
}

} // namespace ankkor::actors

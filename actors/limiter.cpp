#include "actors/limiter.hpp"

#include "actors/failure.hpp"
#include "base/metrics.hpp"

namespace ankkor::actors {

namespace {

void grant_all(limiter_actor::stateful_pointer<limiter_state> self) {
  auto& state = self->state;
  const auto now = self->clock().now();
  while (const auto next = state.tokens->grant(now)) {
    const auto found = state.waiting.find(*next);
    found->second.deliver(granted_atom::value);
    state.waiting.erase(found);
  }
  metrics::graphql_budget_tokens().set(state.tokens->tokens(now));
  const auto due = state.tokens->next_grant();
  if (due && state.wake_up.needs_timer(*due))
    self->delayed_send(self, std::max(*due - now, budget::clock_point::duration{0}),
                       tick_atom::value);
}

} // namespace

limiter_actor::behavior_type limiter(limiter_actor::stateful_pointer<limiter_state> self,
                                     budget_options options) {
  stop_process_on_exception(*self);
  self->state.tokens = std::make_unique<budget>(options, self->clock().now());
  return {
    [=](acquire_atom, purpose what) -> caf::result<granted_atom> {
      auto promise = self->make_response_promise<granted_atom>();
      const auto ticket = self->state.tokens->ask(what);
      if (!ticket) {
        promise.deliver(caf::make_error(caf::sec::runtime_error,
                                        "too many requests to WooCommerce wait already"));
        return promise;
      }
      self->state.waiting.emplace(*ticket, promise);
      grant_all(self);
      return promise;
    },
    [=](release_atom, const feedback& how) {
      self->state.tokens->finished(how, self->clock().now());
      grant_all(self);
    },
    [=](tick_atom) {
      self->state.wake_up.rang(self->clock().now());
      grant_all(self);
    },
  };
}

} // namespace ankkor::actors

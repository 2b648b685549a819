// A call to WooCommerce as an actor makes it: asks the limiter, sends once it is granted, and has
// the answer come back as a message. The actor gives the grant back with what its shop_caller says.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/transport.hpp"
#include "base/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace ankkor::actors {

// The way to the shop. It leads past the limiter.
struct shop_door {
  transport send;
  limiter_actor limiter;
};

struct numbered_request {
  std::uint64_t number = 0; // comes back with the answer
  net::client_request what;
};

// Handle: the actor's typed_actor, which reacts to <answer_atom, std::uint64_t, call_answer>.
// `next` is called once the request is granted and answers a std::optional<numbered_request>; with
// nothing the grant is given back. `refused` is called if the limiter grants nothing: too many
// wait, or the actor has given up.
template <class Handle, class Self, class Next, class Refused>
void call_shop(Self self, const shop_door& door, purpose what, std::string_view label, Next next,
               Refused refused) {
  const auto wanted_at = self->clock().now();
  self->request(door.limiter, caf::infinite, acquire_atom::value, what)
    .then(
      [=](granted_atom) {
        const std::chrono::duration<double> waited = self->clock().now() - wanted_at;
        metrics::graphql_wait(label).observe(waited.count());
        std::optional<numbered_request> request = next();
        if (!request) {
          self->send(door.limiter, release_atom::value, feedback{});
          return;
        }
        auto me = caf::actor_cast<Handle>(self);
        door.send(std::move(request->what), [me = std::move(me), number = request->number](
                                              result<net::client_response> answer) {
          caf::anon_send(
            me, answer_atom::value, number,
            call_answer{std::make_shared<const result<net::client_response>>(std::move(answer))});
        });
      },
      [=](const caf::error&) { refused(); });
}

} // namespace ankkor::actors

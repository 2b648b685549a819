// Invariant I8: a broken invariant stops the process loudly; a restart is always safe.
#pragma once

#include <caf/error.hpp>

#include <exception>
#include <string_view>

namespace ankkor::actors {

// Logs and aborts. For what can't happen.
[[noreturn]] void stop_process(std::string_view where, const std::exception_ptr& cause);

// No exception crosses an actor's edge: one that reaches it is a bug.
template <class Actor>
void stop_process_on_exception(Actor& self) {
  self.set_exception_handler([](caf::scheduled_actor*, std::exception_ptr& cause) -> caf::error {
    stop_process("an actor", cause);
  });
}

} // namespace ankkor::actors

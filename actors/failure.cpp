#include "actors/failure.hpp"

#include "base/log.hpp"

#include <cstdlib>

namespace ankkor::actors {

namespace {

std::string describe(const std::exception_ptr& cause) {
  try {
    if (cause)
      std::rethrow_exception(cause);
  } catch (const std::exception& problem) {
    return problem.what();
  } catch (...) {
    return "an exception of unknown type";
  }
  return "no exception";
}

} // namespace

void stop_process(std::string_view where, const std::exception_ptr& cause) {
  log::error("ankkor stops: it met something that must not happen. A restart is safe.",
             {{"where", where}, {"reason", describe(cause)}});
  log::stop();
  std::abort();
}

} // namespace ankkor::actors

// Errors as values. Every call that can fail for a reason outside this process answers a result<T>;
// the message is written for the shop owner who reads it, the mend says what to do about it.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace ankkor {

// What kind of failure it is, for the code that must react to it. One line a code.
enum class errc {
  invalid_input, // what came from outside is malformed; nothing was changed
  not_found,     // the thing asked for is not there
  unavailable,   // a dependency (disk, network, WooCommerce, storefront) can't do it now; try again
                 // later
  in_doubt,      // it was sent, but no answer came: it may have been done, or may yet be
  timed_out,     // no answer within the deadline
  too_large,     // over a documented limit
  conflict,      // somebody else changed it first; look again and decide anew
  corrupt,       // stored data is damaged; nothing was written
  foreign,       // the file or peer is not ours, or of a newer version; nothing was written
};

struct error {
  errc code = errc::unavailable;
  std::string message; // what went wrong, one line, without secrets
  std::string mend;    // how to mend it, one line; empty where nothing can be said
};

// Either a T or an error. T must not be `error`.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}

  result(error failure) : state_(std::in_place_index<1>, std::move(failure)) {}

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }

  explicit operator bool() const noexcept { return ok(); }

  // Precondition: ok().
  [[nodiscard]] T& value() & { return std::get<0>(state_); }

  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }

  [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }

  T& operator*() & { return value(); }

  const T& operator*() const& { return value(); }

  T* operator->() { return &value(); }

  const T* operator->() const { return &value(); }

  // Precondition: !ok().
  [[nodiscard]] const error& failure() const { return std::get<1>(state_); }

private:
  std::variant<T, error> state_;
};

struct done {};

// The result of something that has nothing to say but that it was done.
using status = result<done>;

} // namespace ankkor

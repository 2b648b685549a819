// Where the loop gets its requests from, and who judges the answers. One thread.
#pragma once

#include "bench/load/answer.hpp"
#include "bench/load/deliveries.hpp"
#include "bench/load/mix.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace ankkor::load {

using time_point = std::chrono::steady_clock::time_point;

// What one request was about, kept until its answer is there.
struct errand {
  std::size_t subject = 0; // a place in the source's own list
  delivery_kind kind = delivery_kind::fresh;
  product_state state;      // of a delivery
  std::uint64_t number = 0; // of a delivery
};

struct verdict {
  bool expected = false;
  std::string_view what; // how it is counted; valid as long as the answer is
};

class source {
public:
  source() = default;
  source(const source&) = delete;
  source& operator=(const source&) = delete;
  virtual ~source() = default;

  // Puts the next request in place of what `request` held.
  virtual errand make(std::string& request, time_point now) = 0;
  virtual verdict take(const errand& what, const answer& came) = 0;
  // There will be no answer: nobody knows whether the request was taken.
  virtual void lose(const errand& what) = 0;
};

} // namespace ankkor::load

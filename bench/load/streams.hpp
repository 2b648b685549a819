// Event streams in their thousands: opens them, makes changes at a fixed rate, and measures how
// long it takes until the last stream that follows a product has each change of it.
#pragma once

#include "bench/load/client.hpp"
#include "bench/load/histogram.hpp"
#include "bench/load/processes.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace ankkor::load {

struct stream_options {
  net::url where;
  std::size_t streams = 10'000;
  // Each stream follows one of so many products, in turn.
  std::size_t products = 1;
  double changes_per_second = 1;
  std::chrono::milliseconds length{10'000};
  std::chrono::milliseconds patience{15'000}; // for what is missing at the end
  stock::store_time first_modified{};
  int watched_session = 0; // whose CPU time is read while changes are made; 0: nobody's
  int watched_process = 0; // whose memory is read; 0: nobody's
};

struct stream_report {
  std::chrono::duration<double> opening{}; // until all streams had the present state
  std::uint64_t memory_before = 0;         // bytes, of the watched process
  std::uint64_t memory_open = 0;
  std::uint64_t changes = 0;
  std::uint64_t events_wanted = 0;
  std::uint64_t events = 0; // that came in their turn, with the stock that was sent
  std::map<std::string, std::uint64_t> errors;
  histogram each; // from a delivery's intended sending to an event's arrival
  histogram last; // to the arrival at the last stream, one a change
  std::chrono::duration<double> took{};
  double own_cpu_seconds = 0;
  cpu_times cpu;
};

// Fails if the streams can't be opened; what goes wrong later is counted.
[[nodiscard]] result<stream_report> follow(const stream_options& options,
                                           delivery_maker& deliveries);

// Whole events at the beginning of `received` are cut off it, and their data handed over, comments
// and all that is no data left out. Pure.
template <class Take>
void for_each_event(std::string& received, Take take) {
  std::size_t begin = 0;
  for (auto end = received.find("\n\n"); end != std::string::npos;
       end = received.find("\n\n", begin)) {
    const auto event = std::string_view{received}.substr(begin, end - begin);
    const auto data = event.find("data: ");
    if (data != std::string_view::npos && (data == 0 || event[data - 1] == '\n'))
      take(event.substr(data + 6, event.find('\n', data) - data - 6));
    begin = end + 2;
  }
  received.erase(0, begin);
}

} // namespace ankkor::load

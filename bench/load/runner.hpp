// The loop of ankkor-load: kept connections with one request at a time, closed (the next as soon as
// the last is answered) or open (at a fixed rate, whatever became of the last). One thread, plain
// sockets and epoll, so that little of the machine goes into the measuring.
#pragma once

#include "bench/load/histogram.hpp"
#include "bench/load/processes.hpp"
#include "bench/load/source.hpp"
#include "bench/load/storefront.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ankkor::load {

// Requests of one kind, over connections of their own.
struct traffic {
  std::string name;
  source* from = nullptr;
  std::size_t connections = 16;
  double rate = 0;     // a second; 0: a closed loop
  bool echoed = false; // what comes back is the request itself: a bare echo is measured
};

struct traffic_report {
  std::string name;
  histogram latency; // of what was answered as expected; in an open loop from the intended time
  std::map<std::string, std::uint64_t, std::less<>> answers; // expected ones, by what they say
  std::map<std::string, std::uint64_t, std::less<>> errors;  // by what went wrong; of all the run
  std::uint64_t unsent = 0; // an open loop's requests that were due and found no free connection

  [[nodiscard]] std::uint64_t failed() const;
};

struct run_options {
  net::url where; // http only
  std::chrono::milliseconds warm_up{0};
  std::chrono::milliseconds length{10'000};
  std::chrono::milliseconds answer_timeout{10'000};
  int watched_session = 0; // whose CPU time is read, over the measured part; 0: nobody's
};

struct run_report {
  std::vector<traffic_report> traffic; // in the order given
  std::chrono::duration<double> took{};
  double own_cpu_seconds = 0;
  cpu_times cpu; // of the watched session
};

class runner {
public:
  runner(run_options options, std::vector<traffic> what);
  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;
  ~runner();

  // A storefront to serve as well. Before run().
  void attach(descriptor listening, std::string secret, storefront::listener tell);
  // Called when the measured part begins.
  void on_measuring(std::function<void()> begun);

  // Fails if a connection can't be made at the start; later losses are counted and mended.
  [[nodiscard]] result<run_report> run();
  // Serves the storefront until that holds, or the time is over; answers whether it holds.
  [[nodiscard]] bool serve_until(const std::function<bool()>& holds,
                                 std::chrono::milliseconds at_most);

  [[nodiscard]] const storefront* attached() const noexcept;

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace ankkor::load

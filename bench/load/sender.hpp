// The closed loop of ankkor-load: a number of kept connections, on each the next delivery as soon
// as the last one is answered. One thread, plain sockets and epoll, so that little of the machine
// goes into the measuring.
#pragma once

#include "base/error.hpp"
#include "bench/load/deliveries.hpp"
#include "net/http_client.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ankkor::load {

struct load_options {
  net::url where; // http only
  std::chrono::milliseconds length{10'000};
  std::size_t connections = 16;
  std::size_t products = 1'000; // at least as many as connections
  stock::product_id first_product = 1;
  stock::store_time first_modified{}; // of each product's first delivery
  std::chrono::milliseconds answer_timeout{10'000};
};

struct load_report {
  std::map<std::string, std::uint64_t> answers; // by the answer's "status": "applied", …
  std::map<std::string, std::uint64_t> errors;  // by what went wrong
  std::vector<std::uint32_t> latencies;         // microseconds, ascending; of the answers
  std::chrono::duration<double> took{};
  double cpu_seconds = 0; // that the sender itself used
  // The last state that each product was answered for, the products in order.
  std::vector<product_state> last;

  [[nodiscard]] std::uint64_t answered() const;
  [[nodiscard]] std::uint64_t failed() const;
  // `share` of the answers came within so many milliseconds; 0 if there are none.
  [[nodiscard]] double percentile(double share) const;
};

// Each product belongs to one connection, so its deliveries go out, and are answered, in order.
// Fails if a connection can't be made at the start; later losses are counted and mended.
[[nodiscard]] result<load_report> send_load(const load_options& options,
                                            delivery_maker& deliveries);

// Reads products back and counts those that don't show the state they were answered for; at most
// `sample` are read, spread evenly.
struct verification {
  std::size_t read = 0;
  std::vector<std::string> wrong; // what was found, a line each
};

[[nodiscard]] result<verification>
verify(const load_options& options, const std::vector<product_state>& expected, std::size_t sample);

} // namespace ankkor::load

// What ankkor-load prints: one JSON object, for bench/harness and for people with jq.
#pragma once

#include "bench/load/client.hpp"
#include "bench/load/runner.hpp"
#include "bench/load/streams.hpp"

#include <optional>
#include <string>

namespace ankkor::load {

// Of what a storefront was told of.
struct telling {
  std::uint64_t calls = 0;
  std::uint64_t refused = 0;
  std::size_t untold = 0; // products with a change that it never heard of
  histogram propagation;
};

struct load_outcome {
  run_report run;
  std::optional<telling> told;
  std::optional<verification> checked;

  // Everything was answered as expected, told and read back.
  [[nodiscard]] bool right() const;
};

[[nodiscard]] std::string render(const load_outcome& outcome);
[[nodiscard]] std::string render(const stream_report& report);
[[nodiscard]] bool right(const stream_report& report);

} // namespace ankkor::load

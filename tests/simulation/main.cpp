// ankkor-simulate: runs simulated worlds from their seeds. With one seed it prints the story of the
// run; with a range, the seeds that broke a promise.
#include "base/log.hpp"
#include "world.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <iostream>

using namespace ankkor; // NOLINT(google-build-using-namespace): a program of its own

namespace {

std::string run(std::uint64_t seed, bool tell) {
  auto world = simulation::world{simulation::draw(seed), tell};
  auto broken = world.run();
  for (const auto& line : world.story())
    std::cout << line << '\n';
  const auto& all = world.counts();
  if (tell)
    std::cout << all.changes << " changes, " << all.deliveries << " deliveries (" << all.lost
              << " lost), " << all.requests << " requests (" << all.troubled << " troubled), "
              << all.reads << " reads (" << all.reads_on_demand << " on demand), " << all.crashes
              << " crashes, " << all.calls << " calls, " << all.lasted.count() << " h\n";
  return broken;
}

} // namespace

int main(int count, char** arguments) {
  CLI::App app{"Runs ankkor's engine in simulated worlds"};
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  app.add_option("--seed", seed, "The world's seed, or the first one");
  app.add_option("--seeds", seeds, "How many seeds, from the first one on");
  CLI11_PARSE(app, count, arguments);
  const bool tell = seeds == 1;
  log::start(log::level::info, log::format::text, [tell](std::string_view line) {
    if (tell)
      std::cerr << line;
  });
  std::uint64_t failed = 0;
  for (auto at = seed; at < seed + seeds; ++at) {
    if (const auto broken = run(at, tell); !broken.empty()) {
      std::cout << "seed " << at << ": " << broken << '\n';
      ++failed;
    }
  }
  log::stop();
  std::cout << seeds - failed << " of " << seeds << " worlds kept every promise\n";
  return failed == 0 ? 0 : 1;
}

// ankkor-simulate: runs simulated worlds from their seeds. With one seed it prints the story of the
// run; with a range, the seeds that broke a promise.
#include "base/keyed_hash.hpp"
#include "base/log.hpp"
#include "base/planted_fault.hpp"
#include "world.hpp"

#include <CLI/CLI.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <iomanip>
#include <iostream>

using namespace ankkor; // NOLINT(google-build-using-namespace): a program of its own

namespace {

struct options {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  std::uint64_t jobs = 1;
  bool stop_at_first = false;
  std::string mutation = "none";
};

// What one process did; sent to the one that waits for all.
struct summary {
  std::uint64_t failed = 0;
  simulation::tally counts;
};

std::string run(std::uint64_t seed, bool tell, summary& all) {
  auto world = simulation::world{simulation::draw(seed), tell};
  auto broken = world.run();
  for (const auto& line : world.story())
    std::cout << line << '\n';
  all.counts.add(world.counts());
  return broken;
}

// Every jobs-th seed, beginning with the nth.
summary run_share(const options& chosen, std::uint64_t nth) {
  const bool tell = chosen.seeds == 1;
  log::start(log::level::info, log::format::text, [tell](std::string_view line) {
    if (tell)
      std::cerr << line;
  });
  auto all = summary{};
  for (auto at = chosen.seed + nth; at < chosen.seed + chosen.seeds; at += chosen.jobs) {
    const auto broken = run(at, tell, all);
    if (broken.empty())
      continue;
    ++all.failed;
    std::cout << "seed " + std::to_string(at) + ": " + broken + "\n" << std::flush;
    if (chosen.stop_at_first)
      break;
  }
  log::stop();
  return all;
}

// In a process of its own: a world has its clock for itself.
int start_share(const options& chosen, std::uint64_t nth) {
  int ends[2]; // NOLINT(*-avoid-c-arrays): what pipe() takes
  if (pipe(static_cast<int*>(ends)) != 0)
    return -1;
  std::cout << std::flush;
  if (fork() != 0) {
    close(ends[1]);
    return ends[0];
  }
  const auto all = run_share(chosen, nth);
  std::cout << std::flush;
  const auto sent = write(ends[1], &all, sizeof all);
  _exit(sent == sizeof all ? 0 : 1);
}

// False if a process broke down: a failed assertion of the engine ends it.
bool run_all(const options& chosen, summary& all) {
  if (chosen.jobs == 1) {
    all = run_share(chosen, 0);
    return true;
  }
  auto pipes = std::vector<int>{};
  for (std::uint64_t nth = 0; nth < chosen.jobs; ++nth)
    pipes.push_back(start_share(chosen, nth));
  bool whole = true;
  for (const auto end : pipes) {
    auto share = summary{};
    const bool came = end >= 0 && read(end, &share, sizeof share) == sizeof share;
    whole = whole && came;
    if (came) {
      all.failed += share.failed;
      all.counts.add(share.counts);
    }
    close(end);
  }
  while (wait(nullptr) > 0) {
  }
  return whole;
}

double cpu_seconds() {
  const auto of = [](int whose) {
    auto used = rusage{};
    getrusage(whose, &used);
    const auto in_seconds = [](const timeval& each) {
      return static_cast<double>(each.tv_sec) + static_cast<double>(each.tv_usec) * 1e-6;
    };
    return in_seconds(used.ru_utime) + in_seconds(used.ru_stime);
  };
  return of(RUSAGE_SELF) + of(RUSAGE_CHILDREN);
}

void print(const simulation::tally& all) {
  std::cout << all.changes << " changes, " << all.deliveries << " deliveries (" << all.lost
            << " lost), " << all.switched_off << " webhooks switched off, " << all.requests
            << " requests (" << all.troubled << " troubled), " << all.reads << " reads ("
            << all.reads_on_demand << " on demand), " << all.live_events << " live events, "
            << all.live_returns << " returns, " << all.calls << " calls (" << all.failed_calls
            << " failed), " << all.pipelines << " pipelines, " << all.crashes << " crashes ("
            << all.torn_commits << " in a commit), commits: " << all.slow_commits << " slow, "
            << all.refused_commits << " refused, " << all.doubtful_commits << " in doubt; "
            << all.clock_jumps << " clock jumps, " << all.ids_reused << " IDs reused, "
            << all.quiet_points << " quiet points, " << all.full_passes << " full passes\n";
}

} // namespace

int main(int count, char** arguments) {
  CLI::App app{"Runs ankkor's engine in simulated worlds"};
  auto chosen = options{};
  app.add_option("--seed", chosen.seed, "The world's seed, or the first one");
  app.add_option("--seeds", chosen.seeds, "How many seeds, from the first one on");
  app.add_option("--jobs", chosen.jobs, "In how many processes")->check(CLI::Range(1, 64));
  app
    .add_option("--mutation", chosen.mutation,
                "A fault to be planted in the engine; ends at the first seed that finds it")
    ->check(CLI::IsMember(
      std::vector<std::string>{planted_fault_names.begin(), planted_fault_names.end()}));
  app.add_flag("--stop", chosen.stop_at_first, "End at the first seed that fails");
  CLI11_PARSE(app, count, arguments);
  for (std::size_t at = 0; at < planted_fault_names.size(); ++at) {
    if (planted_fault_names.at(at) == chosen.mutation)
      for_tests::planted = static_cast<planted_fault>(at);
  }
  // So that a seed is the same world again, whatever the order in a table.
  set_process_hash_key({34, 35});
  chosen.stop_at_first = chosen.stop_at_first || for_tests::planted != planted_fault::none;
  const auto begun = std::chrono::steady_clock::now();
  auto all = summary{};
  const bool whole = run_all(chosen, all);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  print(all.counts);
  const auto days = static_cast<double>(all.counts.lasted.count()) / 86'400;
  std::cout << std::fixed << std::setprecision(2) << days << " days of virtual time in "
            << took.count() << " s, " << days * 60 / took.count() << " a minute, "
            << cpu_seconds() * 1e3 / static_cast<double>(chosen.seeds) << " ms CPU a world\n";
  if (!whole)
    std::cout << "a process broke down: run its seeds with --jobs 1\n";
  std::cout << chosen.seeds - all.failed << " of " << chosen.seeds
            << " worlds kept every promise\n";
  return all.failed == 0 && whole ? 0 : 1;
}

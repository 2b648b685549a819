// The floor under "200 means durable": bytes appended to a file, and fdatasync after each, as fast
// as the disk takes it or so many a second.
#include "bench/floors/usage.hpp"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

struct arguments {
  std::string directory = ".";
  double length = 2;
  std::size_t size = 4096;
  double rate = 0;
};

// A file without a name: it is gone with the process.
int unnamed_file(const std::string& directory) {
  constexpr int own_only = 0600;
  const int file = ::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, own_only);
  if (file < 0)
    throw std::runtime_error{"can't write to a file in " + directory};
  return file;
}

// Microseconds of each. At a rate, from the moment it was due, so that a stall counts for all that
// it holds up.
std::vector<double> append(const arguments& given) {
  const int file = unnamed_file(given.directory);
  const auto bytes = std::string(given.size, 'x');
  auto took = std::vector<double>{};
  const auto begun = clock::now();
  const auto until = begun + seconds{given.length};
  const auto step = seconds{given.rate > 0 ? 1 / given.rate : 0};
  for (auto due = begun; due < until;) {
    std::this_thread::sleep_until(due);
    if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fdatasync(file) != 0)
      throw std::runtime_error{"can't write"};
    const auto now = clock::now();
    took.push_back(std::chrono::duration<double, std::micro>(now - due).count());
    due = given.rate > 0 ? due + std::chrono::duration_cast<clock::duration>(step) : now;
  }
  ::close(file);
  return took;
}

void print(std::vector<double> took, double length) {
  std::sort(took.begin(), took.end());
  const auto at = [&took](double share) {
    return took[static_cast<std::size_t>(share * static_cast<double>(took.size() - 1))];
  };
  fmt::print("{{\"count\":{},\"seconds\":{},\"p50_us\":{:.1f},\"p90_us\":{:.1f},\"p99_us\":{:.1f},"
             "\"p999_us\":{:.1f},\"max_us\":{:.1f},\"cpu_seconds\":{:.6f}}}\n",
             took.size(), length, at(0.5), at(0.9), at(0.99), at(0.999), took.back(),
             ankkor::floors::cpu_seconds());
}

} // namespace

int main(int argc, char** argv) {
  try {
    arguments given;
    CLI::App app("Appends to a file and syncs each time: the floor of a durable commit.");
    app.add_option("--dir", given.directory, "On the disk to measure")->capture_default_str();
    app.add_option("--seconds", given.length, "How long")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
    app.add_option("--size", given.size, "Bytes a sync")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
    app.add_option("--rate", given.rate, "Syncs a second; 0: as many as it takes")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
    CLI11_PARSE(app, argc, argv);
    print(append(given), given.length);
    return 0;
  } catch (const std::exception& problem) {
    static_cast<void>(std::fprintf(stderr, "ankkor-floor-sync: %s\n", problem.what()));
    return 1;
  }
}

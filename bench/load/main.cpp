// ankkor-load: how many deliveries a second a running daemon takes, how long the answers take, and
// whether what was answered is served afterwards. scripts/load starts a daemon for it.
#include "bench/load/sender.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>

namespace {

using namespace ankkor; // NOLINT(google-build-using-namespace): a program of its own

struct arguments {
  std::string url = "http://127.0.0.1:8080";
  std::string secret;
  std::size_t seconds = 10;
  std::size_t connections = 16;
  std::size_t products = 1'000;
  std::size_t sample = 200;
  std::string body = ANKKOR_LOAD_BODY;
  bool row = false;
};

int complain(const error& failure) {
  fmt::print(stderr, "ankkor-load: {}\n  {}\n", failure.message, failure.mend);
  return 1;
}

void print(const arguments& given, const load::load_report& report,
           const load::verification& checked) {
  const auto seconds = report.took.count();
  const auto rate = static_cast<double>(report.answered()) / seconds;
  const auto own_share = 100 * report.cpu_seconds / seconds;
  if (given.row) {
    fmt::print("| {} | {:.0f} | {:.2f} | {:.2f} | {:.1f} | {} | {} of {} | {:.0f} % |\n",
               given.connections, rate, report.percentile(0.5), report.percentile(0.99),
               report.percentile(1), report.failed(), checked.read - checked.wrong.size(),
               checked.read, own_share);
  } else {
    fmt::print("{} deliveries in {:.1f} s: {:.0f} a second\n", report.answered(), seconds, rate);
    fmt::print("answer p50 {:.2f} ms, p99 {:.2f} ms, longest {:.1f} ms\n", report.percentile(0.5),
               report.percentile(0.99), report.percentile(1));
    for (const auto& [status, count] : report.answers)
      fmt::print("{:>10} {}\n", count, status);
    fmt::print("{} errors; {} of {} products read back show their last state; the sender itself "
               "took {:.0f} % of a core\n",
               report.failed(), checked.read - checked.wrong.size(), checked.read, own_share);
  }
  for (const auto& [what, count] : report.errors)
    fmt::print(stderr, "{:>10} {}\n", count, what);
  for (const auto& line : checked.wrong)
    fmt::print(stderr, "{}\n", line);
}

int run(const arguments& given) {
  const auto where = net::parse_url(given.url);
  if (!where)
    return complain(where.failure());
  if (where->https)
    return complain(
      {errc::invalid_input, "ankkor-load speaks plain HTTP only.", "Give an http:// URL."});
  if (given.connections == 0 || given.products < given.connections)
    return complain({errc::invalid_input, "Each connection needs a product of its own.",
                     "Give more --products than --connections."});
  const auto body = load::read_body(given.body);
  if (!body)
    return complain(body.failure());
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  auto deliveries =
    load::delivery_maker::from(*body, given.secret, fmt::format("{}:{}", where->host, where->port),
                               static_cast<std::uint64_t>(now.time_since_epoch().count()));
  if (!deliveries)
    return complain(deliveries.failure());

  auto options = load::load_options{};
  options.where = *where;
  options.length = std::chrono::seconds{given.seconds};
  options.connections = given.connections;
  options.products = given.products;
  // Long enough ago that no product's date, a second later with each delivery, reaches the present.
  options.first_modified = now - std::chrono::days{365};
  const auto report = load::send_load(options, *deliveries);
  if (!report)
    return complain(report.failure());
  const auto checked = load::verify(options, report->last, given.sample);
  if (!checked)
    return complain(checked.failure());
  print(given, *report, *checked);
  return report->failed() == 0 && checked->wrong.empty() && checked->read > 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  try {
    arguments given;
    CLI::App app("Sends signed deliveries to a running daemon as fast as it answers. Give it a "
                 "daemon with an empty "
                 "store: what it sends is made up.");
    app.add_option("--url", given.url, "The daemon's public listener, http only")
      ->capture_default_str();
    app.add_option("--secret", given.secret, "The webhook secret")->required();
    app.add_option("--seconds", given.seconds, "How long")->capture_default_str();
    app.add_option("--connections", given.connections, "Kept, each with one delivery at a time")
      ->capture_default_str();
    app.add_option("--products", given.products, "That the deliveries are about, in turn")
      ->capture_default_str();
    app.add_option("--sample", given.sample, "Products to read back at the end")
      ->capture_default_str();
    app.add_option("--body", given.body,
                   "A simple product as WooCommerce sends it, or a recording of one");
    app.add_flag("--row", given.row, "Print a row of a Markdown table");
    CLI11_PARSE(app, argc, argv);
    return run(given);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "ankkor-load stopped: {}\n", problem.what());
    return 1;
  }
}

#include "ankkor/reconcile.hpp"

#include "ankkor/commands.hpp"
#include "ankkor/probe.hpp"
#include "config/describe.hpp"
#include "net/io_pool.hpp"
#include "stock/drift.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <cstdio>

namespace ankkor {

namespace {

using std::chrono::milliseconds;

constexpr auto look_every = milliseconds{250};
constexpr auto problem_patience = std::chrono::seconds{20}; // the daemon itself goes on trying

// Where the admin listener is; one that listens on every address is asked on this machine.
std::string admin_url(const config::endpoint& listen) {
  auto host = listen.host;
  if (host == "0.0.0.0")
    host = "127.0.0.1";
  if (host == "::")
    host = "::1";
  const bool v6 = host.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}/admin/reconcile", v6 ? "[" : "", host, v6 ? "]" : "",
                     listen.port);
}

// What the daemon says of a pass.
struct progress {
  std::string state;
  std::uint64_t done = 0;
  std::optional<std::uint64_t> total;
  std::uint64_t requests = 0;
  std::optional<std::uint64_t> seconds_left;
  std::vector<std::pair<std::string, std::uint64_t>> drift; // what was found, by kind
  std::string problem;
  std::string mend;

  [[nodiscard]] bool ended() const { return state == "done" || state == "failed"; }

  [[nodiscard]] std::uint64_t mended() const {
    std::uint64_t sum = 0;
    for (const auto& [kind, count] : drift)
      sum += count;
    return sum;
  }
};

class daemon_caller {
public:
  explicit daemon_caller(const config::settings& settings)
    : url_(admin_url(settings.admin_listen)), token_(settings.admin_token) {}

  // Answers the JSON of an answer that says 2xx.
  result<std::string> ask(std::string method, const std::string& query, std::string body) {
    auto where = net::parse_url(url_ + query);
    if (!where)
      return where.failure();
    auto what = net::client_request{};
    what.method = std::move(method);
    what.where = std::move(*where);
    what.body = std::move(body);
    if (what.method == "POST")
      what.fields.emplace_back("Content-Type", "application/json");
    if (!token_.empty())
      what.fields.emplace_back("Authorization", "Bearer " + token_);
    auto answer = call(client_, std::move(what));
    if (!answer)
      return error{errc::unavailable, "The daemon does not answer at " + url_ + ".",
                   "Start it with `ankkor serve`, or give its --admin-listen."};
    if (answer->status == 401 || answer->status == 403)
      return error{errc::unavailable, "The daemon refuses the admin token.",
                   "Give the ANKKOR_ADMIN_TOKEN that the daemon runs with."};
    if (answer->status / 100 != 2)
      return error{errc::unavailable, fmt::format("The daemon answered {}.", answer->status),
                   "It was restarted meanwhile, or is of another version: ask again."};
    return std::move(answer->body);
  }

private:
  std::string url_;
  std::string token_;
  net::io_pool pool_{1};
  net::http_client client_{pool_};
};

error unreadable() {
  return {errc::invalid_input, "What the daemon answered can't be read.",
          "Is it an ankkor of this version that listens there?"};
}

result<std::uint64_t> read_ticket(const std::string& body) {
  auto parser = simdjson::dom::parser{};
  std::uint64_t id = 0;
  if (parser.parse(body)["id"].get(id) != simdjson::SUCCESS)
    return unreadable();
  return id;
}

result<progress> read_progress(const std::string& body) {
  auto parser = simdjson::dom::parser{};
  simdjson::dom::object of;
  std::string_view state;
  auto now = progress{};
  simdjson::dom::object drift;
  if (parser.parse(body).get(of) != simdjson::SUCCESS ||
      of["state"].get(state) != simdjson::SUCCESS ||
      of["done"].get(now.done) != simdjson::SUCCESS ||
      of["requests"].get(now.requests) != simdjson::SUCCESS ||
      of["drift"].get(drift) != simdjson::SUCCESS)
    return unreadable();
  now.state = state;
  if (std::uint64_t total = 0; of["total"].get(total) == simdjson::SUCCESS)
    now.total = total;
  if (std::uint64_t left = 0; of["secondsLeft"].get(left) == simdjson::SUCCESS)
    now.seconds_left = left;
  for (const auto [kind, count] : drift) {
    if (std::uint64_t number = 0; count.get(number) == simdjson::SUCCESS && number != 0)
      now.drift.emplace_back(kind, number);
  }
  if (std::string_view text; of["problem"].get(text) == simdjson::SUCCESS)
    now.problem = text;
  if (std::string_view text; of["mend"].get(text) == simdjson::SUCCESS)
    now.mend = text;
  return now;
}

std::string describe(const progress& now) {
  auto text = now.total ? fmt::format("{} of {} products", now.done, *now.total)
                        : fmt::format("{} products", now.done);
  text += fmt::format(", {} wrong, {} requests", now.mended(), now.requests);
  if (now.seconds_left && !now.ended())
    text += fmt::format(", {} s left", *now.seconds_left);
  return text;
}

// A bar that draws over itself on a terminal, else a line whenever there is news.
class follower {
public:
  explicit follower(bool silent)
    : silent_(silent), terminal_(!silent && isatty(STDOUT_FILENO) == 1) {}

  void show(const progress& now) {
    const auto text = describe(now);
    if (silent_ || text == last_)
      return;
    last_ = text;
    if (terminal_) {
      fmt::print("\r\x1b[K{} {}", bar(now), text);
    } else {
      fmt::print("{}\n", text);
    }
    std::fflush(stdout);
  }

  void end() const {
    if (terminal_)
      fmt::print("\r\x1b[K");
  }

private:
  static std::string bar(const progress& now) {
    constexpr std::uint64_t width = 30;
    const auto whole = now.total.value_or(0);
    const auto filled = whole == 0 ? 0 : std::min(width, now.done * width / whole);
    return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
  }

  bool silent_;
  bool terminal_;
  std::string last_;
};

int summarize(const progress& end) {
  if (end.state == "failed") {
    complain({errc::unavailable,
              end.problem.empty() ? "The pass did not come to its end." : end.problem, end.mend});
    return exit_failed;
  }
  fmt::print("{} products read with {} requests.\n", end.done, end.requests);
  if (end.drift.empty())
    fmt::print("The copy was right.\n");
  for (const auto& [kind, count] : end.drift)
    fmt::print("{:<8} {} found and mended\n", kind, count);
  return exit_success;
}

std::string wish(const reconcile_options& options) {
  if (options.product != 0)
    return fmt::format(R"({{"type":"product","id":{}}})", options.product);
  return options.full ? R"({"type":"all-products"})" : R"({"type":"inventory"})";
}

int follow(daemon_caller& daemon, std::uint64_t id, bool json) {
  auto shown = follower{json};
  auto troubled_since = std::optional<std::chrono::steady_clock::time_point>{};
  for (;;) {
    auto body = daemon.ask("GET", fmt::format("?id={}", id), "");
    const auto now = body ? read_progress(*body) : result<progress>{body.failure()};
    if (!now) {
      shown.end();
      complain(now.failure());
      return exit_failed;
    }
    shown.show(*now);
    if (now->ended()) {
      shown.end();
      if (!json)
        return summarize(*now);
      fmt::print("{}\n", *body);
      return now->state == "done" ? exit_success : exit_failed;
    }
    const auto clock = std::chrono::steady_clock::now();
    if (now->problem.empty())
      troubled_since.reset();
    else if (!troubled_since)
      troubled_since = clock;
    if (troubled_since && clock > *troubled_since + problem_patience) {
      shown.end();
      complain({errc::unavailable, now->problem, now->mend});
      return exit_failed;
    }
    if (wait_for_signal(look_every))
      return exit_failed; // the daemon goes on
  }
}

} // namespace

void offer_reconcile_flags(CLI::App& command, reconcile_options& options) {
  auto* full = command.add_flag("--full", options.full, "The whole catalog, at the full budget");
  command.add_option("--product", options.product, "One product or variation, by its ID")
    ->type_name("ID")
    ->check(CLI::PositiveNumber)
    ->excludes(full);
  command.add_flag("--json", options.json, "For programs: how it ended, and nothing before");
}

int reconcile(const config::load_result& loaded, const reconcile_options& options) {
  if (!loaded.ok()) {
    complain({errc::invalid_input, loaded.faults.front().what, loaded.faults.front().mend});
    return exit_usage;
  }
  auto daemon = daemon_caller{loaded.values};
  const auto begun = daemon.ask("POST", "", wish(options));
  const auto ticket = begun ? read_ticket(*begun) : result<std::uint64_t>{begun.failure()};
  if (!ticket) {
    complain(ticket.failure());
    return exit_failed;
  }
  return follow(daemon, *ticket, options.json);
}

} // namespace ankkor

#include "ankkor/commands.hpp"

#include "ankkor/daemon.hpp"
#include "base/log.hpp"
#include "config/describe.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace ankkor {

namespace {

sigset_t ending_signals() {
  auto signals = sigset_t{};
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

log::level level_of(config::log_level level) {
  switch (level) {
  case config::log_level::debug:
    return log::level::debug;
  case config::log_level::warning:
    return log::level::warning;
  case config::log_level::error:
    return log::level::error;
  case config::log_level::info:
    break;
  }
  return log::level::info;
}

log::format format_of(config::log_format format) {
  const bool on_a_terminal = isatty(STDERR_FILENO) == 1;
  if (format == config::log_format::automatic)
    return on_a_terminal ? log::format::text : log::format::json;
  return format == config::log_format::json ? log::format::json : log::format::text;
}

// A crash must not leave the secrets of the settings in a file.
void leave_no_core() {
  const auto none = rlimit{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

} // namespace

void prepare_signals() {
  const auto signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool wait_for_signal(std::optional<std::chrono::milliseconds> at_most) {
  const auto signals = ending_signals();
  if (!at_most) {
    int received = 0;
    return sigwait(&signals, &received) == 0;
  }
  const auto whole = std::chrono::floor<std::chrono::seconds>(*at_most);
  auto time = timespec{};
  time.tv_sec = whole.count();
  time.tv_nsec = std::chrono::nanoseconds{*at_most - whole}.count();
  return sigtimedwait(&signals, nullptr, &time) > 0;
}

void complain(const error& failure) {
  std::cerr << "ankkor: " << failure.message << '\n';
  if (!failure.mend.empty())
    std::cerr << "  " << failure.mend << '\n';
}

config::load_result load_for_client(const std::map<std::string, std::string>& flags,
                                    const std::optional<std::string>& config_file) {
  auto from = config::sources{};
  from.config_file = config_file;
  from.read_file = config::read_text_file;
  for (const auto* name : {"admin-listen", "admin-token-file"}) {
    if (const auto given = flags.find(name); given != flags.end())
      from.flags.insert(*given);
  }
  for (const auto* name :
       {"ANKKOR_ADMIN_LISTEN", "ANKKOR_ADMIN_TOKEN", "ANKKOR_ADMIN_TOKEN_FILE"}) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any other thread
    if (const auto* value = std::getenv(name); value != nullptr)
      from.environment[name] = value;
  }
  // Required by `serve`, and nothing to us.
  from.environment["WOOCOMMERCE_STORE_URL"] = "https://shop.invalid";
  for (const auto* name :
       {"WOOCOMMERCE_CONSUMER_KEY", "WOOCOMMERCE_CONSUMER_SECRET", "WOOCOMMERCE_WEBHOOK_SECRET"})
    from.environment[name] = "unused";
  return config::load(from);
}

int serve(const config::load_result& loaded) {
  if (!loaded.ok()) {
    std::cerr << config::report(loaded, config::output::text);
    return exit_usage;
  }
  leave_no_core();
  log::start(level_of(loaded.values.level), format_of(loaded.values.format));
  for (const auto& warning : loaded.warnings)
    log::warning(warning);
  auto started = daemon::start(loaded.values);
  if (!started) {
    log::stop();
    complain(started.failure());
    return exit_failed;
  }
  wait_for_signal(std::nullopt);
  (*started)->stop();
  log::stop();
  return exit_success;
}

int check_config(const config::load_result& loaded, bool json) {
  const auto text = config::report(loaded, json ? config::output::json : config::output::text);
  (loaded.ok() || json ? std::cout : std::cerr) << text;
  return loaded.ok() ? exit_success : exit_usage;
}

int show_config(const config::load_result& loaded, bool json) {
  std::cout << config::show(loaded, json ? config::output::json : config::output::text);
  if (loaded.ok())
    return exit_success;
  std::cerr << config::report(loaded, config::output::text);
  return exit_usage;
}

} // namespace ankkor

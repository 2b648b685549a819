#include "daemon_process.hpp"

#include "waiting.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace ankkor::testing {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  auto all = std::vector<char*>{};
  for (auto& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// What the child is given of our own variables: how a sanitizer shall report, and how many threads
// it shall have (scripts/tsan).
std::vector<std::string> inherited() {
  auto found = std::vector<std::string>{};
  for (const std::string name : {"ANKKOR_ENGINE_THREADS", "ANKKOR_IO_THREADS", "ASAN_OPTIONS",
                                 "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"})
    if (const char* value = std::getenv(name.c_str()); value != nullptr)
      found.push_back(name + "=" + value);
  return found;
}

// The number that the text begins with; 0 if it begins with none.
template <class Number>
Number number(std::string_view text) {
  auto found = Number{};
  std::from_chars(text.data(), text.data() + text.size(), found);
  return found;
}

// What runs in the child between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(int output, char* const* arguments, char* const* settings) {
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  // A test that is killed takes its daemon with it. (Holds for the thread that forks: the test's.)
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A write over RLIMIT_FSIZE shall fail, not kill (limit_file_size).
  ::signal(SIGXFSZ, SIG_IGN);
  ::execve(ANKKOR_BINARY, arguments, settings);
  ::_exit(127);
}

} // namespace

temporary_directory::temporary_directory() {
  auto name = (std::filesystem::temp_directory_path() / "ankkor-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw std::runtime_error{"no temporary directory"};
  path_ = name;
}

temporary_directory::~temporary_directory() {
  auto ignored = std::error_code{};
  std::filesystem::remove_all(path_, ignored);
}

environment daemon_settings(const std::string& data_dir, const environment& changes) {
  auto settings = environment{{"WOOCOMMERCE_STORE_URL", "http://127.0.0.1:8088"},
                              {"WOOCOMMERCE_CONSUMER_KEY", consumer_key},
                              {"WOOCOMMERCE_CONSUMER_SECRET", consumer_secret},
                              {"WOOCOMMERCE_WEBHOOK_SECRET", webhook_secret},
                              {"ANKKOR_LISTEN", "127.0.0.1:0"},
                              {"ANKKOR_ADMIN_LISTEN", "127.0.0.1:0"},
                              {"ANKKOR_DATA_DIR", data_dir}};
  for (const auto& [name, value] : changes)
    settings[name] = value;
  return settings;
}

daemon_process::daemon_process(const environment& settings,
                               const std::vector<std::string>& arguments) {
  auto words = std::vector<std::string>{"ankkor"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto variables = inherited();
  for (const auto& [name, value] : settings)
    variables.emplace_back(name).append("=").append(value);
  auto word_pointers = pointers(words);
  auto variable_pointers = pointers(variables);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::runtime_error{"no pipe"};
  pid_ = ::fork();
  if (pid_ == 0)
    become(ends[1], word_pointers.data(), variable_pointers.data());
  ::close(ends[1]);
  pipe_ = ends[0];
  follower_ = std::thread{[this] { follow(); }};
}

daemon_process::~daemon_process() {
  kill();
  follower_.join();
  ::close(pipe_);
}

void daemon_process::follow() {
  std::array<char, 8192> buffer{};
  for (;;) {
    const auto got = ::read(pipe_, buffer.data(), buffer.size());
    const std::lock_guard lock{guard_};
    if (got <= 0) {
      output_ended_ = true;
      change_.notify_all();
      return;
    }
    output_.append(buffer.data(), static_cast<std::size_t>(got));
    change_.notify_all();
  }
}

bool daemon_process::wait_for_ports() {
  constexpr std::string_view sentence = "ankkor takes webhooks and answers reads.";
  auto lock = std::unique_lock{guard_};
  auto at = std::string::npos;
  change_.wait_for(lock, patience, [&] {
    at = output_.find(sentence);
    return output_ended_ || (at != std::string::npos && output_.find('\n', at) != at);
  });
  if (at == std::string::npos)
    return false;
  const auto begin = output_.rfind('\n', at) + 1; // 0 if it is the first line
  const auto line = output_.substr(begin, output_.find('\n', at) - begin);
  port_ = number<std::uint16_t>(json_at(line, "/port"));
  admin_port_ = number<std::uint16_t>(json_at(line, "/admin_port"));
  return port_ != 0 && admin_port_ != 0;
}

bool daemon_process::ready() {
  return wait_for_ports() && eventually([this] { return ask("/readyz").status == 200; });
}

double daemon_process::metric(std::string_view series) const {
  const auto text = ask("/metrics").body;
  const auto wanted = "\n" + std::string{series} + " ";
  const auto at = text.find(wanted);
  return at == std::string::npos
           ? -1
           : number<double>(std::string_view{text}.substr(at + wanted.size()));
}

void daemon_process::signal(int number) const {
  if (pid_ > 0)
    ::kill(pid_, number);
}

bool daemon_process::reaped(bool block) {
  if (pid_ < 0)
    return true;
  int status = 0;
  if (::waitpid(pid_, &status, block ? 0 : WNOHANG) != pid_)
    return false;
  pid_ = -1;
  exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  // What it wrote last may still be on its way to the follower.
  auto lock = std::unique_lock{guard_};
  change_.wait_for(lock, patience, [this] { return output_ended_; });
  return true;
}

void daemon_process::kill() {
  signal(SIGKILL);
  reaped(true);
}

int daemon_process::wait(std::chrono::milliseconds at_most) {
  return eventually([this] { return reaped(false); }, at_most) ? exit_status_ : -1;
}

int daemon_process::terminate() {
  signal(SIGTERM);
  return wait();
}

void daemon_process::limit_file_size(std::optional<std::uint64_t> bytes) const {
  auto limits = rlimit{};
  ::prlimit(pid_, RLIMIT_FSIZE, nullptr, &limits);
  limits.rlim_cur = bytes ? *bytes : limits.rlim_max;
  ::prlimit(pid_, RLIMIT_FSIZE, &limits, nullptr);
}

std::string daemon_process::output() const {
  const std::lock_guard lock{guard_};
  return output_;
}

bool daemon_process::wait_for_output(std::string_view text) const {
  auto lock = std::unique_lock{guard_};
  return change_.wait_for(lock, patience, [&] {
    return output_ended_ || output_.find(text) != std::string::npos;
  }) && output_.find(text) != std::string::npos;
}

} // namespace ankkor::testing

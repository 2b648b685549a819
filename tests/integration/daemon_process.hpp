// The real binary as a child process: started with settings in its environment, watched through its
// log and its listeners, ended as a test wants.
#pragma once

#include "raw_http.hpp"

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace ankkor::testing {

// A directory of one test's own, deleted at the end.
class temporary_directory {
public:
  temporary_directory();
  ~temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }

  [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

private:
  std::filesystem::path path_;
};

using environment = std::map<std::string, std::string>;

// The secrets that the settings below give to the daemon: none of them may ever be in its output.
inline constexpr auto webhook_secret = "woo-lab-secret-0123456789";
inline constexpr auto revalidate_secret = "storefront-secret-5c1d";
inline constexpr auto consumer_key = "ck_never_to_be_seen_41";
inline constexpr auto consumer_secret = "cs_never_to_be_seen_42";

// A complete configuration with the data in `data_dir` and ports that the system chooses. More
// settings, or others, come from `changes`.
[[nodiscard]] environment daemon_settings(const std::string& data_dir,
                                          const environment& changes = {});

class daemon_process {
public:
  // Starts `ankkor` with these arguments and nothing else in its environment.
  explicit daemon_process(const environment& settings,
                          const std::vector<std::string>& arguments = {"serve"});
  ~daemon_process(); // kills it
  daemon_process(const daemon_process&) = delete;
  daemon_process& operator=(const daemon_process&) = delete;

  // Waits until it says its ports and /readyz answers 200; false if it ends before.
  bool ready();

  [[nodiscard]] std::uint16_t port() const { return port_; }

  [[nodiscard]] std::uint16_t admin_port() const { return admin_port_; }

  [[nodiscard]] pid_t pid() const { return pid_; }

  [[nodiscard]] raw_answer read(std::string_view target, const header_fields& fields = {}) const {
    return get(port_, target, fields);
  }

  [[nodiscard]] raw_answer ask(std::string_view target, const header_fields& fields = {}) const {
    return get(admin_port_, target, fields);
  }

  // The value of one series as /metrics writes it, e.g. "ankkor_products{state=\"hidden\"}"; -1 if
  // it isn't there.
  [[nodiscard]] double metric(std::string_view series) const;

  void signal(int number) const;
  void kill(); // -9, and waits for its end

  // Waits for its end by itself; its exit status, or -1 if it was killed or the time is over.
  int wait(std::chrono::milliseconds at_most = std::chrono::seconds{20});

  // SIGTERM, and wait().
  int terminate();

  // No file of the child may grow beyond this many bytes from now on: a full disk, as far as a
  // process can tell (EFBIG). Nothing: no limit.
  void limit_file_size(std::optional<std::uint64_t> bytes) const;

  // All that it wrote to stderr and stdout up to now.
  [[nodiscard]] std::string output() const;

  // Waits until a line with this text was written.
  bool wait_for_output(std::string_view text) const;

private:
  void follow();
  bool wait_for_ports();
  bool reaped(bool block);

  pid_t pid_ = -1;
  int pipe_ = -1;
  int exit_status_ = -1;
  std::uint16_t port_ = 0;
  std::uint16_t admin_port_ = 0;
  mutable std::mutex guard_;
  mutable std::condition_variable change_;
  std::string output_;
  bool output_ended_ = false;
  std::thread follower_;
};

} // namespace ankkor::testing

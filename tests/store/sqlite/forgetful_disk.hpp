// A disk as the worst of them are: until a file is synced, any part of what was written to it may
// be on the disk or not; and a sync that fails leaves what was written visible, but never carries
// it over, and says so once. From it come the files as a power cut would leave them.
#pragma once

#include "faulty_disk.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace ankkor::store::testing {

class forgetful_disk final : public disk_watcher {
public:
  // What is in `directory` now is on the disk.
  forgetful_disk(const std::string& directory, unsigned seed);

  // How likely a sync fails, from now on: of ankkor.db, and of the files beside it.
  void fail_syncs(double of_database, double of_others);

  // How likely the power is cut before a change or a sync, from now on. Life goes on all the same:
  // `cut` gets the files that it would have left. Called under a lock; must not use the disk.
  using files = std::map<std::string, std::string>;
  void cut_power(double share, std::function<void(files)> cut);

  // Runs it while nothing is written and no power is cut.
  template <class F>
  void with_power(F run) {
    const std::lock_guard lock{guard_};
    run();
  }

  // Called before each write to ankkor.db, by who writes, without a lock.
  void before_database_writes(std::function<void()> call) { before_ = std::move(call); }

  [[nodiscard]] files after_power_cut();
  [[nodiscard]] std::uint64_t failed_syncs() const;

  bool write(std::string_view file, std::string_view bytes, std::uint64_t at) override;
  void truncate(std::string_view file, std::uint64_t size) override;
  void remove(std::string_view file) override;
  bool sync(std::string_view file) override;

private:
  struct change {
    std::optional<std::uint64_t> size; // it was truncated or extended to that
    std::string bytes;
    std::uint64_t at = 0;
  };

  struct file_state {
    std::string on_disk;
    std::vector<change> pending;
    bool removed = false; // since the last sync of its directory, which is never waited for
  };

  [[nodiscard]] bool happens(double share);
  void maybe_cut();
  void apply_some(std::string& content, const std::vector<change>& pending);
  static void apply(std::string& content, const change& one);
  files cut_now();

  mutable std::mutex guard_;
  std::mt19937 random_;
  std::map<std::string, file_state, std::less<>> files_;
  double failing_database_ = 0;
  double failing_others_ = 0;
  double cutting_ = 0;
  std::function<void(files)> cut_;
  std::function<void()> before_; // set while nobody writes
  std::uint64_t failed_ = 0;
};

} // namespace ankkor::store::testing

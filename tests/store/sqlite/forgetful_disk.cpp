#include "forgetful_disk.hpp"

#include "place.hpp"

#include <algorithm>
#include <array>

namespace ankkor::store::testing {

namespace {

// What a disk writes whole or not at all.
constexpr std::size_t sector = 512;

// SQLite's index of its log is memory, not a file; the lock says nothing.
bool is_kept(std::string_view file) {
  return file == "ankkor.db" || file == "ankkor.db-wal" || file == "ankkor.seq";
}

} // namespace

forgetful_disk::forgetful_disk(const std::string& directory, unsigned seed) : random_(seed) {
  for (const auto& [name, content] : contents(directory)) {
    if (is_kept(name))
      files_[name].on_disk = content;
  }
}

void forgetful_disk::fail_syncs(double of_database, double of_others) {
  const std::lock_guard lock{guard_};
  failing_database_ = of_database;
  failing_others_ = of_others;
}

void forgetful_disk::cut_power(double share, std::function<void(files)> cut) {
  const std::lock_guard lock{guard_};
  cutting_ = share;
  cut_ = std::move(cut);
}

forgetful_disk::files forgetful_disk::after_power_cut() {
  const std::lock_guard lock{guard_};
  return cut_now();
}

std::uint64_t forgetful_disk::failed_syncs() const {
  const std::lock_guard lock{guard_};
  return failed_;
}

bool forgetful_disk::happens(double share) {
  return std::bernoulli_distribution{share}(random_);
}

void forgetful_disk::maybe_cut() {
  if (cut_ && happens(cutting_))
    cut_(cut_now());
}

void forgetful_disk::apply(std::string& content, const change& one) {
  if (one.size) {
    content.resize(*one.size);
    return;
  }
  if (content.size() < one.at + one.bytes.size())
    content.resize(one.at + one.bytes.size());
  content.replace(one.at, one.bytes.size(), one.bytes);
}

// Sector by sector, whichever had the luck.
void forgetful_disk::apply_some(std::string& content, const std::vector<change>& pending) {
  constexpr std::array shares{0.0, 0.1, 0.5, 0.9, 1.0};
  const auto share = shares[random_() % shares.size()];
  for (const auto& one : pending) {
    if (one.size) {
      if (happens(share))
        apply(content, one);
      continue;
    }
    for (std::size_t done = 0; done < one.bytes.size();) {
      const auto size = std::min(one.bytes.size() - done, sector - (one.at + done) % sector);
      if (happens(share))
        apply(content, {{}, one.bytes.substr(done, size), one.at + done});
      done += size;
    }
  }
}

forgetful_disk::files forgetful_disk::cut_now() {
  files left;
  for (const auto& [name, state] : files_) {
    if (state.removed && happens(0.5))
      continue;
    auto& content = left[name] = state.on_disk;
    apply_some(content, state.pending);
  }
  return left;
}

bool forgetful_disk::write(std::string_view file, std::string_view bytes, std::uint64_t at) {
  if (!is_kept(file))
    return true;
  if (before_ && file == "ankkor.db")
    before_();
  const std::lock_guard lock{guard_};
  maybe_cut();
  auto& state = files_[std::string{file}];
  if (state.removed)
    state = {};
  state.pending.push_back({{}, std::string{bytes}, at});
  return true;
}

void forgetful_disk::truncate(std::string_view file, std::uint64_t size) {
  if (!is_kept(file))
    return;
  const std::lock_guard lock{guard_};
  maybe_cut();
  files_[std::string{file}].pending.push_back({size, {}, 0});
}

void forgetful_disk::remove(std::string_view file) {
  if (!is_kept(file))
    return;
  const std::lock_guard lock{guard_};
  maybe_cut();
  files_[std::string{file}].removed = true;
}

bool forgetful_disk::sync(std::string_view file) {
  if (!is_kept(file))
    return true;
  const std::lock_guard lock{guard_};
  maybe_cut();
  auto& state = files_[std::string{file}];
  const bool fails =
    !state.pending.empty() && happens(file == "ankkor.db" ? failing_database_ : failing_others_);
  if (fails) {
    ++failed_;
    apply_some(state.on_disk, state.pending);
  } else {
    for (const auto& one : state.pending)
      apply(state.on_disk, one);
  }
  state.pending.clear();
  return !fails;
}

} // namespace ankkor::store::testing

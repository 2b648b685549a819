// Follows what a page of a reconciliation showed until all of it is committed: a watermark or a
// cursor that moved earlier would leave behind what a crash or a full disk lost.
#pragma once

#include "actors/incoming.hpp"

#include <array>
#include <atomic>
#include <functional>

namespace ankkor::actors {

class page_receipt : public std::enable_shared_from_this<page_receipt> {
public:
  // `finished` is called once, from any thread, after the last of `parts` was done.
  page_receipt(std::uint64_t pass, std::size_t parts,
               std::function<void(std::shared_ptr<const page_receipt>)> finished)
    : pass_(pass), parts_(parts), open_(parts), finished_(std::move(finished)) {}

  // The reply of one of the observations; each may be taken once.
  [[nodiscard]] std::shared_ptr<reply> part(std::size_t at) {
    parts_[at].of = this;
    return {shared_from_this(), &parts_[at]};
  }

  [[nodiscard]] std::uint64_t pass() const noexcept { return pass_; } // its ID

  // What follows may be asked once it is finished.

  [[nodiscard]] std::size_t refused() const noexcept { return refused_.load(); }

  [[nodiscard]] std::uint64_t drift(stock::drift kind) const noexcept {
    return drift_[static_cast<std::size_t>(kind)].load();
  }

private:
  struct one final : reply {
    page_receipt* of = nullptr;
    std::optional<stock::drift> found;

    void drifted(stock::drift kind) override { found = kind; }

    void done(const result<store::outcome>& outcome) override {
      of->done(outcome.ok() ? found : std::nullopt, outcome.ok());
    }
  };

  void done(std::optional<stock::drift> found, bool committed) {
    if (!committed)
      refused_.fetch_add(1);
    if (found)
      drift_[static_cast<std::size_t>(*found)].fetch_add(1);
    if (open_.fetch_sub(1) == 1)
      finished_(shared_from_this());
  }

  std::uint64_t pass_;
  std::vector<one> parts_;
  std::atomic<std::size_t> open_;
  std::atomic<std::size_t> refused_{0};
  std::array<std::atomic<std::uint64_t>, stock::all_drifts.size()> drift_{};
  std::function<void(std::shared_ptr<const page_receipt>)> finished_;
};

} // namespace ankkor::actors

// A tiny storefront that is told what to render anew: POST /api/revalidate in the "next" format,
// and a page that lists the latest calls. Pure: time is given. Thread-safe.
#pragma once

#include "emulator/http.hpp"
#include "emulator/wordpress.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ankkor::emulator {

struct revalidation {
  moment at{};
  std::string id; // as the caller numbers it; the same again is a repetition
  std::vector<std::string> tags;
  std::vector<std::string> paths;
};

// How it is to fail. Calls that fail tell it nothing.
struct storefront_faults {
  unsigned status = 0; // in place of 200; 0: none
  std::optional<std::chrono::seconds> retry_after;
  std::chrono::milliseconds latency{0};
  bool silent = false; // doesn't answer at all
};

class storefront {
public:
  // What is beyond `calls_kept` is forgotten, the oldest first.
  explicit storefront(std::string secret, std::size_t calls_kept = 100'000);

  [[nodiscard]] http_answer handle(const http_question& request, moment now);
  void set_faults(storefront_faults what);

  [[nodiscard]] std::vector<revalidation> calls() const; // the oldest first
  [[nodiscard]] std::uint64_t told() const;              // calls taken, ever
  [[nodiscard]] std::uint64_t refused() const; // calls failed on purpose or for their secret, ever
  // When a tag was told of last; nothing if never.
  [[nodiscard]] std::optional<moment> last_told(std::string_view tag) const;
  // When a tag was first told of at or after that moment: how long a change took to arrive.
  [[nodiscard]] std::optional<moment> first_told(std::string_view tag, moment since) const;

private:
  [[nodiscard]] http_answer take(const http_question& request, moment now);
  [[nodiscard]] std::string page() const;

  const std::string secret_;
  const std::size_t calls_kept_;
  mutable std::mutex mutex_;
  storefront_faults faults_;
  std::deque<revalidation> calls_;
  std::unordered_map<std::string, std::vector<moment>>
    told_; // by tag, ascending; bounded as calls_ is
  std::uint64_t taken_ = 0;
  std::uint64_t refused_ = 0;
};

} // namespace ankkor::emulator

// Who holds a store that several machines can reach: the text that its lock says.
#pragma once

#include <string>
#include <string_view>

namespace ankkor::store::on_redis {

// Names one holder of this process for as long as it lives; no two are named alike.
class holder {
public:
  holder();
  holder(const holder&) = delete;
  holder& operator=(const holder&) = delete;
  ~holder();

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
  std::string name_;
};

// True if a holder of this name certainly lives no more: it was of this machine, where its process
// is gone. Of another machine nobody knows.
[[nodiscard]] bool is_gone(std::string_view name);

// "process 42 on shop-1"
[[nodiscard]] std::string describe(std::string_view name);

} // namespace ankkor::store::on_redis

#include "api/admin/webhook_success.hpp"

namespace ankkor::api {

std::optional<double> webhook_success::share::ratio() const {
  const auto all = delivered + missed;
  if (all == 0)
    return std::nullopt;
  return static_cast<double>(delivered) / static_cast<double>(all);
}

void webhook_success::add(std::uint64_t delivered, std::uint64_t missed, stock::moment now) {
  now_ = {now, delivered, missed};
  if (steps_.empty() || now - steps_.back().at >= step)
    steps_.push_back(now_);
  while (steps_.size() > 1 && now - steps_[1].at >= kept)
    steps_.pop_front();
}

webhook_success::share webhook_success::over(std::chrono::hours window) const {
  if (steps_.empty())
    return {};
  // The newest step that is as old as the window: so a little more than it, never less.
  const auto* from = &steps_.front();
  for (const auto& each : steps_) {
    if (now_.at - each.at >= window)
      from = &each;
  }
  return {now_.delivered - from->delivered, now_.missed - from->missed};
}

void webhook_success::write(json::writer& out) const {
  const auto one = [&](std::string_view name, std::chrono::hours window) {
    const auto of = over(window);
    out.key(name).begin_object().field("delivered", of.delivered).field("missed", of.missed);
    out.key("ratio");
    if (const auto ratio = of.ratio())
      out.value(*ratio);
    else
      out.null();
    out.end_object();
  };
  one("hour", std::chrono::hours{1});
  one("day", std::chrono::hours{24});
}

} // namespace ankkor::api

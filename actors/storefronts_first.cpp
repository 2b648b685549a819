#include "actors/storefronts_first.hpp"

#include "base/planted_fault.hpp"

#include <algorithm>

namespace ankkor::actors {

storefronts_first::storefronts_first(std::set<std::string> storefronts) {
  for (const auto& name : storefronts)
    storefronts_.try_emplace(name);
}

void storefronts_first::on_progress(std::function<void()> wake) {
  const std::lock_guard lock{guard_};
  wakes_.push_back(std::move(wake));
}

void storefronts_first::expect(const std::string& target,
                               const std::vector<store::outbox_job>& jobs) {
  const std::lock_guard lock{guard_};
  const auto found = storefronts_.find(target);
  if (found == storefronts_.end())
    return;
  for (const auto& job : jobs) {
    auto& newest = found->second.products[job.product].newest;
    newest = std::max(newest, job.version);
  }
}

void storefronts_first::progress(const std::string& name, bool running,
                                 const std::vector<store::acknowledgement>& heard) {
  {
    const std::lock_guard lock{guard_};
    const auto found = storefronts_.find(name);
    if (found == storefronts_.end())
      return;
    found->second.running = running;
    auto& products = found->second.products;
    for (const auto& each : heard) {
      const auto waits = products.find(each.product);
      if (waits == products.end())
        continue;
      waits->second.heard = std::max(waits->second.heard, each.version);
      if (waits->second.heard >= waits->second.newest)
        products.erase(waits);
    }
  }
  // Not under the lock: whoever is woken looks.
  for (const auto& wake : wakes_)
    wake();
}

storefronts_first::order storefronts_first::look(stock::product_id product,
                                                 std::uint64_t version) const {
  const std::lock_guard lock{guard_};
  auto answer = order::go;
  if (is_planted(planted_fault::cdn_first))
    return answer;
  for (const auto& [name, each] : storefronts_) {
    const auto waits = each.products.find(product);
    if (waits == each.products.end() || waits->second.heard >= version)
      continue;
    if (!each.running)
      return order::wait;
    answer = order::late;
  }
  return answer;
}

} // namespace ankkor::actors

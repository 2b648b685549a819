#include "actors/reconciliation.hpp"

#include <algorithm>

namespace ankkor::actors {

std::optional<std::chrono::seconds> time_left(const pass_progress& of, stock::moment now) {
  if (of.state == pass_state::done || of.state == pass_state::failed)
    return std::chrono::seconds{0};
  if (of.state != pass_state::running || !of.total || of.done == 0)
    return std::nullopt;
  const auto taken = std::chrono::duration<double>(now - of.begun);
  const auto left = static_cast<double>(*of.total - std::min(*of.total, of.done));
  return std::chrono::ceil<std::chrono::seconds>(taken * (left / static_cast<double>(of.done)));
}

pass_progress* reconcile_board::look_up(std::uint64_t id) {
  const auto found =
    std::find_if(passes_.begin(), passes_.end(), [&](const auto& each) { return each.id == id; });
  return found == passes_.end() ? nullptr : &*found;
}

pass_progress& reconcile_board::add(reconcile_type type, stock::product_id product,
                                    stock::moment now) {
  if (passes_.size() >= kept_max) {
    const auto oldest = std::find_if(passes_.begin(), passes_.end(), [](const auto& each) {
      return each.state == pass_state::done || each.state == pass_state::failed;
    });
    passes_.erase(oldest == passes_.end() ? passes_.begin() : oldest);
  }
  auto& made = passes_.emplace_back();
  made.id = ++last_id_;
  made.type = type;
  made.product = product;
  made.begun = now;
  return made;
}

pass_ticket reconcile_board::ask(reconcile_type type, stock::product_id product,
                                 stock::moment now) {
  const std::lock_guard lock{guard_};
  for (const auto& each : passes_) {
    if (each.type != type || each.product != product || !each.by_person)
      continue;
    const bool runs = each.state == pass_state::running && type == reconcile_type::all_products;
    if (each.state == pass_state::waiting || runs)
      return {each.id, true};
  }
  auto& made = add(type, product, now);
  made.by_person = true;
  return {made.id, false};
}

std::uint64_t reconcile_board::begin(reconcile_type type, stock::product_id product, bool by_person,
                                     stock::moment now) {
  const std::lock_guard lock{guard_};
  const auto waits = std::find_if(passes_.begin(), passes_.end(), [&](const auto& each) {
    return each.type == type && each.product == product && each.state == pass_state::waiting;
  });
  auto& made = waits == passes_.end() ? add(type, product, now) : *waits;
  made.by_person = made.by_person || by_person;
  made.state = pass_state::running;
  made.begun = now;
  return made.id;
}

void reconcile_board::end(std::uint64_t id, pass_state how, stock::moment now) {
  change(id, [&](pass_progress& of) {
    of.state = how;
    of.ended = now;
    if (how == pass_state::done) {
      of.total = of.done;
      of.problem.clear();
      of.mend.clear();
    }
  });
}

std::optional<pass_progress> reconcile_board::find(std::uint64_t id) const {
  const std::lock_guard lock{guard_};
  for (const auto& each : passes_) {
    if (each.id == id)
      return each;
  }
  return std::nullopt;
}

std::vector<pass_progress> reconcile_board::all() const {
  const std::lock_guard lock{guard_};
  return {passes_.rbegin(), passes_.rend()};
}

std::string_view to_string(reconcile_type value) noexcept {
  constexpr std::array<std::string_view, 3> spellings{"inventory", "all-products", "product"};
  return spellings.at(static_cast<std::size_t>(value));
}

std::string_view to_string(pass_state value) noexcept {
  constexpr std::array<std::string_view, 4> spellings{"waiting", "running", "done", "failed"};
  return spellings.at(static_cast<std::size_t>(value));
}

} // namespace ankkor::actors

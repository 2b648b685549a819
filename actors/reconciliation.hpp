// Passes of reconciliation as others see them: who may ask for one, and how far it has got.
#pragma once

#include "stock/drift.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace ankkor::actors {

enum class reconcile_type : std::uint8_t {
  inventory,    // what was modified since the last time
  all_products, // the whole catalog
  product,      // one product, with its variations
};

enum class pass_state : std::uint8_t { waiting, running, done, failed };

struct pass_progress {
  std::uint64_t id = 0; // of this process's passes, from 1
  reconcile_type type = reconcile_type::inventory;
  pass_state state = pass_state::waiting;
  stock::product_id product = 0;      // with reconcile_type::product
  bool by_person = false;             // asked for, not due by itself
  stock::moment begun{};              // when it was asked for, then when its first request was sent
  stock::moment ended{};              // with done and failed
  std::uint64_t done = 0;             // products read
  std::optional<std::uint64_t> total; // products to be read, where that is known
  std::uint64_t requests = 0;         // to WooCommerce
  std::array<std::uint64_t, stock::all_drifts.size()> drift{}; // found and mended, by kind
  std::string problem; // what holds it up, or why it failed; "" if nothing does
  std::string mend;
};

// Seconds that it will take from `now` on, judged by what it took so far; nothing where that can't
// be said.
[[nodiscard]] std::optional<std::chrono::seconds> time_left(const pass_progress& of,
                                                            stock::moment now);

// A pass that was asked for.
struct pass_ticket {
  std::uint64_t id = 0;
  bool joined = false; // it ran, or waited, already
};

// The passes of this process, the finished ones bounded. From any thread.
class reconcile_board {
public:
  // Asks for a pass; who asks for one that waits, or for a full one while one runs that was asked
  // for, joins it.
  pass_ticket ask(reconcile_type type, stock::product_id product, stock::moment now);

  // A pass begins: the one that was asked for, or one that is due by itself. Answers its ID.
  std::uint64_t begin(reconcile_type type, stock::product_id product, bool by_person,
                      stock::moment now);

  // Changes what is known of a pass; one that is forgotten already is let be.
  template <class Change>
  void change(std::uint64_t id, Change&& with) {
    const std::lock_guard lock{guard_};
    if (auto* found = look_up(id))
      with(*found);
  }

  void end(std::uint64_t id, pass_state how, stock::moment now);

  [[nodiscard]] std::optional<pass_progress> find(std::uint64_t id) const;

  [[nodiscard]] std::vector<pass_progress> all() const; // the latest first

private:
  static constexpr std::size_t kept_max = 64;

  [[nodiscard]] pass_progress* look_up(std::uint64_t id);
  pass_progress& add(reconcile_type type, stock::product_id product, stock::moment now);

  mutable std::mutex guard_;
  std::deque<pass_progress> passes_; // ascending by ID
  std::uint64_t last_id_ = 0;
};

[[nodiscard]] std::string_view to_string(reconcile_type value) noexcept; // as in /admin/reconcile
[[nodiscard]] std::string_view to_string(pass_state value) noexcept;

} // namespace ankkor::actors

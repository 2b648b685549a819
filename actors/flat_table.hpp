// A hash table from numbers above 0 to small values, in one block of memory: where a million values
// are held, a node for each would cost more than they do.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace ankkor::actors {

template <class Value>
class flat_table {
public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  // The number's value; null if there is none. Valid until the table changes.
  [[nodiscard]] const Value* find(std::uint64_t number) const {
    const auto at = place_of(number);
    return at == slots_.size() ? nullptr : &slots_[at].value;
  }

  [[nodiscard]] Value* find(std::uint64_t number) {
    return const_cast<Value*>(std::as_const(*this).find(number));
  }

  // Precondition: the number isn't 0 and has no value yet.
  void add(std::uint64_t number, Value value) {
    // More than three in four would make the ways long.
    if (4 * (size_ + 1) > 3 * slots_.size())
      grow();
    put(number, std::move(value));
    ++size_;
  }

  // Nothing happens if the number has no value.
  void remove(std::uint64_t number) {
    auto hole = place_of(number);
    if (hole == slots_.size())
      return;
    // What lies behind moves up, so that no way to it leads over an empty place.
    for (auto next = after(hole); slots_[next].number != 0; next = after(next)) {
      if (distance(home(slots_[next].number), next) < distance(hole, next))
        continue;
      slots_[hole] = std::move(slots_[next]);
      hole = next;
    }
    slots_[hole] = {};
    --size_;
  }

  // Calls take(number, value) for each, in no order.
  template <class Take>
  void for_each(Take take) const {
    for (const auto& each : slots_) {
      if (each.number != 0)
        take(each.number, each.value);
    }
  }

private:
  struct slot {
    std::uint64_t number = 0; // 0: empty
    Value value{};
  };

  // Where the number belongs; if that is taken, it lies behind, with nothing empty between.
  // Precondition: the table isn't empty.
  [[nodiscard]] std::size_t home(std::uint64_t number) const noexcept {
    const auto mixed = (number * 0x9E37'79B9'7F4A'7C15U) >> 32U; // Fibonacci hashing
    return (mixed * slots_.size()) >> 32U;
  }

  [[nodiscard]] std::size_t after(std::size_t at) const noexcept {
    return at + 1 == slots_.size() ? 0 : at + 1;
  }

  [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const noexcept {
    return to >= from ? to - from : to + slots_.size() - from;
  }

  // Behind all if it isn't there.
  [[nodiscard]] std::size_t place_of(std::uint64_t number) const noexcept {
    if (slots_.empty())
      return 0;
    for (auto at = home(number); slots_[at].number != 0; at = after(at)) {
      if (slots_[at].number == number)
        return at;
    }
    return slots_.size();
  }

  void put(std::uint64_t number, Value value) {
    auto at = home(number);
    while (slots_[at].number != 0)
      at = after(at);
    slots_[at] = {number, std::move(value)};
  }

  void grow() {
    auto old = std::exchange(slots_, std::vector<slot>(slots_.size() + slots_.size() / 2 + 8));
    for (auto& each : old) {
      if (each.number != 0)
        put(each.number, std::move(each.value));
    }
  }

  std::vector<slot> slots_;
  std::size_t size_ = 0;
};

} // namespace ankkor::actors

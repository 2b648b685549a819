// Hash tables in one block of memory, by open addressing: where a million small values are held, a
// node for each would cost more than they do. `open_table` is the machine, `flat_table` is it with
// numbers as keys.
#pragma once

#include "base/keyed_hash.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace ankkor {

// A slot says whether it is empty(), and has a hash() of 32 bits that nobody outside can choose
// (base/keyed_hash.hpp). Several slots may have the same hash. A default-made slot is empty.
template <class Slot>
class open_table {
public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  // The first of the slots with that hash for which is_it(slot) holds; null if there is none. Valid
  // until the table changes.
  template <class IsIt>
  [[nodiscard]] const Slot* find(std::uint32_t hash, IsIt is_it) const {
    if (slots_.empty())
      return nullptr;
    for (auto at = home(hash); !slots_[at].empty(); at = after(at)) {
      if (is_it(slots_[at]))
        return &slots_[at];
    }
    return nullptr;
  }

  template <class IsIt>
  [[nodiscard]] Slot* find(std::uint32_t hash, IsIt is_it) {
    return const_cast<Slot*>(std::as_const(*this).find(hash, is_it));
  }

  // How many slots a look-up of that hash passes before it knows what is there.
  [[nodiscard]] std::size_t steps(std::uint32_t hash) const noexcept {
    std::size_t passed = 0;
    if (!slots_.empty()) {
      for (auto at = home(hash); !slots_[at].empty(); at = after(at))
        ++passed;
    }
    return passed;
  }

  // Precondition: the slot isn't empty().
  void add(Slot what) {
    // More than three in four would make the ways long.
    if (4 * (size_ + 1) > 3 * slots_.size())
      grow();
    put(std::move(what));
    ++size_;
  }

  // Precondition: find() gave it, and the table has not changed since.
  void remove(Slot* which) {
    auto hole = static_cast<std::size_t>(which - slots_.data());
    // What lies behind moves up, so that no way to it leads over an empty place.
    for (auto next = after(hole); !slots_[next].empty(); next = after(next)) {
      if (distance(home(slots_[next].hash()), next) < distance(hole, next))
        continue;
      slots_[hole] = std::move(slots_[next]);
      hole = next;
    }
    slots_[hole] = {};
    --size_;
  }

  // Calls take(slot) for each, in no order.
  template <class Take>
  void for_each(Take take) const {
    for (const auto& each : slots_) {
      if (!each.empty())
        take(each);
    }
  }

private:
  // Where the hash belongs; if that is taken, it lies behind, with nothing empty between.
  // Precondition: the table isn't empty.
  [[nodiscard]] std::size_t home(std::uint32_t hash) const noexcept {
    return (std::uint64_t{hash} * slots_.size()) >> 32U;
  }

  [[nodiscard]] std::size_t after(std::size_t at) const noexcept {
    return at + 1 == slots_.size() ? 0 : at + 1;
  }

  [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const noexcept {
    return to >= from ? to - from : to + slots_.size() - from;
  }

  void put(Slot what) {
    auto at = home(what.hash());
    while (!slots_[at].empty())
      at = after(at);
    slots_[at] = std::move(what);
  }

  void grow() {
    auto old = std::exchange(slots_, std::vector<Slot>(slots_.size() + slots_.size() / 2 + 8));
    for (auto& each : old) {
      if (!each.empty())
        put(std::move(each));
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

// From numbers above 0 to small values.
template <class Value>
class flat_table {
public:
  [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }

  // The number's value; null if there is none. Valid until the table changes.
  [[nodiscard]] const Value* find(std::uint64_t number) const {
    const auto* found = table_.find(hash_of(number), is(number));
    return found == nullptr ? nullptr : &found->value;
  }

  [[nodiscard]] Value* find(std::uint64_t number) {
    return const_cast<Value*>(std::as_const(*this).find(number));
  }

  // Precondition: the number isn't 0 and has no value yet.
  void add(std::uint64_t number, Value value) { table_.add({number, std::move(value)}); }

  // Nothing happens if the number has no value.
  void remove(std::uint64_t number) {
    if (auto* found = table_.find(hash_of(number), is(number)); found != nullptr)
      table_.remove(found);
  }

  // Calls take(number, value) for each, in no order.
  template <class Take>
  void for_each(Take take) const {
    table_.for_each([&](const slot& each) { take(each.number, each.value); });
  }

  // How many others a look-up of that number passes.
  [[nodiscard]] std::size_t steps(std::uint64_t number) const noexcept {
    return table_.steps(hash_of(number));
  }

private:
  [[nodiscard]] static std::uint32_t hash_of(std::uint64_t number) noexcept {
    return static_cast<std::uint32_t>(keyed_hash{}(number) >> 32U);
  }

  struct slot {
    std::uint64_t number = 0; // 0: empty
    Value value{};

    [[nodiscard]] bool empty() const noexcept { return number == 0; }

    [[nodiscard]] std::uint32_t hash() const noexcept { return hash_of(number); }
  };

  [[nodiscard]] static auto is(std::uint64_t number) noexcept {
    return [number](const slot& each) { return each.number == number; };
  }

  open_table<slot> table_;
};

} // namespace ankkor

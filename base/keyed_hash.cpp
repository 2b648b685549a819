#include "base/keyed_hash.hpp"

#include <random>

namespace ankkor {

namespace {

std::uint64_t random_word(std::random_device& source) {
  static_assert(sizeof(std::random_device::result_type) == 4);
  const std::uint64_t upper = source();
  return upper << 32U | source();
}

// From the kernel. Without a source of randomness it throws, and the process doesn't start.
hash_key& the_key() {
  static hash_key key = [] {
    auto source = std::random_device{};
    return hash_key{random_word(source), random_word(source)};
  }();
  return key;
}

} // namespace

const hash_key& process_hash_key() noexcept {
  static const hash_key& key = the_key();
  return key;
}

void set_process_hash_key(const hash_key& key) noexcept {
  the_key() = key;
}

} // namespace ankkor

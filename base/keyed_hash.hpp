// The hash of every table whose keys a client, a delivery or WooCommerce can choose: SipHash-1-3
// under a key that is random a process. Whoever doesn't know the key can't choose keys that share a
// place, so no request makes a look-up slow (the standard library's hash of a number is the
// number). A test of the repository finds tables that go without it (tests/repository/rules.py).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ankkor {

struct hash_key {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

// The process's key, random from its first use on.
[[nodiscard]] const hash_key& process_hash_key() noexcept;

// Gives the process this key. Only for programs that replay a run (tests/simulation), where the
// order of a table's elements must be the same again; before any table has elements.
void set_process_hash_key(const hash_key& key) noexcept;

// SipHash with one round a word and three at the end (Aumasson, Bernstein, "SipHash"; the variant
// that Rust's and Python's tables use).
class sip_hash {
public:
  explicit sip_hash(const hash_key& key) noexcept
    : v0_(key.first ^ 0x736f6d6570736575U), v1_(key.second ^ 0x646f72616e646f6dU),
      v2_(key.first ^ 0x6c7967656e657261U), v3_(key.second ^ 0x7465646279746573U) {}

  void word(std::uint64_t next) noexcept {
    v3_ ^= next;
    round();
    v0_ ^= next;
  }

  // `domain` keeps texts and numbers apart; 0xff is SipHash's own, for texts.
  [[nodiscard]] std::uint64_t end(std::uint64_t domain) noexcept {
    v2_ ^= domain;
    round();
    round();
    round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

private:
  void round() noexcept {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_;
  std::uint64_t v1_;
  std::uint64_t v2_;
  std::uint64_t v3_;
};

[[nodiscard]] inline std::uint64_t hash_text(const hash_key& key, std::string_view text) noexcept {
  auto hash = sip_hash{key};
  const auto size = text.size();
  for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t next = 0;
    std::memcpy(&next, text.data(), sizeof next);
    hash.word(next);
  }
  std::uint64_t last = 0;
  std::memcpy(&last, text.data(), text.size());
  hash.word(last | std::uint64_t{size} << 56U);
  return hash.end(0xff);
}

[[nodiscard]] inline std::uint64_t hash_number(const hash_key& key, std::uint64_t number) noexcept {
  auto hash = sip_hash{key};
  hash.word(number);
  return hash.end(0xee);
}

// As the Hash of a container; a text is looked up without a copy where the container's equality is
// transparent too.
struct keyed_hash {
  using is_transparent = void;
  using is_avalanching = void; // Boost mixes no more

  [[nodiscard]] std::size_t operator()(std::uint64_t number) const noexcept {
    return hash_number(process_hash_key(), number);
  }

  [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept {
    return hash_text(process_hash_key(), text);
  }
};

} // namespace ankkor

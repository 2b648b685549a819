// What the fuzz targets share. Each is a function from bytes to a check of what must hold for any
// bytes; libFuzzer drives it in the `fuzz` build (scripts/fuzz), replay.cpp in every other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace ankkor::fuzz {

// Ends the process, which is how a fuzzer is told.
inline void require(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  // The bytes are the same; only the type that the fuzzer's interface has is not ours.
  return {reinterpret_cast<const char*>(data), size};
}

// The bytes, followed by as many readable ones as simdjson may look at.
inline std::string padded(std::string_view text) {
  constexpr std::size_t simdjson_padding = 64;
  auto copy = std::string{};
  copy.reserve(text.size() + simdjson_padding);
  copy.assign(text);
  return copy;
}

// Takes the first byte off, to choose with; 0 if there is none.
inline unsigned take_choice(std::string_view& text) {
  if (text.empty())
    return 0;
  const auto choice = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  return choice;
}

} // namespace ankkor::fuzz

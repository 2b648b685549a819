#include "actors/reading/item_set.hpp"

#include <charconv>

namespace ankkor::actors {

namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::size_t digit_bits = 4;

template <std::size_t Bits>
std::string to_hex(const std::bitset<Bits>& bits) {
  auto text = std::string(Bits / digit_bits, '0');
  for (std::size_t at = 0; at < Bits; at += digit_bits) {
    std::size_t value = 0;
    for (std::size_t bit = 0; bit < digit_bits; ++bit)
      value |= static_cast<std::size_t>(bits[at + bit]) << bit;
    text[at / digit_bits] = digits[value];
  }
  return text;
}

template <std::size_t Bits>
bool read_hex(std::string_view text, std::bitset<Bits>& into) {
  if (text.size() != Bits / digit_bits)
    return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto value = digits.find(text[at]);
    if (value == std::string_view::npos)
      return false;
    for (std::size_t bit = 0; bit < digit_bits; ++bit)
      into[at * digit_bits + bit] = ((value >> bit) & 1U) != 0;
  }
  return true;
}

} // namespace

bool item_set::insert(stock::product_id item) {
  const auto chunk = item / chunk_bits;
  auto bit = chunks_[chunk][item % chunk_bits];
  if (bit)
    return false;
  bit = true;
  changed_.insert(chunk);
  return true;
}

bool item_set::contains(stock::product_id item) const {
  const auto found = chunks_.find(item / chunk_bits);
  return found != chunks_.end() && found->second[item % chunk_bits];
}

std::vector<store::bookmark> item_set::take_changes(std::string_view prefix) {
  auto marks = std::vector<store::bookmark>{};
  for (const auto chunk : changed_)
    marks.push_back({std::string{prefix} + std::to_string(chunk), to_hex(chunks_[chunk])});
  changed_.clear();
  return marks;
}

bool item_set::restore(const store::bookmark& mark, std::string_view prefix) {
  if (!mark.name.starts_with(prefix))
    return false;
  const auto number = std::string_view{mark.name}.substr(prefix.size());
  std::uint64_t chunk = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), chunk);
  auto bits = std::bitset<chunk_bits>{};
  if (read.ec != std::errc{} || read.ptr != number.data() + number.size() ||
      !read_hex(mark.value, bits))
    return false;
  chunks_[chunk] = bits;
  return true;
}

std::vector<store::bookmark> item_set::removal(std::string_view prefix) const {
  auto marks = std::vector<store::bookmark>{};
  for (const auto& [chunk, bits] : chunks_)
    marks.push_back({std::string{prefix} + std::to_string(chunk), ""});
  return marks;
}

} // namespace ankkor::actors

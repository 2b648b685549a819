#include "stock/packed.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

namespace ankkor::stock {

namespace {

// Numbers that are small as a rule are written seven bits a byte, the lowest first; the topmost bit
// says that more follow. Those of any size are written as they are in memory. Texts and lists have
// their length before them.

// -- writing ------------------------------------------------------------------

void put_natural(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U)
    out.push_back(static_cast<char>(value | 0x80U));
  out.push_back(static_cast<char>(value));
}

// Small if near to 0: the sign goes into the lowest bit.
void put_integer(std::string& out, std::int64_t value) {
  const auto doubled = static_cast<std::uint64_t>(value) << 1U;
  put_natural(out, value < 0 ? ~doubled : doubled);
}

template <class Value>
void put_whole(std::string& out, Value value) {
  static_assert(std::is_trivially_copyable_v<Value>);
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

template <class Enum>
void put_enum(std::string& out, Enum value) {
  out.push_back(static_cast<char>(value));
}

void put_text(std::string& out, std::string_view text) {
  put_natural(out, text.size());
  out += text;
}

void put_texts(std::string& out, const std::vector<std::string>& texts) {
  put_natural(out, texts.size());
  for (const auto& text : texts)
    put_text(out, text);
}

// What an item has of what most items don't have, and its small values: bits of one number, of
// which most items need the first seven.
enum class trait : std::uint32_t {
  quantity = 1U << 6U, // below it: two bits each of managed, status and backorder
  fraction = 1U << 7U,
  own_status = 1U << 8U,
  sold_individually = 1U << 9U,
  not_purchasable = 1U << 10U,
  password = 1U << 11U,
  low_stock = 1U << 12U,
  brands = 1U << 13U,
  tags = 1U << 14U,
  amounts = 1U << 15U,
};
constexpr unsigned status_shift = 2;
constexpr unsigned backorder_shift = 4;
constexpr unsigned listed_shift = 16;

std::uint32_t bit(trait which, bool is_set) {
  return is_set ? static_cast<std::uint32_t>(which) : 0;
}

std::uint32_t traits_of(const item& of) {
  const auto& level = of.stock;
  const auto& more = of.details;
  return static_cast<std::uint32_t>(level.managed) |
         static_cast<std::uint32_t>(level.status) << status_shift |
         static_cast<std::uint32_t>(level.backorder) << backorder_shift |
         static_cast<std::uint32_t>(more.listed) << listed_shift |
         bit(trait::quantity, level.quantity.has_value()) |
         bit(trait::fraction, level.quantity && !level.quantity->is_whole()) |
         bit(trait::own_status, !level.own_status.empty()) |
         bit(trait::sold_individually, more.sold_individually) |
         bit(trait::not_purchasable, !more.purchasable) | bit(trait::password, more.has_password) |
         bit(trait::low_stock, more.low_stock.has_value()) |
         bit(trait::brands, !more.brands.empty()) | bit(trait::tags, !more.tags.empty()) |
         bit(trait::amounts, more.amounts != order_amounts{});
}

void put_amount(std::string& out, const std::optional<quantity>& amount) {
  put_whole(out, amount.has_value());
  if (amount)
    put_integer(out, amount->parts());
}

void put_level_and_details(std::string& out, const item& of) {
  put_natural(out, traits_of(of));
  put_whole(out, of.details.known);
  if (const auto& amount = of.stock.quantity)
    put_integer(out, amount->is_whole() ? amount->whole() : amount->parts());
  if (!of.stock.own_status.empty())
    put_text(out, of.stock.own_status);
  const auto& more = of.details;
  if (more.low_stock)
    put_integer(out, more.low_stock->parts());
  if (!more.brands.empty())
    put_texts(out, more.brands);
  if (!more.tags.empty())
    put_texts(out, more.tags);
  if (more.amounts != order_amounts{}) {
    for (const auto* amount : {&more.amounts.minimum, &more.amounts.maximum, &more.amounts.step})
      put_amount(out, *amount);
  }
}

// The slug comes first: packed_product::slug() knows its place.
void put_record(std::string& out, const record& held) {
  const auto& item = held.value;
  put_text(out, item.slug);
  put_natural(out, item.id);
  put_natural(out, item.parent);
  put_enum(out, item.type);
  put_enum(out, item.status);
  for (const auto* text :
       {&item.name, &item.sku, &item.price.current, &item.price.regular, &item.price.sale})
    put_text(out, *text);
  put_natural(out, item.categories.size());
  for (const auto& listed : item.categories) {
    put_text(out, listed.slug);
    put_text(out, listed.name);
  }
  put_natural(out, item.variations.size());
  for (const auto id : item.variations)
    put_natural(out, id);
  put_level_and_details(out, item);
  put_integer(out, item.modified.time_since_epoch().count());
  put_whole(out, held.read.begin);
  put_whole(out, held.read.end);
}

// -- reading ------------------------------------------------------------------

// Reads what was written above, in the same order; nothing else is ever given to it.
class unpacker {
public:
  explicit unpacker(const char* from) : at_(from) {}

  std::uint64_t natural() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80)
        return value;
    }
  }

  std::int64_t integer() {
    const auto coded = natural();
    return static_cast<std::int64_t>((coded >> 1U) ^ (~(coded & 1U) + 1));
  }

  template <class Value>
  Value whole() {
    Value value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  template <class Enum>
  Enum enumerated() {
    return static_cast<Enum>(*at_++);
  }

  std::string_view text() {
    const auto size = natural();
    const auto* begin = at_;
    at_ += size;
    return {begin, size};
  }

  std::vector<std::string> texts() {
    auto read = std::vector<std::string>(natural());
    for (auto& each : read)
      each = text();
    return read;
  }

  void level_and_details(item& of) {
    const auto traits = static_cast<std::uint32_t>(natural());
    const auto has = [&](trait which) { return (traits & static_cast<std::uint32_t>(which)) != 0; };
    const auto small = [&](unsigned shift) { return traits >> shift & 3U; };
    auto& level = of.stock;
    level.managed = static_cast<stock_management>(small(0));
    level.status = static_cast<stock_status>(small(status_shift));
    level.backorder = static_cast<backorders>(small(backorder_shift));
    auto& more = of.details;
    more.listed = static_cast<listing>(small(listed_shift));
    more.known = whole<std::uint8_t>();
    if (has(trait::quantity))
      level.quantity = has(trait::fraction) ? quantity::of_parts(integer()) : quantity{integer()};
    if (has(trait::own_status))
      level.own_status = text();
    more.sold_individually = has(trait::sold_individually);
    more.purchasable = !has(trait::not_purchasable);
    more.has_password = has(trait::password);
    if (has(trait::low_stock))
      more.low_stock = quantity::of_parts(integer());
    if (has(trait::brands))
      more.brands = texts();
    if (has(trait::tags))
      more.tags = texts();
    if (has(trait::amounts)) {
      for (auto* each : {&more.amounts.minimum, &more.amounts.maximum, &more.amounts.step}) {
        if (whole<bool>())
          *each = quantity::of_parts(integer());
      }
    }
  }

  void into(record& held) {
    auto& item = held.value;
    item.slug = text();
    item.id = natural();
    item.parent = natural();
    item.type = enumerated<product_type>();
    item.status = enumerated<publication>();
    for (auto* each :
         {&item.name, &item.sku, &item.price.current, &item.price.regular, &item.price.sale})
      *each = text();
    item.categories.resize(natural());
    for (auto& listed : item.categories) {
      listed.slug = text();
      listed.name = text();
    }
    item.variations.resize(natural());
    for (auto& id : item.variations)
      id = natural();
    level_and_details(item);
    item.modified = store_time{std::chrono::seconds{integer()}};
    held.read.begin = whole<moment>();
    held.read.end = whole<moment>();
  }

private:
  const char* at_;
};

// Where what is read without unpacking lies.
constexpr std::size_t version_at = 0;
constexpr std::size_t mark_at = version_at + sizeof(std::uint64_t);
constexpr std::size_t has_self_at = mark_at + 1;
constexpr std::size_t self_at = has_self_at + 1;

} // namespace

packed_product::packed_product(const product& held, std::uint8_t mark) {
  thread_local std::string out; // keeps its room from product to product
  out.clear();
  put_whole(out, held.version);
  put_whole(out, mark);
  put_whole(out, held.self.has_value());
  if (held.self)
    put_record(out, *held.self);
  put_natural(out, held.id);
  put_whole(out, held.changed);
  put_natural(out, held.variations.size());
  for (const auto& variation : held.variations)
    put_record(out, variation);
  bytes_.reset(new char[out.size()]);
  std::copy(out.begin(), out.end(), bytes_.get());
}

product packed_product::unpack() const {
  auto from = unpacker{bytes_.get()};
  auto held = product{};
  held.version = from.whole<std::uint64_t>();
  from.whole<std::uint8_t>();
  if (from.whole<bool>())
    from.into(held.self.emplace());
  held.id = from.natural();
  held.changed = from.whole<moment>();
  held.variations.resize(from.natural());
  for (auto& variation : held.variations)
    from.into(variation);
  return held;
}

std::uint64_t packed_product::version() const noexcept {
  return unpacker{bytes_.get() + version_at}.whole<std::uint64_t>();
}

std::uint8_t packed_product::mark() const noexcept {
  return static_cast<std::uint8_t>(bytes_[mark_at]);
}

std::string_view packed_product::slug() const noexcept {
  return bytes_[has_self_at] != 0 ? unpacker{bytes_.get() + self_at}.text() : std::string_view{};
}

} // namespace ankkor::stock

#include "stock/product.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ankkor::stock {

namespace {

template <class Enum>
using spelling = std::pair<Enum, std::string_view>;

constexpr std::array<spelling<product_type>, 6> type_spellings{{
  {product_type::simple, "simple"},
  {product_type::variable, "variable"},
  {product_type::variation, "variation"},
  {product_type::grouped, "grouped"},
  {product_type::external, "external"},
  {product_type::other, "other"},
}};

constexpr std::array<spelling<publication>, 8> publication_spellings{{
  {publication::published, "publish"},
  {publication::draft, "draft"},
  {publication::pending, "pending"},
  {publication::hidden, "private"},
  {publication::scheduled, "future"},
  {publication::trashed, "trash"},
  {publication::other, "other"},
  {publication::gone, "gone"},
}};

constexpr std::array<spelling<stock_status>, 3> status_spellings{{
  {stock_status::in_stock, "instock"},
  {stock_status::out_of_stock, "outofstock"},
  {stock_status::on_backorder, "onbackorder"},
}};

constexpr std::array<spelling<stock_management>, 3> management_spellings{{
  {stock_management::none, "none"},
  {stock_management::own, "own"},
  {stock_management::parent, "parent"},
}};

constexpr std::array<spelling<backorders>, 3> backorder_spellings{{
  {backorders::no, "no"},
  {backorders::notify, "notify"},
  {backorders::yes, "yes"},
}};

template <class Enum, std::size_t Size>
std::string_view spell(const std::array<spelling<Enum>, Size>& table, Enum value) noexcept {
  for (const auto& [candidate, text] : table) {
    if (candidate == value)
      return text;
  }
  return "other";
}

template <class Enum, std::size_t Size>
std::optional<Enum> read(const std::array<spelling<Enum>, Size>& table,
                         std::string_view text) noexcept {
  for (const auto& [value, candidate] : table) {
    if (candidate == text)
      return value;
  }
  return std::nullopt;
}

// Inherited stock is the parent's, backorders setting included: it changes without the variation
// changing.
bool same_stock(const stock_level& a, const stock_level& b) {
  return a == b || (a.managed == stock_management::parent && b.managed == stock_management::parent);
}

bool same_fields(const item& a, const item& b) {
  return a.id == b.id && a.parent == b.parent && a.type == b.type && a.status == b.status &&
         a.slug == b.slug && a.name == b.name && a.sku == b.sku && a.price == b.price &&
         a.categories == b.categories && a.variations == b.variations;
}

bool counts_for_parent(publication status) {
  return status == publication::published || status == publication::hidden;
}

// Deleting a variation says nothing, but its parent's list no longer names it. One that was heard
// of after that list may be new (creating one sends nothing for the parent: recording 036), unless
// it is dated older than the list: then it is a late word of a deleted one.
bool belongs(const record& parent, const record& variation) {
  const auto& listed = parent.value.variations;
  return std::binary_search(listed.begin(), listed.end(), variation.value.id) ||
         (variation.read.end > parent.read.end &&
          variation.value.modified >= parent.value.modified);
}

// The stock status of a variable product that manages no stock itself, as WooCommerce derives it
// from the children; null unless all of them are held and one was read after the product itself.
const stock_level* best_of_variations(const product& held) {
  const auto& listed = held.self->value.variations;
  if (!std::all_of(listed.begin(), listed.end(),
                   [&](product_id id) { return held.find(id) != nullptr; }))
    return nullptr;
  bool heard_later = false;
  const stock_level* best = nullptr;
  for (const auto& child : held.variations) {
    if (!belongs(*held.self, child))
      continue;
    heard_later = heard_later || child.read.end > held.self->read.end;
    if (!counts_for_parent(child.value.status))
      continue;
    const auto& own = child.value.stock;
    if (best == nullptr || (own.status == stock_status::in_stock && best->status != own.status) ||
        best->status == stock_status::out_of_stock)
      best = &own;
  }
  return heard_later ? best : nullptr;
}

// RFC 3986's unreserved characters, and % since it is encoded already.
constexpr auto kept_in_slug = [] {
  auto kept = std::array<bool, 256>{};
  for (const char c :
       std::string_view{"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%"})
    kept[static_cast<unsigned char>(c)] = true;
  return kept;
}();

bool is_kept_in_slug(char c) {
  return kept_in_slug[static_cast<unsigned char>(c)];
}

} // namespace

bool same_content(const item& a, const item& b) {
  return same_fields(a, b) && agree(a.details, b.details) && same_stock(a.stock, b.stock);
}

bool same_description(const item& a, const item& b) {
  return same_fields(a, b) && a.details == b.details;
}

std::string canonical_price(std::string_view price) {
  const auto point = price.find('.');
  if (point == std::string_view::npos)
    return std::string{price};
  const auto whole = point == 0 ? std::string_view{"0"} : price.substr(0, point);
  const auto fraction = price.substr(point, price.find_last_not_of('0') + 1 - point);
  return std::string{whole} + std::string{fraction == "." ? "" : fraction};
}

std::string canonical_slug(std::string_view slug) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto first = std::find_if_not(slug.begin(), slug.end(), is_kept_in_slug);
  auto out = std::string{slug.begin(), first};
  for (const char c : slug.substr(out.size())) {
    if (is_kept_in_slug(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
  return out;
}

const record* product::find(product_id item) const noexcept {
  if (item == id)
    return self ? &*self : nullptr;
  const auto found =
    std::lower_bound(variations.begin(), variations.end(), item,
                     [](const record& held, product_id wanted) { return held.value.id < wanted; });
  return found != variations.end() && found->value.id == item ? &*found : nullptr;
}

std::vector<product_id> variations_of_either(const product& a, const product& b) {
  auto ids = std::vector<product_id>{};
  ids.reserve(a.variations.size() + b.variations.size());
  for (const auto* held : {&a, &b}) {
    for (const auto& variation : held->variations)
      ids.push_back(variation.value.id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

stock_level effective_stock(const product& held, const record& item) {
  auto stock = item.value.stock;
  if (!held.self)
    return stock;
  const auto& parent = held.self->value;
  if (item.value.is_variation()) {
    if (stock.managed == stock_management::own)
      return stock;
    if (parent.stock.managed != stock_management::own) {
      stock.managed = stock_management::none;
      stock.quantity.reset();
      return stock;
    }
    return {stock_management::parent, parent.stock.quantity, parent.stock.status,
            parent.stock.backorder, parent.stock.own_status};
  }
  if (parent.type == product_type::variable && stock.managed == stock_management::none) {
    if (const auto* best = best_of_variations(held)) {
      stock.status = best->status;
      stock.own_status = best->own_status;
    }
  }
  return stock;
}

bool is_public(const product& held, const record& item) {
  if (item.value.status != publication::published)
    return false;
  if (!item.value.is_variation() || !held.self)
    return true;
  return held.self->value.status == publication::published && belongs(*held.self, item);
}

bool available_for_sale(const product& held, const record& item) {
  return is_public(held, item) && effective_stock(held, item).status != stock_status::out_of_stock;
}

std::string_view to_string(product_type value) noexcept {
  return spell(type_spellings, value);
}

std::string_view to_string(publication value) noexcept {
  return spell(publication_spellings, value);
}

std::string_view to_string(stock_status value) noexcept {
  return spell(status_spellings, value);
}

std::string_view to_string(stock_management value) noexcept {
  return spell(management_spellings, value);
}

std::string_view to_string(backorders value) noexcept {
  return spell(backorder_spellings, value);
}

std::string_view status_word(const stock_level& level) noexcept {
  return level.own_status.empty() ? to_string(level.status) : std::string_view{level.own_status};
}

void set_status(stock_level& level, std::string_view word) {
  level.own_status.clear();
  if (const auto known = parse_stock_status(word)) {
    level.status = *known;
    return;
  }
  level.status = stock_status::in_stock;
  auto own = canonical_slug(word);
  if (own.size() <= own_status_bytes_max)
    level.own_status = std::move(own);
}

product_type parse_product_type(std::string_view text) noexcept {
  if (const auto known = read(type_spellings, text))
    return *known;
  // Extensions name theirs after WooCommerce's own: "variable-subscription",
  // "subscription_variation".
  if (text.ends_with("variation"))
    return product_type::variation;
  return text.starts_with("variable-") || text.starts_with("variable_") ? product_type::variable
                                                                        : product_type::other;
}

publication parse_publication(std::string_view text) noexcept {
  return read(publication_spellings, text).value_or(publication::other);
}

std::optional<stock_status> parse_stock_status(std::string_view text) noexcept {
  return read(status_spellings, text);
}

std::optional<stock_management> parse_stock_management(std::string_view text) noexcept {
  return read(management_spellings, text);
}

std::optional<backorders> parse_backorders(std::string_view text) noexcept {
  return read(backorder_spellings, text);
}

} // namespace ankkor::stock

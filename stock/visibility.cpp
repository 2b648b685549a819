#include "stock/visibility.hpp"

#include <algorithm>
#include <utility>

namespace ankkor::stock {

namespace {

constexpr std::string_view slug_mark = "{slug}";

// What a page or a listing shows of one product.
struct shown_product {
  bool is_public = false;
  const item* self = nullptr; // null while only variations have been heard of
  stock_level stock;
};

shown_product shown(const product& held) {
  if (!held.self)
    return {};
  return {is_public(held, *held.self), &held.self->value, effective_stock(held, *held.self)};
}

bool listing_differs(const shown_product& a, const shown_product& b) {
  return a.self->slug != b.self->slug || a.self->name != b.self->name ||
         a.self->price != b.self->price || a.self->type != b.self->type ||
         a.self->categories != b.self->categories || a.stock.status != b.stock.status;
}

bool page_differs(const shown_product& a, const shown_product& b) {
  return listing_differs(a, b) || a.self->sku != b.self->sku || a.stock != b.stock;
}

// A variation as a product page shows it; nothing if the page doesn't.
struct shown_variation {
  const item* value;
  stock_level stock;

  bool operator==(const shown_variation& other) const {
    return value->name == other.value->name && value->sku == other.value->sku &&
           value->price == other.value->price && stock == other.stock;
  }
};

std::optional<shown_variation> shown(const product& held, product_id id) {
  const auto* found = held.find(id);
  if (found == nullptr || !is_public(held, *found))
    return std::nullopt;
  return shown_variation{&found->value, effective_stock(held, *found)};
}

std::vector<product_id> changed_variations(const product& before, const product& after) {
  auto changed = std::vector<product_id>{};
  for (const auto id : variations_of_either(before, after)) {
    if (shown(before, id) != shown(after, id))
      changed.push_back(id);
  }
  return changed;
}

struct difference {
  shown_product before;
  shown_product after;
  bool self = false;                  // its own page shows something else of the product itself
  bool listing = false;               // so does a listing
  std::vector<product_id> variations; // of which its page shows something else
};

difference compare(const product& before, const product& after) {
  auto found = difference{shown(before), shown(after), false, false, {}};
  auto variations = changed_variations(before, after);
  // While nobody has described the product itself its variations are shown all the same, and its
  // page is known by its ID alone.
  const bool page_unknown = found.before.self == nullptr && !variations.empty();
  if (!page_unknown && !found.before.is_public && !found.after.is_public)
    return found;
  const bool appears_or_goes = found.before.is_public != found.after.is_public;
  const bool both = found.before.is_public && found.after.is_public;
  found.self = appears_or_goes || (both && page_differs(found.before, found.after));
  found.listing = appears_or_goes || (both && listing_differs(found.before, found.after));
  found.variations = std::move(variations);
  return found;
}

void sort_once_each(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

class collector {
public:
  void add_page(product_id id, const item* before, const item* after) {
    change_.tags.push_back("product-" + std::to_string(id));
    add_slug(before);
    if (before == nullptr || after == nullptr || before->slug != after->slug)
      add_slug(after);
  }

  void add_listings(const item* self) {
    if (self == nullptr)
      return;
    for (const auto& listed : self->categories)
      change_.tags.push_back("category-" + listed.slug);
  }

  visible_change finish(std::vector<product_id> items) && {
    sort_once_each(change_.tags);
    sort_once_each(change_.slugs);
    change_.items = std::move(items);
    return std::move(change_);
  }

private:
  void add_slug(const item* self) {
    if (self == nullptr || self->slug.empty())
      return;
    change_.tags.push_back("product-" + self->slug);
    change_.slugs.push_back(self->slug);
  }

  visible_change change_;
};

// One pass, so that nothing that was filled in is filled again.
std::string filled(std::string_view pattern, product_id id, std::string_view slug) {
  constexpr std::string_view id_mark = "{id}";
  auto path = std::string{};
  while (!pattern.empty()) {
    if (pattern.starts_with(slug_mark)) {
      path += slug;
      pattern.remove_prefix(slug_mark.size());
    } else if (pattern.starts_with(id_mark)) {
      path += std::to_string(id);
      pattern.remove_prefix(id_mark.size());
    } else {
      path += pattern.front();
      pattern.remove_prefix(1);
    }
  }
  return path;
}

} // namespace

bool is_visible(const product& before, const product& after) {
  const auto found = compare(before, after);
  return found.self || !found.variations.empty();
}

visible_change what_changed(const product& before, const product& after) {
  const auto found = compare(before, after);
  const auto* old_self = found.before.is_public ? found.before.self : nullptr;
  const auto* new_self = found.after.is_public ? found.after.self : nullptr;
  auto change = collector{};
  if (found.listing) {
    change.add_listings(old_self);
    change.add_listings(new_self);
  }
  auto items = found.variations;
  if (found.self || !items.empty())
    change.add_page(after.id, old_self, new_self);
  if (found.self)
    items.insert(std::lower_bound(items.begin(), items.end(), after.id), after.id);
  return std::move(change).finish(std::move(items));
}

std::vector<std::string> render_paths(std::span<const std::string> templates, product_id id,
                                      std::span<const std::string> slugs) {
  auto paths = std::vector<std::string>{};
  for (const auto& pattern : templates) {
    if (pattern.find(slug_mark) == std::string::npos)
      paths.push_back(filled(pattern, id, {}));
    for (const auto& slug : slugs)
      paths.push_back(filled(pattern, id, slug));
  }
  sort_once_each(paths);
  return paths;
}

} // namespace ankkor::stock

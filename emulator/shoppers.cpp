// See shoppers.hpp. Draws use the generator's bits directly where it matters, so a seed gives the
// same workload everywhere.
#include "emulator/shoppers.hpp"

#include <algorithm>
#include <cmath>

namespace ankkor::emulator {

namespace {

constexpr std::size_t orders_kept = 500;

constexpr std::array<std::string_view, 8> adjectives{"Linen",       "Wool",  "Oak",    "Blue",
                                                     "Hand-thrown", "Small", "Käse &", "Ünïcödé"};
constexpr std::array<std::string_view, 8> nouns{"shirt", "mug",  "poster",  "notebook",
                                                "lamp",  "緑茶", "blanket", "Кофе"};
constexpr std::array<std::string_view, 8> sizes{"S",   "M",       "L",   "XL",
                                                "XXL", "Ü-Größe", "3XL", "4XL"};

std::string price_of(std::uint64_t draw) {
  return money(static_cast<std::int64_t>(199 + draw % 9800), false);
}

// The sorts of products, by their number, so that each occurs in a shop of some dozen products.
void set_sort(new_item& to, std::size_t number, std::mt19937_64& random) {
  to.manages_stock = true;
  to.quantity = static_cast<std::int64_t>(random() % 200);
  switch (number % 40) {
  case 7:
    to.manages_stock = false;
    break;
  case 11:
    to.backorders = backorder_policy::notify;
    to.quantity = static_cast<std::int64_t>(random() % 3);
    break;
  case 17:
    to.type = kind::external;
    to.manages_stock = false;
    to.external_url = "https://example.com/partner";
    to.button_text = "Buy at the partner's";
    break;
  case 23:
    to.status = post_status::draft;
    break;
  case 29:
    to.sale_price = "1.00";
    break;
  case 31:
    to.low_stock = 5;
    to.quantity = 1;
    break;
  case 37:
    to.status = post_status::hidden;
    break;
  default:
    break;
  }
}

void add_variations(catalog& shop, post_id parent, const new_item& of, std::size_t count,
                    std::mt19937_64& random, moment now) {
  for (std::size_t i = 0; i < count; ++i) {
    new_item variation;
    variation.option = i < sizes.size() ? std::string(sizes.at(i)) : "Size " + std::to_string(i);
    variation.sku = of.sku + "-" + std::to_string(i);
    variation.regular_price = price_of(random());
    // Of three: one counts by itself, one leaves it to its parent or to nobody, one is mixed.
    variation.manages_stock = i % 3 != 1;
    variation.quantity = static_cast<std::int64_t>(random() % 50);
    shop.seed_variation(parent, variation, now);
  }
}

} // namespace

void fill_catalog(catalog& shop, const catalog_size& size, moment now) {
  std::mt19937_64 random(size.seed);
  const std::array<post_id, 5> terms{
    shop.add_category("Shirts", {}), shop.add_category("Mugs & Cups", "mugs"),
    shop.add_category("Books", {}), shop.add_category("日本茶", {}),
    shop.add_category("Ελληνικά", {})};
  const auto variable =
    static_cast<std::size_t>(static_cast<double>(size.products) * size.variable_share);
  shop.reserve(static_cast<std::size_t>(shop.highest_id()) + size.products +
               variable * size.variations_each + 64);
  const auto every = variable == 0 ? 0 : size.products / variable;
  std::size_t made_variable = 0;
  std::vector<post_id> simple;
  for (std::size_t i = 0; i < size.products; ++i) {
    new_item made;
    made.name = std::string(adjectives.at(random() % adjectives.size())) + " " +
                std::string(nouns.at(random() % nouns.size())) + " " + std::to_string(i + 1);
    made.sku = "SKU-" + std::to_string(i + 1);
    made.slug = "product-" + std::to_string(i + 1);
    made.regular_price = price_of(random());
    made.categories = {terms.at(random() % terms.size())};
    if (every != 0 && i % every == every - 1 && made_variable < variable) {
      made.type = kind::variable;
      made.attribute = "Size";
      made.options.assign(sizes.begin(), sizes.end());
      made.manages_stock = made_variable % 3 == 2;
      made.quantity = static_cast<std::int64_t>(random() % 100);
      const auto id = shop.seed_product(made, now);
      add_variations(shop, id, made, size.variations_each, random, now);
      ++made_variable;
      continue;
    }
    set_sort(made, i, random);
    if (made.status == post_status::draft)
      made.slug.reset();
    if (i % 40 == 33 && simple.size() > 3) {
      made.type = kind::grouped;
      made.manages_stock = false;
      made.grouped = {simple[0], simple[1], simple[2]};
    }
    simple.push_back(shop.seed_product(made, now));
  }
}

shoppers::shoppers(const catalog& shop, shopper_settings settings, moment start)
  : settings_(settings), random_(settings.seed), next_(start) {
  const auto& h = settings_.habits;
  choice_ = {h.buy,       h.restock, h.cancel,  h.refund, h.edit_stock, h.rename,   h.reprice,
             h.unpublish, h.trash,   h.restore, h.create, h.erase,      h.write_sql};
  for (post_id id = 1; id <= shop.highest_id(); ++id) {
    const auto* of = shop.find(id);
    if (of != nullptr && !of->is_variation() && of->status == post_status::publish)
      products_.push_back(id);
  }
  schedule();
}

void shoppers::schedule() {
  // Exponential gaps: what many independent shoppers give.
  const double even = static_cast<double>(random_() >> 11U) * 0x1.0p-53;
  const double gap = -std::log1p(-even) / std::max(settings_.actions_per_second, 1e-6);
  next_ += std::chrono::microseconds(static_cast<std::int64_t>(std::min(gap, 3600.0) * 1e6) + 1);
}

std::vector<shop_change> shoppers::act(catalog& shop, moment now) {
  std::vector<shop_change> all;
  while (next_ <= now) {
    auto some = act_once(shop, next_);
    all.insert(all.end(), some.begin(), some.end());
    schedule();
  }
  return all;
}

std::vector<shop_change> shoppers::act_once(catalog& shop, moment now) {
  static constexpr std::array<deed, 13> deeds{
    &shoppers::buy,        &shoppers::restock, &shoppers::cancel,  &shoppers::refund,
    &shoppers::edit_stock, &shoppers::rename,  &shoppers::reprice, &shoppers::unpublish,
    &shoppers::trash,      &shoppers::restore, &shoppers::create,  &shoppers::erase,
    &shoppers::write_sql};
  if (products_.empty())
    return {};
  return (this->*deeds.at(choice_(random_)))(shop, now);
}

shop_change shoppers::changed(const catalog& shop, std::string_view what, post_id item,
                              moment now) {
  const auto* of = shop.find(item);
  return {now, what, of != nullptr && of->is_variation() ? of->parent : item, item};
}

post_id shoppers::pick(const catalog& shop) {
  for (int draw = 0; draw < 8; ++draw) {
    // Half of all interest goes to a tenth of the goods.
    const auto pool =
      below(2) == 0 ? std::max<std::size_t>(1, products_.size() / 10) : products_.size();
    const auto id = products_[below(pool)];
    const auto* of = shop.find(id);
    if (of != nullptr && of->status != post_status::trash)
      return id;
  }
  return 0;
}

post_id shoppers::pick_item(const catalog& shop, post_id from) {
  const auto* of = shop.find(from);
  return of == nullptr || of->variations.empty() ? from
                                                 : of->variations[below(of->variations.size())];
}

std::vector<shop_change> shoppers::lines_changed(const catalog& shop, std::string_view what,
                                                 post_id order, moment now) {
  std::vector<shop_change> all;
  if (const auto* of = shop.find_order(order)) {
    for (const auto& line : of->lines)
      all.push_back(changed(shop, what, line.variation != 0 ? line.variation : line.product, now));
  }
  return all;
}

std::vector<shop_change> shoppers::buy(catalog& shop, moment now) {
  std::vector<order_line> lines;
  for (std::uint64_t i = 0, count = 1 + below(3); i < count; ++i) {
    const auto id = pick_item(shop, pick(shop));
    const auto* of = shop.find(id);
    if (of == nullptr || of->status != post_status::publish || of->type == kind::external ||
        of->type == kind::grouped || of->type == kind::variable)
      continue;
    const auto product = of->is_variation() ? of->parent : id;
    if (std::any_of(lines.begin(), lines.end(),
                    [&](const auto& each) { return each.product == product; }))
      continue; // two lines might take more than there is
    const auto stock = shop.shown_stock(*of);
    const auto wanted = static_cast<std::int64_t>(1 + below(3));
    const bool enough =
      !stock.quantity || *stock.quantity >= wanted || stock.backorders != backorder_policy::no;
    if (stock.state == stock_state::out_of_stock || !enough)
      continue;
    order_line line;
    line.product = product;
    line.variation = of->is_variation() ? id : 0;
    line.quantity = wanted;
    lines.push_back(std::move(line));
  }
  if (lines.empty())
    return {};
  const auto order = shop.create_order(std::move(lines), order_status::processing, true, now);
  if (orders_.size() >= orders_kept)
    orders_.erase(orders_.begin());
  orders_.push_back(order);
  return lines_changed(shop, "buy", order, now);
}

std::vector<shop_change> shoppers::restock(catalog& shop, moment now) {
  const auto id = pick_item(shop, pick(shop));
  if (!shop.adjust_stock(id, static_cast<std::int64_t>(5 + below(40)), now))
    return {};
  return {changed(shop, "restock", id, now)};
}

std::vector<shop_change> shoppers::cancel(catalog& shop, moment now) {
  if (orders_.empty())
    return {};
  const auto at = below(orders_.size());
  const auto order = orders_[at];
  orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(at));
  shop.set_order_status(order, order_status::cancelled, now);
  return lines_changed(shop, "cancel", order, now);
}

std::vector<shop_change> shoppers::refund(catalog& shop, moment now) {
  if (orders_.empty())
    return {};
  const auto order = orders_[below(orders_.size())];
  shop.refund(order, 0, 1, true, now);
  auto all = lines_changed(shop, "refund", order, now);
  all.resize(std::min<std::size_t>(all.size(), 1));
  return all;
}

std::vector<shop_change> shoppers::edit_stock(catalog& shop, moment now) {
  const auto id = pick_item(shop, pick(shop));
  item_change what;
  what.quantity = static_cast<std::int64_t>(below(100));
  if (!shop.edit(id, what, now))
    return {};
  return {changed(shop, "edit stock", id, now)};
}

std::vector<shop_change> shoppers::rename(catalog& shop, moment now) {
  const auto id = pick(shop);
  item_change what;
  what.name = std::string(adjectives.at(below(adjectives.size()))) + " " +
              std::string(nouns.at(below(nouns.size()))) + " " + std::to_string(id);
  if (!shop.edit(id, what, now))
    return {};
  return {changed(shop, "rename", id, now)};
}

std::vector<shop_change> shoppers::reprice(catalog& shop, moment now) {
  const auto id = pick_item(shop, pick(shop));
  item_change what;
  what.regular_price = price_of(random_());
  if (!shop.edit(id, what, now))
    return {};
  return {changed(shop, "reprice", id, now)};
}

std::vector<shop_change> shoppers::unpublish(catalog& shop, moment now) {
  const auto id = pick(shop);
  const auto* of = shop.find(id);
  if (of == nullptr)
    return {};
  item_change what;
  what.status = of->status == post_status::publish ? post_status::draft : post_status::publish;
  shop.edit(id, what, now);
  return {changed(shop, *what.status == post_status::draft ? "unpublish" : "publish", id, now)};
}

std::vector<shop_change> shoppers::trash(catalog& shop, moment now) {
  const auto id = pick(shop);
  if (!shop.trash(id, now))
    return {};
  trashed_.push_back(id);
  return {changed(shop, "trash", id, now)};
}

std::vector<shop_change> shoppers::restore(catalog& shop, moment now) {
  if (trashed_.empty())
    return {};
  const auto id = trashed_.back();
  trashed_.pop_back();
  if (!shop.restore(id, now))
    return {};
  return {changed(shop, "restore", id, now)};
}

std::vector<shop_change> shoppers::create(catalog& shop, moment now) {
  new_item what;
  what.name = "New arrival " + std::to_string(++made_);
  what.regular_price = price_of(random_());
  what.manages_stock = true;
  what.quantity = static_cast<std::int64_t>(below(50));
  const auto id = shop.create_product(what, now);
  products_.push_back(id);
  return {changed(shop, "create", id, now)};
}

std::vector<shop_change> shoppers::erase(catalog& shop, moment now) {
  const auto id = pick(shop);
  const auto change = changed(shop, "erase", id, now);
  if (!shop.erase(id, now))
    return {};
  std::erase(products_, id);
  return {change};
}

std::vector<shop_change> shoppers::write_sql(catalog& shop, moment now) {
  const auto id = pick_item(shop, pick(shop));
  const auto* of = shop.find(id);
  if (of == nullptr || !of->manages_stock || of->quantity <= 1)
    return {};
  shop.write_stock_by_sql(id, of->quantity - 1);
  return {changed(shop, "write by SQL", id, now)};
}

} // namespace ankkor::emulator

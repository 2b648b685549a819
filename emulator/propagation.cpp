#include "emulator/propagation.hpp"

#include "emulator/truth.hpp"

#include <algorithm>

namespace ankkor::emulator {

namespace {

constexpr auto hidden = "hidden";

void add(std::string& to, const catalog& shop, const item& of) {
  const auto stock = truth_of(shop, of).stock;
  to.append("|").append(of.name).append("|").append(of.option).append("|").append(of.slug);
  // What a variable or grouped product costs, its parts say.
  const bool has_price = of.type != kind::variable && of.type != kind::grouped;
  to.append("|").append(of.sku).append("|").append(has_price ? of.own_price() : "-");
  to.append("|").append(stock::to_string(stock.status));
  to.append("|").append(stock.quantity ? to_string(*stock.quantity) : "-");
}

} // namespace

std::string page_of(const catalog& shop, post_id product) {
  const auto* of = shop.find(product);
  if (of == nullptr || !truth_of(shop, *of).visible)
    return hidden;
  auto page = std::string{};
  add(page, shop, *of);
  for (const auto id : of->variations) {
    if (const auto* variation = shop.find(id);
        variation != nullptr && truth_of(shop, *variation).visible)
      add(page, shop, *variation);
  }
  return page;
}

void propagation::begins(post_id product, std::string page) {
  lives_[product].first_page = std::move(page);
}

void propagation::changed(post_id product, moment at, std::string page) {
  lives_[product].changes.push_back({at, std::move(page)});
}

void propagation::delivered(post_id product, moment due, moment answered) {
  lives_[product].deliveries.push_back({due, answered});
}

propagation::summary propagation::summarize(const storefront& told) const {
  auto made = summary{};
  for (const auto& [product, passed] : lives_) {
    const auto tag = "product-" + std::to_string(product);
    const auto seen = passed.seen();
    made.unseen += passed.changes.size() - seen.size();
    for (std::size_t at = 0; at < seen.size(); ++at) {
      const auto from = seen[at];
      const auto next = at + 1 < seen.size() ? seen[at + 1] : moment::max();
      if ((at > 0 && from < seen[at - 1] + alone) || next < from + alone) {
        ++made.crowded;
        continue;
      }
      const auto until = told.first_told(tag, from);
      if (!until || *until >= next)
        ++made.untold;
      else if (passed.is_delivered(from, *until))
        made.by_webhook.emplace_back(*until - from);
      else
        made.without_webhook.emplace_back(*until - from);
    }
  }
  std::sort(made.by_webhook.begin(), made.by_webhook.end());
  std::sort(made.without_webhook.begin(), made.without_webhook.end());
  return made;
}

// When its page became another one.
std::vector<moment> propagation::life::seen() const {
  auto all = std::vector<moment>{};
  const auto* page = &first_page;
  for (const auto& each : changes) {
    if (each.page != *page)
      all.push_back(each.at);
    page = &each.page;
  }
  return all;
}

bool propagation::life::is_delivered(moment from, moment until) const {
  return std::any_of(deliveries.begin(), deliveries.end(), [&](const on_its_way& each) {
    return each.answered >= from && each.due <= until;
  });
}

} // namespace ankkor::emulator

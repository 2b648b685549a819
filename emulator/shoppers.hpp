// Life in the emulated shop: a seeded random stream of purchases, restocks, cancellations and edits
// at a given rate, and a catalog to begin with.
#pragma once

#include "emulator/catalog.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::emulator {

struct catalog_size {
  std::size_t products = 200;  // of all types
  double variable_share = 0.1; // of them
  std::size_t variations_each = 6;
  std::uint64_t seed = 1;
};

// Fills the shop: mostly simple products, and some of every other sort that a real shop has.
void fill_catalog(catalog& shop, const catalog_size& size, moment now);

// How often each happens, relative to each other; 0: never.
struct shopper_habits {
  double buy = 60;
  double restock = 15;
  double cancel = 4;
  double refund = 2;
  double edit_stock = 6; // a merchant types in a quantity, of a product or a variation
  double rename = 2;
  double reprice = 4;
  double unpublish = 1; // or publish again
  double trash = 1;
  double restore = 1;
  double create = 1;
  double erase = 0.5;   // for good, by REST
  double write_sql = 0; // unseen by webhooks; only a full pass finds it
};

struct shopper_settings {
  double actions_per_second = 10;
  std::uint64_t seed = 1;
  shopper_habits habits;
};

// What was done, for a log and for measuring how long it takes to be told.
struct shop_change {
  moment at{};
  std::string_view what; // "buy", "restock", …
  post_id product = 0;   // the product, of a variation its parent
  post_id item = 0;      // the variation, or the product itself
};

class shoppers {
public:
  shoppers(const catalog& shop, shopper_settings settings, moment start);

  // Does what is due by now, each action at its own moment.
  std::vector<shop_change> act(catalog& shop, moment now);

  // When the next action is due.
  [[nodiscard]] moment next_due() const { return next_; }

  // One action, of any kind; nothing if chance chose one that finds nothing to do.
  std::vector<shop_change> act_once(catalog& shop, moment now);

private:
  using deed = std::vector<shop_change> (shoppers::*)(catalog&, moment);

  [[nodiscard]] post_id pick(const catalog& shop); // a product
  [[nodiscard]] post_id pick_item(const catalog& shop,
                                  post_id from); // it, or one of its variations

  [[nodiscard]] std::uint64_t below(std::uint64_t limit) {
    return limit == 0 ? 0 : random_() % limit;
  }

  void schedule();
  static shop_change changed(const catalog& shop, std::string_view what, post_id item, moment now);

  std::vector<shop_change> buy(catalog& shop, moment now);
  std::vector<shop_change> restock(catalog& shop, moment now);
  std::vector<shop_change> cancel(catalog& shop, moment now);
  std::vector<shop_change> refund(catalog& shop, moment now);
  std::vector<shop_change> edit_stock(catalog& shop, moment now);
  std::vector<shop_change> rename(catalog& shop, moment now);
  std::vector<shop_change> reprice(catalog& shop, moment now);
  std::vector<shop_change> unpublish(catalog& shop, moment now);
  std::vector<shop_change> trash(catalog& shop, moment now);
  std::vector<shop_change> restore(catalog& shop, moment now);
  std::vector<shop_change> create(catalog& shop, moment now);
  std::vector<shop_change> erase(catalog& shop, moment now);
  std::vector<shop_change> write_sql(catalog& shop, moment now);
  std::vector<shop_change> lines_changed(const catalog& shop, std::string_view what, post_id order,
                                         moment now);

  shopper_settings settings_;
  std::mt19937_64 random_;
  std::discrete_distribution<std::size_t> choice_;
  std::vector<post_id> products_;
  std::vector<post_id> trashed_;
  std::vector<post_id> orders_; // that can be cancelled or refunded; the latest
  moment next_;
  std::uint64_t made_ = 0;
};

} // namespace ankkor::emulator

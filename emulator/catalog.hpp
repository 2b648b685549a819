// The emulated shop's goods and orders, and everything that a shop does with them. Each operation
// moves dates and fires events exactly where WooCommerce 11 does (tests/recordings/FACTS.md,
// section 4, proven by tests/emulator/events_test.cpp against the recordings).
//
// Pure: time is given, events go to a sink, nothing blocks. Not thread-safe: one owner (store.hpp).
#pragma once

#include "emulator/wordpress.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ankkor::emulator {

using post_id = std::uint64_t; // products, variations, orders and pages share one number space

enum class kind : std::uint8_t { simple, variable, variation, grouped, external };
enum class post_status : std::uint8_t {
  publish,
  draft,
  pending,
  hidden,
  trash
}; // hidden: "private"
enum class stock_state : std::uint8_t { in_stock, out_of_stock, on_backorder };
enum class backorder_policy : std::uint8_t { no, notify, yes };
enum class managed_by : std::uint8_t { nobody, itself, parent };

[[nodiscard]] std::string_view to_string(kind value) noexcept;
[[nodiscard]] std::string_view to_string(post_status value) noexcept;
[[nodiscard]] std::string_view to_string(stock_state value) noexcept;
[[nodiscard]] std::string_view to_string(backorder_policy value) noexcept;
[[nodiscard]] std::optional<kind> parse_kind(std::string_view text) noexcept;
[[nodiscard]] std::optional<post_status> parse_post_status(std::string_view text) noexcept;
[[nodiscard]] std::optional<stock_state> parse_stock_state(std::string_view text) noexcept;
[[nodiscard]] std::optional<backorder_policy>
parse_backorder_policy(std::string_view text) noexcept;

struct category {
  post_id id = 0;
  std::string name;             // plain text
  std::string slug;             // percent-encoded where it isn't ASCII
  std::vector<post_id> members; // products, also ones that have left since
};

// What few items have.
struct rare {
  std::string description;
  std::string short_description;
  std::string external_url;
  std::string button_text;
  std::string attribute;            // a variable product's one attribute, e.g. "Size"
  std::vector<std::string> options; // and its options
  std::vector<post_id> grouped;
  post_status status_before_trash = post_status::publish;
  std::string slug_before_trash;
  second trashed{};
};

struct item {
  post_id id = 0;
  post_id parent = 0; // of a variation; else 0
  kind type = kind::simple;
  post_status status = post_status::publish;
  stock_state stock = stock_state::in_stock; // as stored; what is shown: catalog::shown_stock
  backorder_policy backorders = backorder_policy::no;
  bool manages_stock = false;
  bool is_virtual = false;
  bool in_catalog = true; // catalog_visibility "visible", else "hidden"
  bool reviews_allowed = true;
  std::int64_t quantity = 0; // meaningless unless it manages its stock
  std::optional<std::int64_t> low_stock;
  std::int64_t total_sales = 0;
  second created{};
  second modified{};
  std::string name;   // of a product; a variation's is made of its parent's and its option
  std::string option; // of a variation
  std::string slug;
  std::string sku;
  std::string regular_price;
  std::string sale_price;
  std::string title_key;                 // for sorting by name
  std::vector<std::uint32_t> categories; // indexes into catalog::categories()
  std::vector<post_id> variations;
  std::unique_ptr<rare> more;

  [[nodiscard]] bool is_variation() const { return type == kind::variation; }

  [[nodiscard]] const std::string& own_price() const {
    return sale_price.empty() ? regular_price : sale_price;
  }
};

// How to make a product or a variation. Those with `id` or dates are for rebuilding a known shop.
struct new_item {
  kind type = kind::simple;
  std::string name;
  std::string option;              // of a variation
  std::optional<std::string> slug; // made of the name if absent
  std::string sku;
  std::string regular_price;
  std::string sale_price;
  post_status status = post_status::publish;
  bool manages_stock = false;
  std::int64_t quantity = 0;
  stock_state stock = stock_state::in_stock; // if nobody manages it
  backorder_policy backorders = backorder_policy::no;
  std::optional<std::int64_t> low_stock;
  bool is_virtual = false;
  bool in_catalog = true;
  std::vector<post_id> categories; // term IDs; empty: "Uncategorized"
  std::string attribute;
  std::vector<std::string> options;
  std::vector<post_id> grouped;
  std::string external_url;
  std::string button_text;
  std::string description;
  std::string short_description;
  post_id id = 0;
  std::optional<second> created;
  std::optional<second> modified;
  std::int64_t total_sales = 0;
};

// What an edit sets; what is absent stays.
struct item_change {
  std::optional<std::string> name;
  std::optional<std::string> slug;
  std::optional<std::string> sku;
  std::optional<std::string> regular_price;
  std::optional<std::string> sale_price;
  std::optional<std::string> description;
  std::optional<std::string> short_description;
  std::optional<post_status> status;
  std::optional<kind> type;
  std::optional<bool> manages_stock;
  std::optional<std::int64_t> quantity;
  std::optional<stock_state> stock;
  std::optional<backorder_policy> backorders;
  std::optional<std::vector<post_id>> categories;
};

enum class order_status : std::uint8_t {
  pending,
  on_hold,
  processing,
  completed,
  cancelled,
  refunded,
  failed,
  trash
};

[[nodiscard]] std::string_view to_string(order_status value) noexcept;
[[nodiscard]] std::optional<order_status> parse_order_status(std::string_view text) noexcept;

struct order_line {
  post_id product = 0;
  post_id variation = 0; // 0: none
  std::int64_t quantity = 1;
  std::int64_t reduced = 0; // taken from the stock so far
  std::string name;
  std::string sku;
  std::string price;
};

struct order {
  post_id id = 0;
  order_status status = order_status::pending;
  order_status status_before_trash = order_status::pending;
  bool from_storefront = false;
  second created{};
  second modified{};
  std::optional<second> paid;
  std::uint64_t first_line_id = 0;
  std::string key;
  std::vector<order_line> lines;
  std::vector<std::pair<post_id, std::int64_t>> refunds; // ID, cents
};

// Something that happened, by the name of the webhook topic it belongs to ("product.updated",
// "action.woocommerce_delete_product"). Topics of one operation come in the order WooCommerce fires
// them.
struct event {
  std::string_view topic;
  post_id object = 0; // 0 for the actions whose argument is an object: they arrive as "arg":[]
};

using event_sink = std::function<void(const event&, moment)>;

struct stock_view {
  managed_by managed = managed_by::nobody;
  std::optional<std::int64_t> quantity;
  stock_state state = stock_state::in_stock;
  backorder_policy backorders = backorder_policy::no;

  bool operator==(const stock_view&) const = default;
};

// Items in the order of a key, ascending or descending; among equals the higher ID is first either
// way, as in every recorded WPGraphQL and REST list.
template <class K>
class order_index {
public:
  using entry = std::pair<K, post_id>;

  void insert(K key, post_id id) { entries_.emplace(key, id); }

  void erase(K key, post_id id) { entries_.erase(entry(key, id)); }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  // Calls take(id) for what follows `after`, until it answers false.
  template <class F>
  void walk(bool descending, const std::optional<entry>& after, F&& take) const {
    if (!descending)
      forward(after ? entries_.upper_bound(*after) : entries_.begin(), nullptr, take);
    else
      backward(after, take);
  }

private:
  static constexpr post_id highest = ~post_id{0};

  struct before {
    bool operator()(const entry& a, const entry& b) const {
      return a.first != b.first ? a.first < b.first : a.second > b.second;
    }
  };

  using entries = std::set<entry, before>;

  template <class F>
  bool forward(typename entries::const_iterator at, const K* within, F& take) const {
    for (; at != entries_.end() && (within == nullptr || at->first == *within); ++at) {
      if (!take(at->second))
        return false;
    }
    return true;
  }

  template <class F>
  void backward(const std::optional<entry>& after, F& take) const {
    auto group = entries_.end(); // where the group after the next one begins
    if (after) {
      if (!forward(entries_.upper_bound(*after), &after->first, take))
        return;
      group = entries_.lower_bound(entry(after->first, highest));
    }
    while (group != entries_.begin()) {
      const K key = std::prev(group)->first;
      group = entries_.lower_bound(entry(key, highest));
      if (!forward(group, &key, take))
        return;
    }
  }

  entries entries_;
};

enum class sort_by : std::uint8_t { title, date, modified };

class catalog {
public:
  catalog(event_sink sink, std::uint64_t seed);

  // --- reading -----------------------------------------------------------------------------------
  [[nodiscard]] const item* find(post_id id) const; // products and variations, trashed ones too
  [[nodiscard]] const order* find_order(post_id id) const;

  [[nodiscard]] const std::vector<category>& categories() const { return categories_; }

  [[nodiscard]] const category* find_category(post_id id) const;
  [[nodiscard]] post_id by_sku(std::string_view sku) const;   // not in the trash; 0: none
  [[nodiscard]] post_id by_slug(std::string_view slug) const; // of a product; 0: none
  [[nodiscard]] stock_view shown_stock(const item& of) const;
  [[nodiscard]] std::string shown_name(const item& of) const;
  [[nodiscard]] const std::string&
  shown_sku(const item& of) const; // a variation without one shows its parent's
  [[nodiscard]] std::string price(const item& of) const; // of a variable product: its lowest
  // The variations' prices, ascending; those that shoppers see only.
  [[nodiscard]] std::vector<std::int64_t> variation_prices(const item& of, bool regular) const;
  [[nodiscard]] std::vector<std::int64_t> member_prices(const item& of_group) const; // likewise
  [[nodiscard]] std::size_t count(post_status status) const;                         // of products
  [[nodiscard]] std::size_t variation_count(post_status status) const;

  [[nodiscard]] const std::map<post_id, order>& orders() const { return orders_; }

  [[nodiscard]] post_id highest_id() const { return next_id_ - 1; }

  // Five random neighbours of its categories, anew at every call: WooCommerce shuffles them on
  // every build.
  [[nodiscard]] std::vector<post_id> related(const item& to) const;

  // Calls take(const item&) in that order, from behind the item `after` as it stands now (0: from
  // the beginning), until it answers false. `title` has products only, the others have variations
  // too.
  template <class F>
  void walk(sort_by order, bool descending, post_id after, F&& take) const;

  // The same for what was modified after that second, the oldest first.
  template <class F>
  void walk_modified_after(second after, F&& take) const {
    modifications_.walk(false, std::pair(after, post_id{0}),
                        [&](post_id id) { return take(*items_[id]); });
  }

  // --- making (no events: the shop as it is found) -----------------------------------------------
  post_id add_category(std::string name, std::optional<std::string> slug = {}, post_id id = 0);
  post_id seed_product(const new_item& what, moment now);
  post_id seed_variation(post_id parent, const new_item& what,
                         moment now); // 0 if there is no such parent
  void reserve(std::size_t items);

  // --- what a shop does. False or 0: there is no such item, and nothing happened -----------------
  post_id create_product(const new_item& what, moment now); // REST
  post_id create_variation(post_id parent, const new_item& what, moment now);
  post_id publish_in_admin(const new_item& what, moment now); // a new product, in wp-admin
  bool update_in_admin(post_id id, const item_change& what, moment now);
  bool edit(post_id id, const item_change& what, moment now); // REST PUT, of a product or variation
  bool set_stock(post_id id, std::int64_t quantity, moment now); // wc_update_product_stock
  bool adjust_stock(post_id id, std::int64_t by, moment now);
  bool trash(post_id id, moment now);
  bool restore(post_id id, moment now);
  bool erase(post_id id, moment now);                         // REST force=true
  bool erase_in_admin(post_id id, moment now);                // "Delete permanently": silent
  bool write_stock_by_sql(post_id id, std::int64_t quantity); // neither event nor date
  bool rename_category(post_id id, std::string name);         // likewise
  void trash_page(post_id id, moment now);                    // an ordinary page, by PHP or REST
  void restore_page(post_id id, moment now);

  post_id create_order(std::vector<order_line> lines, order_status status, bool from_storefront,
                       moment now);
  bool set_order_status(post_id id, order_status status, moment now);
  // Gives back `quantity` of the order's line `line`, into the stock if `restock`.
  bool refund(post_id id, std::size_t line, std::int64_t quantity, bool restock, moment now);
  bool trash_order(post_id id, moment now);
  bool restore_order(post_id id, moment now);
  bool touch_order(post_id id, moment now); // a PUT that changes nothing: order.updated

private:
  item* get(post_id id);
  item& place(const new_item& what, post_id parent, moment now);
  void fill_rare(item& to, const new_item& what);
  void set_name(item& to, std::string name);
  void set_slug(item& to, std::string slug);
  void set_sku(item& to, std::string sku);
  void set_status(item& to, post_status status);
  void set_categories(item& to, const std::vector<post_id>& terms);
  [[nodiscard]] std::string free_slug(const std::string& wanted, post_id except) const;
  void touch(item& what, second at);
  void apply(item& to, const item_change& what);
  void settle_stock(item& of); // status follows quantity, variations and parents follow
  void sync_parent(item& of_variation, second at);
  [[nodiscard]] item* stock_owner(post_id id);
  void stock_moved(item& owner, moment now); // dates and events after wc_update_product_stock
  void set_stock_event(const item& of, moment now);
  void put_in_trash(item& what, moment now);
  void take_from_trash(item& what, moment now);
  void remove(post_id id);
  void take_stock(order& of, moment now);
  void give_stock_back(order& of, moment now);
  void fire(std::string_view topic, post_id object, moment now);
  post_id claim_id(post_id wanted);

  event_sink sink_;
  mutable std::mt19937_64 random_;
  std::vector<std::unique_ptr<item>> items_; // by ID; IDs are dense
  std::vector<category> categories_;
  std::map<post_id, order> orders_;
  std::unordered_map<std::string_view, post_id> by_sku_;  // views into items
  std::unordered_map<std::string_view, post_id> by_slug_; // likewise; products only
  order_index<std::string_view> titles_;                  // likewise
  order_index<second> dates_;
  order_index<second> modifications_;
  std::array<std::size_t, 5> products_by_status_{};
  std::array<std::size_t, 5> variations_by_status_{};
  post_id next_id_ = 10;
  post_id next_term_ = 15;
  std::uint64_t next_line_ = 1;
};

template <class F>
void catalog::walk(sort_by order, bool descending, post_id after, F&& take) const {
  const auto* from = find(after);
  const auto each = [&](post_id id) { return take(*items_[id]); };
  const auto through = [&](const auto& index, const auto& key) {
    using index_type = std::decay_t<decltype(index)>;
    std::optional<typename index_type::entry> behind;
    if (from != nullptr)
      behind.emplace(key(*from), from->id);
    index.walk(descending, behind, each);
  };
  if (order == sort_by::title)
    through(titles_, [](const item& of) { return std::string_view(of.title_key); });
  else if (order == sort_by::date)
    through(dates_, [](const item& of) { return of.created; });
  else
    through(modifications_, [](const item& of) { return of.modified; });
}

} // namespace ankkor::emulator

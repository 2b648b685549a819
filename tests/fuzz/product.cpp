// A delivery's body into the reader of WooCommerce's REST payloads: what it takes for a product is
// one that the rest of the engine may rely on.
#include "net/woocommerce/payload.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <array>

using namespace ankkor;
using namespace ankkor::fuzz;

namespace {

constexpr std::array kinds{net::topic_kind::product, net::topic_kind::product_deleted,
                           net::topic_kind::product_destroyed, net::topic_kind::order};

constexpr auto id_max = static_cast<stock::product_id>(INT64_MAX); // what the store can keep

bool is_id(stock::product_id id) {
  return id > 0 && id <= id_max;
}

void check(const stock::item& read) {
  require(is_id(read.id), "a product has an ID");
  require(read.parent <= id_max && read.parent != read.id, "nothing is its own variation");
  require(!read.is_variation() || read.type == stock::product_type::variation,
          "what has a parent is a variation");
  require(read.stock.managed != stock::stock_management::none || !read.stock.quantity,
          "nobody counts what isn't managed");
  require(std::is_sorted(read.variations.begin(), read.variations.end()), "variations ascend");
  require(std::all_of(read.variations.begin(), read.variations.end(), is_id),
          "a variation has an ID");
  require(std::is_sorted(read.categories.begin(), read.categories.end(),
                         [](const auto& a, const auto& b) { return a.slug < b.slug; }),
          "categories are sorted");
  require(read.price.current == stock::canonical_price(read.price.current), "a price is canonical");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static net::payload_reader reader;
  auto bytes = as_text(data, size);
  const auto kind = kinds.at(take_choice(bytes) % kinds.size());
  const auto body = padded(bytes);
  const auto read = reader.read(kind, body);
  if (!read) {
    require(!read.failure().message.empty(), "a refusal says why");
    return 0;
  }
  if (const auto* product = std::get_if<stock::item>(&*read))
    check(*product);
  if (const auto* hint = std::get_if<net::item_hint>(&*read))
    require(is_id(hint->item), "a hint names an item");
  if (const auto* order = std::get_if<net::order_hint>(&*read))
    require(std::is_sorted(order->items.begin(), order->items.end()), "an order's items ascend");
  return 0;
}

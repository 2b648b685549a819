// Values for the store's tests.
#include "suite.hpp"

#include <fmt/format.h>

namespace ankkor::store::testing {

moment at(std::int64_t microseconds) {
  return moment{std::chrono::microseconds{microseconds}};
}

delivery make_delivery(std::uint64_t number) {
  delivery made;
  made.delivery_id = fmt::format("{:032x}", number);
  for (std::size_t byte = 0; byte < 8; ++byte)
    made.body_digest[byte] = static_cast<std::uint8_t>(number >> (8 * byte));
  made.topic = "product.updated";
  made.webhook_id = 7;
  made.resource = number;
  made.received = at(static_cast<std::int64_t>(number) * 1'000);
  return made;
}

stock::record make_record(product_id id, product_id parent, std::int64_t quantity) {
  stock::record made;
  made.value.id = id;
  made.value.parent = parent;
  made.value.type = parent == 0 ? stock::product_type::simple : stock::product_type::variation;
  made.value.slug = fmt::format("product-{}", id);
  made.value.name = fmt::format("Product {}", id);
  made.value.sku = fmt::format("SKU-{}", id);
  made.value.price = {"10.5", "12", "10.5"};
  made.value.stock = {stock::stock_management::own, quantity, stock::stock_status::in_stock,
                      stock::backorders::no};
  made.value.modified = stock::store_time{std::chrono::seconds{1'700'000'000 + quantity}};
  made.read.end = at(quantity);
  return made;
}

stock::product make_product(product_id id, std::uint64_t version) {
  stock::product made;
  made.id = id;
  made.version = version;
  made.self = make_record(id, 0, static_cast<std::int64_t>(version));
  made.changed = at(static_cast<std::int64_t>(version));
  return made;
}

entry make_entry(stock::product state) {
  entry made;
  if (state.self)
    made.changed.push_back(state.id);
  for (const auto& child : state.variations)
    made.changed.push_back(child.value.id);
  made.state = std::make_shared<const stock::product>(std::move(state));
  return made;
}

history_entry make_history(product_id product, std::uint64_t version) {
  history_entry made;
  made.product = product;
  made.item = product;
  made.at = at(static_cast<std::int64_t>(version));
  made.cause = "webhook product.updated";
  made.reference = fmt::format("{:032x}", version);
  made.version = version;
  return made;
}

outbox_job make_job(product_id product, std::uint64_t version) {
  outbox_job made;
  made.target = "shop";
  made.product = product;
  made.tags = {fmt::format("product-{}", product)};
  made.paths = {fmt::format("/product/product-{}", product)};
  made.received = at(static_cast<std::int64_t>(version));
  made.created = at(static_cast<std::int64_t>(version) + 1);
  made.version = version;
  return made;
}

std::vector<commit_outcome> commit(store& into, std::span<const entry> entries) {
  return need(into.commit(entries));
}

std::vector<commit_outcome> commit(store& into, entry one) {
  return need(into.commit(std::span{&one, 1}));
}

std::vector<stock::product> load(store& from) {
  std::vector<stock::product> held;
  const auto loaded = from.load_products([&](const stock::product& each) { held.push_back(each); });
  BOOST_REQUIRE_MESSAGE(loaded.ok(), (loaded.ok() ? "" : loaded.failure().message));
  return held;
}

} // namespace ankkor::store::testing

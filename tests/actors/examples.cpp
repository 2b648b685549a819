#include "examples.hpp"

namespace ankkor::actors::testing {

namespace {

error full_disk() {
  return {errc::unavailable, "The disk is full.", "Make room."};
}

} // namespace

stock::item some_item(stock::product_id id, std::int64_t quantity, unsigned second) {
  auto item = stock::item{};
  item.id = id;
  item.slug = "tea-" + std::to_string(id);
  item.name = "Tea";
  item.categories = {{"drinks", "Drinks"}};
  item.stock = {stock::stock_management::own, quantity,
                quantity > 0 ? stock::stock_status::in_stock : stock::stock_status::out_of_stock,
                stock::backorders::no};
  item.modified =
    std::chrono::floor<std::chrono::seconds>(start_of_time) + std::chrono::seconds{second};
  return item;
}

incoming some_delivery(stock::item item, unsigned received_second) {
  auto delivery = incoming{};
  auto& facts = delivery.delivery.emplace();
  facts.received = start_of_time + std::chrono::seconds{received_second};
  delivery.received = facts.received;
  facts.topic = "product.updated";
  delivery.cause = "webhook product.updated";
  facts.resource = item.id;
  facts.delivery_id = "delivery " + std::to_string(item.id) + " of " +
                      std::to_string(item.modified.time_since_epoch().count()) + " at " +
                      std::to_string(received_second);
  delivery.content = stock::observation{
    std::move(item), {stock::reading::unknown, facts.received}, stock::source::webhook};
  return delivery;
}

void recorded_reply::done(const result<store::outcome>& what) {
  ++calls;
  if (what)
    outcome = *what;
  else
    failure = what.failure();
}

result<std::vector<ankkor::store::commit_outcome>>
memory_store::commit(std::span<const ankkor::store::entry> group) {
  using ankkor::store::commit_outcome;
  before_commit();
  if (full || in_doubt_)
    return full_disk();
  const auto lost = std::exchange(loses_answer, std::nullopt);
  in_doubt_ = lost.has_value();
  const auto in_doubt = error{errc::in_doubt, "The connection is gone.", ""};
  if (lost && !*lost)
    return in_doubt;
  auto outcomes = std::vector<commit_outcome>{};
  for (const auto& entry : group) {
    const bool is_new =
      !entry.delivery ||
      identities_.emplace(entry.delivery->delivery_id, entry.delivery->body_digest).second;
    outcomes.push_back(is_new ? commit_outcome::committed : commit_outcome::duplicate);
    entries.push_back(entry);
  }
  groups.push_back(group.size());
  if (!lost)
    return outcomes;
  stored_ = std::move(outcomes);
  return in_doubt;
}

result<std::optional<std::vector<ankkor::store::commit_outcome>>> memory_store::settle() {
  if (full)
    return full_disk();
  in_doubt_ = false;
  return std::exchange(stored_, std::nullopt);
}

status memory_store::probe() {
  if (full)
    return full_disk();
  return done{};
}

status memory_store::load_products(const std::function<void(const stock::product&)>&) {
  return done{};
}

result<std::vector<ankkor::store::outbox_job>> memory_store::load_outbox() {
  return outbox;
}

result<std::vector<ankkor::store::confirmation>> memory_store::load_confirmations() {
  return std::vector<ankkor::store::confirmation>{};
}

result<std::vector<ankkor::store::live_event>> memory_store::load_events(std::size_t) {
  return std::vector<ankkor::store::live_event>{};
}

result<std::vector<ankkor::store::bookmark>> memory_store::load_bookmarks() {
  return std::vector<ankkor::store::bookmark>{};
}

result<std::uint64_t> memory_store::highest_version() {
  return std::uint64_t{0};
}

result<bool> memory_store::purge(stock::moment) {
  ++purges;
  if (full)
    return full_disk();
  return purges < purges_wanted;
}

result<std::unique_ptr<ankkor::store::reader>> memory_store::open_reader() {
  return full_disk();
}

std::shared_ptr<product_context> one_target(const view& committed) {
  auto context = std::make_shared<product_context>();
  context->targets = {{"shop", {"/product/{slug}"}}};
  context->committed = &committed;
  return context;
}

} // namespace ankkor::actors::testing

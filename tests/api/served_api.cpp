#include "served_api.hpp"

#include "stock/live.hpp"
#include "waiting.hpp"

#include <stdexcept>

namespace ankkor::api::testing {

stock::item some_item(stock::product_id id, std::int64_t quantity) {
  auto item = stock::item{};
  item.id = id;
  item.slug = "tea-" + std::to_string(id);
  item.name = "Tea";
  item.sku = "T-" + std::to_string(id);
  item.price = {"7.5", "8", "7.5"};
  item.categories = {{"drinks", "Drinks"}};
  item.stock = {stock::stock_management::own, quantity,
                quantity > 0 ? stock::stock_status::in_stock : stock::stock_status::out_of_stock,
                stock::backorders::no};
  item.modified = stock::store_time{std::chrono::seconds{1795341600}}; // 2026-11-22T10:00:00Z
  return item;
}

stock::product product_of(stock::item item) {
  auto made = stock::product{};
  made.id = item.id;
  made.self = stock::record{std::move(item), {}};
  return made;
}

void add_variation(stock::product& to, stock::product_id id) {
  auto item = some_item(id, 0);
  item.parent = to.id;
  item.type = stock::product_type::variation;
  item.categories.clear();
  item.stock = {stock::stock_management::parent, std::nullopt, stock::stock_status::in_stock,
                stock::backorders::no};
  to.self->value.type = stock::product_type::variable;
  to.self->value.variations.push_back(id);
  to.variations.push_back({std::move(item), {}});
}

void fake_engine::read(stock::product_id item, actors::read_handler done) {
  take(item, std::move(done));
}

void fake_engine::read(std::string slug, actors::read_handler done) {
  take(std::move(slug), std::move(done));
}

void fake_engine::take(actors::read_key wanted, actors::read_handler done) {
  auto lock = std::unique_lock{guard_};
  if (const auto answer = always_) {
    lock.unlock();
    done(*answer);
    return;
  }
  reads_.push_back({std::move(wanted), std::move(done)});
  change_.notify_all();
}

void fake_engine::publish(stock::product next) {
  const auto before = held.find(next.id);
  next.version = ++version_;
  auto sequence = live.newest();
  auto events = std::vector<store::live_event>{};
  for (const auto& change : stock::stock_changes(before ? before->held : stock::product{}, next)) {
    if (before)
      events.push_back(
        {++sequence, next.id, change.item, next.changed, change.now.level, change.now.available});
  }
  live.publish(std::move(events), [&] { held.publish(std::move(next)); });
}

std::vector<fake_engine::waiting_read> fake_engine::take_reads(std::size_t count) {
  auto lock = std::unique_lock{guard_};
  change_.wait_for(lock, patience, [&] { return reads_.size() >= count; });
  return std::exchange(reads_, {});
}

std::size_t fake_engine::reads() const {
  const std::lock_guard lock{guard_};
  return reads_.size();
}

void fake_engine::answer_reads_with(actors::read_answer answer) {
  const std::lock_guard lock{guard_};
  always_ = answer;
}

served_api::served_api(const public_options& options, net::server_limits limits) {
  auto complete = options;
  complete.webhook_secrets = {"a secret"};
  api = std::make_unique<public_api>(engine, pool, complete);
  auto how = net::server_options{};
  how.limits = limits;
  auto started =
    net::http_server::start(pool, how, [this](const auto& exchange) { api->handle(exchange); });
  if (!started)
    throw std::runtime_error{started.failure().message};
  server = std::move(*started);
}

served_api::~served_api() {
  pool.stop();
  server.reset();
  api.reset();
}

} // namespace ankkor::api::testing

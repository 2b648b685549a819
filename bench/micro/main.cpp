// Micro-benchmarks of what a delivery and a read go through, each part by itself: a change that
// makes one of them slower shows here without a load generator. Compare figures of one machine
// only.
#include "actors/engine.hpp"
#include "base/flat_table.hpp"
#include "base/keyed_hash.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "bench/load/deliveries.hpp"
#include "bench/micro/null_store.hpp"
#include "net/http/request_gate.hpp"
#include "net/stock_json.hpp"
#include "net/woocommerce/payload.hpp"
#include "net/woocommerce/signature.hpp"
#include "stock/decide.hpp"

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

namespace {

using namespace ankkor; // NOLINT(google-build-using-namespace): a program of its own

constexpr std::size_t padding = 64; // that the parser may read behind the body

// The recorded product of 2.3 KB.
const std::string& body() {
  static const std::string text = [] {
    auto read = load::read_body(ANKKOR_LOAD_BODY);
    if (!read)
      throw std::runtime_error{read.failure().message};
    auto whole = *std::move(read);
    whole.reserve(whole.size() + padding);
    return whole;
  }();
  return text;
}

stock::item recorded_item() {
  auto reader = net::payload_reader{};
  return std::get<stock::item>(*reader.read(net::topic_kind::product, body()));
}

// The `step`-th state of a product: newer than the one before, with another quantity.
stock::observation seen(stock::product_id id, std::int64_t step) {
  auto item = recorded_item();
  item.id = id;
  item.slug = fmt::format("product-{}", id);
  item.modified += std::chrono::seconds{step};
  item.stock.managed = stock::stock_management::own;
  item.stock.quantity = step;
  const auto read = stock::moment{item.modified};
  return {std::move(item), {stock::reading::unknown, read}, stock::source::webhook};
}

stock::product held(stock::product_id id, std::int64_t step) {
  auto product = stock::product{};
  product.id = id;
  product = stock::with_item(product, *stock::decide(nullptr, seen(id, step)).next);
  product.version = static_cast<std::uint64_t>(step);
  return product;
}

void count_bytes(benchmark::State& state, std::size_t each) {
  state.SetBytesProcessed(static_cast<std::int64_t>(each) * state.iterations());
}

// --- the I/O thread ----------------------------------------------------------------------------

void gate(benchmark::State& state) {
  const auto head = fmt::format(
    "POST /api/webhooks/woocommerce HTTP/1.1\r\nHost: sync.shop.example\r\n"
    "User-Agent: WooCommerce/10.3.5 Hookshot (WordPress/6.8.3)\r\nAccept: */*\r\n"
    "Accept-Encoding: deflate, gzip, br, zstd\r\nContent-Type: application/json\r\n"
    "X-WC-Webhook-Source: https://shop.example/\r\nX-WC-Webhook-Topic: product.updated\r\n"
    "X-WC-Webhook-Resource: product\r\nX-WC-Webhook-Event: updated\r\n"
    "X-WC-Webhook-Signature: {0}\r\nX-WC-Webhook-ID: 12\r\n"
    "X-WC-Webhook-Delivery-ID: 0123456789abcdef0123456789abcdef\r\nContent-Length: 0\r\n\r\n",
    net::sign(body(), "secret"));
  auto read = net::request_gate{net::gate_limits{}};
  for ([[maybe_unused]] auto _ : state) {
    read.reset();
    benchmark::DoNotOptimize(read.advance(head));
  }
  count_bytes(state, head.size());
}

BENCHMARK(gate);

void signature(benchmark::State& state) {
  auto checker = net::signature_checker{{"secret"}};
  const auto right = net::sign(body(), "secret");
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(checker.check(body(), right));
  count_bytes(state, body().size());
}

BENCHMARK(signature);

void parse(benchmark::State& state) {
  auto reader = net::payload_reader{};
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(reader.read(net::topic_kind::product, body()));
  count_bytes(state, body().size());
}

BENCHMARK(parse);

// --- tables ------------------------------------------------------------------------------------

void hash_of_a_number(benchmark::State& state) {
  std::uint64_t number = 1;
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(number = keyed_hash{}(number));
}

BENCHMARK(hash_of_a_number);

constexpr std::uint64_t numbers = 1'000'000;

// As the view holds a million products: in 64 tables; half of the look-ups find nothing.
template <class Table, class Add, class Find>
void look_up(benchmark::State& state, Add add, Find find) {
  auto tables = std::vector<Table>(64);
  for (std::uint64_t number = 1; number <= numbers; ++number)
    add(tables[number % 64], number);
  std::uint64_t next = 1;
  for ([[maybe_unused]] auto _ : state) {
    next = next * 6364136223846793005U + 1442695040888963407U;
    const auto number = 1 + (next >> 32U) % (2 * numbers);
    benchmark::DoNotOptimize(find(tables[number % 64], number));
  }
}

void look_up_in_ours(benchmark::State& state) {
  using table = flat_table<std::uint64_t>;
  look_up<table>(
    state, [](table& to, std::uint64_t number) { to.add(number, number); },
    [](const table& in, std::uint64_t number) { return in.find(number) != nullptr; });
}

BENCHMARK(look_up_in_ours);

void look_up_in_boosts(benchmark::State& state) {
  using table = boost::unordered_flat_map<std::uint64_t, std::uint64_t, keyed_hash>;
  look_up<table>(
    state, [](table& to, std::uint64_t number) { to.emplace(number, number); },
    [](const table& in, std::uint64_t number) { return in.contains(number); });
}

BENCHMARK(look_up_in_boosts);

// --- decisions ---------------------------------------------------------------------------------

void decide_newer(benchmark::State& state) {
  const auto before = held(1, 1);
  const auto newer = seen(1, 2);
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(stock::decide(&*before.self, newer));
}

BENCHMARK(decide_newer);

void decide_stale(benchmark::State& state) {
  const auto before = held(1, 2);
  const auto older = seen(1, 1);
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(stock::decide(&*before.self, older));
}

BENCHMARK(decide_stale);

// --- the view ----------------------------------------------------------------------------------

// Among so many products, a different one each time.
void view_look_up(benchmark::State& state) {
  actors::view view;
  const auto count = std::max(stock::product_id{1}, static_cast<stock::product_id>(state.range(0)));
  for (stock::product_id id = 1; id <= count; ++id)
    view.publish(held(id, 1));
  stock::product_id id = 0;
  for ([[maybe_unused]] auto _ : state) {
    constexpr stock::product_id stride = 7919; // a prime: no two neighbours
    id = (id + stride) % count;
    benchmark::DoNotOptimize(view.find(id + 1));
  }
}

BENCHMARK(view_look_up)->Arg(1'000)->Arg(50'000);

void view_publish(benchmark::State& state) {
  actors::view view;
  std::int64_t step = 0;
  const auto product = held(1, 1);
  for ([[maybe_unused]] auto _ : state) {
    auto next = product;
    next.version = static_cast<std::uint64_t>(++step);
    view.publish(next);
  }
}

BENCHMARK(view_publish);

void render(benchmark::State& state) {
  const auto product = held(1, 1);
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(net::render_stock(product, *product.self));
}

BENCHMARK(render);

// --- through the engine ------------------------------------------------------------------------

// Counts the answers of a group, and wakes who waits for all of them.
class group_reply final : public actors::reply {
public:
  void done(const result<store::outcome>&) override {
    const std::lock_guard hold{guard_};
    if (--missing_ == 0)
      all_.notify_one();
  }

  void expect(std::size_t count) {
    const std::lock_guard hold{guard_};
    missing_ = count;
  }

  void wait() {
    auto hold = std::unique_lock{guard_};
    all_.wait(hold, [this] { return missing_ == 0; });
  }

private:
  std::mutex guard_;
  std::condition_variable all_;
  std::size_t missing_ = 0;
};

// From accept() to the answer, with a store that costs nothing: the actors, their messages and the
// threads that wake each other. So many deliveries at once, each of another product.
void crossing(benchmark::State& state) {
  micro::null_store nothing;
  auto settings = config::settings{};
  settings.graphql_url = "http://127.0.0.1:9/graphql";
  settings.store_url = "http://127.0.0.1:9";
  auto engine =
    actors::engine::start(settings, nothing, [](const net::client_request&, const auto&) {});
  if (!engine) {
    state.SkipWithError(engine.failure().message.c_str());
    return;
  }
  const auto count = static_cast<std::size_t>(state.range(0));
  auto reply = std::make_shared<group_reply>();
  std::int64_t step = 0;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    ++step;
    auto batch = actors::incoming_batch{};
    for (std::size_t at = 1; at <= count; ++at) {
      auto delivery = std::make_shared<actors::incoming>();
      delivery->delivery.emplace().delivery_id = fmt::format("{:032x}", step);
      delivery->content = seen(at, step);
      delivery->reply = reply;
      batch.push_back(std::move(delivery));
    }
    reply->expect(count);
    state.ResumeTiming();
    (*engine)->accept(std::move(batch));
    reply->wait();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(count) * state.iterations());
  (*engine)->stop(std::chrono::seconds{5});
}

BENCHMARK(crossing)->Arg(1)->Arg(64)->UseRealTime()->MeasureProcessCPUTime();

// --- what is said of it ------------------------------------------------------------------------

void log_line(benchmark::State& state) {
  using namespace std::chrono;
  const auto now = log::time_point{milliseconds{1'795'365'372'866}};
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(log::line(log::format::json, now, log::level::info,
                                       "WooCommerce delivered a webhook.",
                                       {{"delivery", "0123456789abcdef0123456789abcdef"},
                                        {"topic", "product.updated"},
                                        {"product", std::uint64_t{34}},
                                        {"outcome", "applied"},
                                        {"duration_ms", 1.234567}}));
}

BENCHMARK(log_line);

void log_write(benchmark::State& state) {
  log::start(log::level::info, log::format::json, [](std::string_view) {});
  for ([[maybe_unused]] auto _ : state)
    log::info("WooCommerce delivered a webhook.", {{"delivery", "0123456789abcdef"}});
  log::stop();
}

BENCHMARK(log_write);

void metric(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state)
    metrics::webhook_deliveries("product.updated", "applied").add();
}

BENCHMARK(metric);

} // namespace

BENCHMARK_MAIN();

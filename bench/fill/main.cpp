// ankkor-fill: a data directory with any number of made-up products, for what is measured on large
// catalogs. It goes through the store's own interface, so the daemon finds what it would have
// written.
#include "bench/load/deliveries.hpp"
#include "net/woocommerce/payload.hpp"
#include "store/sqlite/store.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace {

using namespace ankkor; // NOLINT(google-build-using-namespace): a program of its own

struct arguments {
  std::string data_dir;
  stock::product_id first_id = 1;
  std::uint64_t products = 100'000;
  std::uint64_t categories = 3;
  std::uint64_t waiting = 0;
  bool as_delivered = false;
};

constexpr std::uint64_t products_a_commit = 10'000;
constexpr std::uint64_t categories_of_shop = 200;

constexpr auto colours = std::array{"Red", "Blue", "Green", "Black", "White", "Striped", "Plain"};
constexpr auto things = std::array{"Shirt", "Hoodie", "Cap",      "Socks",   "Belt",    "Jacket",
                                   "Scarf", "Gloves", "Trousers", "Sandals", "Backpack"};

int complain(const error& failure) {
  fmt::print(stderr, "ankkor-fill: {}\n  {}\n", failure.message, failure.mend);
  return 1;
}

std::vector<stock::category> categories_of(stock::product_id id, std::uint64_t count) {
  auto listed = std::vector<stock::category>{};
  for (std::uint64_t at = 0; at < count; ++at) {
    const auto number = (id * 7 + at) % categories_of_shop;
    listed.push_back({fmt::format("category-{:03}", number), fmt::format("Category {}", number)});
  }
  std::sort(listed.begin(), listed.end(),
            [](const auto& a, const auto& b) { return a.slug < b.slug; });
  return listed;
}

// The products that ankkor-load's deliveries are about, so that the first delivery of one changes
// its stock, as those of a shop do, and not its name.
class delivered_items {
public:
  static result<delivered_items> make() {
    auto body = load::read_body(ANKKOR_LOAD_BODY);
    if (!body)
      return body.failure();
    auto maker = load::delivery_maker::from(*body, "of no use here", "localhost", 1);
    if (!maker)
      return maker.failure();
    return delivered_items{std::move(*maker)};
  }

  result<stock::item> read(stock::product_id id) {
    maker_.make({id, undelivered_quantity, {}}, request_);
    body_ = maker_.last_body();
    const auto size = body_.size();
    body_.resize(size + padding);
    auto read = reader_.read(net::topic_kind::product, std::string_view{body_}.substr(0, size));
    if (!read)
      return read.failure();
    return std::get<stock::item>(std::move(*read));
  }

private:
  static constexpr std::size_t padding = 64; // that the reader wants
  static constexpr std::int64_t undelivered_quantity = 1'000'000;

  explicit delivered_items(load::delivery_maker maker) : maker_(std::move(maker)) {}

  load::delivery_maker maker_;
  net::payload_reader reader_;
  std::string request_;
  std::string body_;
};

stock::item make_item(stock::product_id id, std::uint64_t categories) {
  const auto* colour = colours[id % colours.size()];
  const auto* thing = things[id % things.size()];
  auto item = stock::item{};
  item.id = id;
  item.name = fmt::format("{} {} {}", colour, thing, id);
  item.slug = fmt::format("{}-{}-{}", colour, thing, id);
  std::transform(item.slug.begin(), item.slug.end(), item.slug.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  item.sku = fmt::format("SKU-{:07}", id);
  item.price.regular = fmt::format("{}.{}", 5 + id % 200, 1 + id % 9);
  item.price.current = item.price.regular;
  item.categories = categories_of(id, categories);
  const auto quantity = static_cast<std::int64_t>(id % 50);
  item.stock = {stock::stock_management::own, quantity,
                quantity == 0 ? stock::stock_status::out_of_stock : stock::stock_status::in_stock,
                stock::backorders::no};
  return item;
}

// A simple product that counts its stock, as a full pass read it a while ago.
stock::product make_product(stock::item item, std::uint64_t version, stock::moment read) {
  const auto id = item.id;
  auto record = stock::record{};
  record.value = std::move(item);
  // Older than what is sent to it later.
  record.value.modified = std::chrono::floor<std::chrono::seconds>(read) - std::chrono::days{400} +
                          std::chrono::seconds{id % 86'400};
  record.read = {read - std::chrono::milliseconds{200}, read};
  auto made = stock::product{};
  made.id = id;
  made.version = version;
  made.self = std::move(record);
  made.changed = read;
  return made;
}

// As a change of the product's stock would have it told to the target of ANKKOR_REVALIDATE_URL.
store::outbox_job make_job(const stock::product& about) {
  const auto& item = about.self->value;
  return {"next",
          about.id,
          {fmt::format("product-{}", item.id), "product-" + item.slug},
          {"/product/" + item.slug},
          about.changed,
          about.changed,
          about.version};
}

int run(const arguments& given) {
  if (given.first_id == 0 || given.categories > categories_of_shop)
    return complain({errc::invalid_input, "IDs begin at 1, and the shop has 200 categories.",
                     "Give another --first-id or --categories."});
  auto opened = store::open_sqlite(given.data_dir, {});
  if (!opened)
    return complain(opened.failure());
  auto& storage = **opened;
  auto version = storage.highest_version();
  if (!version)
    return complain(version.failure());
  auto delivered = std::optional<delivered_items>{};
  if (given.as_delivered) {
    auto made = delivered_items::make();
    if (!made)
      return complain(made.failure());
    delivered = std::move(*made);
  }
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  auto entries = std::vector<store::entry>{};
  for (std::uint64_t done = 0; done < given.products;) {
    const auto until = std::min(done + products_a_commit, given.products);
    entries.clear();
    for (; done < until; ++done) {
      auto& entry = entries.emplace_back();
      const auto id = given.first_id + done;
      auto item = delivered ? delivered->read(id) : make_item(id, given.categories);
      if (!item)
        return complain(item.failure());
      entry.state = std::make_shared<const stock::product>(
        make_product(std::move(*item), *version + done + 1, now));
      entry.changed = {id};
      if (done < given.waiting)
        entry.jobs = {make_job(*entry.state)};
    }
    if (const auto committed = storage.commit(entries); !committed)
      return complain(committed.failure());
  }
  fmt::print("{} products, IDs {} to {}\n", given.products, given.first_id,
             given.first_id + given.products - 1);
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    arguments given;
    CLI::App app("Fills a daemon's data directory with made-up products, for measurements. The "
                 "daemon must not run.");
    app.add_option("--data-dir", given.data_dir, "Created if it isn't there")->required();
    app.add_option("--products", given.products, "How many")->capture_default_str();
    app.add_option("--first-id", given.first_id, "The IDs go up from here")->capture_default_str();
    app.add_option("--categories", given.categories, "Of each product")->capture_default_str();
    app.add_flag("--as-delivered", given.as_delivered,
                 "The products that ankkor-load's deliveries are about; their stock differs");
    app
      .add_option("--waiting", given.waiting,
                  "How many of them a storefront is still to be told of")
      ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    return run(given);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "ankkor-fill stopped: {}\n", problem.what());
    return 1;
  }
}

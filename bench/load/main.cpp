// ankkor-load: puts a running server under a load of deliveries, reads or event streams, measures,
// and verifies the effects. It prints one JSON object, and ends with 0 only if all was as it should
// be. bench/harness starts it; scripts/bench runs that.
#include "base/process.hpp"
#include "bench/load/delivery_source.hpp"
#include "bench/load/read_source.hpp"
#include "bench/load/report.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <limits>

namespace {

using namespace ankkor; // NOLINT(google-build-using-namespace): a program of its own

struct arguments {
  std::string url = "http://127.0.0.1:8080";
  std::string secret = "none";
  double seconds = 10;
  double warm_up = 0;
  double rate = 0;
  std::size_t connections = 16;
  std::size_t products = 1'000;
  stock::product_id first_product = 1;
  int watched_session = 0;
  int watched_process = 0;

  // deliveries
  std::string body = ANKKOR_LOAD_BODY;
  std::size_t pad = 0;
  load::mix_shares shares;
  bool hex = false;
  std::string expect = "ankkor";
  std::int64_t dates_from = 0;
  std::int64_t first_quantity = 1;
  int storefront = -1;
  std::string storefront_secret = "none";
  double settle = 10;
  std::size_t read_back = std::numeric_limits<std::size_t>::max();
  std::string beside;
  double beside_rate = 0;
  std::size_t beside_connections = 16;

  // reads
  std::string kind = "hit";

  // streams
  std::size_t streams = 10'000;
};

int complain(const error& failure) {
  fmt::print(stderr, "ankkor-load: {}\n  {}\n", failure.message, failure.mend);
  return 1;
}

std::chrono::milliseconds to_time(double seconds) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1'000)};
}

// Long enough ago that no product's date, a second later with each delivery, reaches the present.
stock::store_time first_date(const arguments& given) {
  if (given.dates_from != 0)
    return stock::store_time{std::chrono::seconds{given.dates_from}};
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) -
         std::chrono::days{365};
}

result<load::delivery_maker> make_deliveries(const arguments& given, const net::url& where) {
  auto body = load::read_body(given.body);
  if (!body)
    return body.failure();
  // Tells the delivery IDs of this run from those of another against the same daemon.
  const auto seed =
    std::chrono::system_clock::now().time_since_epoch() / std::chrono::microseconds{1};
  return load::delivery_maker::from(load::padded(std::move(*body), given.pad), given.secret,
                                    fmt::format("{}:{}", where.host, where.port),
                                    static_cast<std::uint64_t>(seed));
}

load::delivery_options options_from(const arguments& given) {
  auto made = load::delivery_options{};
  made.products = given.products;
  made.first_product = given.first_product;
  made.first_modified = first_date(given);
  made.shares = given.shares;
  made.first_quantity = given.first_quantity;
  made.judges_outcomes = given.expect == "ankkor";
  return made;
}

std::optional<load::read_kind> kind_named(std::string_view name) {
  using enum load::read_kind;
  for (const auto& [known, kind] :
       {std::pair{"hit", hit}, {"not-modified", not_modified}, {"batch", batch}, {"miss", miss}}) {
    if (name == known)
      return kind;
  }
  return std::nullopt;
}

result<load::read_options> reads_from(const arguments& given, const net::url& where,
                                      load::read_kind kind) {
  constexpr std::size_t etags_max = 1'000;
  auto made = load::read_options{};
  made.kind = kind;
  made.host = fmt::format("{}:{}", where.host, where.port);
  made.products = given.products;
  made.first_product = given.first_product;
  if (kind != load::read_kind::not_modified)
    return made;
  made.products = std::min(made.products, etags_max);
  auto reader = load::client::connect(where);
  if (!reader)
    return reader.failure();
  for (std::size_t at = 0; at < made.products; ++at) {
    const auto came = reader->get(fmt::format("/api/products/{}/stock", made.first_product + at));
    const auto etag = reader->last_field("ETag");
    if (!came || came->status != 200 || !etag)
      return error{errc::not_found, "A product to be read is not there, or has no ETag.",
                   "Fill the server with products first."};
    made.etags.push_back(*etag);
  }
  return made;
}

load::run_options run_options_from(const arguments& given, const net::url& where) {
  auto made = load::run_options{};
  made.where = where;
  made.length = to_time(given.seconds);
  made.warm_up = to_time(given.warm_up);
  made.watched_session = given.watched_session;
  return made;
}

int finish(const load::load_outcome& outcome) {
  fmt::print("{}\n", load::render(outcome));
  return outcome.right() ? 0 : 1;
}

// The traffic beside the deliveries: forged ones, or reads.
result<std::unique_ptr<load::source>> source_beside(const arguments& given, const net::url& where) {
  if (given.beside == "forged") {
    auto deliveries = make_deliveries(given, where);
    if (!deliveries)
      return deliveries.failure();
    auto options = options_from(given);
    options.shares = {0, 0, 1};
    return std::unique_ptr<load::source>{
      std::make_unique<load::delivery_source>(options, std::move(*deliveries))};
  }
  const auto kind = kind_named(given.beside);
  if (!kind)
    return error{errc::invalid_input, "There is no such traffic.", "Give another --beside."};
  auto options = reads_from(given, where, *kind);
  if (!options)
    return options.failure();
  return std::unique_ptr<load::source>{std::make_unique<load::read_source>(std::move(*options))};
}

int run_deliveries(const arguments& given, const net::url& where) {
  auto made = make_deliveries(given, where);
  if (!made)
    return complain(made.failure());
  if (given.hex)
    made->sign_in_hex();
  auto deliveries = load::delivery_source{options_from(given), std::move(*made)};
  auto traffic = std::vector<load::traffic>{
    {"deliveries", &deliveries, given.connections, given.rate, given.expect == "echo"}};
  auto other = std::unique_ptr<load::source>{};
  if (!given.beside.empty()) {
    auto beside = source_beside(given, where);
    if (!beside)
      return complain(beside.failure());
    other = std::move(*beside);
    traffic.push_back(
      {given.beside, other.get(), given.beside_connections, given.beside_rate, false});
  }
  auto loop = load::runner{run_options_from(given, where), traffic};
  loop.on_measuring([&] { deliveries.reset_propagation(); });
  if (given.storefront >= 0)
    loop.attach(load::descriptor{given.storefront}, given.storefront_secret,
                [&](auto id, auto now) { deliveries.tell(id, now); });
  auto report = loop.run();
  if (!report)
    return complain(report.failure());
  auto outcome = load::load_outcome{std::move(*report), {}, {}};
  if (const auto* shop = loop.attached()) {
    static_cast<void>(
      loop.serve_until([&] { return deliveries.untold() == 0; }, to_time(given.settle)));
    outcome.told =
      load::telling{shop->calls(), shop->refused(), deliveries.untold(), deliveries.propagation()};
  }
  // Of forged ones nothing is expected.
  if (const auto expected = deliveries.expected(); given.read_back > 0 && !expected.empty()) {
    auto checked = load::verify(where, expected, given.read_back);
    if (!checked)
      return complain(checked.failure());
    outcome.checked = std::move(*checked);
  }
  return finish(outcome);
}

int run_reads(const arguments& given, const net::url& where) {
  const auto kind = kind_named(given.kind);
  if (!kind)
    return complain(
      {errc::invalid_input, "There is no such kind of read.", "Give another --kind."});
  auto options = reads_from(given, where, *kind);
  if (!options)
    return complain(options.failure());
  auto reads = load::read_source{std::move(*options)};
  auto loop = load::runner{run_options_from(given, where),
                           {{given.kind, &reads, given.connections, given.rate, false}}};
  auto report = loop.run();
  if (!report)
    return complain(report.failure());
  return finish({std::move(*report), {}, {}});
}

int run_streams(const arguments& given, const net::url& where) {
  auto deliveries = make_deliveries(given, where);
  if (!deliveries)
    return complain(deliveries.failure());
  auto options = load::stream_options{};
  options.where = where;
  options.streams = given.streams;
  options.products = given.products;
  options.changes_per_second = given.rate;
  options.length = to_time(given.seconds);
  options.first_modified = first_date(given);
  options.watched_session = given.watched_session;
  options.watched_process = given.watched_process;
  const auto report = load::follow(options, *deliveries);
  if (!report)
    return complain(report.failure());
  fmt::print("{}\n", load::render(*report));
  return load::right(*report) ? 0 : 1;
}

void add_common(CLI::App& app, arguments& given) {
  app.add_option("--url", given.url, "The server, http only")->capture_default_str();
  app.add_option("--seconds", given.seconds, "How long is measured")->capture_default_str();
  app
    .add_option("--rate", given.rate,
                "Requests (streams: changes) a second; 0: as fast as it answers")
    ->capture_default_str();
  app.add_option("--products", given.products, "How many they are about, in turn")
    ->capture_default_str()
    ->check(CLI::PositiveNumber);
  app.add_option("--watch", given.watched_session, "The session whose CPU time is read");
}

void add_requests(CLI::App& app, arguments& given) {
  app.add_option("--warm-up", given.warm_up, "Seconds before that")->capture_default_str();
  app.add_option("--connections", given.connections, "Kept, each with one request at a time")
    ->capture_default_str()
    ->check(CLI::PositiveNumber);
  app.add_option("--first-product", given.first_product, "Their lowest ID")->capture_default_str();
}

void add_making(CLI::App& app, arguments& given) {
  app.add_option("--secret", given.secret, "The webhook secret")->required();
  app.add_option("--body", given.body,
                 "A simple product as WooCommerce sends it, or a recording of one");
  app.add_option("--dates-from", given.dates_from,
                 "Before the date of each product's first delivery, in seconds since 1970");
}

void add_deliveries(CLI::App& app, arguments& given) {
  add_common(app, given);
  add_requests(app, given);
  add_making(app, given);
  app.add_option("--pad", given.pad, "Bytes that a body has at least, by a longer description");
  app.add_option("--duplicates", given.shares.duplicates, "Share, 0 to 1");
  app.add_option("--stale", given.shares.stale, "Share, 0 to 1");
  app.add_option("--first-quantity", given.first_quantity, "Of each product's first delivery")
    ->capture_default_str();
  app.add_flag("--hex-signatures", given.hex, "For receivers that know no base64");
  app.add_option("--forged", given.shares.forged, "Share, 0 to 1");
  app
    .add_option("--expect", given.expect,
                "ankkor: its outcomes; status: 200 or 401; echo: the request itself")
    ->check(CLI::IsMember({"ankkor", "status", "echo"}))
    ->capture_default_str();
  app.add_option("--storefront-fd", given.storefront,
                 "A listening socket: be the storefront there");
  app.add_option("--storefront-secret", given.storefront_secret, "What its callers know");
  app.add_option("--settle", given.settle, "Seconds that telling may take at the end")
    ->capture_default_str();
  app.add_option("--read-back", given.read_back,
                 "Products to read back at the end; without it all");
  app.add_option("--beside", given.beside, "Also: forged, hit, not-modified, batch or miss");
  app.add_option("--beside-rate", given.beside_rate, "Of that")->capture_default_str();
  app.add_option("--beside-connections", given.beside_connections, "Of that")
    ->capture_default_str();
}

int run(int argc, char** argv) {
  arguments given;
  CLI::App app(
    "Puts a running server under load. Give it a daemon with a data directory of its own: "
    "what is sent is made up.");
  app.require_subcommand(1);
  auto* deliveries = app.add_subcommand("deliveries", "Signed deliveries, each a change");
  add_deliveries(*deliveries, given);
  auto* reads = app.add_subcommand("reads", "Reads of the copy");
  add_common(*reads, given);
  add_requests(*reads, given);
  reads->add_option("--kind", given.kind, "hit, not-modified, batch or miss")
    ->capture_default_str();
  auto* streams = app.add_subcommand("streams", "Event streams, and changes for them");
  add_common(*streams, given);
  add_making(*streams, given);
  streams->add_option("--streams", given.streams, "How many")->capture_default_str();
  streams->add_option("--watch-process", given.watched_process, "Whose memory is read");
  CLI11_PARSE(app, argc, argv);

  raise_file_limit();
  const auto where = net::parse_url(given.url);
  if (!where)
    return complain(where.failure());
  if (where->https)
    return complain(
      {errc::invalid_input, "ankkor-load speaks plain HTTP only.", "Give an http:// URL."});
  return *deliveries ? run_deliveries(given, *where)
         : *reads    ? run_reads(given, *where)
                     : run_streams(given, *where);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "ankkor-load stopped: {}\n", problem.what());
    return 1;
  }
}

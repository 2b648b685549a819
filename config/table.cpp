// Every setting, declared once.
#include "config/table.hpp"

#include "config/redis_url.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <array>

namespace ankkor::config {

namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;

// -- readers and writers by type ----------------------------------------------

error out_of_range(std::string least, const std::string& most) {
  return {errc::invalid_input, "is out of range",
          "Write something from " + std::move(least) + " to " + most + "."};
}

// A single value that `Read` answers.
template <auto Member, auto Read>
status read_into(const texts& given, draft& into) {
  auto value = Read(given.front());
  if (!value)
    return value.failure();
  into.values.*Member = *std::move(value);
  return done{};
}

template <auto Member>
texts write_text(const draft& from) {
  const std::string& text = from.values.*Member;
  return text.empty() ? texts{} : texts{text};
}

template <auto Member, std::uint64_t Least, std::uint64_t Most>
status read_count(const texts& given, draft& into) {
  const auto value = read_number(given.front());
  if (!value)
    return value.failure();
  if (*value < Least || *value > Most)
    return out_of_range(std::to_string(Least), std::to_string(Most));
  into.values.*Member = static_cast<std::uint32_t>(*value);
  return done{};
}

template <auto Member>
texts write_count(const draft& from) {
  return {std::to_string(from.values.*Member)};
}

// Bounds in milliseconds.
template <auto Member, std::int64_t Least, std::int64_t Most>
status read_span(const texts& given, draft& into) {
  const auto value = read_duration(given.front());
  if (!value)
    return value.failure();
  if (value->count() < Least || value->count() > Most)
    return out_of_range(to_text(std::chrono::milliseconds{Least}),
                        to_text(std::chrono::milliseconds{Most}));
  into.values.*Member = *value;
  return done{};
}

template <auto Member>
texts write_span(const draft& from) {
  return {to_text(from.values.*Member)};
}

template <auto Member>
texts write_endpoint(const draft& from) {
  return {to_text(from.values.*Member)};
}

status read_max_body(const texts& given, draft& into) {
  const auto value = read_size(given.front());
  if (!value)
    return value.failure();
  // What all requests in flight hold together is limited to 64 MiB: one must fit
  // (net/http/server.hpp).
  if (*value < kib || *value > 64 * mib)
    return out_of_range("1KiB", "64MiB");
  into.values.max_body = *value;
  return done{};
}

status read_budget(const texts& given, draft& into) {
  const auto value = read_rate(given.front());
  if (!value)
    return value.failure();
  if (value->count < 1 || value->count > 100'000)
    return out_of_range("1", "100000 requests in a second, minute or hour");
  into.values.graphql_budget = *value;
  return done{};
}

// Every value through `Read`, in order.
template <auto Read>
result<texts> read_all(const texts& given) {
  texts out;
  for (const std::string& text : given) {
    auto value = Read(text);
    if (!value)
      return value.failure();
    out.push_back(*std::move(value));
  }
  return out;
}

template <auto Member, auto Read>
status read_list(const texts& given, draft& into) {
  auto values = read_all<Read>(given);
  if (!values)
    return values.failure();
  into.values.*Member = *std::move(values);
  return done{};
}

template <auto Member>
texts write_list(const draft& from) {
  return from.values.*Member;
}

// -- choices ------------------------------------------------------------------

template <class T, std::size_t N>
using choices = std::array<std::pair<std::string_view, T>, N>;

constexpr choices<log_level, 4> levels{{{"debug", log_level::debug},
                                        {"info", log_level::info},
                                        {"warning", log_level::warning},
                                        {"error", log_level::error}}};
constexpr choices<log_format, 3> formats{
  {{"auto", log_format::automatic}, {"json", log_format::json}, {"text", log_format::text}}};

template <auto Member, const auto& Choices>
status read_choice(const texts& given, draft& into) {
  std::string mend = "Write one of:";
  for (const auto& [name, value] : Choices) {
    if (name == given.front()) {
      into.values.*Member = value;
      return done{};
    }
    mend.append(mend.back() == ':' ? " " : ", ").append(name);
  }
  return error{errc::invalid_input, "is none of its choices", mend + "."};
}

template <auto Member, const auto& Choices>
texts write_choice(const draft& from) {
  for (const auto& [name, value] : Choices)
    if (value == from.values.*Member)
      return {std::string(name)};
  return {};
}

constexpr choices<outgoing_addresses, 2> reaches{
  {{"any", outgoing_addresses::any}, {"public", outgoing_addresses::on_internet}}};

constexpr choices<alert_format, 3> alert_formats{{{"webhook", alert_format::webhook},
                                                  {"slack", alert_format::slack},
                                                  {"discord", alert_format::discord}}};

constexpr choices<store_kind, 2> stores{
  {{"sqlite", store_kind::sqlite}, {"redis", store_kind::redis}}};

status read_redis(const texts& given, draft& into) {
  const auto parsed = parse_redis_url(given.front());
  if (!parsed)
    return parsed.failure();
  into.values.redis_url = given.front();
  return done{};
}

// 0 is for ever; less than a minute would be gone between two refreshes.
status read_redis_ttl(const texts& given, draft& into) {
  const auto value = read_duration(given.front());
  if (value && value->count() == 0) {
    into.values.redis_ttl = *value;
    return done{};
  }
  return read_span<&settings::redis_ttl, 60'000, 30LL * 86'400'000>(given, into);
}

// A consumer key or a user name: HTTP's basic authentication ends it at the first colon (RFC 7617
// section 2).
result<std::string> read_user(std::string_view text) {
  if (text.find(':') != std::string_view::npos)
    return error{errc::invalid_input, "holds a colon",
                 "Copy it again without what stands around it."};
  return read_line(text);
}

// -- revalidation targets -----------------------------------------------------

template <auto Member, auto Read>
status read_target_text(const texts& given, revalidate_target& into) {
  auto value = Read(given.front());
  if (!value)
    return value.failure();
  into.*Member = *std::move(value);
  return done{};
}

status read_target_paths(const texts& given, revalidate_target& into) {
  auto values = read_all<read_path_template>(given);
  if (!values)
    return values.failure();
  into.paths = *std::move(values);
  return done{};
}

// The same for the one target that the environment gives.
template <auto Read>
status read_target(const texts& given, draft& into) {
  return Read(given, into.target);
}

template <auto Member>
texts write_target(const draft& from) {
  const std::string& text = from.target.*Member;
  return text.empty() ? texts{} : texts{text};
}

texts write_target_url(const draft& from) {
  return from.target.url.empty() ? texts{} : texts{url_to_show(from.target.url)};
}

texts write_target_format(const draft& from) {
  return {std::string(to_string(from.target.format))};
}

texts write_target_soft(const draft& from) {
  return {from.target.soft ? "true" : "false"};
}

texts write_graphql_url(const draft& from) {
  return from.values.graphql_url.empty() ? texts{} : texts{url_to_show(from.values.graphql_url)};
}

texts write_target_paths(const draft& from) {
  return from.target.paths;
}

using s = settings;
using t = revalidate_target;

// -- the table ----------------------------------------------------------------

constexpr std::array woocommerce_settings{
  setting{.name = "WOOCOMMERCE_STORE_URL",
          .section = "woocommerce",
          .key = "store_url",
          .form = "URL",
          .range = "`https://…`; plain `http://` for loopback hosts only",
          .sample = "https://shop.example",
          .meaning = "The shop's address, as its WordPress settings show it.",
          .required = true,
          .shy = true,
          .read = read_into<&s::store_url, read_base_url>,
          .write = write_text<&s::store_url>},
  setting{.name = "WOOCOMMERCE_GRAPHQL_URL",
          .section = "woocommerce",
          .key = "graphql_url",
          .form = "URL",
          .range = "`https://…`; plain `http://` for loopback hosts only",
          .fallback_note = "store URL + `/graphql`",
          .sample = "https://shop.example/graphql",
          .meaning = "Where WPGraphQL answers.",
          .shy = true,
          .read = read_into<&s::graphql_url, read_url>,
          .write = write_graphql_url},
  setting{.name = "WOOCOMMERCE_CONSUMER_KEY",
          .section = "woocommerce",
          .key = "consumer_key",
          .form = "KEY",
          .sample = "ck_…",
          .meaning =
            "The key of WooCommerce's REST API: WooCommerce, Settings, Advanced, REST API.",
          .secret = true,
          .required = true,
          .read = read_into<&s::consumer_key, read_user>,
          .write = write_text<&s::consumer_key>},
  setting{.name = "WOOCOMMERCE_CONSUMER_SECRET",
          .section = "woocommerce",
          .key = "consumer_secret",
          .form = "SECRET",
          .sample = "cs_…",
          .meaning = "The secret that belongs to the consumer key.",
          .secret = true,
          .required = true,
          .read = read_into<&s::consumer_secret, read_line>,
          .write = write_text<&s::consumer_secret>},
  setting{.name = "WOOCOMMERCE_WEBHOOK_SECRET",
          .section = "woocommerce",
          .key = "webhook_secret",
          .form = "SECRET",
          .sample = "…",
          .meaning = "The secret that WooCommerce signs its webhooks with. Several are all "
                     "accepted, so that it can be "
                     "changed without a gap: the first is the current one.",
          .secret = true,
          .required = true,
          .list = several::lines,
          .read = read_list<&s::webhook_secrets, read_line>,
          .write = write_list<&s::webhook_secrets>},
  setting{.name = "WOOCOMMERCE_APP_USER",
          .section = "woocommerce",
          .key = "app_user",
          .form = "NAME",
          .sample = "ankkor",
          .meaning = "The WordPress user of the application password. Set both or neither.",
          .shy = true,
          .read = read_into<&s::app_user, read_user>,
          .write = write_text<&s::app_user>},
  setting{.name = "WOOCOMMERCE_APP_PASSWORD",
          .section = "woocommerce",
          .key = "app_password",
          .form = "PASSWORD",
          .sample = "…",
          .meaning = "A WordPress application password, sent to GraphQL: then drafts can be told "
                     "from deletions. Public "
                     "stock needs none.",
          .secret = true,
          .read = read_into<&s::app_password, read_line>,
          .write = write_text<&s::app_password>},
};

constexpr std::array listener_settings{
  setting{
    .name = "ANKKOR_LISTEN",
    .key = "listen",
    .form = "ADDRESS:PORT",
    .range =
      "an IPv4 address, an IPv6 address in brackets or `localhost`; port 0 lets the system choose",
    .fallback = "127.0.0.1:8080",
    .meaning = "Where the public API and the webhooks are served.",
    .read = read_into<&s::listen, read_endpoint>,
    .write = write_endpoint<&s::listen>},
  setting{.name = "ANKKOR_ADMIN_LISTEN",
          .key = "admin_listen",
          .form = "ADDRESS:PORT",
          .range = "as for the public one; other than loopback needs an admin token",
          .fallback = "127.0.0.1:8081",
          .meaning = "Where metrics, health and the admin API are served.",
          .read = read_into<&s::admin_listen, read_endpoint>,
          .write = write_endpoint<&s::admin_listen>},
  setting{.name = "ANKKOR_ADMIN_TOKEN",
          .key = "admin_token",
          .form = "TOKEN",
          .range = "visible ASCII characters",
          .sample = "…",
          .meaning = "The bearer token for the admin API. Without one it answers on loopback only.",
          .secret = true,
          .read = read_into<&s::admin_token, read_token>,
          .write = write_text<&s::admin_token>},
  setting{.name = "ANKKOR_CORS_ORIGINS",
          .key = "cors_origins",
          .form = "ORIGINS",
          .range = "`https://shop.example`, or `*` for all",
          .sample = "https://shop.example",
          .meaning = "Origins whose pages may read the public API from a browser.",
          .shy = true,
          .list = several::commas,
          .read = read_list<&s::cors_origins, read_origin>,
          .write = write_list<&s::cors_origins>},
  setting{.name = "ANKKOR_OUTGOING_ADDRESSES",
          .key = "outgoing_addresses",
          .form = "WHICH",
          .range = "`any`, `public`",
          .fallback = "any",
          .meaning = "Whom ankkor may call. With `public`, the shop and the revalidation targets "
                     "must be on the Internet: an address of this machine, of a private network or "
                     "of a cloud's metadata is not connected to, whatever name leads there. Redis "
                     "is not concerned.",
          .read = read_choice<&s::outgoing, reaches>,
          .write = write_choice<&s::outgoing, reaches>},
  setting{.name = "ANKKOR_DATA_DIR",
          .key = "data_dir",
          .form = "DIRECTORY",
          .fallback = "./ankkor-data",
          .meaning = "Where the embedded store keeps its files; made at the first start.",
          .read = read_into<&s::data_dir, read_line>,
          .write = write_text<&s::data_dir>},
  setting{.name = "ANKKOR_STORE",
          .key = "store",
          .form = "KIND",
          .range = "`sqlite`, `redis`",
          .fallback = "sqlite",
          .meaning = "Where what ankkor holds is kept: in files of its own (`sqlite`), or in the "
                     "Redis server of `REDIS_URL`.",
          .read = read_choice<&s::store, stores>,
          .write = write_choice<&s::store, stores>},
};

constexpr std::array redis_settings{
  setting{.name = "REDIS_URL",
          .section = "redis",
          .key = "url",
          .form = "URL",
          .range = "`redis://[user:password@]host[:port][/db]`, `rediss://…` (TLS), "
                   "`unix:///path[?db=N]`",
          .sample = "redis://127.0.0.1:6379/0",
          .meaning = "A Redis server. With the store `sqlite`, products are mirrored there for "
                     "storefronts that read Redis; with `redis` it is the store.",
          .secret = true,
          .read = read_redis,
          .write = write_text<&s::redis_url>},
  setting{.name = "ANKKOR_REDIS_CA",
          .section = "redis",
          .key = "ca",
          .form = "FILE",
          .sample = "/etc/ankkor/redis-ca.pem",
          .meaning = "The certificates (PEM) that the server's own is checked against for "
                     "`rediss://`, in place of the system's.",
          .read = read_into<&s::redis_ca, read_line>,
          .write = write_text<&s::redis_ca>},
  setting{.name = "ANKKOR_REDIS_TTL",
          .section = "redis",
          .key = "ttl",
          .form = "DURATION",
          .range = "`0` (for ever), or `1m` to `30d`",
          .fallback = "24h",
          .meaning = "How long a mirrored product stays in Redis once ankkor is gone; while it "
                     "runs, each is written again in time.",
          .read = read_redis_ttl,
          .write = write_span<&s::redis_ttl>},
};

constexpr std::array tls_settings{
  setting{.name = "ANKKOR_TLS_CERT",
          .section = "tls",
          .key = "cert",
          .form = "FILE",
          .sample = "/etc/ankkor/fullchain.pem",
          .meaning = "The certificate with its chain (PEM), to serve HTTPS on the public listener. "
                     "Set both or neither.",
          .read = read_into<&s::tls_cert, read_line>,
          .write = write_text<&s::tls_cert>},
  setting{.name = "ANKKOR_TLS_KEY",
          .section = "tls",
          .key = "key",
          .form = "FILE",
          .sample = "/etc/ankkor/privkey.pem",
          .meaning = "The certificate's private key (PEM).",
          .read = read_into<&s::tls_key, read_line>,
          .write = write_text<&s::tls_key>},
};

constexpr std::array graphql_settings{
  setting{.name = "ANKKOR_GRAPHQL_BUDGET",
          .section = "graphql",
          .key = "budget",
          .form = "RATE",
          .range = "1 to 100000 in a second, minute or hour",
          .fallback = "120/min",
          .meaning = "Requests to WooCommerce, all purposes together.",
          .read = read_budget,
          .write = [](const draft& d) { return texts{to_text(d.values.graphql_budget)}; }},
  setting{.name = "ANKKOR_GRAPHQL_BURST",
          .section = "graphql",
          .key = "burst",
          .form = "NUMBER",
          .range = "1 to 1000",
          .fallback = "10",
          .meaning = "Requests that may go out at once after a quiet time.",
          .read = read_count<&s::graphql_burst, 1, 1000>,
          .write = write_count<&s::graphql_burst>},
  setting{.name = "ANKKOR_GRAPHQL_CONCURRENCY",
          .section = "graphql",
          .key = "concurrency",
          .form = "NUMBER",
          .range = "1 to 64",
          .fallback = "4",
          .meaning = "Requests in flight at once.",
          .read = read_count<&s::graphql_concurrency, 1, 64>,
          .write = write_count<&s::graphql_concurrency>},
  setting{.name = "ANKKOR_READ_PATIENCE",
          .section = "graphql",
          .key = "read_patience",
          .form = "DURATION",
          .range = "`100ms` to `30s`",
          .fallback = "3s",
          .meaning = "How long a reader of a product that isn't held waits for WooCommerce before "
                     "the answer is 503.",
          .read = read_span<&s::read_patience, 100, 30'000>,
          .write = write_span<&s::read_patience>},
  setting{.name = "ANKKOR_ABSENCE_TTL",
          .section = "graphql",
          .key = "absence_ttl",
          .form = "DURATION",
          .range = "`0s` to `1h`",
          .fallback = "10s",
          .meaning = "How long a product that WooCommerce doesn't have is not asked for again.",
          .read = read_span<&s::absence_ttl, 0, 3'600'000>,
          .write = write_span<&s::absence_ttl>},
};

constexpr std::array reconcile_settings{
  setting{.name = "ANKKOR_RECONCILE_INTERVAL",
          .section = "reconcile",
          .key = "interval",
          .form = "DURATION",
          .range = "`1s` to `1d`",
          .fallback = "60s",
          .meaning = "How often what was modified in WooCommerce is looked at.",
          .read = read_span<&s::reconcile_interval, 1'000, 86'400'000>,
          .write = write_span<&s::reconcile_interval>},
  setting{.name = "ANKKOR_SCRUB_INTERVAL",
          .section = "reconcile",
          .key = "scrub_interval",
          .form = "DURATION",
          .range = "`1m` to `30d`",
          .fallback = "24h",
          .meaning = "One full pass over the catalog, spread over this time.",
          .read = read_span<&s::scrub_interval, 60'000, 30LL * 86'400'000>,
          .write = write_span<&s::scrub_interval>},
};

constexpr std::array revalidation_settings{
  setting{.name = "ANKKOR_REVALIDATE_URL",
          .form = "URL",
          .range = "`https://…`; plain `http://` for loopback hosts only",
          .meaning = "The storefront's revalidation route: one target, named `next`. More of them: "
                     "`[[revalidate]]` in the "
                     "file.",
          .shy = true,
          .read = read_target<read_target_text<&t::url, read_url>>,
          .write = write_target_url},
  setting{.name = "ANKKOR_REVALIDATE_SECRET",
          .form = "SECRET",
          .range = "visible ASCII characters",
          .meaning = "What the target knows ankkor by.",
          .secret = true,
          .read = read_target<read_target_text<&t::secret, read_token>>,
          .write = write_target<&t::secret>},
  setting{.name = "ANKKOR_REVALIDATE_FORMAT",
          .form = "FORMAT",
          .range = "`next`, `ankkor`, `fastly`, `cloudflare`, `vercel`, `varnish`, `webhook`",
          .fallback = "next",
          .meaning = "How the target is called; docs/http-api.md has each call.",
          .read = read_target<read_target_text<&t::format, read_format>>,
          .write = write_target_format},
  setting{.name = "ANKKOR_REVALIDATE_SOFT",
          .form = "true|false",
          .range = "`true`, `false`",
          .fallback = "false",
          .meaning = "Of the format `fastly`: what is purged may be served stale while it is "
                     "fetched anew.",
          .read = read_target<read_target_text<&t::soft, read_flag>>,
          .write = write_target_soft},
  setting{.name = "ANKKOR_REVALIDATE_PATHS",
          .form = "PATHS",
          .range = "templates of `{slug}` and `{id}`",
          .fallback = "/product/{slug}",
          .meaning = "The storefront's pages that show a product.",
          .list = several::commas,
          .read = read_target<read_target_paths>,
          .write = write_target_paths},
  setting{.name = "ANKKOR_REVALIDATE_WINDOW",
          .section = "revalidation",
          .key = "window",
          .form = "DURATION",
          .range = "`0ms` to `1m`",
          .fallback = "100ms",
          .meaning = "Changes are gathered this long into one call.",
          .read = read_span<&s::revalidate_window, 0, 60'000>,
          .write = write_span<&s::revalidate_window>},
};

constexpr std::array alert_settings{
  setting{.name = "ANKKOR_ALERT_URL",
          .section = "alerts",
          .key = "url",
          .form = "URL",
          .range = "`https://…`; plain `http://` for loopback hosts only",
          .sample = "https://alerts.example/hook",
          .meaning = "Where ankkor sends its own alerts: docs/alerts.md. Slack's and Discord's "
                     "URLs are secrets themselves, so it is never shown.",
          .secret = true,
          .read = read_into<&s::alert_url, read_url>,
          .write = write_text<&s::alert_url>},
  setting{.name = "ANKKOR_ALERT_FORMAT",
          .section = "alerts",
          .key = "format",
          .form = "FORMAT",
          .range = "`webhook`, `slack`, `discord`",
          .fallback = "webhook",
          .meaning =
            "How an alert is sent: as a signed message of Standard Webhooks, or as Slack's "
            "or Discord's incoming webhooks take it.",
          .read = read_choice<&s::alerts, alert_formats>,
          .write = write_choice<&s::alerts, alert_formats>},
  setting{.name = "ANKKOR_ALERT_SECRET",
          .section = "alerts",
          .key = "secret",
          .form = "SECRET",
          .range = "`whsec_` and 24 to 64 bytes in base64",
          .sample = "whsec_…",
          .meaning = "The key that messages of the format `webhook` are signed with.",
          .secret = true,
          .read = read_into<&s::alert_secret, read_token>,
          .write = write_text<&s::alert_secret>},
};

constexpr std::array log_settings{
  setting{.name = "ANKKOR_LOG",
          .section = "log",
          .key = "level",
          .form = "LEVEL",
          .range = "`debug`, `info`, `warning`, `error`",
          .fallback = "info",
          .meaning = "The least important lines that are written.",
          .read = read_choice<&s::level, levels>,
          .write = write_choice<&s::level, levels>},
  setting{.name = "ANKKOR_LOG_FORMAT",
          .section = "log",
          .key = "format",
          .form = "FORMAT",
          .range = "`auto`, `json`, `text`",
          .fallback = "auto",
          .meaning = "How a line is written; `auto` is text on a terminal, else JSON.",
          .read = read_choice<&s::format, formats>,
          .write = write_choice<&s::format, formats>},
};

constexpr std::array limit_settings{
  setting{.name = "ANKKOR_MAX_BODY",
          .section = "limits",
          .key = "max_body",
          .form = "SIZE",
          .range = "`1KiB` to `64MiB`",
          .fallback = "4MiB",
          .meaning = "The longest body of one request; a longer one is answered 413.",
          .read = read_max_body,
          .write = [](const draft& d) { return texts{size_to_text(d.values.max_body)}; }},
  setting{.name = "ANKKOR_CONNECTIONS_MAX",
          .section = "limits",
          .key = "connections_max",
          .form = "NUMBER",
          .range = "10 to 1000000",
          .fallback = "12000",
          .meaning = "Open connections of one listener; one over it is answered 503 and closed. "
                     "The system's limit of open "
                     "files has to allow for it.",
          .read = read_count<&s::connections_max, 10, 1'000'000>,
          .write = write_count<&s::connections_max>},
  setting{.name = "ANKKOR_STREAMS_MAX",
          .section = "limits",
          .key = "streams_max",
          .form = "NUMBER",
          .range = "0 to 1000000",
          .fallback = "10000",
          .meaning = "Open event streams of live updates; one over it is answered 503. Each is a "
                     "connection too: leave some of "
                     "those for webhooks and reads.",
          .read = read_count<&s::streams_max, 0, 1'000'000>,
          .write = write_count<&s::streams_max>},
  setting{.name = "ANKKOR_PRODUCT_ACTORS_MAX",
          .section = "limits",
          .key = "product_actors_max",
          .form = "NUMBER",
          .range = "100 to 10000000",
          .fallback = "20000",
          .meaning =
            "Products being worked on at once, at about 1.4 KB each; more wait their turn.",
          .read = read_count<&s::product_actors_max, 100, 10'000'000>,
          .write = write_count<&s::product_actors_max>},
  setting{.name = "ANKKOR_IO_THREADS",
          .section = "limits",
          .key = "io_threads",
          .form = "NUMBER",
          .range = "0 to 64",
          .fallback = "0",
          .meaning = "Threads that read and write connections; 0 is one for every two cores.",
          .read = read_count<&s::io_threads, 0, 64>,
          .write = write_count<&s::io_threads>},
  setting{.name = "ANKKOR_ENGINE_THREADS",
          .section = "limits",
          .key = "engine_threads",
          .form = "NUMBER",
          .range = "0 to 64",
          .fallback = "0",
          .meaning = "Threads that decide on changes; 0 is one for every two cores.",
          .read = read_count<&s::engine_threads, 0, 64>,
          .write = write_count<&s::engine_threads>},
};

// Top-level keys of a TOML file stand before its first section: so do they here.
constexpr std::array chapters{
  chapter{"Listeners and data", "", listener_settings},
  chapter{"The shop", "woocommerce", woocommerce_settings},
  chapter{"HTTPS", "tls", tls_settings},
  chapter{"Redis", "redis", redis_settings},
  chapter{"Requests to WooCommerce", "graphql", graphql_settings},
  chapter{"Reconciliation", "reconcile", reconcile_settings},
  chapter{"Telling the storefront", "revalidation", revalidation_settings},
  chapter{"Alerts", "alerts", alert_settings},
  chapter{"Logs", "log", log_settings},
  chapter{"Limits and tuning", "limits", limit_settings},
};

constexpr std::array target_keys{
  target_key{.key = "name",
             .meaning = "What it is called in logs, metrics and the outbox; each once. 1 to 64 "
                        "letters, digits, dots, "
                        "underscores and hyphens.",
             .required = true,
             .read = read_target_text<&t::name, read_name>},
  target_key{.key = "url",
             .meaning = "Where it is called: `https://…`, or plain `http://` for loopback hosts.",
             .required = true,
             .shy = true,
             .read = read_target_text<&t::url, read_url>},
  target_key{
    .key = "secret",
    .meaning =
      "What the target knows ankkor by; or `secret_file`, a path. Each format but `ankkor` and "
      "`varnish` needs one; that of `webhook` is `whsec_` and 24 to 64 bytes in base64.",
    .secret = true,
    .read = read_target_text<&t::secret, read_token>},
  target_key{.key = "format",
             .fallback = "next",
             .meaning = "How it is called: `next`, `ankkor`, `fastly`, `cloudflare`, `vercel`, "
                        "`varnish` or `webhook`; docs/http-api.md has each call.",
             .read = read_target_text<&t::format, read_format>},
  target_key{.key = "paths",
             .fallback = "/product/{slug}",
             .meaning =
               "A list of templates of `{slug}` and `{id}`: the pages that show a product.",
             .list = several::commas,
             .read = read_target_paths},
  target_key{.key = "soft",
             .fallback = "false",
             .meaning = "Of the format `fastly`: `true` lets what is purged be served stale while "
                        "it is fetched anew.",
             .read = read_target_text<&t::soft, read_flag>},
};

constexpr std::array<std::string_view, 7> later{
  "ANKKOR_PUBLIC_URL",   "ANKKOR_WATCHDOG_INTERVAL", "ANKKOR_CLUSTER_LISTEN", "ANKKOR_NODE_ID",
  "ANKKOR_CLUSTER_CERT", "ANKKOR_CLUSTER_KEY",       "ANKKOR_CLUSTER_CA"};

} // namespace

std::string setting::toml_path() const {
  if (key.empty())
    return {};
  std::string out(section);
  if (!out.empty())
    out += '.';
  return out.append(key);
}

std::string setting::flag() const {
  constexpr std::string_view prefix = "ANKKOR_";
  std::string out(name.substr(name.rfind(prefix, 0) == 0 ? prefix.size() : 0));
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return secret ? out + "-file" : out;
}

std::span<const chapter> table() {
  return chapters;
}

std::span<const target_key> target_table() {
  return target_keys;
}

bool comes_later(std::string_view environment_name) {
  return std::find(later.begin(), later.end(), environment_name) != later.end();
}

} // namespace ankkor::config

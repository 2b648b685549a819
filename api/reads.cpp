#include "api/reads.hpp"

#include "api/http.hpp"
#include "base/json.hpp"
#include "base/metrics.hpp"
#include "net/stock_json.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace ankkor::api {

namespace {

// Shared caches may show it for half a minute unless a purge comes first; a page in the making may
// use an older one, since the live stream and the purge follow.
constexpr std::string_view cache_control =
  "public, max-age=0, s-maxage=30, stale-while-revalidate=60, stale-if-error=86400";
// What may be out of date already is kept for moments only.
constexpr std::string_view cache_control_behind =
  "public, max-age=0, s-maxage=5, stale-while-revalidate=60, stale-if-error=86400";
// Nothing could purge it: a cache has to ask each time whether it is still right.
constexpr std::string_view cache_control_untagged = "private, no-cache";

// Both tag fields together must fit, with the rest, into the 4 KiB that a reverse proxy keeps for
// an answer's header by default.
constexpr std::size_t tags_bytes_max = 1200;

constexpr std::size_t etag_bytes_max = 48;
constexpr std::size_t fields_bytes_usual = 384; // of an answer, without its tags

constexpr std::string_view bad_id = "An ID is a whole number above 0.";
constexpr std::string_view forwarded = "ankkor; fwd=miss";

// One after another with a blank between; no slug of WooCommerce's has one within.
std::string tags_of(const stock::product& held) {
  auto tags = "product-" + std::to_string(held.id);
  if (held.self) {
    for (const auto& listed : held.self->value.categories)
      tags.append(" category-").append(listed.slug);
  }
  return tags;
}

// RFC 9211: what a cache that is asked says of itself. While the store can't commit, newer states
// are known and not shown: then what is held has outlived its freshness.
std::string cache_status(bool was_held, const std::optional<std::chrono::seconds>& behind) {
  if (behind)
    return "ankkor; hit; ttl=-" + std::to_string(behind->count()) + "; detail=behind";
  return std::string{was_held ? "ankkor; hit" : forwarded};
}

struct content {
  std::shared_ptr<const std::string> body;
  std::string etag;
  std::string tags; // as tags_of makes them; "": nothing says when it is out of date
};

void answer_content(net::exchange& exchange, content what, bool was_held,
                    const std::optional<std::chrono::seconds>& behind) {
  auto answer = net::response{};
  const auto fresh = behind ? cache_control_behind : cache_control;
  auto& head = answer.head;
  head.reserve(fields_bytes_usual + 2 * what.tags.size());
  net::append_field(head, "Content-Type", "application/json");
  net::append_field(head, "Cache-Control", what.tags.empty() ? cache_control_untagged : fresh);
  net::append_field(head, "Cache-Status", cache_status(was_held, behind));
  net::append_field(head, "ETag", what.etag);
  if (!what.tags.empty()) {
    net::append_field(head, "Surrogate-Key", what.tags);
    std::replace(what.tags.begin(), what.tags.end(), ' ', ',');
    net::append_field(head, "Cache-Tag", what.tags);
  }
  if (matches(exchange.req(), what.etag))
    answer.status = 304;
  else
    answer.shared = std::move(what.body);
  exchange.respond(std::move(answer));
}

void answer_item(net::exchange& exchange, const actors::view& view, const found_item& found,
                 std::shared_ptr<const std::string> body, bool was_held) {
  const auto behind = view.behind();
  metrics::cache_requests(behind ? "stale" : was_held ? "hit" : "miss").add();
  const auto& held = found.snapshot->held;
  auto etag = std::string{};
  etag.reserve(etag_bytes_max);
  etag.append("\"").append(std::to_string(held.version)).append("-");
  etag.append(std::to_string(found.item->value.id)).append("\"");
  answer_content(exchange, {std::move(body), std::move(etag), tags_of(held)}, was_held, behind);
}

void answer_absent(net::exchange& exchange, bool was_held) {
  metrics::cache_requests("negative").add();
  auto answer = not_found("There is no such product, or it is not for sale to the public.");
  answer.fields.emplace_back("Cache-Status", was_held ? "ankkor; hit" : forwarded);
  exchange.respond(std::move(answer));
}

void answer_unread(net::exchange& exchange, const actors::read_answer& why) {
  metrics::cache_requests("miss").add();
  const auto wait = std::max<std::int64_t>(why.retry_after.count(), 1);
  auto answer = unavailable("This product isn't held yet, and WooCommerce can't be asked now.",
                            static_cast<unsigned>(wait));
  answer.fields.emplace_back("Cache-Status", forwarded);
  exchange.respond(std::move(answer));
}

// After a read, `found` is what is held now.
void answer_read(net::exchange& exchange, const actors::view& view,
                 const actors::read_answer& answer, const found_item& found,
                 std::shared_ptr<const std::string> (*render)(const found_item&)) {
  if (found.as == holding::shown)
    answer_item(exchange, view, found, render(found), false);
  else if (answer.outcome == actors::read_outcome::unavailable)
    answer_unread(exchange, answer);
  else
    answer_absent(exchange, false);
}

std::shared_ptr<const std::string> stock_body(const found_item& found) {
  if (!found.item->value.is_variation())
    return found.snapshot->stock_json;
  return std::make_shared<const std::string>(net::render_stock(found.snapshot->held, *found.item));
}

std::shared_ptr<const std::string> product_body(const found_item& found) {
  return std::make_shared<const std::string>(
    net::render_product(found.snapshot->held, *found.item));
}

std::string digest_of(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::size_t bytes = 16; // 128 bits tell any two bodies apart
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  auto hex = std::string{};
  for (std::size_t at = 0; at < bytes; ++at)
    hex.append({digits[hash[at] >> 4U], digits[hash[at] & 0xFU]});
  return hex;
}

// --- batches -------------------------------------------------------------------------------------

using answers_by_id = std::map<stock::product_id, actors::read_answer>;

struct batch_figures {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t negatives = 0;
  bool incomplete = false; // something could not be read
};

std::shared_ptr<const std::string> batch_body(const actors::view& view,
                                              const std::vector<stock::product_id>& ids,
                                              const answers_by_id& read,
                                              std::set<stock::product_id>& products,
                                              batch_figures& figures) {
  auto text = std::string{};
  auto out = json::writer{text};
  auto missing = std::vector<stock::product_id>{};
  out.begin_object().key("items").begin_array();
  for (const auto id : ids) {
    const auto found = find_item(view, {id, std::nullopt});
    const auto asked = read.find(id);
    const bool was_held = asked == read.end();
    if (found.as == holding::shown) {
      out.raw(*stock_body(found));
      products.insert(found.snapshot->held.id);
      ++(was_held ? figures.hits : figures.misses);
      continue;
    }
    missing.push_back(id);
    products.insert(id);
    const bool unread = !was_held && asked->second.outcome == actors::read_outcome::unavailable;
    figures.incomplete = figures.incomplete || unread;
    ++(unread ? figures.misses : figures.negatives);
  }
  out.end_array().key("missing").begin_array();
  for (const auto id : missing)
    out.value(id);
  out.end_array().end_object();
  return std::make_shared<const std::string>(std::move(text));
}

void count(const batch_figures& figures, bool behind) {
  const auto add = [](std::string_view result, std::uint64_t number) {
    if (number != 0)
      metrics::cache_requests(result).add(number);
  };
  add(behind ? "stale" : "hit", figures.hits);
  add("miss", figures.misses);
  add("negative", figures.negatives);
}

void answer_batch(net::exchange& exchange, const actors::view& view,
                  const std::vector<stock::product_id>& ids, const answers_by_id& read) {
  // What is missing has its tag too: once it is there, a purge takes the answer that lacks it.
  auto products = std::set<stock::product_id>{};
  auto figures = batch_figures{};
  auto what = content{};
  what.body = batch_body(view, ids, read, products, figures);
  what.etag = "\"" + digest_of(*what.body) + "\"";
  for (const auto id : products)
    what.tags.append(what.tags.empty() ? "" : " ").append("product-").append(std::to_string(id));
  if (figures.incomplete || what.tags.size() > tags_bytes_max)
    what.tags.clear();
  const auto behind = view.behind();
  count(figures, behind.has_value());
  answer_content(exchange, std::move(what), read.empty(), behind);
}

} // namespace

void reads::stock(const std::shared_ptr<net::exchange>& exchange, std::string_view text) const {
  const auto id = parse_id(text);
  const auto asked = query_parameter(exchange->req().query, "variation_id");
  const auto variation = asked ? parse_id(*asked) : std::nullopt;
  if (!id || (asked && !variation)) {
    exchange->respond(error_response(400, "bad_request", bad_id));
    return;
  }
  auto wanted = wanted_item{*id, std::nullopt};
  if (variation)
    wanted = {*variation, *id};
  one(exchange, wanted, &stock_body);
}

void reads::product(const std::shared_ptr<net::exchange>& exchange,
                    std::string_view segment) const {
  const auto slug = slug_of_segment(segment);
  if (!slug) {
    exchange->respond(error_response(400, "bad_request", "This is neither an ID nor a slug."));
    return;
  }
  // A product may have digits for a slug ("2024"); that one is found once it is held.
  const auto id = parse_id(*slug);
  if (id && (engine_->products().find(*id) || engine_->products().owner(*id) ||
             find_slug(engine_->products(), *slug).as != holding::shown))
    one(exchange, {*id, std::nullopt}, &product_body);
  else
    by_slug(exchange, *slug);
}

void reads::one(const std::shared_ptr<net::exchange>& exchange, const wanted_item& wanted,
                renderer render) const {
  const auto& view = engine_->products();
  const auto found = find_item(view, wanted);
  if (found.as == holding::shown)
    return answer_item(*exchange, view, found, render(found), true);
  if (found.as == holding::hidden)
    return answer_absent(*exchange, true);
  read_missing(*engine_, exchange, {wanted.item},
               [&view, exchange, wanted, render](const std::vector<actors::read_answer>& answers) {
                 answer_read(*exchange, view, answers.front(), find_item(view, wanted), render);
               });
}

void reads::by_slug(const std::shared_ptr<net::exchange>& exchange, const std::string& slug) const {
  const auto& view = engine_->products();
  const auto found = find_slug(view, slug);
  if (found.as == holding::shown)
    return answer_item(*exchange, view, found, product_body(found), true);
  if (found.as == holding::hidden)
    return answer_absent(*exchange, true);
  engine_->read(slug, [&view, exchange, slug](const actors::read_answer& answer) {
    exchange->post([&view, exchange, slug, answer] {
      // WooCommerce may know it by another spelling than it has now: then the ID says which it is.
      auto now = find_slug(view, slug);
      if (now.as == holding::unknown && answer.outcome == actors::read_outcome::held)
        now = find_item(view, {answer.product, std::nullopt});
      answer_read(*exchange, view, answer, now, &product_body);
    });
  });
}

void reads::batch(const std::shared_ptr<net::exchange>& exchange) const {
  const auto list = query_parameter(exchange->req().query, "ids");
  const auto ids = list ? parse_ids(*list, items_max) : std::nullopt;
  if (!ids) {
    exchange->respond(error_response(
      400, "bad_request", "Write ids=1,2,3 with up to 500 IDs, each a whole number above 0."));
    return;
  }
  const auto& view = engine_->products();
  auto unknown = std::vector<stock::product_id>{};
  for (const auto id : *ids) {
    if (find_item(view, {id, std::nullopt}).as == holding::unknown)
      unknown.push_back(id);
  }
  read_missing(*engine_, exchange, unknown,
               [&view, exchange, ids = *ids, unknown](const auto& answers) {
                 auto read = answers_by_id{};
                 for (std::size_t at = 0; at < unknown.size(); ++at)
                   read.emplace(unknown[at], answers[at]);
                 answer_batch(*exchange, view, ids, read);
               });
}

} // namespace ankkor::api

#include "api/admin/product_search.hpp"

#include "api/asking.hpp"
#include "api/http.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace ankkor::api {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t slice = 500; // products a turn: about half a millisecond
constexpr auto patience = std::chrono::seconds{2};
constexpr std::size_t query_bytes_max = 200;

// Capital letters of ASCII, and those of Latin-1 as UTF-8 (À to Þ, but for ×), become small ones.
std::string fold(std::string_view text) {
  constexpr unsigned char latin_lead = 0xC3;
  auto made = std::string{text};
  unsigned char before = 0;
  for (auto& each : made) {
    const auto byte = static_cast<unsigned char>(each);
    const bool is_capital_latin =
      before == latin_lead && byte >= 0x80 && byte <= 0x9E && byte != 0x97;
    if ((byte >= 'A' && byte <= 'Z') || is_capital_latin)
      each = static_cast<char>(byte + 0x20);
    before = byte;
  }
  return made;
}

struct hit {
  match how = match::id;
  stock::product_id item = 0;
  stock::product held;
};

void write_hit(json::writer& out, const hit& of) {
  const auto* found = of.held.find(of.item);
  const auto& value = found->value;
  const auto& parent = of.held.self ? of.held.self->value : value;
  const auto level = stock::effective_stock(of.held, *found);
  out.begin_object()
    .field("id", value.id)
    .field("product", of.held.id)
    .field("name", value.name.empty() ? parent.name : value.name)
    .field("slug", parent.slug)
    .field("sku", value.sku)
    .field("type", stock::to_string(value.type))
    .field("status", stock::to_string(value.status))
    .field("stockStatus", stock::to_string(level.status))
    .key("stockQuantity");
  if (level.quantity)
    out.value(*level.quantity);
  else
    out.null();
  out.field("variations", of.held.variations.size())
    .field("public", stock::is_public(of.held, *found))
    .end_object();
}

} // namespace

std::optional<search_terms> search_terms::parse(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return std::nullopt;
  text = text.substr(first, text.find_last_not_of(" \t") - first + 1);
  if (text.size() > query_bytes_max)
    return std::nullopt;
  auto made = search_terms{};
  made.text_ = fold(text);
  made.slug_ = slug_of_segment(text).value_or("");
  made.id_ = parse_id(text);
  return made;
}

std::optional<match> search_terms::compare(const stock::item& with) const {
  if (id_ == with.id)
    return match::id;
  const auto sku = fold(with.sku);
  if (!sku.empty() && sku == text_)
    return match::sku;
  if (!with.slug.empty() && with.slug == slug_)
    return match::slug;
  if (const auto at = fold(with.name).find(text_); at != std::string::npos)
    return at == 0 ? match::name_begins : match::name_contains;
  if (sku.find(text_) != std::string::npos)
    return match::sku_contains;
  return std::nullopt;
}

struct product_search::search {
  std::shared_ptr<net::exchange> exchange;
  search_terms terms;
  std::vector<stock::product_id> ids; // those that are still to be looked at are the first `left`
  std::size_t left = 0;
  std::vector<hit> hits; // the best so far, ascending
  clock::time_point until;

  void add(match how, stock::product_id item, const stock::product& held) {
    const auto place = std::pair{how, item};
    const auto at =
      std::lower_bound(hits.begin(), hits.end(), place, [](const hit& kept, const auto& wanted) {
        return std::pair{kept.how, kept.item} < wanted;
      });
    if (hits.size() == hits_max && at == hits.end())
      return;
    hits.insert(at, hit{how, item, held});
    if (hits.size() > hits_max)
      hits.pop_back();
  }

  void look_at(const stock::product& held) {
    const auto offer = [&](const stock::record& each) {
      if (const auto how = terms.compare(each.value))
        add(*how, each.value.id, held);
    };
    if (held.self)
      offer(*held.self);
    for (const auto& variation : held.variations)
      offer(variation);
  }
};

void product_search::answer(const std::shared_ptr<net::exchange>& exchange) {
  const auto& request = exchange->req();
  auto terms = search_terms::parse(query_parameter(request.query, "q").value_or(""));
  if (!terms) {
    exchange->respond(error_response(
      400, "bad_request",
      "Write ?q= with an ID, a slug, a SKU or a part of a name, 200 bytes at most."));
    return;
  }
  if (running_ >= running_max) {
    exchange->respond(unavailable("Two searches run already.", 1));
    return;
  }
  ++running_;
  auto ids = engine_->products().ids();
  const auto count = ids.size();
  auto what = std::make_shared<search>(
    search{exchange, *std::move(terms), std::move(ids), count, {}, clock::now() + patience});
  go_on(what);
}

void product_search::go_on(const std::shared_ptr<search>& what) {
  for (std::size_t looked = 0; looked < slice && what->left > 0; ++looked) {
    if (const auto held = engine_->products().held(what->ids[--what->left]))
      what->look_at(*held);
  }
  if (what->left == 0)
    finish(what, true);
  else if (clock::now() >= what->until)
    finish(what, false);
  else
    what->exchange->post([this, what] { go_on(what); });
}

void product_search::finish(const std::shared_ptr<search>& what, bool complete) {
  --running_;
  auto body = std::string{};
  auto out = json::writer{body};
  out.begin_object().key("hits").begin_array();
  for (const auto& each : what->hits)
    write_hit(out, each);
  out.end_array().field("complete", complete).end_object();
  what->exchange->respond(json_response(200, std::move(body)));
}

} // namespace ankkor::api

#include "net/targets/purge_formats.hpp"

#include "base/json.hpp"
#include "net/stock_json.hpp"
#include "net/woocommerce/signature.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <limits>

namespace ankkor::net {

namespace {

using config::target_format;

constexpr std::string_view product_prefix = "product-";
constexpr auto unlimited = std::numeric_limits<std::size_t>::max();

void write_list(json::writer& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name).begin_array();
  for (const auto& text : texts)
    out.value(text);
  out.end_array();
}

std::string tag_list(std::string_view name, const std::vector<std::string>& tags) {
  auto text = std::string{};
  auto out = json::writer{text};
  out.begin_object();
  write_list(out, name, tags);
  out.end_object();
  return text;
}

std::string next_body(const purge& what) {
  auto text = std::string{};
  auto out = json::writer{text};
  out.begin_object().field("id", what.id);
  write_list(out, "tags", what.tags);
  write_list(out, "paths", what.paths);
  out.end_object();
  return text;
}

std::string ankkor_body(const purge& what) {
  auto text = std::string{};
  auto out = json::writer{text};
  out.begin_object().field("type", "product");
  out.field("handle", std::string_view{what.tags.front()}.substr(product_prefix.size()));
  out.end_object();
  return text;
}

// `xkey: tag tag …`: vmod_xkey parts them at blanks, which no tag holds (stock::canonical_slug).
std::string joined(const std::vector<std::string>& tags) {
  auto text = std::string{};
  for (const auto& tag : tags)
    (text += text.empty() ? "" : " ") += tag;
  return text;
}

std::string unix_time(std::chrono::sys_seconds time) {
  return std::to_string(time.time_since_epoch().count());
}

void put_body(client_request& call, std::string body) {
  call.fields.emplace_back("Content-Type", "application/json");
  call.fields.emplace_back("Accept", "application/json");
  call.body = std::move(body);
}

void put_bearer(client_request& call, const std::string& secret) {
  if (!secret.empty())
    call.fields.emplace_back("Authorization", "Bearer " + secret);
}

} // namespace

purge_limits limits_of(target_format format) noexcept {
  constexpr std::size_t products_max = 250; // keeps a call of many changes small
  switch (format) {
  case target_format::ankkor:
    return {1, 1, unlimited};
  case target_format::webhook:
    return {1, unlimited, unlimited};
  case target_format::fastly: // its API takes 256 keys a request
    return {products_max, 256, unlimited};
  case target_format::cloudflare: // its API takes 100 tags a request
    return {products_max, 100, unlimited};
  case target_format::vercel: // names no limit; as many as one of its cached answers may have
    return {products_max, 128, unlimited};
  case target_format::varnish: // http_req_hdr_len is 8 KiB by default, name and colon included
    return {products_max, unlimited, 4096};
  case target_format::next:
    break;
  }
  return {products_max, unlimited, unlimited};
}

std::vector<std::string> tags_for(target_format format, stock::product_id id,
                                  std::vector<std::string> tags) {
  if (format != target_format::ankkor)
    return tags;
  const auto by_id = std::string{product_prefix} + std::to_string(id);
  const auto is_no_slug = [&](const std::string& tag) {
    return tag == by_id || tag.compare(0, product_prefix.size(), product_prefix) != 0;
  };
  tags.erase(std::remove_if(tags.begin(), tags.end(), is_no_slug), tags.end());
  if (tags.empty())
    tags.push_back(by_id);
  return tags;
}

client_request purge_call(const config::revalidate_target& target, const url& where,
                          const purge& what) {
  auto call = client_request{};
  call.method = "POST";
  call.where = where;
  switch (target.format) {
  case target_format::next:
    put_body(call, next_body(what));
    put_bearer(call, target.secret);
    break;
  case target_format::ankkor:
    put_body(call, ankkor_body(what));
    put_bearer(call, target.secret);
    break;
  case target_format::fastly:
    put_body(call, tag_list("surrogate_keys", what.tags));
    call.fields.emplace_back("Fastly-Key", target.secret);
    if (target.soft)
      call.fields.emplace_back("Fastly-Soft-Purge", "1");
    break;
  case target_format::cloudflare:
  case target_format::vercel:
    put_body(call, tag_list("tags", what.tags));
    put_bearer(call, target.secret);
    break;
  case target_format::varnish:
    call.method = "PURGE";
    call.fields.emplace_back("xkey", joined(what.tags));
    put_bearer(call, target.secret);
    break;
  case target_format::webhook:
    put_body(call, what.event);
    call.fields.emplace_back("webhook-id", what.id);
    call.fields.emplace_back("webhook-timestamp", unix_time(what.sent));
    call.fields.emplace_back("webhook-signature",
                             sign_standard_webhook(target.secret, what.id, what.sent, what.event));
    break;
  }
  return call;
}

std::string change_event(stock::product_id id, const stock::product* held,
                         const std::vector<std::string>& tags,
                         const std::vector<std::string>& paths, std::chrono::sys_seconds changed) {
  const auto* const self = held != nullptr && held->self ? &*held->self : nullptr;
  const bool is_shown = self != nullptr && stock::is_public(*held, *self);
  auto text = std::string{};
  auto out = json::writer{text};
  out.begin_object().field("type", is_shown ? "product.updated" : "product.removed");
  out.field("timestamp", render_time(changed));
  out.key("data").begin_object().field("id", id);
  out.key("slug");
  if (self != nullptr && !self->value.slug.empty())
    out.value(self->value.slug);
  else
    out.null();
  write_list(out, "tags", tags);
  write_list(out, "paths", paths);
  out.key("stock");
  if (is_shown)
    out.raw(render_stock(*held, *self));
  else
    out.null();
  out.end_object().end_object();
  return text;
}

std::string sign_standard_webhook(std::string_view secret, std::string_view id,
                                  std::chrono::sys_seconds sent, std::string_view body) {
  constexpr std::size_t prefix_size = 6; // whsec_
  const auto encoded = secret.substr(prefix_size);
  auto key = std::string(encoded.size() / 4 * 3, '\0');
  // NOLINTBEGIN(*-reinterpret-cast): OpenSSL's type for bytes
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.data()),
                  reinterpret_cast<const unsigned char*>(encoded.data()),
                  static_cast<int>(encoded.size()));
  // NOLINTEND(*-reinterpret-cast)
  // It writes the padding as zeros.
  const auto padding = encoded.size() - std::min(encoded.find('='), encoded.size());
  key.resize(key.size() - padding);
  auto content = std::string{id};
  content.append(".").append(unix_time(sent)).append(".").append(body);
  return "v1," + sign(content, key);
}

} // namespace ankkor::net

// Routes, and what has no file of its own. See rest.hpp.
#include "emulator/rest.hpp"

#include "emulator/rest_call.hpp"

#include <array>

namespace ankkor::emulator {

namespace {

using rest::answer;
using rest::call;
using rest::no_route;
using rest::wanted_fields;

http_answer system_status(const call& of) {
  static constexpr std::array<std::array<std::string_view, 3>, 3> plugins{
    {{"woocommerce/woocommerce.php", "WooCommerce", "11.0.1"},
     {"wp-graphql-woocommerce/wp-graphql-woocommerce.php", "WPGraphQL for eCommerce (WooGraphQL)",
      "1.0.2"},
     {"wp-graphql/wp-graphql.php", "WPGraphQL", "2.20.0"}}};
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  body.begin_object().key("environment").begin_object();
  body.text("home_url", of.on.where.url)
    .text("site_url", of.on.where.url)
    .text("version", "11.0.1");
  body.text("wp_version", "6.9.1").text("php_version", "8.2.36");
  body.text("mysql_version_string", "10.11.19-MariaDB-0+deb12u1")
    .text("server_info", "nginx/1.22.1");
  body.boolean("wp_cron", false).null("external_object_cache").end_object();
  body.key("active_plugins").begin_array();
  for (const auto& [file, name, version] : plugins)
    body.begin_object()
      .text("plugin", file)
      .text("name", name)
      .text("version", version)
      .end_object();
  body.end_array()
    .key("settings")
    .begin_object()
    .boolean("api_enabled", false)
    .boolean("force_ssl", false);
  body.text("currency", of.on.where.currency).text("currency_symbol", of.on.where.currency_html);
  body.text("currency_position", "left")
    .text("thousand_separator", ",")
    .text("decimal_separator", ".");
  body.number("number_of_decimals", std::uint64_t{2}).boolean("HPOS_enabled", true).end_object();
  return answer(of, 200, body.end_object().take(), "GET");
}

http_answer api_root(const call& of) {
  json_writer body;
  body.begin_object()
    .text("name", "Emulated shop")
    .text("description", "")
    .text("url", of.on.where.url);
  body.text("home", of.on.where.url).number("gmt_offset", of.on.where.zone.count() / 60);
  body.key("namespaces").raw(R"(["oembed\/1.0","wc\/v1","wc\/v2","wc\/v3","wp\/v2"])").end_object();
  return answer(of, 200, body.take(), "GET");
}

http_answer route(const call& of) {
  const auto what = of.path.empty() ? std::string_view() : of.path.front();
  if (what == "products")
    return products(of);
  if (what == "variations")
    return variations(of);
  if (what == "orders")
    return orders(of);
  if (what == "webhooks")
    return webhooks(of);
  if (what == "system_status" && of.reads())
    return system_status(of);
  return no_route(of);
}

} // namespace

http_answer answer_rest(rest_context on, const http_question& request, moment now) {
  rest::call of{on, request, now, parse_query(request.query), {}, {}};
  if (request.path == "/wp-json" || request.path == "/wp-json/")
    return api_root(of);
  if (request.path.substr(0, rest::root.size()) != rest::root)
    return no_route(of);
  for (auto below = request.path.substr(rest::root.size()); !below.empty();) {
    const auto end = below.find('/');
    if (end != 0)
      of.path.push_back(below.substr(0, end));
    below = end == std::string_view::npos ? std::string_view() : below.substr(end + 1);
  }
  const auto who = judge(on.access, request, of.query);
  if (!who.read || (!of.reads() && !who.write))
    return refuse(of, who);
  if (!request.body.empty()) {
    auto body = parse_json(request.body);
    if (!body)
      return failure(of, 400, "rest_invalid_json", "Invalid JSON body passed.");
    of.body = std::move(*body);
  }
  return route(of);
}

} // namespace ankkor::emulator

#include "net/woocommerce/product_list.hpp"

#include "net/stock_json.hpp"
#include "net/woocommerce/payload.hpp"

#include <simdjson.h>

namespace ankkor::net {

namespace {

namespace json = simdjson::ondemand;

constexpr unsigned status_ok = 200;
constexpr unsigned status_ok_end = 300;
constexpr unsigned status_not_found = 404;
constexpr unsigned status_timeout = 408;
constexpr unsigned status_too_many = 429;
constexpr unsigned status_server = 500;

constexpr auto* not_a_list_mend = "Look for a plugin or a cache that shows a page of its own, and "
                                  "at the shop's PHP error log.";

// As date_modified_gmt is written: UTC without a zone.
std::string gmt_text(stock::store_time at) {
  auto text = render_time(at);
  text.pop_back();
  return text;
}

graphql_failure not_now(std::string message, std::string mend) {
  return {
    answer_kind::transient, {errc::unavailable, std::move(message), std::move(mend)}, std::nullopt};
}

graphql_failure judge_status(const client_response& response, graphql_reader::time_point now) {
  const auto status = response.status;
  const auto numbered = " (HTTP status " + std::to_string(status) + ")";
  if (status >= status_server || status == status_timeout || status == status_too_many) {
    auto failure = not_now("The shop's REST API can't answer now" + numbered + ".",
                           "ankkor tries again by itself; if it lasts, look at the shop's server.");
    failure.retry_after = pause_asked_for(response, now);
    return failure;
  }
  if (status == status_not_found)
    return {answer_kind::permanent,
            {errc::not_found,
             "The shop has no WooCommerce REST API below WOOCOMMERCE_STORE_URL" + numbered + ".",
             "In wp-admin, under Settings, Permalinks, choose any structure but Plain."},
            std::nullopt};
  return {answer_kind::permanent,
          {errc::invalid_input, "The shop's REST API refuses to list products" + numbered + ".",
           "Look at WOOCOMMERCE_CONSUMER_KEY and WOOCOMMERCE_CONSUMER_SECRET (reading is enough), "
           "that the store's URL is the one that answers by https without a redirect, and at "
           "firewall plugins; or set an application password."},
          std::nullopt};
}

// Nothing if it can't be used.
std::optional<listed_product> read_product(json::object object) {
  auto found = listed_product{};
  bool has_status = false;
  bool has_date = false;
  for (auto field : object) {
    const std::string_view key = field.unescaped_key();
    if (key == "id") {
      found.id = field.value().get_uint64();
    } else if (key == "status") {
      const std::string_view status = field.value().get_string();
      found.published = stock::parse_publication(status) == stock::publication::published;
      has_status = true;
    } else if (key == "date_modified_gmt") {
      const auto modified = parse_gmt(std::string_view{field.value().get_string()});
      has_date = modified.has_value();
      found.modified = modified.value_or(stock::store_time{});
    }
  }
  return found.id != 0 && has_status && has_date ? std::optional{found} : std::nullopt;
}

} // namespace

std::string product_list_target(std::string_view list, const product_list_query& query) {
  auto target = std::string{list} + "?per_page=" + std::to_string(product_list_size) +
                "&orderby=modified&order=asc&dates_are_gmt=true" +
                "&_fields=id,status,date_modified_gmt&modified_after=" + gmt_text(query.after);
  if (query.status == listed_status::trash)
    target += "&status=trash";
  if (query.page > 1)
    target += "&page=" + std::to_string(query.page);
  return target;
}

struct product_list_reader::implementation {
  json::parser parser;
};

product_list_reader::product_list_reader() : impl_(std::make_unique<implementation>()) {}

product_list_reader::~product_list_reader() = default;
product_list_reader::product_list_reader(product_list_reader&&) noexcept = default;
product_list_reader& product_list_reader::operator=(product_list_reader&&) noexcept = default;

graphql_result<std::vector<listed_product>>
product_list_reader::read(const client_response& response, graphql_reader::time_point now) {
  if (response.status < status_ok || response.status >= status_ok_end)
    return judge_status(response, now);
  try {
    const auto& body = response.body;
    auto document = json::document{impl_->parser.iterate(simdjson::padded_string_view{
      body.data(), body.size(), body.size() + simdjson::SIMDJSON_PADDING})};
    auto list = std::vector<listed_product>{};
    for (json::object object : document.get_array()) {
      const auto found = read_product(object);
      if (!found)
        return not_now("The shop's list of products lacks an ID, a status or a date.",
                       not_a_list_mend);
      list.push_back(*found);
    }
    if (document.current_location().error() == simdjson::OUT_OF_BOUNDS)
      return list;
  } catch (const simdjson::simdjson_error&) {
    // Said below: cut, or a page for people.
  }
  return not_now("The shop answered with something that isn't a list of products, or with a part "
                 "of one.",
                 not_a_list_mend);
}

} // namespace ankkor::net

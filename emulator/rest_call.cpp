// See rest_call.hpp. Shapes and messages of errors: recordings in tests/recordings/rest.
#include "emulator/rest_call.hpp"

#include <algorithm>
#include <charconv>

namespace ankkor::emulator::rest {

std::optional<post_id> parse_id(std::string_view text) {
  post_id id = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), id);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size())
    return std::nullopt;
  return id;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = text.find(at);
    if (end != 0)
      parts.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return parts;
}

http_answer answer(const call& of, unsigned status, std::string body, std::string_view allow) {
  http_answer made;
  made.status = status;
  made.body = std::move(body);
  made.fields = {{"Content-Type", "application/json; charset=UTF-8"},
                 {"X-Powered-By", "PHP/8.2.36"},
                 {"X-Robots-Tag", "noindex"},
                 {"X-Content-Type-Options", "nosniff"},
                 {"Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"},
                 {"Access-Control-Allow-Headers",
                  "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type"},
                 {"Link", "<" + of.on.where.url + "/wp-json/>; rel=\"https://api.w.org/\""}};
  if (!allow.empty())
    made.fields.emplace_back("Allow", allow);
  made.fields.emplace_back("Expires", "Wed, 11 Jan 1984 05:00:00 GMT");
  made.fields.emplace_back("Cache-Control",
                           "no-cache, must-revalidate, max-age=0, no-store, private");
  return made;
}

http_answer failure(const call& of, unsigned status, std::string_view code,
                    std::string_view message, std::string_view allow) {
  return answer(of, status, error_body(code, message, status), allow);
}

http_answer missing_parameter(const call& of, std::string_view name) {
  json_writer body;
  body.begin_object().text("code", "rest_missing_callback_param");
  body.text("message", "Missing parameter(s): " + std::string(name)).key("data").begin_object();
  body.number("status", std::uint64_t{400}).key("params").begin_array().text(name).end_array();
  body.end_object().end_object();
  return answer(of, 400, body.take(), allow_list);
}

http_answer no_route(const call& of) {
  return failure(of, 404, "rest_no_route",
                 "No route was found matching the URL and request method.");
}

http_answer refuse(const call& of, const rest_access& who) {
  if (!who.refusal.empty())
    return failure(of, 401, "woocommerce_rest_authentication_error", who.refusal);
  if (!of.reads())
    return failure(of, 401, "woocommerce_rest_cannot_create",
                   "Sorry, you are not allowed to create resources.");
  const bool one = of.path.size() == 2 && parse_id(of.path[1]);
  return failure(of, 401, "woocommerce_rest_cannot_view",
                 one ? "Sorry, you cannot view this resource."
                     : "Sorry, you cannot list resources.");
}

std::vector<std::string> wanted_fields(const call& of) {
  std::vector<std::string> wanted;
  if (const auto* fields = of.field("_fields")) {
    for (auto& each : split(*fields, ','))
      wanted.push_back(each.substr(0, each.find('.')));
  }
  return wanted;
}

// --- lists ---------------------------------------------------------------------------------------

namespace {

http_answer bad_parameter(const call& of, std::string_view name, std::string_view code,
                          std::string_view message) {
  json_writer body;
  body.begin_object().text("code", "rest_invalid_param");
  body.text("message", "Invalid parameter(s): " + std::string(name)).key("data").begin_object();
  body.number("status", std::uint64_t{400})
    .key("params")
    .begin_object()
    .text(name, message)
    .end_object();
  body.key("details")
    .begin_object()
    .key(name)
    .begin_object()
    .text("code", code)
    .text("message", message);
  body.null("data").end_object().end_object().end_object().end_object();
  return answer(of, 400, body.take(), allow_list);
}

// The URL of another page of the same list, with the keys that came in the query (they are echoed).
std::string page_link(const call& of, std::uint64_t number, std::string_view relation) {
  std::string query;
  for (const auto& [name, value] : of.query) {
    if (name != "page")
      query += (query.empty() ? "?" : "&") + name + "=" + percent_encode(value, false);
  }
  query += (query.empty() ? "?page=" : "&page=") + std::to_string(number);
  return "<" + of.on.where.url + std::string(of.request.path) + query + ">; rel=\"" +
         std::string(relation) + "\"";
}

} // namespace

bool read_page(const call& of, page& to, http_answer& refusal) {
  if (const auto* size = of.field("per_page")) {
    to.size = parse_id(*size).value_or(0);
    if (to.size < 1 || to.size > 100) {
      refusal = bad_parameter(of, "per_page", "rest_out_of_bounds",
                              "per_page must be between 1 (inclusive) and 100 (inclusive)");
      return false;
    }
  }
  if (const auto* number = of.field("page")) {
    to.number = parse_id(*number).value_or(0);
    if (to.number < 1) {
      refusal =
        bad_parameter(of, "page", "rest_out_of_bounds", "page must be greater than or equal to 1");
      return false;
    }
  }
  return true;
}

http_answer list_answer(const call& of, const page& at, std::uint64_t total, std::string body,
                        std::string_view allow) {
  auto made = answer(of, 200, std::move(body), allow);
  const auto pages = (total + at.size - 1) / at.size;
  made.fields.emplace_back("X-WP-Total", std::to_string(total));
  made.fields.emplace_back("X-WP-TotalPages", std::to_string(pages));
  std::string links;
  if (at.number > 1)
    links = page_link(of, std::min(at.number - 1, std::max<std::uint64_t>(pages, 1)), "prev");
  if (at.number < pages)
    links += (links.empty() ? "" : ", ") + page_link(of, at.number + 1, "next");
  if (!links.empty()) // it takes the place of the link to the API's root
    std::find_if(made.fields.begin(), made.fields.end(), [](const auto& f) {
      return f.first == "Link";
    })->second = links;
  return made;
}

} // namespace ankkor::emulator::rest

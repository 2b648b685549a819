#include "net/woocommerce/graphql_judge.hpp"

#include "base/text.hpp"
#include "net/woocommerce/graphql_dom.hpp"

#include <algorithm>
#include <utility>

namespace ankkor::net {

namespace graphql {

namespace {

constexpr std::string_view internal_error = "Internal server error";

constexpr unsigned status_ok_end = 300;
constexpr unsigned status_redirect_end = 400;
constexpr unsigned status_client_end = 500;

judgement failed(answer_kind kind, errc code, std::string message, std::string mend) {
  auto made = judgement{};
  made.kind = kind;
  made.failure = {kind, {code, std::move(message), std::move(mend)}, std::nullopt};
  return made;
}

judgement not_now(std::string message, std::string mend) {
  return failed(answer_kind::transient, errc::unavailable, std::move(message), std::move(mend));
}

judgement refused(errc code, std::string message, std::string mend) {
  return failed(answer_kind::permanent, code, std::move(message), std::move(mend));
}

std::string numbered(unsigned status) {
  return " (HTTP status " + std::to_string(status) + ")";
}

judgement redirected(const client_response& response) {
  auto to = std::string{"elsewhere"};
  if (const auto location = response.field("location"))
    to = "to " + in_short(location->substr(0, location->find_first_of("?#")));
  return refused(errc::not_found, "The shop's GraphQL address redirects " + to + ".",
                 "Set WOOCOMMERCE_STORE_URL or WOOCOMMERCE_GRAPHQL_URL to the address that answers "
                 "without a redirect.");
}

std::string joined_path(json::array path) {
  auto joined = std::string{};
  for (const auto part : path) {
    std::string_view name;
    std::int64_t index = 0;
    if (!joined.empty())
      joined += '/';
    if (part.get(name) == simdjson::SUCCESS)
      joined += name;
    else if (part.get(index) == simdjson::SUCCESS)
      joined += std::to_string(index);
  }
  return joined;
}

std::vector<field_error> read_errors(json::array errors) {
  auto found = std::vector<field_error>{};
  for (const auto entry : errors) {
    auto next = field_error{};
    json::object object;
    if (entry.get(object) == simdjson::SUCCESS) {
      next.message = member_as<std::string_view>(object, "message").value_or("");
      if (const auto path = member_as<json::array>(object, "path"))
        next.path = joined_path(*path);
    }
    found.push_back(std::move(next));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.path < b.path; });
  return found;
}

// Errors and no data: the document was refused (recordings error-*), or all of it broke.
judgement judge_refusal(const client_response& response, const std::vector<field_error>& errors) {
  const auto& words = errors.front().message;
  const bool all_internal = std::all_of(errors.begin(), errors.end(), [](const field_error& each) {
    return each.message == internal_error;
  });
  const auto status = response.status;
  if (all_internal || status == 429 || status > status_client_end)
    return not_now("The shop could not answer a GraphQL request" + numbered(status) + ": " +
                     in_short(words),
                   "ankkor tries again by itself; if it lasts, look at the shop's PHP error log.");
  return refused(errc::invalid_input, "The shop refuses what ankkor asked for: " + in_short(words),
                 "Install or update WooGraphQL: it is missing, or of a version that ankkor "
                 "doesn't know.");
}

judgement judge_data(std::vector<field_error> errors) {
  auto made = judgement{};
  if (errors.empty())
    return made;
  // Sorted by path: one without a path, which may have damaged anything, comes first.
  if (errors.front().path.empty())
    return not_now("The shop's answer holds an error of an unknown place: " +
                     in_short(errors.front().message),
                   "Look at the shop's PHP error log.");
  made.kind = answer_kind::partial;
  made.errors = std::move(errors);
  return made;
}

} // namespace

std::string in_short(std::string_view words) {
  constexpr std::size_t bytes_max = 200;
  return quoted(cut_utf8(words, bytes_max));
}

judgement judge_by_status(const client_response& response, const std::string& words,
                          std::string_view body) {
  constexpr unsigned too_early = 425;
  const auto status = response.status;
  const auto says = words.empty() ? std::string{"."} : ": " + in_short(words);
  if (status >= status_client_end || status == 408 || status == too_early)
    return not_now("The shop can't answer now" + numbered(status) + says,
                   "ankkor tries again by itself; if it lasts, look at the shop's server.");
  if (status == 429)
    return not_now("The shop's server asks for fewer requests" + numbered(status) + says,
                   "ankkor slows down by itself; if it lasts, lower ANKKOR_GRAPHQL_BUDGET.");
  if (status < status_ok_end && body.empty())
    return not_now("The shop's answer to a GraphQL request was empty.",
                   "Look at the shop's PHP error log.");
  if (status < status_ok_end)
    return not_now(
      "The shop answered a GraphQL request with something that isn't a GraphQL answer, "
      "or with a part of one" +
        says,
      "Look for a plugin or a cache that shows a page of its own, and at the shop's "
      "PHP error log.");
  if (status < status_redirect_end)
    return redirected(response);
  if (status == 404 || status == 410)
    return refused(errc::not_found, "The shop has no GraphQL at this address" + numbered(status),
                   "Activate WPGraphQL and WooGraphQL, or set WOOCOMMERCE_GRAPHQL_URL.");
  return refused(errc::invalid_input,
                 "The shop's server refuses the GraphQL request" + numbered(status) + says,
                 "Let ankkor's requests through: look at firewall and security plugins, and at "
                 "the credentials.");
}

judgement judge_object(json::object root, const client_response& response) {
  auto errors = std::vector<field_error>{};
  if (const auto given = member_as<json::array>(root, "errors"))
    errors = read_errors(*given);
  const auto data = member_as<json::object>(root, "data");
  // WordPress's own error has "data", too, and GraphQL's answer no "code" (recording
  // error-maintenance-mode).
  if (has(root, "code"))
    return judge_by_status(response,
                           std::string{member_as<std::string_view>(root, "message").value_or("")},
                           response.body);
  if (data)
    return judge_data(std::move(errors));
  if (!errors.empty())
    return judge_refusal(response, errors);
  return judge_by_status(response, {}, response.body);
}

} // namespace graphql

std::optional<std::chrono::seconds> pause_asked_for(const client_response& response,
                                                    std::chrono::system_clock::time_point now) {
  constexpr unsigned unavailable = 503;
  constexpr auto maintenance_says = std::chrono::seconds{600};
  constexpr auto maintenance_means = std::chrono::seconds{60};
  const auto asked = response.retry_after(now);
  return response.status == unavailable && asked == maintenance_says ? maintenance_means : asked;
}

graphql_failure judge_silence(const error& failure) {
  const bool hopeless = failure.code == errc::invalid_input;
  return {hopeless ? answer_kind::permanent : answer_kind::transient, failure, std::nullopt};
}

} // namespace ankkor::net

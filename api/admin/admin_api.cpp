#include "api/admin/admin_api.hpp"

#include "api/admin/dashboard.hpp"
#include "api/admin/dead_letters.hpp"
#include "api/admin/deliveries.hpp"
#include "api/admin/health.hpp"
#include "api/admin/monitor.hpp"
#include "api/admin/outbox.hpp"
#include "api/admin/products.hpp"
#include "api/admin/reconcile.hpp"
#include "api/admin/status.hpp"
#include "api/http.hpp"
#include "base/metrics.hpp"
#include "net/http/client.hpp"

#include <algorithm>
#include <array>

namespace ankkor::api {

namespace {

// Who may ask.
enum class access : std::uint8_t {
  anybody,  // who reaches the listener
  operators // with the token, or from this machine where there is none
};

struct row {
  std::string_view path; // ends with a slash: whatever begins with it
  access who;
  std::string_view methods; // for 405; empty: the route looks at the method itself
  admin_route answer;
};

// Every route of this listener, the more special before the more general.
constexpr std::string_view read = "GET, HEAD";
constexpr std::array routes{
  row{"/healthz", access::anybody, read, &answer_health},
  row{"/readyz", access::anybody, read, &answer_readiness},
  row{"/metrics", access::anybody, read, &answer_metrics},
  row{"/admin/status", access::operators, read, &answer_status},
  row{"/admin/deliveries", access::operators, read, &answer_deliveries},
  row{"/admin/deadletters", access::operators, read, &answer_dead_letters},
  row{"/admin/deadletters/", access::operators, "", &answer_dead_letter},
  row{"/admin/outbox", access::operators, read, &answer_outbox},
  row{"/admin/products/", access::operators, read, &answer_product},
  row{"/admin/reconcile", access::operators, "", &answer_reconcile},
};
constexpr std::string_view admin_prefix = "/admin/";
constexpr std::string_view dashboard_prefix = "/dashboard/";

const row* find_route(std::string_view path) {
  const auto* const found = std::find_if(routes.begin(), routes.end(), [&](const row& each) {
    return each.path.ends_with('/') ? path.starts_with(each.path) : path == each.path;
  });
  return found == routes.end() ? nullptr : found;
}

// A browser on this machine calls for any page that it shows: one whose name was made to lead here
// says so in Host, another site's in Origin.
bool asks_this_machine(const net::request& request) {
  const auto here = "http://" + std::string{request.field("host").value_or("")};
  const auto url = net::parse_url(here);
  return url && url->loopback() && request.field("origin").value_or(here) == here;
}

} // namespace

void admin_api::count(const net::sent_answer& answer) {
  const auto* const found = find_route(answer.path);
  const std::string_view route = found != nullptr && found->who == access::anybody ? found->path
                                 : answer.path.starts_with(admin_prefix)           ? "/admin/*"
                                 : answer.path.starts_with(dashboard_prefix)       ? "/dashboard/*"
                                 : answer.path == "/"                              ? "/"
                                                                                   : "other";
  metrics::http_requests("admin", route, answer.status).add();
}

void admin_api::handle(const std::shared_ptr<net::exchange>& exchange) {
  const auto& request = exchange->req();
  const auto* const found = find_route(request.path);
  // What there is below /admin/ is nobody else's business either.
  if (found != nullptr ? found->who == access::operators : request.path.starts_with(admin_prefix)) {
    if (auto refused = refusal(request)) {
      exchange->respond(*std::move(refused));
      return;
    }
  }
  if (found == nullptr)
    answer_other(exchange);
  else if (!found->methods.empty() && !is_read(request))
    exchange->respond(method_not_allowed(found->methods));
  else
    found->answer(all_, exchange, request.path.substr(found->path.size()));
}

void admin_api::answer_other(const std::shared_ptr<net::exchange>& exchange) {
  const auto& request = exchange->req();
  const bool is_admin = request.path.starts_with(admin_prefix);
  auto* const watch = all_.options.watch;
  if (!is_read(request))
    exchange->respond(method_not_allowed(read));
  else if (is_admin && watch != nullptr &&
           watch->answer(request.path.substr(admin_prefix.size()), exchange))
    return;
  else if (is_admin || !answer_dashboard(*exchange))
    exchange->respond(not_found("There is nothing at this address."));
}

std::optional<net::response> admin_api::refusal(const net::request& request) const {
  if (all_.options.token.empty()) {
    if (request.loopback && asks_this_machine(request))
      return std::nullopt;
    return error_response(403, "forbidden",
                          "Without ANKKOR_ADMIN_TOKEN the admin API answers callers on this "
                          "machine only, and no other site's pages.");
  }
  const auto given = request.field("authorization").value_or("");
  if (request.count("authorization") == 1 &&
      equal_in_constant_time(given, "Bearer " + all_.options.token))
    return std::nullopt;
  auto answer = error_response(401, "unauthorized", "The admin API wants the admin token.");
  answer.fields.emplace_back("WWW-Authenticate", "Bearer");
  return answer;
}

} // namespace ankkor::api

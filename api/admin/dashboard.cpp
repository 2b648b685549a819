#include "api/admin/dashboard.hpp"

#include "api/http.hpp"
#include "web/assets.hpp"

namespace ankkor::api {

namespace {

// Scripts and styles of this origin only, no inline ones, no other origin, in nobody's frame.
// Trusted types: no script of the page can turn text into markup, whatever a product is called.
constexpr std::string_view content_security_policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
  "require-trusted-types-for 'script'; trusted-types 'none'";

} // namespace

bool answer_dashboard(net::exchange& exchange) {
  const auto& request = exchange.req();
  const auto* asset = web::find_asset(request.path);
  if (asset == nullptr)
    return false;
  auto answer = net::response{};
  answer.fields = {{"Content-Type", std::string{asset->content_type}},
                   {"Cache-Control", "no-cache"}, // asked for again each time, by its ETag
                   {"ETag", std::string{asset->etag}},
                   {"Content-Security-Policy", std::string{content_security_policy}},
                   {"X-Content-Type-Options", "nosniff"},
                   {"Referrer-Policy", "no-referrer"},
                   {"Cross-Origin-Opener-Policy", "same-origin"},
                   {"Cross-Origin-Resource-Policy", "same-origin"}};
  if (matches(request, asset->etag))
    answer.status = 304;
  else
    answer.body = asset->body;
  exchange.respond(std::move(answer));
  return true;
}

} // namespace ankkor::api

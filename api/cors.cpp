#include "api/cors.hpp"

#include "api/http.hpp"

#include <algorithm>

namespace ankkor::api {

namespace {

// Beyond the ones that every page may read.
constexpr auto exposed = "ETag, Cache-Status, Retry-After";
constexpr auto request_fields =
  "Accept, Cache-Control, Content-Type, If-None-Match, Last-Event-ID, Pragma";
// Browsers keep a preflight's answer no longer than two hours (Chromium) or a day (Firefox).
constexpr auto seconds_kept = "7200";

class guarded_exchange final : public net::exchange {
public:
  guarded_exchange(std::shared_ptr<net::exchange> inner, const cors& rules)
    : inner_(std::move(inner)), rules_(&rules) {}

  [[nodiscard]] const net::request& req() const noexcept override { return inner_->req(); }

  void respond(net::response answer) override {
    rules_->add_fields(req(), answer);
    inner_->respond(std::move(answer));
  }

  std::shared_ptr<net::stream> start_stream(net::response head,
                                            net::stream_handlers handlers) override {
    rules_->add_fields(req(), head);
    return inner_->start_stream(std::move(head), std::move(handlers));
  }

  void post(std::function<void()> task) override { inner_->post(std::move(task)); }

  [[nodiscard]] std::size_t thread_index() const noexcept override {
    return inner_->thread_index();
  }

private:
  std::shared_ptr<net::exchange> inner_;
  const cors* rules_;
};

} // namespace

cors::cors(std::vector<std::string> origins)
  : origins_(std::move(origins)), any_(origins_.size() == 1 && origins_.front() == "*") {}

bool cors::allows(std::string_view origin) const {
  return any_ || std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

std::shared_ptr<net::exchange> cors::guard(const std::shared_ptr<net::exchange>& exchange) const {
  if (origins_.empty())
    return exchange;
  return std::make_shared<guarded_exchange>(exchange, *this);
}

void cors::add_fields(const net::request& request, net::response& answer) const {
  if (origins_.empty())
    return;
  // Said to everybody, or a cache would give one origin's answer to another.
  if (!any_)
    answer.fields.emplace_back("Vary", "Origin");
  const auto origin = request.field("origin");
  if (!origin || request.count("origin") != 1 || !allows(*origin))
    return;
  answer.fields.emplace_back("Access-Control-Allow-Origin", any_ ? "*" : std::string{*origin});
  answer.fields.emplace_back("Access-Control-Expose-Headers", exposed);
}

void cors::answer_options(net::exchange& exchange, std::string_view methods) const {
  const auto& request = exchange.req();
  const auto origin = request.field("origin");
  auto answer = net::response{};
  answer.status = 204;
  if (!origin || !request.field("access-control-request-method")) {
    answer.fields.emplace_back("Allow", std::string{methods} + ", OPTIONS");
    add_fields(request, answer);
  } else if (origins_.empty() || request.count("origin") != 1 || !allows(*origin)) {
    answer = error_response(403, "forbidden", "Pages of this origin may not read the API.");
    add_fields(request, answer);
  } else {
    add_fields(request, answer);
    answer.fields.emplace_back("Access-Control-Allow-Methods", methods);
    answer.fields.emplace_back("Access-Control-Allow-Headers", request_fields);
    answer.fields.emplace_back("Access-Control-Max-Age", seconds_kept);
  }
  exchange.respond(std::move(answer));
}

} // namespace ankkor::api

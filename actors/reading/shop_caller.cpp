#include "actors/reading/shop_caller.hpp"

#include "base/log.hpp"
#include "base/metrics.hpp"

#include <algorithm>

namespace ankkor::actors {

namespace {

constexpr std::uint32_t failures_to_complain = 3;

} // namespace

shop_caller::shop_caller(shop_options options, shop_caller_words words)
  : options_(std::move(options)), words_(words) {}

net::client_request shop_caller::graphql(std::string body) const {
  return rest(options_.where, "POST", std::move(body));
}

net::client_request shop_caller::rest(net::url where, std::string method, std::string body) const {
  auto request = net::client_request{};
  request.method = std::move(method);
  request.where = std::move(where);
  request.fields = options_.fields;
  request.body = std::move(body);
  request.head_timeout = options_.first_byte_timeout;
  request.total_timeout = options_.request_timeout;
  request.once = true;
  return request;
}

feedback shop_caller::ended(stock::moment sent, std::size_t items) const {
  auto how = feedback{};
  how.took = std::chrono::ceil<std::chrono::milliseconds>(options_.now() - sent);
  // It can't have taken longer than a request may: this machine's clock was set forward meanwhile,
  // and the time says nothing.
  if (how.took > options_.request_timeout)
    how.took = std::chrono::milliseconds{0};
  how.items = static_cast<std::uint32_t>(std::max<std::size_t>(items, 1));
  return how;
}

feedback shop_caller::succeeded(stock::moment sent, std::size_t items, bool whole) {
  metrics::graphql_requests(words_.purpose, whole ? "ok" : "partial").add();
  failures_in_row_ = 0;
  if (complained_)
    log::info(words_.working, {{"purpose", words_.purpose}});
  complained_.reset();
  return ended(sent, items);
}

feedback shop_caller::failed(stock::moment sent, std::size_t items,
                             const net::graphql_failure& failure) {
  const bool transient = failure.kind == net::answer_kind::transient;
  metrics::graphql_requests(words_.purpose, transient ? "overloaded" : "failed").add();
  ++failures_in_row_;
  auto how = ended(sent, items);
  how.overloaded = transient;
  how.retry_after = failure.retry_after.value_or(std::chrono::seconds{0});
  return how;
}

void shop_caller::complain(const net::graphql_failure& failure) {
  if (failure.kind == net::answer_kind::transient && failures_in_row_ < failures_to_complain)
    return;
  const auto now = options_.now();
  if (complained_ && now < *complained_ + options_.complain_every)
    return;
  complained_ = now;
  log::error(
    words_.failing,
    {{"purpose", words_.purpose}, {"reason", failure.what.message}, {"fix", failure.what.mend}});
}

std::chrono::milliseconds shop_caller::rest_after(const net::graphql_failure& failure) const {
  return failure.kind == net::answer_kind::transient ? back_off(failures_in_row_)
                                                     : options_.backoff_max;
}

std::chrono::milliseconds shop_caller::back_off(std::uint32_t failures) const {
  const auto doublings = std::min(std::max(failures, 1U) - 1, 16U);
  return std::min(options_.backoff_max,
                  std::chrono::milliseconds{options_.backoff_first.count() << doublings});
}

std::chrono::milliseconds shop_caller::back_off_once_more() {
  return back_off(++failures_in_row_);
}

bool may_be_an_items_fault(const result<net::client_response>& answer) {
  if (!answer) {
    const auto code = answer.failure().code;
    return code == errc::timed_out || code == errc::too_large;
  }
  constexpr unsigned too_many = 429;
  constexpr unsigned bad_gateway = 502;
  constexpr unsigned away = 503;
  return answer->status != too_many && answer->status != bad_gateway && answer->status != away;
}

} // namespace ankkor::actors

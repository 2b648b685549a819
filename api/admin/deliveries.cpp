#include "api/admin/deliveries.hpp"

#include "api/admin/lists.hpp"

namespace ankkor::api {

namespace {

void write_delivery(json::writer& out, const store::delivery& delivery) {
  out.begin_object()
    .field("id", delivery.delivery_id)
    .field("topic", delivery.topic)
    .field("webhook", delivery.webhook_id)
    .field("resource", delivery.resource)
    .field("received", render_moment(delivery.received))
    .field("outcome", store::to_string(delivery.result))
    .end_object();
}

} // namespace

void answer_deliveries(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                       std::string_view /*rest*/) {
  const auto& request = exchange->req();
  auto filter = store::delivery_filter{};
  filter.limit = limit_of(request);
  filter.topic = query_parameter(request.query, "topic").value_or("");
  if (const auto text = query_parameter(request.query, "outcome")) {
    filter.result = store::parse_outcome(*text);
    if (!filter.result) {
      exchange->respond(error_response(400, "bad_request", "There is no such outcome."));
      return;
    }
  }
  for (const auto* name : {"resource", "product"}) {
    if (const auto text = query_parameter(request.query, name)) {
      const auto id = parse_id(*text);
      if (!id) {
        exchange->respond(error_response(400, "bad_request", "An ID is a whole number above 0."));
        return;
      }
      filter.resource = *id;
    }
  }
  answer_list(*exchange, "deliveries", all.store.deliveries(filter), write_delivery);
}

} // namespace ankkor::api

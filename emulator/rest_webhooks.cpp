// The shop's webhooks. See rest.hpp.
#include "emulator/rest_call.hpp"

#include <algorithm>

namespace ankkor::emulator::rest {

namespace {

std::vector<std::string_view> hooks_of(const webhook& of) {
  if (of.resource() == "action")
    return {of.event_name()};
  if (of.topic == "product.created")
    return {"woocommerce_process_product_meta", "woocommerce_new_product",
            "woocommerce_new_product_variation"};
  if (of.topic == "product.updated")
    return {"woocommerce_process_product_meta", "woocommerce_update_product",
            "woocommerce_update_product_variation"};
  if (of.topic == "order.created")
    return {"woocommerce_new_order"};
  if (of.topic == "order.updated")
    return {"woocommerce_update_order", "woocommerce_order_refunded"};
  if (of.topic == "product.published")
    return {"woocommerce_product_published"};
  const bool order = of.resource() == "order";
  if (of.event_name() == "deleted")
    return {order ? "woocommerce_trash_order" : "wp_trash_post"};
  return {order ? "woocommerce_untrash_order" : "untrashed_post"};
}

void write_webhook(json_writer& to, const site& where, const webhook& of) {
  to.begin_object().number("id", of.id).text("name", of.name).text("status", to_string(of.status));
  to.text("topic", of.topic).text("resource", of.resource()).text("event", of.event_name());
  to.key("hooks").begin_array();
  for (const auto hook : hooks_of(of))
    to.text(hook);
  to.end_array().text("delivery_url", of.delivery_url);
  to.text("date_created", local_date_text(of.created, where.zone))
    .text("date_created_gmt", date_text(of.created));
  if (of.modified) {
    to.text("date_modified", local_date_text(*of.modified, where.zone));
    to.text("date_modified_gmt", date_text(*of.modified));
  } else {
    to.null("date_modified").null("date_modified_gmt");
  }
  const auto list = where.url + std::string(root) + "webhooks";
  to.key("_links").begin_object().key("self").begin_array().begin_object();
  to.text("href", list + "/" + std::to_string(of.id)).key("targetHints").begin_object();
  to.key("allow")
    .raw(R"(["GET","POST","PUT","PATCH","DELETE"])")
    .end_object()
    .end_object()
    .end_array();
  to.key("collection")
    .begin_array()
    .begin_object()
    .text("href", list)
    .end_object()
    .end_array()
    .end_object();
  to.end_object();
}

std::string webhook_body(const call& of, std::uint64_t id) {
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  write_webhook(body, of.on.where, *of.on.webhooks.find(id));
  return body.take();
}

http_answer list_webhooks(const call& of) {
  page at;
  http_answer refusal;
  if (!read_page(of, at, refusal))
    return refusal;
  const auto* status = of.field("status");
  std::vector<const webhook*> found;
  const auto& all = of.on.webhooks.webhooks();
  for (auto each = all.rbegin(); each != all.rend(); ++each) { // the newest first
    if (status == nullptr || *status == "all" || to_string(each->second.status) == *status)
      found.push_back(&each->second);
  }
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  body.begin_array();
  for (std::uint64_t i = (at.number - 1) * at.size;
       i < std::min<std::uint64_t>(found.size(), at.number * at.size); ++i)
    write_webhook(body, of.on.where, *found[i]);
  body.end_array();
  return list_answer(of, at, found.size(), body.take(), allow_list);
}

http_answer bad_topic(const call& of) {
  return failure(of, 400, "woocommerce_rest_shop_webhook_invalid_topic",
                 "Webhook topic is required and must be valid.", allow_list);
}

http_answer create_webhook(const call& of) {
  webhook what;
  read_text(of.body, "name", what.name);
  read_text(of.body, "topic", what.topic);
  read_text(of.body, "delivery_url", what.delivery_url);
  read_text(of.body, "secret", what.secret);
  if (what.delivery_url.empty())
    return missing_parameter(of, "delivery_url");
  if (!valid_topic(what.topic))
    return bad_topic(of);
  if (what.delivery_url.rfind("http://", 0) != 0 && what.delivery_url.rfind("https://", 0) != 0)
    return failure(of, 400, "woocommerce_rest_shop_webhook_invalid_delivery_url",
                   "Webhook delivery URL must be a valid URL starting with http:// or https://.",
                   allow_list);
  std::string status;
  read_text(of.body, "status", status);
  what.status = parse_webhook_status(status).value_or(webhook_status::active);
  if (what.name.empty())
    what.name = "Webhook for " + what.topic;
  const auto id = of.on.webhooks.add(std::move(what), of.now);
  auto made = answer(of, 201, webhook_body(of, id), allow_list);
  made.fields.emplace_back("Location",
                           of.on.where.url + std::string(root) + "webhooks/" + std::to_string(id));
  return made;
}

http_answer edit_webhook(const call& of, std::uint64_t id) {
  webhook_queue::change what;
  read_text(of.body, "name", what.name);
  read_text(of.body, "topic", what.topic);
  read_text(of.body, "delivery_url", what.delivery_url);
  read_text(of.body, "secret", what.secret);
  if (what.topic && !valid_topic(*what.topic))
    return bad_topic(of);
  if (const auto* status = of.body.find("status"); status != nullptr && status->string() != nullptr)
    what.status = parse_webhook_status(*status->string());
  of.on.webhooks.edit(id, what, of.now);
  return answer(of, 200, webhook_body(of, id), allow_item);
}

http_answer one_webhook(const call& of, std::uint64_t id) {
  if (of.on.webhooks.find(id) == nullptr)
    return failure(of, 404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.", allow_item);
  if (of.request.method == "DELETE") {
    if (!of.forced())
      return failure(of, 501, "woocommerce_rest_trash_not_supported",
                     "Webhooks do not support trashing.", allow_item);
    auto body = webhook_body(of, id);
    of.on.webhooks.remove(id);
    return answer(of, 200, std::move(body), allow_item);
  }
  return of.updates() ? edit_webhook(of, id) : answer(of, 200, webhook_body(of, id), allow_item);
}

} // namespace

http_answer webhooks(const call& of) {
  if (of.path.size() == 1)
    return of.reads() ? list_webhooks(of) : create_webhook(of);
  const auto id = of.path.size() == 2 ? parse_id(of.path[1]) : std::nullopt;
  return id ? one_webhook(of, *id) : no_route(of);
}

} // namespace ankkor::emulator::rest

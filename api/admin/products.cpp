#include "api/admin/products.hpp"

#include "api/admin/lists.hpp"
#include "net/stock_json.hpp"

namespace ankkor::api {

namespace {

void write_stock(json::writer& out, std::string_view name, const stock::stock_level& level,
                 stock::publication status) {
  out.key(name)
    .begin_object()
    .field("status", stock::to_string(status))
    .field("stockStatus", stock::status_word(level))
    .field("stockQuantity", level.quantity)
    .end_object();
}

void write_history(json::writer& out, const store::history_entry& entry) {
  out.begin_object()
    .field("item", entry.item)
    .field("at", render_moment(entry.at))
    .field("cause", entry.cause)
    .field("reference", entry.reference)
    .field("modified", net::render_time(entry.modified))
    .field("version", std::to_string(entry.version));
  write_stock(out, "before", entry.before, entry.status_before);
  write_stock(out, "after", entry.after, entry.status_after);
  out.end_object();
}

} // namespace

void answer_product(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                    std::string_view rest) {
  const auto id = parse_id(rest);
  if (!id) {
    exchange->respond(error_response(400, "bad_request", "An ID is a whole number above 0."));
    return;
  }
  const auto owner = all.engine.products().owner(*id).value_or(*id);
  const auto found = all.engine.products().find(owner);
  if (!found) {
    exchange->respond(not_found("Nothing is held of this product."));
    return;
  }
  const auto history = all.store.history(owner, limit_of(exchange->req()));
  auto body = std::string{};
  auto out = json::writer{body};
  out.begin_object().field("id", owner).field("version", std::to_string(found->held.version));
  out.key("stock");
  if (found->stock_json)
    out.raw(*found->stock_json);
  else
    out.null();
  out.key("history").begin_array();
  if (history) {
    for (const auto& entry : *history)
      write_history(out, entry);
  }
  out.end_array().end_object();
  exchange->respond(json_response(200, std::move(body)));
}

} // namespace ankkor::api

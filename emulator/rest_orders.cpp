// Orders and refunds. See rest.hpp.
#include "emulator/rest_call.hpp"

namespace ankkor::emulator::rest {

namespace {

std::string order_body(const call& of, post_id id) {
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  write_order(body, of.on.shop, of.on.where, *of.on.shop.find_order(id));
  return body.take();
}

std::int64_t integer_of(const json_value& from, std::string_view name, std::int64_t otherwise) {
  const auto* value = from.find(name);
  return value == nullptr ? otherwise : value->as_integer().value_or(otherwise);
}

std::optional<order_status> read_order_status(const json_value& from) {
  const auto* status = from.find("status");
  return status == nullptr || status->string() == nullptr ? std::nullopt
                                                          : parse_order_status(*status->string());
}

http_answer create_order(const call& of) {
  std::vector<order_line> lines;
  const auto* given = of.body.find("line_items");
  if (given != nullptr && given->items() != nullptr) {
    for (const auto& each : *given->items()) {
      order_line line;
      line.product = static_cast<post_id>(integer_of(each, "product_id", 0));
      line.variation = static_cast<post_id>(integer_of(each, "variation_id", 0));
      line.quantity = integer_of(each, "quantity", 1);
      const auto* what = of.on.shop.find(line.variation != 0 ? line.variation : line.product);
      if (what == nullptr)
        return failure(of, 400, "woocommerce_rest_invalid_product_id", "Product ID is invalid.",
                       allow_list);
      if (what->is_variation()) {
        line.variation = what->id;
        line.product = what->parent;
      }
      lines.push_back(std::move(line));
    }
  }
  const auto status = read_order_status(of.body).value_or(order_status::pending);
  const auto id = of.on.shop.create_order(std::move(lines), status, false, of.now);
  return answer(of, 201, order_body(of, id), allow_list);
}

http_answer refund_order(const call& of, const order& what) {
  const auto* restock = of.body.find("api_restock");
  const bool back = restock == nullptr || restock->boolean() == nullptr || *restock->boolean();
  const auto* lines = of.body.find("line_items");
  if (lines != nullptr && lines->items() != nullptr) {
    for (const auto& each : *lines->items()) {
      const auto line = static_cast<std::uint64_t>(integer_of(each, "id", 0)) - what.first_line_id;
      of.on.shop.refund(what.id, line, integer_of(each, "quantity", 0), back, of.now);
    }
  }
  json_writer body;
  body.begin_object()
    .number("id", what.refunds.empty() ? 0 : what.refunds.back().first)
    .number("parent_id", what.id);
  return answer(of, 201, body.end_object().take(), allow_list);
}

http_answer one_order(const call& of, post_id id) {
  const auto* what = of.on.shop.find_order(id);
  if (what == nullptr)
    return failure(of, 404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.", allow_item);
  if (of.path.size() == 3)
    return of.path[2] == "refunds" && of.request.method == "POST" ? refund_order(of, *what)
                                                                  : no_route(of);
  if (of.request.method == "DELETE") {
    of.on.shop.trash_order(id, of.now);
  } else if (of.updates()) {
    const auto status = read_order_status(of.body);
    if (status && *status != what->status)
      of.on.shop.set_order_status(id, *status, of.now);
    else
      of.on.shop.touch_order(id, of.now);
  }
  return answer(of, 200, order_body(of, id), allow_item);
}

http_answer list_orders(const call& of) {
  page at;
  http_answer refusal;
  if (!read_page(of, at, refusal))
    return refusal;
  const auto& all = of.on.shop.orders();
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  body.begin_array();
  std::uint64_t passed = 0;
  for (auto each = all.rbegin(); each != all.rend(); ++each, ++passed) {
    if (passed / at.size == at.number - 1)
      write_order(body, of.on.shop, of.on.where, each->second);
  }
  body.end_array();
  return list_answer(of, at, all.size(), body.take(), allow_list);
}

} // namespace

http_answer orders(const call& of) {
  if (of.path.size() == 1)
    return of.reads() ? list_orders(of) : create_order(of);
  const auto id = parse_id(of.path[1]);
  return id ? one_order(of, *id) : no_route(of);
}

} // namespace ankkor::emulator::rest

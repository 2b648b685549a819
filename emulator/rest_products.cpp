// Products and variations: read, made, edited, deleted, in batches. See rest.hpp.
#include "emulator/rest_call.hpp"
#include "emulator/rest_lists.hpp"

namespace ankkor::emulator::rest {

namespace {

http_answer no_product(const call& of) {
  return failure(of, 404, "woocommerce_rest_product_invalid_id", "Invalid ID.", allow_item);
}

http_answer no_variation(const call& of) {
  return failure(of, 404, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.",
                 allow_item);
}

std::string product_body(const call& of, post_id id) {
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  write_product(body, of.on.shop, of.on.where, *of.on.shop.find(id));
  return body.take();
}

std::string variation_body(const call& of, post_id id) {
  json_writer body;
  body.keep_only(1, wanted_fields(of));
  write_variation(body, of.on.shop, of.on.where, *of.on.shop.find(id));
  return body.take();
}

// --- reading bodies ------------------------------------------------------------------------------

std::vector<post_id> read_references(const json_value& from, std::string_view name) {
  std::vector<post_id> ids;
  const auto* list = from.find(name);
  if (list == nullptr || list->items() == nullptr)
    return ids;
  for (const auto& each : *list->items()) {
    const auto* inside = each.find("id");
    const auto id = (inside == nullptr ? each : *inside).as_integer();
    if (id && *id > 0)
      ids.push_back(static_cast<post_id>(*id));
  }
  return ids;
}

item_change read_change(const json_value& from) {
  item_change made;
  read_text(from, "name", made.name);
  read_text(from, "slug", made.slug);
  read_text(from, "sku", made.sku);
  read_text(from, "regular_price", made.regular_price);
  read_text(from, "sale_price", made.sale_price);
  read_text(from, "description", made.description);
  read_text(from, "short_description", made.short_description);
  const auto spelled = [&](std::string_view name, auto parse, auto& to) {
    if (const auto* value = from.find(name); value != nullptr && value->string() != nullptr)
      to = parse(*value->string());
  };
  spelled("status", parse_post_status, made.status);
  spelled("type", parse_kind, made.type);
  spelled("stock_status", parse_stock_state, made.stock);
  spelled("backorders", parse_backorder_policy, made.backorders);
  if (const auto* manages = from.find("manage_stock"))
    made.manages_stock = manages->boolean() != nullptr && *manages->boolean();
  if (const auto* quantity = from.find("stock_quantity"))
    made.quantity = quantity->as_integer();
  if (from.find("categories") != nullptr)
    made.categories = read_references(from, "categories");
  return made;
}

new_item read_new(const json_value& from) {
  const auto change = read_change(from);
  new_item made;
  made.type = change.type.value_or(kind::simple);
  made.name = change.name.value_or("Product");
  made.slug = change.slug ? std::optional(slug_of(*change.slug)) : std::nullopt;
  made.sku = change.sku.value_or("");
  made.regular_price = change.regular_price.value_or("");
  made.sale_price = change.sale_price.value_or("");
  made.description = change.description.value_or("");
  made.short_description = change.short_description.value_or("");
  made.status = change.status.value_or(post_status::publish);
  made.manages_stock = change.manages_stock.value_or(false);
  made.quantity = change.quantity.value_or(0);
  made.stock = change.stock.value_or(stock_state::in_stock);
  made.backorders = change.backorders.value_or(backorder_policy::no);
  made.categories = change.categories.value_or(std::vector<post_id>());
  made.grouped = read_references(from, "grouped_products");
  read_text(from, "external_url", made.external_url);
  read_text(from, "button_text", made.button_text);
  if (const auto* low = from.find("low_stock_amount"))
    made.low_stock = low->as_integer();
  if (const auto* is_virtual = from.find("virtual");
      is_virtual != nullptr && is_virtual->boolean() != nullptr)
    made.is_virtual = *is_virtual->boolean();
  const auto* attributes = from.find("attributes");
  if (attributes == nullptr || attributes->items() == nullptr || attributes->items()->empty())
    return made;
  const auto& first = attributes->items()->front();
  read_text(first, "name", made.attribute);
  read_text(first, "option", made.option);
  if (const auto* options = first.find("options");
      options != nullptr && options->items() != nullptr) {
    for (const auto& each : *options->items()) {
      if (auto text = each.as_text())
        made.options.push_back(std::move(*text));
    }
  }
  return made;
}

// --- products and variations ---------------------------------------------------------------------

http_answer duplicate_sku(const call& of, const std::string& sku, post_id holder) {
  json_writer body;
  body.begin_object()
    .text("code", "product_invalid_sku")
    .text("message", "Invalid or duplicated SKU.");
  body.key("data")
    .begin_object()
    .number("status", std::uint64_t{400})
    .number("resource_id", holder);
  body.text("unique_sku", sku + "-1").end_object().end_object();
  return answer(of, 400, body.take(), allow_list);
}

http_answer create_product(const call& of) {
  const auto what = read_new(of.body);
  if (const auto holder = what.sku.empty() ? 0 : of.on.shop.by_sku(what.sku); holder != 0)
    return duplicate_sku(of, what.sku, holder);
  const auto id = of.on.shop.create_product(what, of.now);
  auto made = answer(of, 201, product_body(of, id), allow_list);
  made.fields.emplace_back("Location",
                           of.on.where.url + std::string(root) + "products/" + std::to_string(id));
  return made;
}

http_answer erase_product(const call& of, const item& what) {
  if (of.forced() || what.is_variation()) {
    auto body = product_body(of, what.id);
    of.on.shop.erase(what.id, of.now);
    return answer(of, 200, std::move(body), allow_item);
  }
  if (!of.on.shop.trash(what.id, of.now))
    return failure(of, 410, "woocommerce_rest_already_trashed",
                   "The product has already been deleted.", allow_item);
  return answer(of, 200, product_body(of, what.id), allow_item);
}

http_answer one_product(const call& of, post_id id) {
  const auto* what = of.on.shop.find(id);
  if (what == nullptr)
    return no_product(of);
  if (of.request.method == "DELETE")
    return erase_product(of, *what);
  if (of.updates())
    of.on.shop.edit(id, read_change(of.body), of.now);
  return answer(of, 200, product_body(of, id), allow_item);
}

http_answer one_variation(const call& of, post_id parent, post_id id) {
  const auto* what = of.on.shop.find(id);
  if (what == nullptr || what->parent != parent)
    return no_variation(of);
  if (of.request.method == "DELETE") { // always permanent
    auto body = variation_body(of, id);
    of.on.shop.erase(id, of.now);
    return answer(of, 200, std::move(body), allow_item);
  }
  if (of.updates())
    of.on.shop.edit(id, read_change(of.body), of.now);
  return answer(of, 200, variation_body(of, id), allow_item);
}

// "create", "update" and "delete" of one kind of thing, one after another within one request.
http_answer batch(const call& of, post_id parent) {
  auto& shop = of.on.shop;
  json_writer body;
  body.begin_object();
  const auto write = [&](post_id id) {
    if (shop.find(id) == nullptr)
      body.begin_object()
        .number("id", id)
        .key("error")
        .raw(error_body("woocommerce_rest_product_invalid_id", "Invalid ID.", 400))
        .end_object();
    else if (parent != 0)
      write_variation(body, shop, of.on.where, *shop.find(id));
    else
      write_product(body, shop, of.on.where, *shop.find(id));
  };
  const auto each_of = [&](std::string_view name, const auto& act) {
    const auto* list = of.body.find(name);
    if (list == nullptr || list->items() == nullptr)
      return;
    body.key(name).begin_array();
    for (const auto& each : *list->items())
      act(each);
    body.end_array();
  };
  each_of("create", [&](const json_value& each) {
    const auto what = read_new(each);
    write(parent != 0 ? shop.create_variation(parent, what, of.now)
                      : shop.create_product(what, of.now));
  });
  each_of("update", [&](const json_value& each) {
    const auto* id = each.find("id");
    const auto which = static_cast<post_id>(id == nullptr ? 0 : id->as_integer().value_or(0));
    shop.edit(which, read_change(each), of.now);
    write(which);
  });
  each_of("delete", [&](const json_value& each) {
    const auto which = static_cast<post_id>(each.as_integer().value_or(0));
    write(which);
    shop.erase(which, of.now);
  });
  body.end_object();
  return answer(of, 200, body.take(), "POST, PUT, PATCH");
}

http_answer variations_of(const call& of, post_id parent) {
  const auto* owner = of.on.shop.find(parent);
  if (owner == nullptr || owner->is_variation())
    return no_product(of);
  if (of.path.size() == 4 && of.path[3] == "batch")
    return batch(of, parent);
  if (of.path.size() == 4) {
    const auto id = parse_id(of.path[3]);
    return id ? one_variation(of, parent, *id) : no_route(of);
  }
  if (of.reads()) {
    auto filter = read_filter(of);
    filter.variations = true;
    filter.parent = parent;
    return list_items(of, filter, allow_list);
  }
  const auto id = of.on.shop.create_variation(parent, read_new(of.body), of.now);
  return id == 0 ? no_product(of) : answer(of, 201, variation_body(of, id), allow_list);
}

} // namespace

http_answer products(const call& of) {
  if (of.path.size() == 1)
    return of.reads() ? list_items(of, read_filter(of), allow_list) : create_product(of);
  if (of.path[1] == "batch")
    return batch(of, 0);
  const auto id = parse_id(of.path[1]);
  if (!id)
    return no_route(of);
  if (of.path.size() == 2)
    return one_product(of, *id);
  return of.path[2] == "variations" ? variations_of(of, *id) : no_route(of);
}

http_answer variations(const call& of) {
  if (!of.reads() || of.path.size() != 1)
    return no_route(of);
  auto filter = read_filter(of);
  filter.variations = true;
  return list_items(of, filter, "GET");
}

} // namespace ankkor::emulator::rest

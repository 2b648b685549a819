// Planning, the root and connections. See graphql_executor.hpp.
#include "emulator/graphql_executor.hpp"

#include <algorithm>
#include <charconv>

namespace ankkor::emulator::graphql {

void executor::run(const operation& which) {
  object_plan root;
  root.type = &served_schema().find("RootQuery")->second;
  std::vector<const selection*> set;
  for (const auto& each : which.selections)
    set.push_back(&each);
  collect(root, set);
  out_.begin_object();
  for (auto& each : root.fields)
    write(each, [&] { write_root(each); });
  out_.end_object();
}

bool executor::skipped(const std::vector<directive>& directives) const {
  return std::any_of(directives.begin(), directives.end(), [&](const directive& each) {
    const auto* condition = each.arguments.empty() ? nullptr : &each.arguments.front();
    const auto value = condition == nullptr ? std::nullopt : evaluate(condition->value, variables_);
    const bool is = value && value->boolean() != nullptr && *value->boolean();
    return (each.name == "skip" && is) || (each.name == "include" && value && !is);
  });
}

void executor::collect(object_plan& to, const std::vector<const selection*>& set) {
  for (const auto* each : set) {
    if (skipped(each->directives))
      continue;
    if (each->is == selection::form::field) {
      add_field(to, *each);
      continue;
    }
    const auto* inside = &each->selections;
    std::string_view condition = each->on;
    if (each->is == selection::form::spread) {
      const auto& named = document_.fragments.find(each->name)->second;
      inside = &named.selections;
      condition = named.on;
    }
    if (!condition.empty() && !is_a(*to.type, condition))
      continue;
    std::vector<const selection*> nested;
    for (const auto& one : *inside)
      nested.push_back(&one);
    collect(to, nested);
  }
}

void executor::add_field(object_plan& to, const selection& what) {
  const auto known = std::find_if(to.fields.begin(), to.fields.end(),
                                  [&](const auto& each) { return each.key == what.alias; });
  const bool again = known != to.fields.end();
  auto& field = again ? *known : to.fields.emplace_back();
  for (const auto& each : what.selections)
    field.below.push_back(&each);
  if (again)
    return;
  field.key = what.alias;
  field.id = identify(what.name);
  field.where = what.where;
  if (const auto* definition = to.type->field(what.name))
    field.type = base_type(definition->type);
  json_value::object arguments;
  for (const auto& each : what.arguments) {
    if (auto value = evaluate(each.value, variables_))
      arguments.emplace_back(each.name, std::move(*value));
  }
  field.arguments = json_value(std::move(arguments));
  if (!on_.broken_field.empty() && what.name == on_.broken_field)
    field.id = field_id::unknown;
}

object_plan& executor::plan(field_plan& of, std::string_view concrete) {
  for (auto& [type, made] : of.plans) {
    if (type->name == concrete)
      return *made;
  }
  auto made = std::make_unique<object_plan>();
  made->type = &served_schema().find(concrete)->second;
  collect(*made, of.below);
  return *of.plans.emplace_back(made->type, std::move(made)).second;
}

void executor::fail(const field_plan& at, std::string message) {
  faults_.push_back({std::move(message), at.where, path_});
  out_.null();
}

void executor::text_or_null(std::string_view text) {
  if (text.empty())
    out_.null();
  else
    out_.text(text);
}

void executor::write_root(field_plan& what) {
  switch (what.id) {
  case field_id::type_name:
    out_.text("RootQuery");
    return;
  case field_id::product:
    write_single(what, false);
    return;
  case field_id::product_variation:
    write_single(what, true);
    return;
  case field_id::products:
  case field_id::products_with_variations:
  case field_id::content_nodes:
    write_items_connection(what);
    return;
  case field_id::product_categories:
    write_categories(what, nullptr);
    return;
  case field_id::viewer:
    if (viewer_ == nullptr)
      out_.null();
    else
      write_object(what, "User", [&](field_plan& each) { write_user(each); });
    return;
  default:
    write_object(what, "GeneralSettings", [&](field_plan& each) { write_settings(each); });
  }
}

void executor::write_user(const field_plan& what) {
  if (what.id == field_id::database_id)
    out_.number(viewer_->id);
  else if (what.id == field_id::id)
    out_.text(base64_encode("user:" + std::to_string(viewer_->id)));
  else
    out_.text(viewer_->login);
}

void executor::write_settings(const field_plan& what) {
  if (what.id == field_id::id)
    out_.text(base64_encode("settings:general"));
  else if (what.id == field_id::title)
    out_.text("Emulated shop");
  else if (what.id == field_id::timezone)
    out_.text(local_date_text({}, on_.where.zone, true).substr(19));
  else
    out_.text(on_.where.url);
}

std::string executor::argument(const field_plan& of, std::string_view name,
                               std::string_view otherwise) {
  const auto* value = of.arguments.find(name);
  return value == nullptr || value->is_null() ? std::string(otherwise)
                                              : value->as_text().value_or("");
}

post_id executor::positive(std::string_view digits) {
  post_id id = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), id);
  return id;
}

std::string executor::spelled_id_type(const std::string& type) {
  std::string made = type == "ID" ? "global_id" : type;
  std::transform(made.begin(), made.end(), made.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return made;
}

post_id executor::resolve(const std::string& type, const std::string& id) const {
  if (type == "SKU")
    return on_.shop.by_sku(id);
  if (type == "SLUG") {
    const auto found = on_.shop.by_slug(id);
    return found != 0 ? found : on_.shop.by_slug(percent_encode(id, true));
  }
  if (type == "DATABASE_ID")
    return positive(id);
  const auto plain = base64_decode(id);
  const auto colon = plain ? plain->find(':') : std::string::npos;
  return colon == std::string::npos ? 0 : positive(std::string_view(*plain).substr(colon + 1));
}

void executor::write_single(field_plan& what, bool variation) {
  const auto type = argument(what, "idType", "ID");
  const auto given = argument(what, "id", "");
  const auto id = resolve(type, given);
  const std::string thing = variation ? "product variation" : "product";
  if (id == 0) {
    fail(what, "No " + thing + " ID was found corresponding to the " + spelled_id_type(type) +
                 ": " + given);
    return;
  }
  const auto* of = on_.shop.find(id);
  if (of == nullptr || of->is_variation() != variation)
    fail(what, "No " + thing + " exists with the " + spelled_id_type(type) + ": " + given);
  else if (!visible(*of, viewer_)) // no error at all
    out_.null();
  else
    write_item(what, *of);
}

const json_value& executor::where_of(const field_plan& what) {
  static const json_value none;
  const auto* where = what.arguments.find("where");
  return where == nullptr ? none : *where;
}

void executor::write_items_connection(field_plan& what) {
  const auto page = read_paging(what.arguments, on_.page_max);
  if (!page) {
    fail(what, "first must be a positive integer.");
    return;
  }
  const auto& where = where_of(what);
  const auto list =
    what.id == field_id::content_nodes
      ? list_content(lists_, where, *page)
      : list_products(lists_, where, *page, what.id == field_id::products_with_variations);
  write_connection(what, list);
}

void executor::write_connection(field_plan& what, const connection& list) {
  write_rows(
    what, list.nodes, list, [&](field_plan& at, const item* each) { write_item(at, *each); },
    [](const item* each) { return cursor_of(each->id); });
}

void executor::write_page_info(field_plan& what, const connection& list, const std::string& first,
                               const std::string& last) {
  write_object(what, what.type, [&](field_plan& each) {
    if (each.id == field_id::has_next_page)
      out_.boolean(list.has_next);
    else if (each.id == field_id::has_previous_page)
      out_.boolean(list.has_previous);
    else
      text_or_null(each.id == field_id::start_cursor ? first : last);
  });
}

void executor::write_categories(field_plan& what, const item* of) {
  const auto page = read_paging(what.arguments, on_.page_max);
  if (!page) {
    fail(what, "first must be a positive integer.");
    return;
  }
  std::vector<const category*> rows;
  const auto& all = on_.shop.categories();
  if (of != nullptr) {
    for (const auto index : of->categories)
      rows.push_back(&all[index]);
  } else {
    for (const auto& each : all)
      rows.push_back(&each);
  }
  const auto at = std::find_if(rows.begin(), rows.end(),
                               [&](const auto* each) { return each->id == page->after; });
  if (at != rows.end())
    rows.erase(rows.begin(), at + 1);
  connection list;
  list.has_previous = page->continued;
  list.has_next = rows.size() > page->first;
  rows.resize(std::min(rows.size(), page->first));
  write_rows(
    what, rows, list, [&](field_plan& row, const category* each) { write_category(row, *each); },
    [](const category* each) { return cursor_of(each->id); });
}

void executor::write_category(field_plan& what, const category& of) {
  write_object(what, "ProductCategory", [&](field_plan& each) {
    const auto path = "/product-category/" + percent_decode(of.slug, false) + "/";
    switch (each.id) {
    case field_id::database_id:
      out_.number(of.id);
      return;
    case field_id::id:
      out_.text(base64_encode("term:" + std::to_string(of.id)));
      return;
    case field_id::name:
      out_.text(of.name);
      return;
    case field_id::slug: // decoded, unlike a product's
      out_.text(percent_decode(of.slug, false));
      return;
    case field_id::link:
      out_.text(on_.where.url + path);
      return;
    case field_id::uri:
      out_.text(path);
      return;
    case field_id::count:
      out_.number(static_cast<std::uint64_t>(of.members.size()));
      return;
    case field_id::is_content_node:
    case field_id::is_term_node:
      out_.boolean(each.id == field_id::is_term_node);
      return;
    default:
      out_.null();
    }
  });
}

} // namespace ankkor::emulator::graphql

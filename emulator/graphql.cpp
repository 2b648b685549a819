// See graphql.hpp: the executor and the HTTP side of WPGraphQL.
#include "emulator/graphql.hpp"

#include "emulator/graphql_connections.hpp"
#include "emulator/graphql_language.hpp"
#include "emulator/graphql_validate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <unordered_map>

namespace ankkor::emulator {

namespace {

using namespace graphql; // NOLINT(google-build-using-namespace): the executor of that language

constexpr std::string_view extensions =
  R"({"debug":[{"type":"DEBUG_LOGS_INACTIVE","message":"GraphQL Debug logging is not active. To see debug logs, GRAPHQL_DEBUG must be enabled."}]})";
constexpr std::size_t batch_max = 10;

// Every field that is served, whatever its type: the schema says which type has which.
enum class field_id : std::uint8_t {
  unknown,
  type_name,
  attribute_id,
  attributes,
  backorders,
  backorders_allowed,
  button_text,
  catalog_visibility,
  content_nodes,
  content_type_name,
  count,
  cursor,
  database_id,
  date,
  date_gmt,
  description,
  edges,
  end_cursor,
  external_url,
  featured,
  found,
  general_settings,
  has_next_page,
  has_previous_page,
  home_url,
  id,
  is_content_node,
  is_term_node,
  label,
  link,
  low_stock_amount,
  manage_stock,
  menu_order,
  modified,
  modified_gmt,
  name,
  node,
  nodes,
  on_sale,
  page_info,
  parent,
  price,
  product,
  product_categories,
  product_variation,
  products,
  products_with_variations,
  purchasable,
  regular_price,
  reviews_allowed,
  sale_price,
  short_description,
  sku,
  slug,
  sold_individually,
  start_cursor,
  status,
  stock_quantity,
  stock_status,
  timezone,
  title,
  total_sales,
  type,
  uri,
  url,
  username,
  value,
  variations,
  viewer,
  is_virtual,
};

field_id identify(std::string_view name) {
  static const std::unordered_map<std::string_view, field_id> known{
    {"__typename", field_id::type_name},
    {"attributeId", field_id::attribute_id},
    {"attributes", field_id::attributes},
    {"backorders", field_id::backorders},
    {"backordersAllowed", field_id::backorders_allowed},
    {"buttonText", field_id::button_text},
    {"catalogVisibility", field_id::catalog_visibility},
    {"contentNodes", field_id::content_nodes},
    {"contentTypeName", field_id::content_type_name},
    {"count", field_id::count},
    {"cursor", field_id::cursor},
    {"databaseId", field_id::database_id},
    {"date", field_id::date},
    {"dateGmt", field_id::date_gmt},
    {"description", field_id::description},
    {"edges", field_id::edges},
    {"endCursor", field_id::end_cursor},
    {"externalUrl", field_id::external_url},
    {"featured", field_id::featured},
    {"found", field_id::found},
    {"generalSettings", field_id::general_settings},
    {"hasNextPage", field_id::has_next_page},
    {"hasPreviousPage", field_id::has_previous_page},
    {"homeUrl", field_id::home_url},
    {"id", field_id::id},
    {"isContentNode", field_id::is_content_node},
    {"isTermNode", field_id::is_term_node},
    {"label", field_id::label},
    {"link", field_id::link},
    {"lowStockAmount", field_id::low_stock_amount},
    {"manageStock", field_id::manage_stock},
    {"menuOrder", field_id::menu_order},
    {"modified", field_id::modified},
    {"modifiedGmt", field_id::modified_gmt},
    {"name", field_id::name},
    {"node", field_id::node},
    {"nodes", field_id::nodes},
    {"onSale", field_id::on_sale},
    {"pageInfo", field_id::page_info},
    {"parent", field_id::parent},
    {"price", field_id::price},
    {"product", field_id::product},
    {"productCategories", field_id::product_categories},
    {"productCategoryId", field_id::database_id},
    {"productId", field_id::database_id},
    {"productVariation", field_id::product_variation},
    {"productVariationId", field_id::database_id},
    {"products", field_id::products},
    {"productsWithVariations", field_id::products_with_variations},
    {"purchasable", field_id::purchasable},
    {"regularPrice", field_id::regular_price},
    {"reviewsAllowed", field_id::reviews_allowed},
    {"salePrice", field_id::sale_price},
    {"shortDescription", field_id::short_description},
    {"sku", field_id::sku},
    {"slug", field_id::slug},
    {"soldIndividually", field_id::sold_individually},
    {"startCursor", field_id::start_cursor},
    {"status", field_id::status},
    {"stockQuantity", field_id::stock_quantity},
    {"stockStatus", field_id::stock_status},
    {"timezone", field_id::timezone},
    {"title", field_id::title},
    {"totalSales", field_id::total_sales},
    {"type", field_id::type},
    {"uri", field_id::uri},
    {"url", field_id::url},
    {"username", field_id::username},
    {"value", field_id::value},
    {"variations", field_id::variations},
    {"viewer", field_id::viewer},
    {"virtual", field_id::is_virtual},
  };
  const auto found = known.find(name);
  return found == known.end() ? field_id::unknown : found->second;
}

// --- the plan: a selection as it applies to one concrete type, made once and used for each row
// ------------

struct object_plan;

struct field_plan {
  std::string_view key;
  field_id id = field_id::unknown;
  std::string_view type; // of its value, without wrappers
  json_value arguments;
  location where;
  std::vector<const selection*> below; // of all selections of this key
  std::vector<std::pair<const type_definition*, std::unique_ptr<object_plan>>> plans;
};

struct object_plan {
  const type_definition* type = nullptr;
  std::vector<field_plan> fields;
};

using path_step = std::variant<std::string_view, std::size_t>;

struct fault {
  std::string message;
  location where;
  std::vector<path_step> path;
};

std::string_view type_name_of(const item& of) {
  switch (of.type) {
  case kind::simple:
    return "SimpleProduct";
  case kind::variable:
    return "VariableProduct";
  case kind::variation:
    return "SimpleProductVariation";
  case kind::grouped:
    return "GroupProduct";
  case kind::external:
    break;
  }
  return "ExternalProduct";
}

std::string upper(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return made;
}

class executor {
public:
  executor(const graphql_context& on, const user* viewer, const document& what,
           const variables& with, moment now)
    : on_(on), viewer_(viewer), document_(what),
      variables_(with), lists_{on.shop, viewer, on.where.zone, now} {}

  void run(const operation& which) {
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

  [[nodiscard]] std::string data() { return out_.take(); }

  [[nodiscard]] const std::vector<fault>& faults() const { return faults_; }

private:
  // --- planning
  // ------------------------------------------------------------------------------------

  [[nodiscard]] bool skipped(const std::vector<directive>& directives) const {
    return std::any_of(directives.begin(), directives.end(), [&](const directive& each) {
      const auto* condition = each.arguments.empty() ? nullptr : &each.arguments.front();
      const auto value =
        condition == nullptr ? std::nullopt : evaluate(condition->value, variables_);
      const bool is = value && value->boolean() != nullptr && *value->boolean();
      return (each.name == "skip" && is) || (each.name == "include" && value && !is);
    });
  }

  void collect(object_plan& to, const std::vector<const selection*>& set) {
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

  void add_field(object_plan& to, const selection& what) {
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

  object_plan& plan(field_plan& of, std::string_view concrete) {
    for (auto& [type, made] : of.plans) {
      if (type->name == concrete)
        return *made;
    }
    auto made = std::make_unique<object_plan>();
    made->type = &served_schema().find(concrete)->second;
    collect(*made, of.below);
    return *of.plans.emplace_back(made->type, std::move(made)).second;
  }

  // --- writing
  // -------------------------------------------------------------------------------------

  void fail(const field_plan& at, std::string message) {
    faults_.push_back({std::move(message), at.where, path_});
    out_.null();
  }

  // One field: its key, then what `give` writes.
  template <class F>
  void write(const field_plan& what, F&& give) {
    out_.key(what.key);
    path_.emplace_back(what.key);
    if (what.id == field_id::unknown)
      fail(what, "Internal server error");
    else
      give();
    path_.pop_back();
  }

  // An object of that type whose fields `give(field)` writes.
  template <class F>
  void write_object(field_plan& of, std::string_view concrete, F&& give) {
    auto& fields = plan(of, concrete);
    out_.begin_object();
    for (auto& each : fields.fields) {
      write(each, [&] {
        if (each.id == field_id::type_name)
          out_.text(concrete);
        else
          give(each);
      });
    }
    out_.end_object();
  }

  template <class T, class F>
  void write_list(const std::vector<T>& of, F&& give) {
    out_.begin_array();
    for (std::size_t i = 0; i < of.size(); ++i) {
      path_.emplace_back(i);
      give(of[i]);
      path_.pop_back();
    }
    out_.end_array();
  }

  void text_or_null(std::string_view text) {
    if (text.empty())
      out_.null();
    else
      out_.text(text);
  }

  // --- the root
  // ------------------------------------------------------------------------------------

  void write_root(field_plan& what) {
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

  void write_user(const field_plan& what) {
    if (what.id == field_id::database_id)
      out_.number(viewer_->id);
    else if (what.id == field_id::id)
      out_.text(base64_encode("user:" + std::to_string(viewer_->id)));
    else
      out_.text(viewer_->login);
  }

  void write_settings(const field_plan& what) {
    if (what.id == field_id::id)
      out_.text(base64_encode("settings:general"));
    else if (what.id == field_id::title)
      out_.text("Emulated shop");
    else if (what.id == field_id::timezone)
      out_.text(local_date_text({}, on_.where.zone, true).substr(19));
    else
      out_.text(on_.where.url);
  }

  [[nodiscard]] static std::string argument(const field_plan& of, std::string_view name,
                                            std::string_view otherwise) {
    const auto* value = of.arguments.find(name);
    return value == nullptr || value->is_null() ? std::string(otherwise)
                                                : value->as_text().value_or("");
  }

  static post_id positive(std::string_view digits) {
    post_id id = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), id);
    return id;
  }

  // What product() and productVariation() name the ID types in their messages.
  static std::string spelled_id_type(const std::string& type) {
    std::string made = type == "ID" ? "global_id" : type;
    std::transform(made.begin(), made.end(), made.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return made;
  }

  [[nodiscard]] post_id resolve(const std::string& type, const std::string& id) const {
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

  void write_single(field_plan& what, bool variation) {
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

  // --- connections
  // -----------------------------------------------------------------------------------

  static const json_value& where_of(const field_plan& what) {
    static const json_value none;
    const auto* where = what.arguments.find("where");
    return where == nullptr ? none : *where;
  }

  void write_items_connection(field_plan& what) {
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

  void write_connection(field_plan& what, const connection& list) {
    write_rows(
      what, list.nodes, list, [&](field_plan& at, const item* each) { write_item(at, *each); },
      [](const item* each) { return cursor_of(each->id); });
  }

  // Any connection: `give` writes a node, `cursor` spells its cursor.
  template <class Row, class F, class C>
  void write_rows(field_plan& what, const std::vector<Row>& rows, const connection& list, F&& give,
                  C&& cursor) {
    write_object(what, what.type, [&](field_plan& each) {
      switch (each.id) {
      case field_id::nodes:
        write_list(rows, [&](const Row& row) { give(each, row); });
        return;
      case field_id::edges:
        write_list(rows, [&](const Row& row) {
          write_object(each, each.type, [&](field_plan& inside) {
            if (inside.id == field_id::node)
              give(inside, row);
            else
              out_.text(cursor(row));
          });
        });
        return;
      case field_id::found:
        if (list.found)
          out_.number(*list.found);
        else
          out_.null();
        return;
      default:
        write_page_info(each, list, rows.empty() ? std::string() : cursor(rows.front()),
                        rows.empty() ? std::string() : cursor(rows.back()));
      }
    });
  }

  void write_page_info(field_plan& what, const connection& list, const std::string& first,
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

  // A product's categories, or all.
  void write_categories(field_plan& what, const item* of) {
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

  void write_category(field_plan& what, const category& of) {
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

  // --- items
  // -----------------------------------------------------------------------------------------

  void write_item(field_plan& what, const item& of) {
    write_object(what, type_name_of(of), [&](field_plan& each) { write_item_field(each, of); });
  }

  void write_item_field(field_plan& what, const item& of) {
    if (write_stock_field(what, of) || write_date_field(what, of) || write_price_field(what, of) ||
        write_flag(what, of))
      return;
    switch (what.id) {
    case field_id::database_id:
      out_.number(of.id);
      return;
    case field_id::id:
      out_.text(base64_encode("post:" + std::to_string(of.id)));
      return;
    case field_id::slug:
      text_or_null(of.slug);
      return;
    case field_id::sku:
      text_or_null(on_.shop.shown_sku(of));
      return;
    case field_id::name:
    case field_id::title:
      out_.text(on_.shop.shown_name(of));
      return;
    case field_id::type:
      out_.text(upper(to_string(of.type)));
      return;
    case field_id::status:
      out_.text(to_string(of.status));
      return;
    case field_id::content_type_name:
      out_.text(of.is_variation() ? "product_variation" : "product");
      return;
    case field_id::link:
      out_.text(percent_decode(permalink(on_.shop, on_.where, of), false));
      return;
    case field_id::uri:
      out_.text(
        percent_decode(permalink(on_.shop, on_.where, of), false).substr(on_.where.url.size()));
      return;
    case field_id::catalog_visibility:
      if (viewer_ != nullptr && viewer_->manages())
        out_.text(of.in_catalog ? "VISIBLE" : "HIDDEN");
      else
        out_.null();
      return;
    case field_id::menu_order:
      out_.number(std::int64_t{0});
      return;
    case field_id::total_sales:
      out_.number(of.total_sales);
      return;
    default:
      write_related_field(what, of);
    }
  }

  void write_related_field(field_plan& what, const item& of) {
    switch (what.id) {
    case field_id::product_categories:
      write_categories(what, &of);
      return;
    case field_id::variations: {
      const auto page = read_paging(what.arguments, on_.page_max);
      if (page)
        write_connection(what, list_variations(lists_, of, where_of(what), *page));
      else
        fail(what, "first must be a positive integer.");
      return;
    }
    case field_id::parent:
      write_parent(what, of);
      return;
    case field_id::attributes:
      write_attributes(what, of);
      return;
    case field_id::description:
      text_or_null(of.more ? of.more->description : "");
      return;
    case field_id::short_description:
      text_or_null(of.more ? of.more->short_description : "");
      return;
    case field_id::external_url:
      text_or_null(of.more ? of.more->external_url : "");
      return;
    case field_id::button_text:
      text_or_null(of.more ? of.more->button_text : "");
      return;
    default:
      out_.null();
    }
  }

  void write_parent(field_plan& what, const item& of) {
    const auto* parent = on_.shop.find(of.parent);
    if (parent == nullptr || !visible(*parent, viewer_)) {
      out_.null();
      return;
    }
    write_object(what, what.type, [&](field_plan& each) {
      if (each.id == field_id::node)
        write_item(each, *parent);
      else
        out_.text(cursor_of(parent->id));
    });
  }

  void write_attributes(field_plan& what, const item& of) {
    const auto* parent = on_.shop.find(of.parent);
    const std::string label =
      parent != nullptr && parent->more ? parent->more->attribute : "Option";
    connection list;
    write_rows(
      what, std::vector{&of}, list,
      [&](field_plan& row, const item* each) {
        write_object(row, "VariationAttribute", [&](field_plan& inside) {
          if (inside.id == field_id::name)
            out_.text(slug_of(label));
          else if (inside.id == field_id::label)
            out_.text(label);
          else if (inside.id == field_id::value)
            out_.text(each->option);
          else if (inside.id == field_id::attribute_id)
            out_.number(std::int64_t{0});
          else
            out_.text(base64_encode(std::to_string(each->id) + "||" + slug_of(label) + "||" +
                                    each->option));
        });
      },
      [](const item* each) { return cursor_of(each->id); });
  }

  bool write_stock_field(const field_plan& what, const item& of) {
    switch (what.id) {
    case field_id::stock_quantity: {
      const auto stock = on_.shop.shown_stock(of);
      if (stock.quantity && *stock.quantity != 0) // zero reads as null
        out_.number(*stock.quantity);
      else
        out_.null();
      return true;
    }
    case field_id::stock_status:
      out_.text(stock_name(on_.shop.shown_stock(of).state));
      return true;
    case field_id::manage_stock: {
      const auto by = on_.shop.shown_stock(of).managed;
      if (by == managed_by::nobody) // FALSE is never seen
        out_.null();
      else
        out_.text(by == managed_by::itself ? "TRUE" : "PARENT");
      return true;
    }
    case field_id::low_stock_amount:
      if (of.low_stock && *of.low_stock != 0)
        out_.number(*of.low_stock);
      else
        out_.null();
      return true;
    case field_id::backorders:
      out_.text(upper(to_string(on_.shop.shown_stock(of).backorders)));
      return true;
    case field_id::backorders_allowed:
      out_.boolean(on_.shop.shown_stock(of).backorders != backorder_policy::no);
      return true;
    default:
      return false;
    }
  }

  static std::string_view stock_name(stock_state state) {
    return state == stock_state::in_stock       ? "IN_STOCK"
           : state == stock_state::on_backorder ? "ON_BACKORDER"
                                                : "OUT_OF_STOCK";
  }

  bool write_date_field(const field_plan& what, const item& of) {
    switch (what.id) {
    case field_id::date:
      out_.text(local_date_text(of.created, on_.where.zone, true));
      return true;
    case field_id::date_gmt:
      out_.text(date_text(of.created));
      return true;
    case field_id::modified:
      out_.text(local_date_text(of.modified, on_.where.zone, true));
      return true;
    case field_id::modified_gmt:
      out_.text(date_text(of.modified));
      return true;
    default:
      return false;
    }
  }

  [[nodiscard]] std::string range_text(const std::vector<std::int64_t>& prices) const {
    if (prices.empty())
      return {};
    const auto low = on_.where.currency_symbol + money(prices.front(), true);
    return prices.front() == prices.back()
             ? low
             : low + " - " + on_.where.currency_symbol + money(prices.back(), true);
  }

  // RAW: "13", and for a variable product all of them, "10.00, 11.00"; else with the currency, as a
  // range.
  [[nodiscard]] std::string price_text(const field_plan& what, const item& of) const {
    const bool raw = argument(what, "format", "FORMATTED") == "RAW";
    const auto& symbol = on_.where.currency_symbol;
    if (of.type == kind::grouped) // its members' range, with the currency even if asked for RAW
      return what.id == field_id::price ? range_text(on_.shop.member_prices(of)) : std::string();
    if (of.type == kind::variable) {
      if (what.id == field_id::sale_price)
        return {};
      const auto prices = on_.shop.variation_prices(of, what.id == field_id::regular_price);
      std::string list;
      for (const auto each : prices)
        list += (list.empty() ? "" : ", ") + money(each, false);
      if (raw || prices.empty())
        return list;
      return range_text(prices);
    }
    const auto& price = what.id == field_id::price           ? of.own_price()
                        : what.id == field_id::regular_price ? of.regular_price
                                                             : of.sale_price;
    const auto value = cents(price);
    return raw || !value ? price : symbol + money(*value, true);
  }

  bool write_price_field(const field_plan& what, const item& of) {
    if (what.id != field_id::price && what.id != field_id::regular_price &&
        what.id != field_id::sale_price)
      return false;
    text_or_null(price_text(what, of));
    return true;
  }

  bool write_flag(const field_plan& what, const item& of) {
    switch (what.id) {
    case field_id::featured:
    case field_id::is_term_node:
    case field_id::sold_individually:
      out_.boolean(false);
      return true;
    case field_id::is_content_node:
      out_.boolean(true);
      return true;
    case field_id::on_sale:
      out_.boolean(of.type != kind::variable && !of.sale_price.empty());
      return true;
    case field_id::purchasable:
      out_.boolean(!on_.shop.price(of).empty() && of.type != kind::grouped &&
                   of.type != kind::external);
      return true;
    case field_id::reviews_allowed:
      out_.boolean(of.reviews_allowed);
      return true;
    case field_id::is_virtual:
      out_.boolean(of.is_virtual);
      return true;
    default:
      return false;
    }
  }

  const graphql_context& on_;
  const user* viewer_;
  const document& document_;
  const variables& variables_;
  list_context lists_;
  json_writer out_;
  std::vector<fault> faults_;
  std::vector<path_step> path_;
};

// --- answers
// -------------------------------------------------------------------------------------------

void write_location(json_writer& to, const location& where) {
  to.key("locations").begin_array().begin_object().number("line", std::uint64_t{where.line});
  to.number("column", std::uint64_t{where.column}).end_object().end_array();
}

std::string refusal(const std::vector<problem>& problems, bool with_extensions) {
  json_writer body;
  body.begin_object().key("errors").begin_array();
  for (const auto& each : problems) {
    body.begin_object().text("message", each.message);
    if (each.where)
      write_location(body, *each.where);
    body.end_object();
  }
  body.end_array();
  if (with_extensions)
    body.key("extensions").raw(extensions);
  return body.end_object().take();
}

std::string filled(executor& from) {
  json_writer body;
  auto data = from.data();
  body.reserve(data.size() + 512);
  body.begin_object();
  if (!from.faults().empty()) {
    body.key("errors").begin_array();
    for (const auto& each : from.faults()) {
      body.begin_object().text("message", each.message);
      write_location(body, each.where);
      body.key("path").begin_array();
      for (const auto& step : each.path) {
        if (const auto* index = std::get_if<std::size_t>(&step))
          body.number(std::uint64_t{*index});
        else
          body.text(std::get<std::string_view>(step));
      }
      body.end_array().end_object();
    }
    body.end_array();
  }
  return body.key("data").raw(data).key("extensions").raw(extensions).end_object().take();
}

// The first __schema or __type: introspection is not for everybody.
const selection* introspection(const std::vector<selection>& set) {
  for (const auto& each : set) {
    if (each.name == "__schema" || each.name == "__type")
      return &each;
    if (const auto* below = introspection(each.selections))
      return below;
  }
  return nullptr;
}

const operation* choose(const document& from, const json_value& request) {
  const auto* wanted = request.find("operationName");
  if (wanted == nullptr || wanted->string() == nullptr || wanted->string()->empty())
    return from.operations.size() == 1 ? &from.operations.front() : nullptr;
  const auto found = std::find_if(from.operations.begin(), from.operations.end(),
                                  [&](const auto& each) { return each.name == *wanted->string(); });
  return found == from.operations.end() ? nullptr : &*found;
}

http_answer answer(const graphql_context& on, unsigned status, std::string body) {
  const auto host = on.where.url.substr(on.where.url.find("://") + 3);
  http_answer made;
  made.status = status;
  made.body = std::move(body);
  made.fields = {
    {"Content-Type", "application/json; charset=UTF-8"},
    {"X-Powered-By", "PHP/8.2.36"},
    {"Access-Control-Allow-Origin", "*"},
    {"Access-Control-Allow-Headers", "Authorization, Content-Type, woocommerce-session"},
    {"Access-Control-Max-Age", "600"},
    {"X-Robots-Tag", "noindex"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-GraphQL-URL", host + "/graphql"},
    {"Access-Control-Expose-Headers", "woocommerce-session"},
    {"woocommerce-session", "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJkYXRhIjp7fX0.emulated"}};
  return made;
}

std::string plain_refusal(std::string_view message) {
  return refusal({{std::string(message), std::nullopt}}, false);
}

http_answer answer_batch(const graphql_context& on, const user* viewer,
                         const json_value::array& all, moment now) {
  if (all.size() > batch_max)
    return answer(
      on, 500,
      plain_refusal("Batch requests are limited to 10 operations. This request contained " +
                    std::to_string(all.size())));
  std::string body = "[";
  unsigned status = 200;
  for (const auto& each : all) {
    unsigned own = 200;
    body += (body.size() > 1 ? "," : "") + execute_graphql(on, viewer, each, now, own);
    status = std::max(status, own);
  }
  return answer(on, status, body + "]");
}

// Parsed and validated documents by their text: a client sends the same few over and over.
class known_documents {
public:
  struct entry {
    parsed content;
    std::map<const operation*, std::vector<problem>> problems;

    const std::vector<problem>& problems_of(const operation& which) {
      const auto [place, is_new] = problems.try_emplace(&which);
      if (is_new)
        place->second = validate(served_schema(), std::get<document>(content), which);
      return place->second;
    }
  };

  static known_documents& of_this_thread() {
    thread_local known_documents known;
    return known;
  }

  // Good until the next call.
  entry& read(const std::string& text) {
    constexpr std::size_t kept_max = 64;
    if (const auto found = entries_.find(text); found != entries_.end())
      return found->second;
    if (entries_.size() == kept_max)
      entries_.clear();
    return entries_.emplace(text, entry{parse_document(text), {}}).first->second;
  }

private:
  std::unordered_map<std::string, entry> entries_;
};

json_value request_of_query(const http_question& request) {
  json_value::object made;
  for (const auto& [name, value] : parse_query(request.query)) {
    if (name == "query" || name == "operationName")
      made.emplace_back(name, json_value(value));
    else if (name == "variables")
      made.emplace_back(name, parse_json(value).value_or(json_value()));
  }
  return json_value(std::move(made));
}

} // namespace

bool is_graphql(const http_question& request) {
  return request.path == "/graphql" || request.path == "/graphql/" ||
         find_field(parse_query(request.query), "graphql") != nullptr;
}

std::string execute_graphql(const graphql_context& on, const user* viewer,
                            const json_value& request, moment now, unsigned& status) {
  status = 200;
  const auto* text = request.find("query");
  if (text == nullptr || text->string() == nullptr || text->string()->empty())
    return refusal({{"GraphQL Request must include at least one of those two parameters: \"query\" "
                     "or \"queryId\"",
                     {}}},
                   true);
  auto& known = known_documents::of_this_thread().read(*text->string());
  if (const auto* wrong = std::get_if<problem>(&known.content)) {
    status = 500;
    return refusal({*wrong}, false);
  }
  const auto& what = std::get<document>(known.content);
  const auto* which = choose(what, request);
  if (which == nullptr)
    return refusal({{"Failed to determine operation type", {}}}, true);
  const auto* curious = introspection(which->selections);
  if (curious != nullptr && (viewer == nullptr || !viewer->manages()))
    return refusal(
      {{"The query contained __schema or __type, however GraphQL introspection is not allowed for "
        "public "
        "requests by default. Public introspection can be enabled under the WPGraphQL Settings.",
        curious->where}},
      true);
  if (const auto& problems = known.problems_of(*which); !problems.empty())
    return refusal(problems, true);
  static const json_value no_variables;
  const auto* given = request.find("variables");
  const auto with =
    coerce_variables(served_schema(), *which, given == nullptr ? no_variables : *given);
  if (!with.problems.empty())
    return refusal(with.problems, true);
  executor runs(on, viewer, what, with, now);
  runs.run(*which);
  return filled(runs);
}

http_answer answer_graphql(const graphql_context& on, const http_question& request, moment now) {
  const auto* viewer = find_user(on.access, request);
  if (!request.nonce.empty() &&
      request.cookie.find("wordpress_logged_in") != std::string_view::npos)
    return answer(on, 403, plain_refusal("Cookie nonce is invalid")); // no nonce is ever valid here
  json_value given;
  if (request.method == "POST") {
    if (request.content_type.substr(0, request.content_type.find(';')) != "application/json")
      return answer(
        on, 415,
        plain_refusal(
          "HTTP POST requests must have Content-Type: application/json header. Received: " +
          std::string(request.content_type)));
    auto body = parse_json(request.body);
    if (!body || (body->members() == nullptr && body->items() == nullptr))
      return answer(
        on, 500,
        plain_refusal(
          "Expected JSON object or array for \"application/json\" request, but failed to parse "
          "because: Syntax error"));
    given = std::move(*body);
  } else {
    given = request_of_query(request);
  }
  if (const auto* batch = given.items())
    return answer_batch(on, viewer, *batch, now);
  unsigned status = 200;
  auto body = execute_graphql(on, viewer, given, now, status);
  return answer(on, status, std::move(body));
}

} // namespace ankkor::emulator

// Runs one operation over the catalog. For the sources of this folder alone.
#pragma once

#include "emulator/graphql.hpp"
#include "emulator/graphql_connections.hpp"
#include "emulator/graphql_fields.hpp"
#include "emulator/graphql_language.hpp"
#include "emulator/graphql_validate.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ankkor::emulator::graphql {

// --- the plan: a selection as it applies to one concrete type, made once and used for each row ---

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

class executor {
public:
  executor(const graphql_context& on, const user* viewer, const document& what,
           const variables& with, moment now)
    : on_(on), viewer_(viewer), document_(what),
      variables_(with), lists_{on.shop, viewer, on.where.zone, now} {}

  void run(const operation& which);

  [[nodiscard]] std::string data() { return out_.take(); }

  [[nodiscard]] const std::vector<fault>& faults() const { return faults_; }

private:
  // --- planning ----------------------------------------------------------------------------------

  [[nodiscard]] bool skipped(const std::vector<directive>& directives) const;

  void collect(object_plan& to, const std::vector<const selection*>& set);

  void add_field(object_plan& to, const selection& what);

  object_plan& plan(field_plan& of, std::string_view concrete);

  // --- writing -----------------------------------------------------------------------------------

  void fail(const field_plan& at, std::string message);

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

  void text_or_null(std::string_view text);

  // --- the root ----------------------------------------------------------------------------------

  void write_root(field_plan& what);

  void write_user(const field_plan& what);

  void write_settings(const field_plan& what);

  [[nodiscard]] static std::string argument(const field_plan& of, std::string_view name,
                                            std::string_view otherwise);

  static post_id positive(std::string_view digits);

  // What product() and productVariation() name the ID types in their messages.
  static std::string spelled_id_type(const std::string& type);

  [[nodiscard]] post_id resolve(const std::string& type, const std::string& id) const;

  void write_single(field_plan& what, bool variation);

  // --- connections -------------------------------------------------------------------------------

  static const json_value& where_of(const field_plan& what);

  void write_items_connection(field_plan& what);

  void write_connection(field_plan& what, const connection& list);

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
                       const std::string& last);

  // A product's categories, or all.
  void write_categories(field_plan& what, const item* of);

  void write_category(field_plan& what, const category& of);

  // --- items -------------------------------------------------------------------------------------

  void write_item(field_plan& what, const item& of);

  void write_item_field(field_plan& what, const item& of);

  void write_related_field(field_plan& what, const item& of);

  void write_parent(field_plan& what, const item& of);

  void write_attributes(field_plan& what, const item& of);

  bool write_stock_field(const field_plan& what, const item& of);

  bool write_date_field(const field_plan& what, const item& of);

  [[nodiscard]] std::string range_text(const std::vector<std::int64_t>& prices) const;

  // RAW: "13", and for a variable product all of them, "10.00, 11.00"; else with the currency, as a
  // range.
  [[nodiscard]] std::string price_text(const field_plan& what, const item& of) const;

  bool write_price_field(const field_plan& what, const item& of);

  bool write_flag(const field_plan& what, const item& of);

  const graphql_context& on_;
  const user* viewer_;
  const document& document_;
  const variables& variables_;
  list_context lists_;
  json_writer out_;
  std::vector<fault> faults_;
  std::vector<path_step> path_;
};

} // namespace ankkor::emulator::graphql

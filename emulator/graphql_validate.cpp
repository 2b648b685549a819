// See graphql_validate.hpp. Spec section 5; what no client of a shop's stock can get wrong is left
// out (overlapping fields that differ, fragments that can't apply, directives' arguments).
#include "emulator/graphql_validate.hpp"

#include "emulator/graphql_words.hpp"

#include <algorithm>
#include <set>

namespace ankkor::emulator::graphql {

namespace {

class validator {
public:
  validator(const schema& of, const document& what, const operation& which)
    : schema_(of), document_(what), operation_(which) {}

  std::vector<problem> run() {
    const auto root = schema_.find(operation_.kind == "query" ? "RootQuery" : "RootMutation");
    if (root == schema_.end()) {
      report("Schema is not configured to execute " + operation_.kind + " operation.",
             operation_.where);
      return std::move(problems_);
    }
    for (const auto& each : operation_.variables) {
      const auto base = base_type(each.type);
      if (schema_.find(base) == schema_.end() && !scalar(base))
        report("Unknown type \"" + std::string(base) + "\".", each.where);
    }
    check(operation_.selections, root->second);
    return std::move(problems_);
  }

private:
  static bool scalar(std::string_view type) {
    return type == "Int" || type == "Float" || type == "String" || type == "Boolean" ||
           type == "ID";
  }

  void report(std::string message, location where) {
    problems_.push_back({std::move(message), where});
  }

  void check(const std::vector<selection>& set, const type_definition& type) {
    for (const auto& each : set) {
      if (each.is == selection::form::field)
        check_field(each, type);
      else if (each.is == selection::form::spread)
        check_spread(each);
      else
        check_condition(each.on.empty() ? std::string_view(type.name) : each.on, each.selections,
                        each.where);
    }
  }

  void check_condition(std::string_view on, const std::vector<selection>& set, location where) {
    const auto type = schema_.find(on);
    if (type == schema_.end())
      report("Unknown type \"" + std::string(on) + "\".", where);
    else if (!type->second.composite())
      report("Fragment cannot condition on non composite type \"" + std::string(on) + "\".", where);
    else
      check(set, type->second);
  }

  void check_spread(const selection& what) {
    const auto found = document_.fragments.find(what.name);
    if (found == document_.fragments.end()) {
      report("Unknown fragment \"" + what.name + "\".", what.where);
      return;
    }
    if (!open_.insert(what.name).second) {
      report("Cannot spread fragment \"" + what.name + "\" within itself.", what.where);
      return;
    }
    if (checked_.insert(what.name).second)
      check_condition(found->second.on, found->second.selections, found->second.where);
    open_.erase(what.name);
  }

  [[nodiscard]] std::string suggestion(const selection& what, const type_definition& type) const {
    std::vector<std::string> having; // types below it that have the field
    for (const auto& [name, each] : schema_) {
      if (type.is == type_definition::form::interface && each.name != type.name &&
          is_a(each, type.name) && each.field(what.name) != nullptr)
        having.push_back(name);
    }
    if (!having.empty()) {
      having.resize(std::min<std::size_t>(having.size(), 5));
      std::string list;
      for (const auto& each : having)
        list += (list.empty() ? "\"" : ", \"") + each + "\"";
      return " Did you mean to use an inline fragment on " + list + "?";
    }
    std::vector<std::string> names;
    for (const auto& each : type.fields)
      names.push_back(each.name);
    return did_you_mean(what.name, names);
  }

  void check_field(const selection& what, const type_definition& type) {
    if (what.name == "__typename")
      return;
    const auto* field = type.field(what.name);
    if (field == nullptr) {
      report("Cannot query field \"" + what.name + "\" on type \"" + type.name + "\"." +
               suggestion(what, type),
             what.where);
      return;
    }
    check_arguments(what, type, *field);
    const auto below = schema_.find(base_type(field->type));
    const bool composite = below != schema_.end() && below->second.composite();
    if (composite && what.selections.empty())
      report("Field \"" + what.name + "\" of type \"" + field->type +
               "\" must have a selection of subfields. Did you mean \"" + what.name + " { ... }\"?",
             what.where);
    else if (!composite && !what.selections.empty())
      report("Field \"" + what.name + "\" must not have a selection since type \"" + field->type +
               "\" has no subfields.",
             what.where);
    else if (composite)
      check(what.selections, below->second);
  }

  void check_arguments(const selection& what, const type_definition& type,
                       const field_definition& field) {
    for (const auto& given : what.arguments) {
      const auto known = std::find_if(field.arguments.begin(), field.arguments.end(),
                                      [&](const auto& each) { return each.name == given.name; });
      if (known != field.arguments.end()) {
        check_value(given.value, known->type);
        continue;
      }
      std::vector<std::string> names;
      for (const auto& each : field.arguments)
        names.push_back(each.name);
      report("Unknown argument \"" + given.name + "\" on field \"" + field.name + "\" of type \"" +
               type.name + "\"." + did_you_mean(given.name, names),
             given.where);
    }
    for (const auto& each : field.arguments) {
      const bool there = std::any_of(what.arguments.begin(), what.arguments.end(),
                                     [&](const auto& given) { return given.name == each.name; });
      if (required(each.type) && !there)
        report("Field \"" + field.name + "\" argument \"" + each.name + "\" of type \"" +
                 each.type + "\" is required but not provided.",
               what.where);
    }
  }

  void check_variable(const literal& what, std::string_view type) {
    const auto declared = std::find_if(operation_.variables.begin(), operation_.variables.end(),
                                       [&](const auto& each) { return each.name == what.text; });
    if (declared == operation_.variables.end()) {
      report("Variable \"$" + what.text + "\" is not defined" +
               (operation_.name.empty() ? "." : " by operation \"" + operation_.name + "\"."),
             what.where);
      return;
    }
    const auto& own = declared->type;
    const bool fits = own == type || nullable(own) == type ||
                      (own == nullable(type) && declared->otherwise) ||
                      (type.front() == '[' && base_type(own) == base_type(type) &&
                       own.front() == '[' && required(type) <= required(own));
    if (!fits)
      report("Variable \"$" + what.text + "\" of type \"" + own +
               "\" used in position expecting type \"" + std::string(type) + "\".",
             what.where);
  }

  void check_value(const literal& what, std::string_view type) {
    if (what.is == literal::form::variable) {
      check_variable(what, type);
      return;
    }
    if (what.is == literal::form::null) {
      if (required(type))
        report("Expected value of type \"" + std::string(type) + "\", found null.", what.where);
      return;
    }
    type = nullable(type);
    if (type.front() == '[') {
      const auto inner = type.substr(1, type.size() - 2);
      if (what.is != literal::form::list) {
        check_value(what, inner);
        return;
      }
      for (const auto& each : what.items)
        check_value(each, inner);
      return;
    }
    const auto named = schema_.find(type);
    if (named == schema_.end())
      check_scalar(what, type);
    else if (named->second.is == type_definition::form::enumeration)
      check_enum(what, named->second);
    else
      check_object(what, named->second);
  }

  void check_enum(const literal& what, const type_definition& type) {
    if (what.is != literal::form::enumeration)
      report("Enum \"" + type.name + "\" cannot represent non-enum value: " + spelled(what) + ".",
             what.where);
    else if (std::find(type.values.begin(), type.values.end(), what.text) == type.values.end())
      report("Value \"" + what.text + "\" does not exist in \"" + type.name + "\" enum." +
               did_you_mean(what.text, type.values, "the enum value "),
             what.where);
  }

  void check_object(const literal& what, const type_definition& type) {
    if (what.is != literal::form::object) {
      report("Expected value of type \"" + type.name + "\", found " + spelled(what) + ".",
             what.where);
      return;
    }
    for (std::size_t i = 0; i < what.items.size(); ++i) {
      const auto& name = what.names[i];
      const auto& value = what.items[i];
      if (const auto* field = type.field(name)) {
        check_value(value, field->type);
        continue;
      }
      std::vector<std::string> names;
      for (const auto& each : type.fields)
        names.push_back(each.name);
      // The recorded place is that of the field's name, one token before its value.
      auto where = value.where;
      where.column -= std::min(where.column - 1, name.size() + 1);
      report("Field \"" + name + "\" is not defined by type \"" + type.name + "\"." +
               did_you_mean(name, names),
             where);
    }
    for (const auto& field : type.fields) {
      const bool there =
        std::find(what.names.begin(), what.names.end(), field.name) != what.names.end();
      if (required(field.type) && !there)
        report("Field " + type.name + "." + field.name + " of required type " + field.type +
                 " was not provided.",
               what.where);
    }
  }

  void check_scalar(const literal& what, std::string_view type) {
    using form = literal::form;
    if (type == "Int" && what.is != form::integer)
      report("Int cannot represent non-integer value: " + spelled(what), what.where);
    else if (type == "Float" && what.is != form::integer && what.is != form::real)
      report("Float cannot represent non numeric value: " + spelled(what), what.where);
    else if (type == "String" && what.is != form::text)
      report("String cannot represent a non string value: " + spelled(what), what.where);
    else if (type == "Boolean" && what.is != form::boolean)
      report("Boolean cannot represent a non boolean value: " + spelled(what), what.where);
    else if (type == "ID" && what.is != form::text && what.is != form::integer)
      report("ID cannot represent a non-string and non-integer value: " + spelled(what),
             what.where);
  }

  static std::string spelled(const literal& what) {
    switch (what.is) {
    case literal::form::text:
      return "\"" + what.text + "\"";
    case literal::form::list:
      return "[…]";
    case literal::form::object:
      return "{…}";
    default:
      return what.text;
    }
  }

  const schema& schema_;
  const document& document_;
  const operation& operation_;
  std::vector<problem> problems_;
  std::set<std::string> open_;
  std::set<std::string> checked_;
};

} // namespace

std::vector<problem> validate(const schema& of, const document& what, const operation& which) {
  return validator(of, what, which).run();
}

} // namespace ankkor::emulator::graphql

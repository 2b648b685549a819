// A request's variables, as their types want them. See graphql_validate.hpp.
#include "emulator/graphql_validate.hpp"
#include "emulator/graphql_words.hpp"

#include <algorithm>
#include <numeric>

namespace ankkor::emulator::graphql {

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

// Whether a JSON value fits, and how it reads then. Paths as webonyx gives them: at "w.include[0]".
class coercer {
public:
  explicit coercer(const schema& of) : schema_(of) {}

  std::optional<std::string> fault; // the first

  json_value coerce(const json_value& given, std::string_view type, const std::string& path) {
    if (given.is_null()) {
      if (required(type))
        fail(path, "Expected non-nullable type \"" + std::string(type) + "\" not to be null.");
      return {};
    }
    type = nullable(type);
    if (type.front() == '[')
      return coerce_list(given, type.substr(1, type.size() - 2), path);
    const auto named = schema_.find(type);
    if (named == schema_.end())
      return coerce_scalar(given, type, path);
    return named->second.is == type_definition::form::enumeration
             ? coerce_enum(given, named->second, path)
             : coerce_object(given, named->second, path);
  }

  std::string fault_path;

private:
  void fail(const std::string& path, std::string why) {
    if (fault)
      return;
    fault = std::move(why);
    fault_path = path;
  }

  json_value coerce_list(const json_value& given, std::string_view inner, const std::string& path) {
    json_value::array made;
    if (const auto* items = given.items()) {
      for (std::size_t i = 0; i < items->size(); ++i)
        made.push_back(coerce((*items)[i], inner, path + "[" + std::to_string(i) + "]"));
    } else {
      made.push_back(coerce(given, inner, path)); // one value stands for a list of it
    }
    return json_value(std::move(made));
  }

  json_value coerce_enum(const json_value& given, const type_definition& type,
                         const std::string& path) {
    const auto* name = given.string();
    if (name == nullptr)
      fail(path,
           "Enum \"" + type.name + "\" cannot represent non-string value: " + shown(given) + ".");
    else if (std::find(type.values.begin(), type.values.end(), *name) == type.values.end())
      fail(path, "Value \"" + *name + "\" does not exist in \"" + type.name + "\" enum." +
                   did_you_mean(*name, type.values, "the enum value "));
    return given;
  }

  json_value coerce_object(const json_value& given, const type_definition& type,
                           const std::string& path) {
    json_value::object made;
    if (given.members() == nullptr) {
      fail(path, "Expected type \"" + type.name + "\" to be an object.");
      return {};
    }
    for (const auto& [name, value] : *given.members()) {
      const auto* field = type.field(name);
      if (field == nullptr) {
        std::vector<std::string> names;
        for (const auto& each : type.fields)
          names.push_back(each.name);
        auto why = "Field \"" + name + "\" is not defined by type \"" + type.name + "\".";
        why += did_you_mean(name, names);
        fail(path, std::move(why));
        continue;
      }
      auto below = path;
      below.append(".").append(name);
      made.emplace_back(name, coerce(value, field->type, below));
    }
    for (const auto& field : type.fields) {
      if (required(field.type) && given.find(field.name) == nullptr)
        fail(path, "Field \"" + field.name + "\" of required type \"" + field.type +
                     "\" was not provided.");
    }
    return json_value(std::move(made));
  }

  json_value coerce_scalar(const json_value& given, std::string_view type,
                           const std::string& path) {
    if (type == "Int" && given.integer() == nullptr)
      fail(path, "Int cannot represent non-integer value: " + shown(given));
    else if (type == "Boolean" && given.boolean() == nullptr)
      fail(path, "Boolean cannot represent a non boolean value: " + shown(given));
    else if (type == "Float" && given.integer() == nullptr && given.real() == nullptr)
      fail(path, "Float cannot represent non numeric value: " + shown(given));
    else if (type == "String" && given.string() == nullptr)
      fail(path, "String cannot represent a non string value: " + shown(given));
    else if (type == "ID") {
      if (given.string() == nullptr && given.integer() == nullptr)
        fail(path, "ID cannot represent a non-string and non-integer value: " + shown(given));
      return json_value(given.as_text().value_or(""));
    }
    return given;
  }

  const schema& schema_;
};

} // namespace

std::string did_you_mean(std::string_view input, const std::vector<std::string>& options,
                         std::string_view what) {
  std::vector<std::pair<std::size_t, std::string>> near;
  const double threshold = static_cast<double>(input.size()) * 0.4 + 1;
  for (const auto& each : options) {
    const auto distance = edit_distance(input, each);
    if (static_cast<double>(distance) <= threshold)
      near.emplace_back(distance, each);
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  near.resize(std::min<std::size_t>(near.size(), 5));
  if (near.empty())
    return {};
  std::string list;
  for (std::size_t i = 0; i < near.size(); ++i) {
    if (i > 0)
      list += i + 1 < near.size() ? ", " : near.size() > 2 ? ", or " : " or ";
    list += "\"" + near[i].second + "\"";
  }
  return " Did you mean " + std::string(what) + list + "?";
}

std::string shown(const json_value& what) {
  json_writer text;
  text.value(what);
  return text.take();
}

bool required(std::string_view type) {
  return !type.empty() && type.back() == '!';
}

std::string_view nullable(std::string_view type) {
  return required(type) ? type.substr(0, type.size() - 1) : type;
}

variables coerce_variables(const schema& of, const operation& which, const json_value& given) {
  variables made;
  for (const auto& each : which.variables) {
    const auto* value = given.find(each.name);
    if (value == nullptr) {
      if (each.otherwise)
        made.values[each.name] = evaluate(*each.otherwise, made).value_or(json_value());
      else if (required(each.type))
        made.problems.push_back({"Variable \"$" + each.name + "\" of required type \"" + each.type +
                                   "\" was not provided.",
                                 each.where});
      continue;
    }
    if (value->is_null() && required(each.type)) {
      made.problems.push_back(
        {"Variable \"$" + each.name + "\" of non-null type \"" + each.type + "\" must not be null.",
         each.where});
      continue;
    }
    coercer with(of);
    made.values[each.name] = with.coerce(*value, each.type, each.name);
    if (!with.fault)
      continue;
    const auto at =
      with.fault_path == each.name ? std::string() : " at \"" + with.fault_path + "\"";
    made.problems.push_back({"Variable \"$" + each.name + "\" got invalid value " + shown(*value) +
                               at + "; " + *with.fault,
                             each.where});
  }
  return made;
}

std::optional<json_value> evaluate(const literal& what, const variables& with) {
  switch (what.is) {
  case literal::form::null:
    return json_value();
  case literal::form::boolean:
    return json_value(what.text == "true");
  case literal::form::integer:
  case literal::form::real:
    if (auto number = parse_json(what.text))
      return number;
    return json_value();
  case literal::form::text:
  case literal::form::enumeration:
    return json_value(what.text);
  case literal::form::list: {
    json_value::array items;
    for (const auto& each : what.items)
      items.push_back(evaluate(each, with).value_or(json_value()));
    return json_value(std::move(items));
  }
  case literal::form::object: {
    json_value::object members;
    for (std::size_t i = 0; i < what.items.size(); ++i) {
      if (auto got = evaluate(what.items[i], with))
        members.emplace_back(what.names[i], std::move(*got));
    }
    return json_value(std::move(members));
  }
  case literal::form::variable:
    break;
  }
  const auto found = with.values.find(what.text);
  return found == with.values.end() ? std::nullopt : std::optional(found->second);
}

} // namespace ankkor::emulator::graphql

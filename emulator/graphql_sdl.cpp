// A recursive-descent parser for schemas, and look-ups in them. See graphql_language.hpp.
#include "emulator/graphql_language.hpp"
#include "emulator/graphql_lexer.hpp"

#include <algorithm>

namespace ankkor::emulator::graphql {

namespace {

class schema_reader : reader {
public:
  using reader::reader;

  schema read() {
    schema made;
    while (now_.is != token::form::end) {
      auto type = definition();
      if (!type.name.empty())
        made[type.name] = std::move(type);
    }
    return made;
  }

private:
  type_definition definition() {
    const auto word = expect_name();
    type_definition made;
    if (word == "schema") {
      skip_block();
      return made;
    }
    made.name = expect_name();
    made.is = word == "type"        ? type_definition::form::object
              : word == "interface" ? type_definition::form::interface
              : word == "input"     ? type_definition::form::input
              : word == "enum"      ? type_definition::form::enumeration
                                    : type_definition::form::other;
    if (at_word("implements")) {
      advance();
      do {
        made.interfaces.push_back(expect_name());
      } while (accept("&"));
    }
    skip_directives();
    if (accept("=")) { // a union
      do {
        made.values.push_back(expect_name());
      } while (accept("|"));
    }
    if (accept("{"))
      members(made);
    return made;
  }

  void members(type_definition& of) {
    while (!accept("}")) {
      auto name = expect_name();
      if (of.is == type_definition::form::enumeration) {
        of.values.push_back(std::move(name));
      } else {
        field_definition field{std::move(name), {}, {}};
        if (accept("(")) {
          while (!accept(")"))
            field.arguments.push_back(input());
        }
        expect(":");
        field.type = type_reference();
        skip_default();
        of.fields.push_back(std::move(field));
      }
      skip_directives();
    }
  }

  input_definition input() {
    input_definition made;
    made.name = expect_name();
    expect(":");
    made.type = type_reference();
    skip_default();
    skip_directives();
    return made;
  }

  void skip_default() {
    if (accept("="))
      value(true);
  }

  void skip_directives() {
    while (accept("@")) {
      expect_name();
      if (accept("(")) {
        while (!accept(")")) {
          expect_name();
          expect(":");
          value(true);
        }
      }
    }
  }

  void skip_block() {
    expect("{");
    while (!accept("}"))
      advance();
  }
};

} // namespace

const field_definition* type_definition::field(std::string_view wanted) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& each) { return each.name == wanted; });
  return found == fields.end() ? nullptr : &*found;
}

std::optional<schema> parse_schema(std::string_view sdl) {
  try {
    return schema_reader(sdl).read();
  } catch (const syntax_error&) {
    return std::nullopt;
  }
}

std::string_view base_type(std::string_view type) {
  const auto begin = type.find_first_not_of('[');
  return type.substr(begin, type.find_first_of("]!", begin) - begin);
}

bool is_a(const type_definition& type, std::string_view name) {
  return type.name == name ||
         std::find(type.interfaces.begin(), type.interfaces.end(), name) != type.interfaces.end();
}

} // namespace ankkor::emulator::graphql

// The GraphQL language as far as a client's documents use it: operations and fragments as a tree,
// and schemas in SDL. Spec: GraphQL October 2021, section 2; messages as webonyx/graphql-php 15
// words them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ankkor::emulator::graphql {

struct location {
  std::size_t line = 1;
  std::size_t column = 1; // in characters as webonyx counts, which for ASCII are bytes
};

struct problem {
  std::string message;
  std::optional<location> where;
};

struct literal {
  enum class form : std::uint8_t {
    null,
    boolean,
    integer,
    real,
    text,
    enumeration,
    list,
    object,
    variable
  };
  form is = form::null;
  std::string text;           // of a number its digits, of a boolean "true", of a variable its name
  std::vector<literal> items; // of a list, or of an object
  std::vector<std::string> names; // of an object's items
  location where;
};

struct argument {
  std::string name;
  literal value;
  location where;
};

struct directive {
  std::string name;
  std::vector<argument> arguments;
};

struct selection {
  enum class form : std::uint8_t { field, inline_fragment, spread };
  form is = form::field;
  std::string name;  // of the field or the fragment
  std::string alias; // the key in the answer; the name if none was given
  std::string on;    // the type condition of an inline fragment; may be empty
  std::vector<argument> arguments;
  std::vector<directive> directives;
  std::vector<selection> selections;
  location where;
};

struct variable {
  std::string name;
  std::string type; // "[Int]!"
  std::optional<literal> otherwise;
  location where;
};

struct operation {
  std::string kind = "query";
  std::string name;
  std::vector<variable> variables;
  std::vector<selection> selections;
  location where;
};

struct fragment {
  std::string on;
  std::vector<selection> selections;
  location where;
};

struct document {
  std::vector<operation> operations;
  std::map<std::string, fragment, std::less<>> fragments;
};

using parsed = std::variant<document, problem>;

// Nesting deeper than 100 is a problem, not a crash.
[[nodiscard]] parsed parse_document(std::string_view text);

// --- schemas -------------------------------------------------------------------------------------

struct input_definition {
  std::string name;
  std::string type;
};

struct field_definition {
  std::string name;
  std::string type;
  std::vector<input_definition> arguments;
};

struct type_definition {
  enum class form : std::uint8_t { object, interface, input, enumeration, other };
  form is = form::object;
  std::string name;
  std::vector<std::string> interfaces;
  std::vector<field_definition> fields; // of an input they have no arguments
  std::vector<std::string> values;

  [[nodiscard]] const field_definition* field(std::string_view wanted) const;

  [[nodiscard]] bool composite() const { return is == form::object || is == form::interface; }
};

using schema = std::map<std::string, type_definition, std::less<>>;

// Reads what type definitions there are; nothing on a syntax error.
[[nodiscard]] std::optional<schema> parse_schema(std::string_view sdl);

// What the emulated shop serves: a part of WooGraphQL's schema (tests/emulator/graphql_test.cpp
// proves that it is one).
[[nodiscard]] const schema& served_schema();

// "[Product!]!" -> "Product"
[[nodiscard]] std::string_view base_type(std::string_view type);
// True if `type` is `name` or implements it.
[[nodiscard]] bool is_a(const type_definition& type, std::string_view name);

} // namespace ankkor::emulator::graphql

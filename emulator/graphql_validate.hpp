// Is a document one that the schema allows, and are its variables what it declares? Answers in the
// words of webonyx/graphql-php, as recorded (tests/recordings/graphql/error-*).
#pragma once

#include "emulator/graphql_language.hpp"
#include "emulator/json.hpp"

#include <map>
#include <string>
#include <vector>

namespace ankkor::emulator::graphql {

[[nodiscard]] std::vector<problem> validate(const schema& of, const document& what,
                                            const operation& which);

// The operation's variables by name, as their types want them: enums as their names, IDs as text.
struct variables {
  std::map<std::string, json_value, std::less<>> values; // without those that are absent
  std::vector<problem> problems;
};

[[nodiscard]] variables coerce_variables(const schema& of, const operation& which,
                                         const json_value& given);

// A literal of a valid document with its variables filled in; nothing for an absent variable.
[[nodiscard]] std::optional<json_value> evaluate(const literal& what, const variables& with);

} // namespace ankkor::emulator::graphql

// A recursive-descent parser for documents. See graphql_language.hpp.
#include "emulator/graphql_language.hpp"

#include "emulator/graphql_lexer.hpp"

namespace ankkor::emulator::graphql {

namespace {

class document_reader : reader {
public:
  using reader::reader;

  document read() {
    document made;
    do {
      definition(made);
    } while (now_.is != token::form::end);
    return made;
  }

private:
  void definition(document& to) {
    if (at_word("fragment")) {
      fragment made;
      made.where = now_.where;
      advance();
      auto name = expect_name();
      if (!at_word("on"))
        fail("Expected \"on\"");
      advance();
      made.on = expect_name();
      made.selections = selection_set();
      to.fragments[std::move(name)] = std::move(made);
      return;
    }
    operation made;
    made.where = now_.where;
    if (!at("{")) {
      if (!at_word("query") && !at_word("mutation") && !at_word("subscription"))
        throw syntax_error{{"Syntax Error: Unexpected " + now_.description(), now_.where}};
      made.kind = expect_name();
      if (now_.is == token::form::name)
        made.name = expect_name();
      variables(made);
      directives();
    }
    made.selections = selection_set();
    to.operations.push_back(std::move(made));
  }

  void variables(operation& of) {
    if (!accept("("))
      return;
    while (!accept(")")) {
      variable made;
      made.where = now_.where;
      expect("$");
      made.name = expect_name();
      expect(":");
      made.type = type_reference();
      if (accept("="))
        made.otherwise = value(true);
      of.variables.push_back(std::move(made));
    }
  }

  std::vector<directive> directives() {
    std::vector<directive> made;
    while (accept("@")) {
      directive each;
      each.name = expect_name();
      each.arguments = arguments();
      made.push_back(std::move(each));
    }
    return made;
  }

  std::vector<argument> arguments() {
    std::vector<argument> made;
    if (!accept("("))
      return made;
    do {
      argument each;
      each.where = now_.where;
      each.name = expect_name();
      expect(":");
      each.value = value(false);
      made.push_back(std::move(each));
    } while (!accept(")"));
    return made;
  }

  std::vector<selection> selection_set() {
    const deeper guard(*this);
    std::vector<selection> made;
    expect("{");
    do {
      made.push_back(one_selection());
    } while (!accept("}"));
    return made;
  }

  selection one_selection() {
    selection made;
    made.where = now_.where;
    if (accept("...")) {
      made.is = selection::form::inline_fragment;
      if (now_.is == token::form::name && now_.text != "on") {
        made.is = selection::form::spread;
        made.name = expect_name();
        made.directives = directives();
        return made;
      }
      if (at_word("on")) {
        advance();
        made.on = expect_name();
      }
      made.directives = directives();
      made.selections = selection_set();
      return made;
    }
    made.name = expect_name();
    made.alias = made.name;
    if (accept(":"))
      made.name = expect_name();
    made.arguments = arguments();
    made.directives = directives();
    if (at("{"))
      made.selections = selection_set();
    return made;
  }
};

} // namespace

parsed parse_document(std::string_view text) {
  try {
    return document_reader(text).read();
  } catch (const syntax_error& error) {
    return error.what;
  }
}

} // namespace ankkor::emulator::graphql

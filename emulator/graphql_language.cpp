// A lexer and a recursive-descent parser for documents and for SDL.
#include "emulator/graphql_language.hpp"

#include <algorithm>

namespace ankkor::emulator::graphql {

namespace {

constexpr int depth_max = 100;

struct token {
  enum class form : std::uint8_t { end, name, integer, real, text, punctuator };
  form is = form::end;
  std::string text;
  location where;

  [[nodiscard]] std::string description() const {
    switch (is) {
    case form::end:
      return "<EOF>";
    case form::name:
      return "Name \"" + text + "\"";
    case form::integer:
      return "Int \"" + text + "\"";
    case form::real:
      return "Float \"" + text + "\"";
    case form::text:
      return "String \"" + text + "\"";
    case form::punctuator:
      break;
    }
    return text;
  }
};

struct syntax_error {
  problem what;
};

bool name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool digit(char c) {
  return c >= '0' && c <= '9';
}

void append_utf8(std::string& to, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) {
    to += static_cast<char>(static_cast<unsigned char>(byte));
  };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

class lexer {
public:
  explicit lexer(std::string_view text) : text_(text) {}

  token next() {
    skip();
    token made;
    made.where = here();
    if (at_ >= text_.size())
      return made;
    const char c = text_[at_];
    if (name_start(c)) {
      const auto begin = at_;
      while (at_ < text_.size() && (name_start(text_[at_]) || digit(text_[at_])))
        ++at_;
      made.is = token::form::name;
      made.text = text_.substr(begin, at_ - begin);
    } else if (digit(c) || c == '-') {
      read_number(made);
    } else if (c == '"') {
      made.is = token::form::text;
      made.text = text_.substr(at_, 3) == "\"\"\"" ? read_block() : read_text();
    } else if (text_.substr(at_, 3) == "...") {
      made.is = token::form::punctuator;
      made.text = "...";
      at_ += 3;
    } else if (std::string_view("!$&()=:@[]{|}").find(c) != std::string_view::npos) {
      made.is = token::form::punctuator;
      made.text = c;
      ++at_;
    } else {
      throw syntax_error{
        {"Syntax Error: Cannot parse the unexpected character \"" + std::string(1, c) + "\".",
         here()}};
    }
    return made;
  }

private:
  [[nodiscard]] location here() const { return {line_, at_ - line_begin_ + 1}; }

  void skip() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ + 1 < text_.size() && text_[at_ + 1] != '\n')
          ++at_;
      } else if (c == '\n') {
        ++line_;
        line_begin_ = at_ + 1;
      } else if (c != ' ' && c != '\t' && c != '\r' && c != ',') {
        return;
      }
    }
  }

  void read_number(token& to) {
    const auto begin = at_++;
    to.is = token::form::integer;
    while (at_ < text_.size() && (digit(text_[at_]) || std::string_view(".eE+-").find(text_[at_]) !=
                                                         std::string_view::npos)) {
      if (!digit(text_[at_]))
        to.is = token::form::real;
      ++at_;
    }
    to.text = text_.substr(begin, at_ - begin);
  }

  std::string read_text() {
    std::string made;
    for (++at_; at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n'; ++at_) {
      if (text_[at_] != '\\') {
        made += text_[at_];
        continue;
      }
      ++at_;
      read_escape(made);
    }
    if (at_ >= text_.size() || text_[at_] != '"')
      throw syntax_error{{"Syntax Error: Unterminated string.", here()}};
    ++at_;
    return made;
  }

  void read_escape(std::string& to) {
    static constexpr std::string_view letters = "\"\\/bfnrt";
    static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (const auto known = letters.find(c); known != std::string_view::npos) {
      to += meanings[known];
      return;
    }
    std::uint32_t code = 0;
    for (int i = 1; c == 'u' && i <= 4; ++i) {
      const char hex = at_ + 1 < text_.size() ? text_[++at_] : '\0';
      const auto value =
        std::string_view("0123456789abcdef").find(static_cast<char>(digit(hex) ? hex : hex | 0x20));
      if (value == std::string_view::npos)
        throw syntax_error{{"Syntax Error: Invalid character escape sequence.", here()}};
      code = code * 16 + static_cast<std::uint32_t>(value);
    }
    if (c != 'u')
      throw syntax_error{{"Syntax Error: Invalid character escape sequence.", here()}};
    append_utf8(to, code);
  }

  std::string read_block() {
    const auto begin = at_ + 3;
    const auto end = text_.find("\"\"\"", begin);
    if (end == std::string_view::npos)
      throw syntax_error{{"Syntax Error: Unterminated string.", here()}};
    for (auto i = begin; i < end; ++i) {
      if (text_[i] == '\n') {
        ++line_;
        line_begin_ = i + 1;
      }
    }
    at_ = end + 3;
    return std::string(text_.substr(begin, end - begin));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_begin_ = 0;
};

// What documents and SDL have in common.
class reader {
public:
  explicit reader(std::string_view text) : lexer_(text) { advance(); }

protected:
  void advance() { now_ = lexer_.next(); }

  [[nodiscard]] bool at(std::string_view punctuator) const {
    return now_.is == token::form::punctuator && now_.text == punctuator;
  }

  [[nodiscard]] bool at_word(std::string_view word) const {
    return now_.is == token::form::name && now_.text == word;
  }

  bool accept(std::string_view punctuator) {
    if (!at(punctuator))
      return false;
    advance();
    return true;
  }

  void expect(std::string_view punctuator) {
    if (!accept(punctuator))
      fail("Expected " + std::string(punctuator));
  }

  std::string expect_name() {
    if (now_.is != token::form::name)
      fail("Expected Name");
    auto name = std::move(now_.text);
    advance();
    return name;
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw syntax_error{{"Syntax Error: " + why + ", found " + now_.description(), now_.where}};
  }

  std::string type_reference() {
    std::string type;
    if (accept("[")) {
      type = "[" + type_reference() + "]";
      expect("]");
    } else {
      type = expect_name();
    }
    if (accept("!"))
      type += "!";
    return type;
  }

  literal value(bool constant) {
    const deeper guard(*this);
    literal made;
    made.where = now_.where;
    if (at("$") && !constant) {
      advance();
      made.is = literal::form::variable;
      made.text = expect_name();
    } else if (accept("[")) {
      made.is = literal::form::list;
      while (!accept("]"))
        made.items.push_back(value(constant));
    } else if (accept("{")) {
      made.is = literal::form::object;
      while (!accept("}")) {
        auto name = expect_name();
        expect(":");
        made.names.push_back(std::move(name));
        made.items.push_back(value(constant));
      }
    } else {
      scalar(made);
    }
    return made;
  }

  struct deeper {
    explicit deeper(reader& of) : of_(of) {
      if (++of_.depth_ > depth_max)
        of_.fail("Nested too deeply");
    }

    deeper(const deeper&) = delete;
    deeper& operator=(const deeper&) = delete;

    ~deeper() { --of_.depth_; }

  private:
    reader& of_;
  };

  token now_;

private:
  void scalar(literal& to) {
    switch (now_.is) {
    case token::form::integer:
      to.is = literal::form::integer;
      break;
    case token::form::real:
      to.is = literal::form::real;
      break;
    case token::form::text:
      to.is = literal::form::text;
      break;
    case token::form::name:
      to.is = now_.text == "null"                           ? literal::form::null
              : now_.text == "true" || now_.text == "false" ? literal::form::boolean
                                                            : literal::form::enumeration;
      break;
    case token::form::end:
    case token::form::punctuator:
      throw syntax_error{{"Syntax Error: Unexpected " + now_.description(), now_.where}};
    }
    to.text = std::move(now_.text);
    advance();
  }

  lexer lexer_;
  int depth_ = 0;
};

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

parsed parse_document(std::string_view text) {
  try {
    return document_reader(text).read();
  } catch (const syntax_error& error) {
    return error.what;
  }
}

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

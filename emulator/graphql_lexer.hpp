// Tokens, and what documents and schemas have in common: for the parsers of both.
#pragma once

#include "emulator/graphql_language.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ankkor::emulator::graphql {

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

class lexer {
public:
  explicit lexer(std::string_view text) : text_(text) {}

  token next();

private:
  [[nodiscard]] location here() const { return {line_, at_ - line_begin_ + 1}; }

  void skip();

  void read_number(token& to);

  std::string read_text();

  void read_escape(std::string& to);

  std::string read_block();

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

  bool accept(std::string_view punctuator);

  void expect(std::string_view punctuator) {
    if (!accept(punctuator))
      fail("Expected " + std::string(punctuator));
  }

  std::string expect_name();

  [[noreturn]] void fail(const std::string& why) const {
    throw syntax_error{{"Syntax Error: " + why + ", found " + now_.description(), now_.where}};
  }

  std::string type_reference();

  literal value(bool constant);

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
  void scalar(literal& to);

  lexer lexer_;
  int depth_ = 0;
};

} // namespace ankkor::emulator::graphql

// See graphql_lexer.hpp.
#include "emulator/graphql_lexer.hpp"

namespace ankkor::emulator::graphql {

namespace {

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

} // namespace

token lexer::next() {
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

void lexer::skip() {
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

void lexer::read_number(token& to) {
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

std::string lexer::read_text() {
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

void lexer::read_escape(std::string& to) {
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

std::string lexer::read_block() {
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

bool reader::accept(std::string_view punctuator) {
  if (!at(punctuator))
    return false;
  advance();
  return true;
}

std::string reader::expect_name() {
  if (now_.is != token::form::name)
    fail("Expected Name");
  auto name = std::move(now_.text);
  advance();
  return name;
}

std::string reader::type_reference() {
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

literal reader::value(bool constant) {
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

void reader::scalar(literal& to) {
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

} // namespace ankkor::emulator::graphql

// Reads the TOML file with toml++.
#include "config/file.hpp"

#include <toml++/toml.h>

namespace ankkor::config {

namespace {

// toml++ quotes what it stumbled over; that may be a piece of a secret.
std::string without_quotations(std::string_view text) {
  std::string out;
  bool within = false;
  for (const char c : text) {
    if (c == '\'')
      out += within ? "" : "'…'";
    else if (!within)
      out += c;
    within = within != (c == '\'');
  }
  return out;
}

unsigned line(const toml::node& node) {
  return node.source().begin.line;
}

file_value read_value(const toml::node& node) {
  file_value out;
  out.line = line(node);
  if (const auto* text = node.as_string()) {
    out.values = {text->get()};
  } else if (const auto* number = node.as_integer()) {
    out.values = {std::to_string(number->get())};
  } else if (const auto* flag = node.as_boolean()) {
    out.values = {flag->get() ? "true" : "false"};
  } else if (const auto* list = node.as_array()) {
    out.is_list = true;
    for (const toml::node& each : *list) {
      if (!each.is_string()) {
        out.problem = "is a list of something else than strings";
        break;
      }
      out.values.push_back(each.as_string()->get());
    }
  } else {
    out.problem = "is neither a string, a whole number nor true or false";
  }
  return out;
}

class reader {
public:
  reader(const std::string& path, file_content& out) : path_(path), out_(out) {}

  void read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string name(key.str());
      if (name == "revalidate")
        read_targets(node);
      else if (const toml::table* section = node.as_table())
        read_section(name, *section);
      else
        out_.values.emplace(name, read_value(node));
    }
  }

private:
  void read_section(const std::string& name, const toml::table& section) {
    // Remembered as a key of its own, so that an unknown empty section is found too.
    out_.values[name + "."].line = line(section);
    for (const auto& [key, node] : section)
      out_.values.emplace(name + "." + std::string(key.str()), read_value(node));
  }

  void read_targets(const toml::node& node) {
    const toml::array* list = node.as_array();
    bool tables = list != nullptr;
    for (std::size_t i = 0; tables && i < list->size(); ++i)
      tables = list->get(i)->is_table();
    if (!tables) {
      out_.faults.push_back({line_of(path_, line(node)), "revalidate is not a list of tables",
                             "Begin each target with [[revalidate]], in two brackets; the window "
                             "stands under [revalidation]."});
      return;
    }
    for (const toml::node& each : *list) {
      file_target target{{}, line(each)};
      for (const auto& [key, value] : *each.as_table())
        target.values.emplace(key.str(), read_value(value));
      out_.targets.push_back(std::move(target));
    }
  }

  const std::string& path_;
  file_content& out_;
};

} // namespace

std::string line_of(const std::string& path, unsigned line) {
  return path + ", line " + std::to_string(line);
}

file_content read_toml(const std::string& path, std::string_view text) {
  file_content out;
  try {
    const toml::table root = toml::parse(text, std::string_view(path));
    reader(path, out).read(root);
  } catch (const toml::parse_error& failure) {
    out.faults.push_back(
      {line_of(path, failure.source().begin.line),
       "The file is not valid TOML. " + without_quotations(failure.description()),
       "Text values stand in double quotes; docs/ankkor.example.toml is a file to start from."});
  }
  return out;
}

} // namespace ankkor::config

// Writes the table down for people, see describe.hpp.
#include "config/describe.hpp"

#include "base/text.hpp"
#include "config/table.hpp"

#include <algorithm>

namespace ankkor::config {

namespace {

// "1 fault", "2 faults"
std::string counted(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  out.resize(std::max(out.size(), width), ' ');
  return out;
}

// Escaped, but without quotes: for a column of text.
std::string plain(std::string_view text) {
  std::string out;
  append_text_escaped(out, text);
  return out;
}

// A JSON object of strings and literals, member by member.
class json_object {
public:
  json_object& text(std::string_view key, std::string_view value) {
    return literal(key, json_string(value));
  }

  json_object& literal(std::string_view key, std::string_view value) {
    out_ += out_.size() > 1 ? "," : "";
    out_.append(json_string(key)).append(":").append(value);
    return *this;
  }

  [[nodiscard]] std::string end() const { return out_ + "}"; }

private:
  std::string out_ = "{";
};

template <class Range, class Write>
std::string json_list(const Range& all, Write write) {
  std::string out = "[";
  for (const auto& each : all)
    out.append(out.size() > 1 ? "," : "").append(write(each));
  return out + "]";
}

std::string faults_json(const load_result& loaded) {
  return json_list(loaded.faults, [](const fault& each) {
    return json_object()
      .text("where", each.where)
      .text("what", each.what)
      .text("mend", each.mend)
      .end();
  });
}

std::string warnings_json(const load_result& loaded) {
  return json_list(loaded.warnings, [](const std::string& each) { return json_string(each); });
}

} // namespace

// -- config show, config check ------------------------------------------------

std::string show(const load_result& loaded, output how) {
  if (how == output::json)
    return json_object()
             .literal("ok", loaded.ok() ? "true" : "false")
             .literal("settings", json_list(loaded.shown,
                                            [](const shown_value& each) {
                                              return json_object()
                                                .text("name", each.name)
                                                .text("value", each.value)
                                                .text("origin", each.origin)
                                                .literal("secret", each.secret ? "true" : "false")
                                                .end();
                                            }))
             .literal("faults", faults_json(loaded))
             .literal("warnings", warnings_json(loaded))
             .end() +
           "\n";
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const shown_value& each : loaded.shown) {
    name_width = std::max(name_width, each.name.size());
    value_width = std::max(value_width, std::min<std::size_t>(plain(each.value).size(), 40));
  }
  std::string out;
  for (const shown_value& each : loaded.shown)
    out += padded(each.name, name_width) + "  " + padded(plain(each.value), value_width) + "  (" +
           plain(each.origin) + ")\n";
  return out;
}

std::string report(const load_result& loaded, output how) {
  if (how == output::json)
    return json_object()
             .literal("ok", loaded.ok() ? "true" : "false")
             .literal("faults", faults_json(loaded))
             .literal("warnings", warnings_json(loaded))
             .end() +
           "\n";
  std::string out;
  for (const fault& each : loaded.faults)
    out += "error: " + each.what + " (" + each.where + ")\n  mend: " + each.mend + "\n";
  for (const std::string& each : loaded.warnings)
    out += "warning: " + each + "\n";
  if (loaded.ok())
    out += "The configuration is sound.\n";
  else
    out += "The configuration has " + counted(loaded.faults.size(), "fault") + ".\n";
  return out;
}

// -- flags --------------------------------------------------------------------

namespace {

// Markdown's code marks mean nothing on a terminal.
std::string without_marks(std::string_view text) {
  std::string out(text);
  out.erase(std::remove(out.begin(), out.end(), '`'), out.end());
  return out;
}

std::string default_of(const setting& which) {
  return std::string(which.fallback.empty() ? which.fallback_note : which.fallback);
}

} // namespace

std::vector<flag> flags() {
  std::vector<flag> out;
  for (const chapter& part : table())
    for (const setting& each : part.settings) {
      std::string help = without_marks(each.meaning);
      if (each.secret)
        help.insert(0, "A file that holds it (a flag would show it in process lists): ");
      if (!default_of(each).empty())
        help += " Default: " + without_marks(default_of(each)) + ".";
      help += " [" + std::string(each.name) + (each.secret ? "_FILE]" : "]");
      out.push_back({each.flag(), std::string(each.secret ? "FILE" : each.form), std::move(help),
                     std::string(part.title)});
    }
  return out;
}

// -- docs/ankkor.example.toml -------------------------------------------------

namespace {

constexpr std::size_t comment_width = 98;

// Text as comment lines of limited width.
std::string comment(std::string_view text) {
  std::string out;
  std::string line = "#";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (line.size() > 1 && line.size() + 1 + end > comment_width) {
      out += line + "\n";
      line = "#";
    }
    (line += ' ') += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + line + "\n";
}

bool is_number(const setting& which) {
  return which.form == "NUMBER";
}

std::string toml_value(const setting& which, std::string_view text) {
  if (is_number(which))
    return std::string(text);
  const std::string value = json_string(text); // TOML's basic strings escape as JSON does
  return which.list == several::commas ? "[" + value + "]" : value;
}

std::string described(const setting& which) {
  std::string text = without_marks(which.meaning);
  if (!which.range.empty())
    text += " Values: " + without_marks(which.range) + ".";
  if (which.required)
    text += " Required.";
  if (!which.fallback_note.empty())
    text += " Default: " + without_marks(which.fallback_note) + ".";
  return comment(text);
}

std::string example_setting(const setting& which) {
  std::string out = described(which);
  const std::string key(which.key);
  const std::string_view value = which.fallback.empty() ? which.sample : which.fallback;
  if (which.required)
    out += key + " = \"\"\n";
  else
    out += "# " + key + " = " + toml_value(which, value) + "\n";
  if (which.secret)
    out += "# " + key + "_file = \"/run/secrets/" + key + "\" # in place of " + key + "\n";
  return out + "\n";
}

std::string example_target() {
  std::string out = comment("A storefront, CDN or other target that is told of changes: any "
                            "number of them, each beginning with [[revalidate]].");
  out += "# [[revalidate]]\n";
  for (const target_key& each : target_table())
    out += comment(std::string(each.key) + ": " + without_marks(each.meaning) +
                   (each.required           ? " Required."
                    : each.fallback.empty() ? ""
                                            : " Default: " + std::string(each.fallback) + "."));
  out += "# name = \"storefront\"\n"
         "# url = \"https://shop.example/api/revalidate\"\n"
         "# secret_file = \"/run/secrets/revalidate_secret\"\n"
         "# format = \"next\"\n"
         "# paths = [\"/product/{slug}\"]\n"
         "# soft = false\n";
  return out;
}

} // namespace

std::string example_toml() {
  std::string out =
    "# An example of ankkor's configuration file: ankkor serve --config ankkor.toml\n"
    "# Generated from config/table.cpp. What stands behind a # is the default, or an example "
    "where\n"
    "# there is none. A flag goes before the environment, the environment before this file.\n\n";
  for (const chapter& part : table()) {
    out += "# -- " + std::string(part.title) + "\n\n";
    if (!part.section.empty())
      out += "[" + std::string(part.section) + "]\n";
    for (const setting& each : part.settings)
      if (!each.key.empty())
        out += example_setting(each);
  }
  return out + example_target();
}

// -- docs/configuration.md ----------------------------------------------------

namespace {

constexpr std::string_view introduction =
  R"(<!-- Generated from config/table.cpp; a test checks that it is what the table says. -->

# Configuration

Every setting can be given as a flag, as an environment variable or in a TOML file (`--config FILE`). A flag goes
before the environment, the environment before the file, the file before the default.
[ankkor.example.toml](ankkor.example.toml) is a file to start from.

`ankkor config check` says everything that is wrong at once, each with where it came from and how to mend it; the
daemon does not start with any of it. `ankkor config show` prints what is in effect and where each value came from.
A value that another source overrides is checked all the same.

**Secrets** can be given as `NAME_FILE`, the path of a file that holds the secret, in place of `NAME`; in the TOML file
as `key_file` in place of `key`. Line breaks at the file's end are no part of the secret. As a flag there is only the
path (`--admin-token-file`), since every user of a machine can read the command lines of its processes. Giving both in
one source is a fault. Secrets are never printed: not by `config show`, not in a fault, not in a log.

**Typing mistakes** are found: an unknown key in the file is a fault; an unknown environment variable that begins with
`ANKKOR_` or `WOOCOMMERCE_` is a warning. An empty environment variable counts as not set; an empty value in
the file or in a flag is a fault.

**Relative paths** start at the directory that ankkor is started in.

| kind of value | is written |
| --- | --- |
| duration | a whole number and `ms`, `s`, `m`, `h` or `d`: `100ms`, `60s`, `5m`, `24h`, `7d` |
| size | bytes, or a whole number and `KiB`, `MiB` or `GiB`: `1000`, `512KiB`, `4MiB` |
| rate | a whole number and `/s`, `/min` or `/h`: `2/s`, `120/min`, `1000/h` |
| address and port | `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `0.0.0.0:8080` (every interface); port 0 lets the system choose |
| URL | `https://…`, or `http://` for loopback hosts (`localhost`, `127.0.0.0/8`, `[::1]`); no user name, no fragment |
| list | in the environment and in flags separated by commas, in the file a list of strings: `["a", "b"]` |
)";

// A cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text)
    (out += c == '|' ? "\\" : "") += c;
  return out;
}

std::string code(std::string_view text) {
  return text.empty() ? "" : "`" + std::string(text) + "`";
}

std::string row(const setting& which) {
  std::string meaning(which.meaning);
  if (which.list == several::lines)
    meaning += " Several are separated by line breaks, in the TOML file also as a list.";
  else if (which.list == several::commas)
    meaning += " A list.";
  if (which.secret)
    meaning += " Secret: `" + std::string(which.name) + "_FILE` too.";
  if (!which.range.empty())
    meaning += " Values: " + std::string(which.range) + ".";
  const std::string fallback = which.required           ? "**required**"
                               : which.fallback.empty() ? std::string(which.fallback_note)
                                                        : code(which.fallback);
  const std::string path = which.toml_path();
  return "| " + code(which.name) + " | " + code("--" + which.flag()) + " | " +
         (path.empty() ? "`[[revalidate]]`" : code(path)) + " | " +
         cell(fallback.empty() ? "none" : fallback) + " | " + cell(meaning) + " |\n";
}

std::string targets_chapter() {
  std::string out = "\n## Several targets: `[[revalidate]]`\n\n"
                    "In the file, any number of targets up to 32 can be given, each as a table of "
                    "its own, beside the one of\n"
                    "`ANKKOR_REVALIDATE_URL`, which is named `next`.\n\n"
                    "| key | default | meaning |\n| --- | --- | --- |\n";
  for (const target_key& each : target_table())
    out += "| " + code(each.key) + " | " +
           (each.required           ? "**required**"
            : each.fallback.empty() ? "none"
                                    : code(each.fallback)) +
           " | " + cell(each.meaning) + " |\n";
  return out + "\n```toml\n[[revalidate]]\nname = \"storefront\"\nurl = "
               "\"https://shop.example/api/revalidate\"\n"
               "secret_file = \"/run/secrets/revalidate_secret\"\npaths = [\"/product/{slug}\", "
               "\"/p/{id}\"]\n\n[[revalidate]]\nname = \"cdn\"\nformat = \"fastly\"\nurl = "
               "\"https://api.fastly.com/service/SERVICE_ID/purge\"\n"
               "secret_file = \"/run/secrets/fastly_token\"\nsoft = true\n```\n";
}

} // namespace

std::string docs_markdown() {
  std::string out(introduction);
  for (const chapter& part : table()) {
    out += "\n## " + std::string(part.title) +
           "\n\n"
           "| environment | flag | file | default | meaning |\n| --- | --- | --- | --- | --- |\n";
    for (const setting& each : part.settings)
      out += row(each);
  }
  return out + targets_chapter();
}

} // namespace ankkor::config

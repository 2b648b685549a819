// Layers the sources and checks what only all values together can show.
#include "config/load.hpp"

#include "base/text.hpp"
#include "config/file.hpp"
#include "config/redis_url.hpp"
#include "config/table.hpp"
#include "config/values.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <system_error>

namespace ankkor::config {

namespace {

constexpr std::size_t file_bytes_max = 1024 * 1024;
constexpr std::size_t echo_bytes_max = 80;
// Each has a queue, a connection and metrics of its own.
constexpr std::size_t targets_max = 32;

// -- texts --------------------------------------------------------------------

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// The values in one text; a list's empty ones are left out.
texts split(std::string_view text, several list) {
  if (list == several::no)
    return {std::string(text)};
  texts out;
  while (!text.empty()) {
    const std::size_t end =
      std::min(text.find_first_of(list == several::commas ? ",\n" : "\n"), text.size());
    std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (list == several::commas)
      piece = trimmed(piece);
    else if (!piece.empty() && piece.back() == '\r')
      piece.remove_suffix(1);
    if (!piece.empty())
      out.emplace_back(piece);
  }
  return out;
}

// A secret's file as editors leave it: with a byte order mark before it and line breaks behind it.
std::string_view file_text(std::string_view content) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (content.rfind(byte_order_mark, 0) == 0)
    content.remove_prefix(byte_order_mark.size());
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r'))
    content.remove_suffix(1);
  return content;
}

std::string joined(const texts& values) {
  std::string out;
  for (const std::string& value : values)
    (out += out.empty() ? "" : ", ") += value;
  return out;
}

// Changes of one letter that make one word of the other (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

// "Did you mean X?", or `otherwise` if nothing known is near.
std::string suggestion(std::string_view unknown, const std::set<std::string>& known,
                       std::string otherwise) {
  constexpr std::size_t near = 3;
  std::size_t best = near + 1;
  std::string out = std::move(otherwise);
  if (unknown.size() > 100)
    return out;
  for (const std::string& name : known) {
    const std::size_t d = distance(unknown, name);
    if (d < best && d < name.size() / 2) {
      best = d;
      out = "Did you mean " + name + "?";
    }
  }
  return out;
}

// Somebody may put the secret itself where its file's path belongs: only what must be a path is
// repeated.
std::string path_to_show(const std::string& path) {
  const bool is_path =
    path.rfind('/', 0) == 0 || path.rfind("./", 0) == 0 || path.rfind("../", 0) == 0;
  return is_path ? quoted(cut_utf8(path, 4 * echo_bytes_max)) : "a file";
}

std::string shown_name(std::string_view name) {
  std::string out;
  append_text_escaped(out, cut_utf8(name, echo_bytes_max));
  return out;
}

// Kubernetes tells a pod of a service named "ankkor" by variables such as ANKKOR_PORT_8080_TCP.
bool is_from_kubernetes(std::string_view name) {
  return name.rfind("ANKKOR_SERVICE_", 0) == 0 || name == "ANKKOR_PORT" ||
         name.rfind("ANKKOR_PORT_", 0) == 0;
}

// -- loading ------------------------------------------------------------------

// A value as one source gives it.
struct given {
  texts values;
  std::string name;  // as that source calls it: ANKKOR_LISTEN, --listen, listen
  std::string where; // for a fault
};

class loader {
public:
  explicit loader(const sources& from) : from_(from) {}

  load_result run() {
    if (from_.config_file)
      read_config_file(*from_.config_file);
    for (const chapter& part : table())
      for (const setting& each : part.settings)
        take(each);
    for (const file_target& target : file_.targets)
      take_target(target);
    find_unknown_keys();
    find_unknown_flags();
    find_unknown_variables();
    finish();
    return std::move(out_);
  }

private:
  void fail(std::string where, std::string what, std::string mend) {
    out_.faults.push_back({std::move(where), std::move(what), std::move(mend)});
  }

  // -- one source each ------------------------------------------------------------------

  void read_config_file(const std::string& path) {
    const auto content = from_.read_file(path);
    if (!content) {
      fail("command line", "The file " + quoted(path) + " " + content.failure().message + ".",
           "Check --config, and that the file may be read by the user that runs ankkor.");
      file_is_readable_ = false;
      return;
    }
    file_ = read_toml(path, *content);
    file_is_readable_ = file_.faults.empty();
    std::move(file_.faults.begin(), file_.faults.end(), std::back_inserter(out_.faults));
  }

  // The values in a secret's file.
  std::optional<given> from_secret_file(const std::string& path, several list,
                                        const std::string& name, const std::string& where) {
    const auto content = from_.read_file(path);
    if (!content) {
      fail(where,
           name + " names " + path_to_show(path) + ", which " + content.failure().message + ".",
           "Check the path, and that the user that runs ankkor may read the file.");
      return std::nullopt;
    }
    const std::string_view text = file_text(*content);
    if (text.empty()) {
      fail(where, name + " names " + quoted(path) + ", which is empty.",
           "Put the secret into the file.");
      return std::nullopt;
    }
    warn_if_open(path, name + " names");
    return given{split(text, list), name, quoted(path) + ", named by " + name + " (" + where + ")"};
  }

  // Of one file once. `sentence` begins what is said of it.
  void warn_if_open(const std::string& path, const std::string& sentence) {
    if (!from_.is_open_to_all || !from_.is_open_to_all(path) || !open_files_.insert(path).second)
      return;
    out_.warnings.push_back(sentence + " " + quoted(path) +
                            ", whose secret every user of this machine can read: chmod o-r it.");
  }

  // At most one of a secret itself and its file may be set in one source.
  bool one_of(bool itself, bool file, const std::string& name, const std::string& file_name,
              const std::string& where) {
    if (itself && file)
      fail(where, name + " and " + file_name + " are both set.", "Keep one of them.");
    return itself != file;
  }

  std::optional<given> from_file(const std::string& prefix, std::string_view key, bool secret,
                                 several list, const std::map<std::string, file_value>& values) {
    const std::string name = prefix + std::string(key);
    const std::string file_name = name + "_file";
    const auto itself = values.find(std::string(key));
    const auto file = secret ? values.find(std::string(key) + "_file") : values.end();
    if (itself == values.end() && file == values.end())
      return std::nullopt;
    const file_value& value = itself != values.end() ? itself->second : file->second;
    const std::string where = line_of(*from_.config_file, value.line);
    if (!one_of(itself != values.end(), file != values.end(), name, file_name, where))
      return std::nullopt;
    const std::string& used = itself != values.end() ? name : file_name;
    if (!value.problem.empty()) {
      fail(where, used + " " + value.problem + ".", "Write its value in double quotes.");
      return std::nullopt;
    }
    if (value.is_list && (itself == values.end() || list == several::no)) {
      fail(where, used + " is a list, but takes one value.",
           "Write the one value without the square brackets.");
      return std::nullopt;
    }
    if (itself == values.end())
      return from_secret_file(value.values.front(), list, file_name, where);
    if (secret)
      warn_if_open(*from_.config_file, name + " stands in");
    return given{value.is_list ? value.values : split(value.values.front(), list), name, where};
  }

  // An empty variable counts as not set: that is what compose files make of an absent one.
  const std::string* variable(const std::string& name) const {
    const auto found = from_.environment.find(name);
    return found == from_.environment.end() || found->second.empty() ? nullptr : &found->second;
  }

  std::optional<given> from_environment(const setting& which) {
    const std::string name(which.name);
    const std::string file_name = name + "_FILE";
    const std::string* itself = variable(name);
    const std::string* file = which.secret ? variable(file_name) : nullptr;
    if (!itself && !file)
      return std::nullopt;
    if (!one_of(itself != nullptr, file != nullptr, name, file_name, "environment"))
      return std::nullopt;
    if (file)
      return from_secret_file(*file, which.list, file_name, "environment");
    return given{split(*itself, which.list), name, "environment"};
  }

  std::optional<given> from_flag(const setting& which) {
    const auto found = from_.flags.find(which.flag());
    if (found == from_.flags.end())
      return std::nullopt;
    const std::string name = "--" + which.flag();
    if (which.secret)
      return from_secret_file(found->second, which.list, name, "command line");
    return given{split(found->second, which.list), name, "command line"};
  }

  // -- one setting -------------------------------------------------------------------------

  // Every source's value is checked, also one that another overrides: it would surprise later.
  void take(const setting& which) {
    std::string origin = "default";
    std::optional<given> file;
    if (const std::string path = which.toml_path(); !path.empty())
      file = from_file("", path, which.secret, which.list, file_.values);
    for (const auto& value : {file, from_environment(which), from_flag(which)}) {
      if (!value)
        continue;
      if (check(*value, which, [&] { return which.read(value->values, draft_); }))
        origin = value->where;
    }
    if (is_mentioned(which))
      set_.insert(which.name);
    else if (which.required && file_is_readable_)
      fail("configuration", std::string(which.name) + " is not set. " + std::string(which.meaning),
           how_to_set(which));
    origins_[which.name] = std::move(origin);
  }

  bool is_mentioned(const setting& which) const {
    const std::string name(which.name);
    const std::string path = which.toml_path();
    return variable(name) || variable(name + "_FILE") || from_.flags.contains(which.flag()) ||
           file_.values.contains(path) || file_.values.contains(path + "_file");
  }

  static std::string how_to_set(const setting& which) {
    std::string out = "Set " + std::string(which.name);
    if (which.secret)
      out += " or " + std::string(which.name) + "_FILE";
    if (const std::string path = which.toml_path(); !path.empty())
      out += ", or " + path + (which.secret ? " or " + path + "_file" : "") + " in the file";
    return out + ", or give --" + which.flag() + ".";
  }

  // Reads a given value; false with a fault if it can't be used.
  template <class Row, class Read>
  bool check(const given& value, const Row& which, Read read) {
    if (value.values.empty() ||
        std::find(value.values.begin(), value.values.end(), "") != value.values.end()) {
      fail(value.where, value.name + " is empty.", "Give it a value, or leave it out.");
      return false;
    }
    const status taken = read();
    if (!taken) {
      std::string what = value.name + " " + taken.failure().message;
      if (!which.secret && !which.shy)
        what += ": " + quoted(cut_utf8(joined(value.values), echo_bytes_max));
      fail(value.where, what + ".", taken.failure().mend);
      return false;
    }
    for (const std::string& text : value.values)
      if (which.secret && (text.front() == ' ' || text.back() == ' '))
        out_.warnings.push_back(value.name + " (" + value.where +
                                ") begins or ends with a blank; is that meant?");
    return true;
  }

  // -- revalidation targets of the file ------------------------------------------------------

  void take_target(const file_target& from) {
    const std::string where = line_of(*from_.config_file, from.line);
    revalidate_target target;
    std::map<std::string_view, std::string> origins;
    bool whole = true;
    for (const target_key& key : target_table()) {
      const std::size_t faults_before = out_.faults.size();
      const auto value = from_file("revalidate.", key.key, key.secret, key.list, from.values);
      if (value && check(*value, key, [&] { return key.read(value->values, target); }))
        origins[key.key] = value->where;
      if (key.required && !value && out_.faults.size() == faults_before)
        fail(where, "A [[revalidate]] target has no " + std::string(key.key) + ".",
             "Add it below [[revalidate]]: " + std::string(key.meaning));
      whole = whole && out_.faults.size() == faults_before;
    }
    find_unknown_target_keys(from);
    const bool has_secret = from.values.contains("secret") || from.values.contains("secret_file");
    // A format that can't be used has its own fault, and may need no secret.
    const bool has_format = !from.values.contains("format") || origins.contains("format");
    const std::string format(to_string(target.format));
    if (!has_secret && has_format && needs_secret(target.format))
      fail(where, "A [[revalidate]] target of the format " + format + " has no secret.",
           "Add secret or secret_file below [[revalidate]].");
    if (has_format && origins.contains("secret"))
      check_signing_secret(target, origins.at("secret"), "The secret of a [[revalidate]] target");
    if (has_format && target.soft)
      check_soft(target, origins.at("soft"));
    if (whole)
      add_target(std::move(target), where, origins);
  }

  void find_unknown_target_keys(const file_target& from) {
    std::set<std::string> known;
    for (const target_key& key : target_table()) {
      known.insert(std::string(key.key));
      if (key.secret)
        known.insert(std::string(key.key) + "_file");
    }
    for (const auto& [key, value] : from.values)
      if (!known.contains(key))
        fail(line_of(*from_.config_file, value.line),
             "revalidate." + shown_name(key) + " is not a setting.",
             suggestion(key, known, "Take it out; docs/configuration.md lists what there is."));
  }

  static bool needs_secret(target_format format) {
    return format != target_format::ankkor && format != target_format::varnish;
  }

  void check_signing_secret(const revalidate_target& target, const std::string& where,
                            const std::string& what) {
    if (target.format == target_format::webhook && !is_signing_secret(target.secret))
      fail(where, what + " is none that Standard Webhooks know.",
           "It is whsec_ and 24 to 64 bytes in base64: echo whsec_$(openssl rand -base64 32)");
  }

  void check_soft(const revalidate_target& target, const std::string& where) {
    if (target.format != target_format::fastly)
      fail(where,
           "Soft purging is set for the format " + std::string(to_string(target.format)) +
             ", which has none.",
           "Leave it out; of the formats only fastly has it.");
  }

  bool name_is_taken(const std::string& name) const {
    const std::vector<revalidate_target>& all = draft_.values.targets;
    return std::any_of(all.begin(), all.end(),
                       [&](const revalidate_target& other) { return other.name == name; });
  }

  void add_target(revalidate_target target, const std::string& where,
                  const std::map<std::string_view, std::string>& origins) {
    if (name_is_taken(target.name))
      fail(where, "Two revalidation targets are named " + quoted(target.name) + ".",
           "Give each a name of its own.");
    const auto show = [&](std::string_view key, std::string value, bool secret) {
      const auto origin = origins.find(key);
      target_shown_.push_back({"revalidate." + target.name + "." + std::string(key),
                               std::move(value),
                               origin == origins.end() ? "default" : origin->second, secret});
    };
    show("url", url_to_show(target.url), false);
    show("secret", target.secret.empty() ? "" : "***", true);
    show("format", std::string(to_string(target.format)), false);
    show("paths", joined(target.paths), false);
    show("soft", target.soft ? "true" : "false", false);
    draft_.values.targets.push_back(std::move(target));
  }

  // -- what nobody knows -------------------------------------------------------------------------

  template <class Add>
  static void each_setting(Add add) {
    for (const chapter& part : table())
      for (const setting& each : part.settings)
        add(each);
  }

  void find_unknown_keys() {
    std::set<std::string> known;
    std::set<std::string> sections;
    each_setting([&](const setting& each) {
      if (each.key.empty())
        return;
      known.insert(each.toml_path());
      sections.insert(std::string(each.section) + ".");
      if (each.secret)
        known.insert(each.toml_path() + "_file");
    });
    for (const auto& [key, value] : file_.values) {
      const std::string where = line_of(*from_.config_file, value.line);
      if (key.back() == '.') {
        if (!sections.contains(key))
          fail(
            where, "[" + shown_name(key.substr(0, key.size() - 1)) + "] is not a section.",
            suggestion(key, sections, "Take it out; docs/configuration.md lists what there is."));
      } else if (!known.contains(key)) {
        fail(where, shown_name(key) + " is not a setting.",
             suggestion(key, known, "Take it out; docs/configuration.md lists what there is."));
      }
    }
  }

  void find_unknown_flags() {
    std::set<std::string> known;
    std::set<std::string> secret;
    each_setting([&](const setting& each) {
      known.insert(each.flag());
      if (each.secret)
        secret.insert(each.flag());
    });
    for (const auto& [name, value] : from_.flags) {
      if (secret.contains(name + "-file"))
        fail(
          "command line",
          "--" + name +
            " does not exist: every user of the machine could read the secret in the process list.",
          "Put it into a file and give --" + name + "-file, or set it in the environment.");
      else if (!known.contains(name))
        fail("command line", "--" + shown_name(name) + " is not a setting.",
             suggestion(name, known, "Take it out; --help lists what there is."));
    }
  }

  void find_unknown_variables() {
    std::set<std::string> known;
    each_setting([&](const setting& each) {
      known.emplace(each.name);
      if (each.secret)
        known.insert(std::string(each.name) + "_FILE");
    });
    for (const auto& [name, value] : from_.environment) {
      const bool ours = name.rfind("ANKKOR_", 0) == 0 || name.rfind("WOOCOMMERCE_", 0) == 0;
      if (!ours || known.contains(name) || is_from_kubernetes(name))
        continue;
      if (comes_later(name))
        out_.warnings.push_back("The environment sets " + name +
                                ", which this version does not have yet; it has no effect.");
      else
        out_.warnings.push_back("The environment sets " + shown_name(name) +
                                ", which is not a setting; it has no effect. " +
                                suggestion(name, known, ""));
      while (out_.warnings.back().back() == ' ')
        out_.warnings.back().pop_back();
    }
  }

  // -- all values together
  // --------------------------------------------------------------------------

  bool is_set(std::string_view name) const { return set_.contains(name); }

  void finish() {
    add_environment_target();
    check_pairs();
    check_listeners();
    check_tls_files();
    check_redis();
    check_alerts();
    check_keys();
    if (draft_.values.targets.size() > targets_max)
      fail("configuration",
           "There are more than " + std::to_string(targets_max) + " revalidation targets.",
           "Let one storefront pass the call on to others.");
    if (!is_set("WOOCOMMERCE_GRAPHQL_URL") && !draft_.values.store_url.empty()) {
      draft_.values.graphql_url = draft_.values.store_url + "/graphql";
      origins_["WOOCOMMERCE_GRAPHQL_URL"] = "default: store URL + /graphql";
    }
    show();
    out_.values = std::move(draft_.values);
  }

  void add_environment_target() {
    constexpr std::string_view url = "ANKKOR_REVALIDATE_URL";
    constexpr std::string_view secret = "ANKKOR_REVALIDATE_SECRET";
    constexpr std::string_view format = "ANKKOR_REVALIDATE_FORMAT";
    constexpr std::string_view paths = "ANKKOR_REVALIDATE_PATHS";
    constexpr std::string_view soft = "ANKKOR_REVALIDATE_SOFT";
    if (is_set(url)) {
      const bool has_format = !is_set(format) || origins_[format] != "default";
      if (!is_set(secret) && has_format && needs_secret(draft_.target.format))
        fail("configuration",
             "ANKKOR_REVALIDATE_URL is set, but ANKKOR_REVALIDATE_SECRET is not; the format " +
               std::string(to_string(draft_.target.format)) + " needs it.",
             "Set ANKKOR_REVALIDATE_SECRET or ANKKOR_REVALIDATE_SECRET_FILE to the secret that the "
             "target checks.");
      if (has_format && !draft_.target.secret.empty())
        check_signing_secret(draft_.target, origins_[secret], "ANKKOR_REVALIDATE_SECRET");
      if (has_format && draft_.target.soft)
        check_soft(draft_.target, origins_[soft]);
      if (name_is_taken(draft_.target.name))
        fail("configuration",
             "A target in the file is named \"next\", as the one of ANKKOR_REVALIDATE_URL is.",
             "Give the one in the file another name.");
      if (!draft_.target.url.empty())
        draft_.values.targets.insert(draft_.values.targets.begin(), draft_.target);
      return;
    }
    for (const std::string_view other : {secret, format, paths, soft})
      if (is_set(other))
        fail("configuration", std::string(other) + " is set, but ANKKOR_REVALIDATE_URL is not.",
             "Set ANKKOR_REVALIDATE_URL too, or leave out both.");
  }

  void check_pairs() {
    const auto pair = [&](std::string_view a, std::string_view b) {
      const std::string_view there = is_set(a) ? a : b;
      const std::string_view missing = is_set(a) ? b : a;
      if (is_set(a) != is_set(b))
        fail("configuration",
             std::string(there) + " is set, but " + std::string(missing) + " is not.",
             "Set both or neither.");
    };
    pair("WOOCOMMERCE_APP_USER", "WOOCOMMERCE_APP_PASSWORD");
    pair("ANKKOR_TLS_CERT", "ANKKOR_TLS_KEY");
  }

  void check_listeners() {
    const settings& values = draft_.values;
    if (!is_loopback(values.admin_listen) && !is_set("ANKKOR_ADMIN_TOKEN"))
      fail(origins_["ANKKOR_ADMIN_LISTEN"],
           "ANKKOR_ADMIN_LISTEN is " + to_text(values.admin_listen) +
             ", but there is no ANKKOR_ADMIN_TOKEN: whoever reaches that address could read and "
             "steer the daemon.",
           "Set ANKKOR_ADMIN_TOKEN or ANKKOR_ADMIN_TOKEN_FILE, or listen on 127.0.0.1.");
    if (overlap(values.listen, values.admin_listen))
      fail("configuration",
           "ANKKOR_LISTEN (" + to_text(values.listen) + ") and ANKKOR_ADMIN_LISTEN (" +
             to_text(values.admin_listen) + ") are the same place.",
           "Give each a port of its own.");
  }

  void check_tls_files() {
    const auto holds = [&](std::string_view name, const std::string& path, std::string_view what,
                           std::string_view mark) {
      if (path.empty())
        return;
      const auto content = from_.read_file(path);
      if (!content)
        fail(origins_[name],
             std::string(name) + " names " + quoted(path) + ", which " + content.failure().message +
               ".",
             "Check the path, and that the user that runs ankkor may read the file.");
      else if (content->find(mark) == std::string::npos)
        fail(origins_[name],
             std::string(name) + " names " + quoted(path) + ", which holds no " +
               std::string(what) + ".",
             "It has to be a PEM file, with lines like -----BEGIN …-----.");
    };
    holds("ANKKOR_TLS_CERT", draft_.values.tls_cert, "certificate", "-----BEGIN CERTIFICATE-----");
    holds("ANKKOR_TLS_KEY", draft_.values.tls_key, "private key", "PRIVATE KEY-----");
    if (!draft_.values.tls_key.empty())
      warn_if_open(draft_.values.tls_key, "ANKKOR_TLS_KEY names");
    holds("ANKKOR_REDIS_CA", draft_.values.redis_ca, "certificate", "-----BEGIN CERTIFICATE-----");
  }

  void check_redis() {
    const settings& values = draft_.values;
    if (values.store == store_kind::redis && !is_set("REDIS_URL"))
      fail("configuration", "ANKKOR_STORE is redis, but REDIS_URL is not set.",
           "Set REDIS_URL or REDIS_URL_FILE, or leave out ANKKOR_STORE.");
    if (values.redis_url.empty())
      return;
    // A private network is the usual place of a Redis server, so this is no fault.
    const auto where = parse_redis_url(values.redis_url);
    if (where && where->is_password_in_clear())
      out_.warnings.push_back("REDIS_URL sends its password in clear to " + where->host +
                              ": whoever is on the way can read it, and what is stored. Write "
                              "rediss://, unless that network is private.");
  }

  void check_alerts() {
    const settings& values = draft_.values;
    const bool is_signed = values.alerts == alert_format::webhook;
    if (!is_set("ANKKOR_ALERT_URL")) {
      if (is_set("ANKKOR_ALERT_SECRET"))
        fail("configuration", "ANKKOR_ALERT_SECRET is set, but ANKKOR_ALERT_URL is not.",
             "Set ANKKOR_ALERT_URL too, or leave out both.");
    } else if (is_signed && !is_set("ANKKOR_ALERT_SECRET")) {
      fail("configuration",
           "ANKKOR_ALERT_URL is set, but ANKKOR_ALERT_SECRET is not; the format webhook needs it.",
           "Set ANKKOR_ALERT_SECRET or ANKKOR_ALERT_SECRET_FILE: echo whsec_$(openssl rand -base64 "
           "32); or set ANKKOR_ALERT_FORMAT to slack or discord.");
    } else if (is_signed && !values.alert_secret.empty() &&
               !is_signing_secret(values.alert_secret)) {
      fail(origins_["ANKKOR_ALERT_SECRET"],
           "ANKKOR_ALERT_SECRET is not a secret of Standard Webhooks.",
           "It is whsec_ and 24 to 64 bytes in base64: echo whsec_$(openssl rand -base64 32)");
    }
  }

  // WooCommerce shows key and secret side by side; both being taken for the other is a common slip.
  void check_keys() {
    if (draft_.values.consumer_key.rfind("cs_", 0) == 0 ||
        draft_.values.consumer_secret.rfind("ck_", 0) == 0)
      out_.warnings.emplace_back(
        "WOOCOMMERCE_CONSUMER_KEY and WOOCOMMERCE_CONSUMER_SECRET look like one another: "
        "the key begins with ck_, the secret with cs_.");
  }

  void show() {
    each_setting([&](const setting& each) {
      const texts values = each.write(draft_);
      std::string text = joined(values);
      if (each.secret && !values.empty())
        text = values.size() == 1 ? "***" : "*** (" + std::to_string(values.size()) + " of them)";
      const bool unset = values.empty() && origins_[each.name] == "default";
      out_.shown.push_back({std::string(each.name), std::move(text),
                            unset ? "not set" : origins_[each.name], each.secret});
    });
    std::move(target_shown_.begin(), target_shown_.end(), std::back_inserter(out_.shown));
  }

  const sources& from_;
  file_content file_;
  bool file_is_readable_ = true; // also if there is none
  draft draft_;
  std::set<std::string_view> set_; // given by some source, usable or not
  std::map<std::string_view, std::string> origins_;
  std::set<std::string> open_files_; // that were warned of
  std::vector<shown_value> target_shown_;
  load_result out_;
};

} // namespace

load_result load(const sources& from) {
  return loader(from).run();
}

load_result load_process(std::map<std::string, std::string> flags,
                         std::optional<std::string> config_file) {
  sources from{std::move(flags), {}, std::move(config_file), read_text_file, is_open_to_all};
  for (char** each = ::environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view pair(*each);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos)
      from.environment.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return load(from);
}

bool is_open_to_all(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real)
    return false;
  std::string at(real.get());
  const auto allows = [&](mode_t right) {
    struct stat facts {};
    return ::stat(at.c_str(), &facts) == 0 && (facts.st_mode & right) != 0;
  };
  if (at.rfind("/run/secrets/", 0) == 0 || !allows(S_IROTH))
    return false;
  for (auto end = at.rfind('/'); end != 0 && end != std::string::npos; end = at.rfind('/')) {
    at.resize(end);
    if (!allows(S_IXOTH))
      return false;
  }
  return true;
}

result<std::string> read_text_file(const std::string& path) {
  const auto fail = [](int number) {
    return error{errc::unavailable, "can't be read: " + std::generic_category().message(number),
                 ""};
  };
  const auto close = [](std::FILE* file) { (void)std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rbe"), close);
  if (!file)
    return fail(errno);
  std::string out(file_bytes_max + 1, '\0');
  out.resize(std::fread(out.data(), 1, out.size(), file.get()));
  if (std::ferror(file.get()) != 0)
    return fail(errno);
  if (out.size() > file_bytes_max)
    return error{errc::too_large, "is longer than 1 MiB", ""};
  return out;
}

} // namespace ankkor::config

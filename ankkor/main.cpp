// The command line: one binary, its subcommands in commands.hpp and demo.hpp.
#include "ankkor/commands.hpp"
#include "ankkor/daemon.hpp"
#include "ankkor/demo.hpp"
#include "ankkor/reconcile.hpp"
#include "base/text.hpp"
#include "config/describe.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <set>

namespace {

using namespace ankkor;

// Flags that are settings: the table offers them, CLI11 reads them.
struct setting_flags {
  std::map<std::string, std::string> values;
  std::optional<std::string> config_file;

  // `only`: of the flags these; all if it is empty.
  void offer(CLI::App& command, const std::set<std::string>& only = {}) {
    command
      .add_option_function<std::string>(
        "--config", [this](const std::string& path) { config_file = path; },
        "The TOML file to read (docs/ankkor.example.toml shows all of it)")
      ->type_name("FILE");
    for (const auto& flag : config::flags()) {
      if (!only.empty() && only.count(flag.name) == 0)
        continue;
      command
        .add_option_function<std::string>(
          "--" + flag.name,
          [this, name = flag.name](const std::string& value) { values[name] = value; }, flag.help)
        ->type_name(flag.form)
        ->group(flag.group);
    }
  }

  [[nodiscard]] config::load_result load() const {
    return config::load_process(values, config_file);
  }
};

int run(int argc, char** argv) {
  auto app = CLI::App{"Keeps a headless WooCommerce storefront's stock right.", "ankkor"};
  app.set_version_flag("--version", std::string{"ankkor "} + version);
  app.require_subcommand(1);

  auto settings = setting_flags{};
  auto* serve_command = app.add_subcommand("serve", "Run the daemon");
  settings.offer(*serve_command);

  auto demo_options = ankkor::demo_options{};
  auto* demo_command = app.add_subcommand(
    "demo", "Run the daemon with an emulated WooCommerce store, its shoppers and a storefront");
  offer_demo_flags(*demo_command, demo_options);

  auto reconcile_options = ankkor::reconcile_options{};
  auto* reconcile_command = app.add_subcommand(
    "reconcile", "Have the running daemon compare its copy with WooCommerce, and mend it");
  offer_reconcile_flags(*reconcile_command, reconcile_options);
  settings.offer(*reconcile_command, {"admin-listen", "admin-token-file"});

  auto* config_command = app.add_subcommand("config", "Look at the configuration");
  config_command->require_subcommand(1);
  bool json = false;
  auto* check_command = config_command->add_subcommand("check", "Say every fault of it at once");
  check_command->add_flag("--json", json, "For programs");
  settings.offer(*check_command);
  auto* show_command =
    config_command->add_subcommand("show", "Show what is in effect and where it came from");
  show_command->add_flag("--json", json, "For programs");
  settings.offer(*show_command);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    // CLI11 answers --help before it says what it did not understand.
    if (problem.get_exit_code() == 0 && app.remaining_size(true) > 0) {
      complain({errc::invalid_input,
                "ankkor has no command " + ankkor::quoted(app.remaining(true).front()) + ".",
                "ankkor --help lists the commands."});
      return exit_usage;
    }
    return app.exit(problem) == 0 ? exit_success : exit_usage;
  }
  if (serve_command->parsed())
    return serve(settings.load());
  if (demo_command->parsed())
    return demo(demo_options);
  if (reconcile_command->parsed())
    return reconcile(load_for_client(settings.values, settings.config_file), reconcile_options);
  if (check_command->parsed())
    return check_config(settings.load(), json);
  return show_config(settings.load(), json);
}

} // namespace

int main(int argc, char** argv) {
  prepare_signals();
  try {
    return run(argc, argv);
  } catch (const std::exception& problem) {
    std::cerr << "ankkor: " << problem.what() << '\n';
    return exit_failed;
  }
}

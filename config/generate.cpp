// Writes what the table generates into a folder: the target config_docs.
#include "config/describe.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: ankkor_config_docs FOLDER\n", stderr);
    return 2;
  }
  const std::filesystem::path folder(arguments[1]);
  std::filesystem::create_directories(folder);
  std::ofstream docs(folder / "configuration.md", std::ios::binary);
  std::ofstream example(folder / "ankkor.example.toml", std::ios::binary);
  docs << ankkor::config::docs_markdown();
  example << ankkor::config::example_toml();
  docs.close();
  example.close();
  if (docs && example)
    return 0;
  std::fputs("The files can't be written.\n", stderr);
  return 1;
}

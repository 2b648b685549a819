#include "place.hpp"

#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sys/wait.h>
#include <unistd.h>

namespace ankkor::store::testing {

namespace fs = std::filesystem;

directory::directory() {
  auto name = (fs::temp_directory_path() / "ankkor-store-XXXXXX").string();
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

directory::~directory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void write_file(const fs::path& path, const std::string& content) {
  std::ofstream file{path, std::ios::binary | std::ios::trunc};
  file << content;
  BOOST_REQUIRE(file.flush().good());
}

std::map<std::string, std::string> contents(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& each : fs::directory_iterator{directory}) {
    if (each.path().filename() != "ankkor.lock")
      files[each.path().filename().string()] = read_file(each.path());
  }
  return files;
}

void fill_with(const std::map<std::string, std::string>& files, const std::string& directory) {
  for (const auto& each : fs::directory_iterator{directory})
    fs::remove_all(each.path());
  for (const auto& [name, content] : files)
    write_file(fs::path{directory} / name, content);
}

void in_lost_process(const std::function<bool()>& run) {
  const auto child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0)
    ::_exit(run() ? 0 : 1);
  int ended = 0;
  BOOST_REQUIRE(::waitpid(child, &ended, 0) == child);
  BOOST_REQUIRE(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
}

std::string run_sql(const fs::path& database, const std::string& sql) {
  sqlite3* raw = nullptr;
  BOOST_REQUIRE(sqlite3_open(database.c_str(), &raw) == SQLITE_OK);
  std::string last;
  const auto keep = [](void* to, int columns, char** values, char**) {
    *static_cast<std::string*>(to) = columns > 0 && values[0] != nullptr ? values[0] : "";
    return 0;
  };
  char* message = nullptr;
  const int code = sqlite3_exec(raw, sql.c_str(), keep, &last, &message);
  BOOST_REQUIRE_MESSAGE(code == SQLITE_OK, (message != nullptr ? message : "no message"));
  sqlite3_close(raw);
  return last;
}

} // namespace ankkor::store::testing

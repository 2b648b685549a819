// A directory of one test's own, and what the tests of the embedded store do with its files.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

namespace ankkor::store::testing {

// Empty at first, deleted at the end.
class directory {
public:
  directory();
  directory(const directory&) = delete;
  directory& operator=(const directory&) = delete;
  ~directory();

  [[nodiscard]] std::string path() const { return path_.string(); }

  [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& content);

// Name to content of all files but the lock, which every attempt to open writes.
[[nodiscard]] std::map<std::string, std::string> contents(const std::string& directory);
void fill_with(const std::map<std::string, std::string>& files, const std::string& directory);

// Runs it in a process of its own that ends without cleaning up, as kill -9 would. The test fails if
// it answers false.
void in_lost_process(const std::function<bool()>& run);

// Runs SQL in a database; the test fails if that fails. Answers the first value of the last row.
std::string run_sql(const std::filesystem::path& database, const std::string& sql);

} // namespace ankkor::store::testing

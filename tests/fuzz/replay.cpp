// Runs a fuzz target over files: the seeds, and what the fuzzer has found before. In builds without
// libFuzzer, so that every test run checks them.
#include "tests/fuzz/fuzz.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

void replay(const std::filesystem::path& file) {
  auto in = std::ifstream{file, std::ios::binary};
  const auto bytes =
    std::vector<char>{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

} // namespace

// replay FOLDER...: fails if there is nothing to replay.
int main(int argc, char** argv) {
  std::size_t count = 0;
  for (const std::filesystem::path folder : std::vector<std::string>{argv + 1, argv + argc}) {
    if (!std::filesystem::exists(folder))
      continue;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
      if (!entry.is_regular_file())
        continue;
      replay(entry.path());
      ++count;
    }
  }
  std::printf("%zu inputs\n", count);
  return count > 0 ? 0 : 1;
}

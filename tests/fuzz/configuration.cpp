// Any configuration file: every fault is said, in words, and no secret with it.
#include "config/load.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ankkor;
using namespace ankkor::fuzz;

namespace {

constexpr std::string_view secret = "7h3-53cr37-0f-7h3-5h0p";

bool holds(std::string_view text) {
  return text.find(secret) != std::string_view::npos;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto from = config::sources{};
  from.environment = {{"WOOCOMMERCE_STORE_URL", "https://shop.example"},
                      {"WOOCOMMERCE_CONSUMER_KEY", std::string{secret}},
                      {"WOOCOMMERCE_CONSUMER_SECRET", std::string{secret}},
                      {"WOOCOMMERCE_WEBHOOK_SECRET", std::string{secret}}};
  from.config_file = "ankkor.toml";
  const auto text = std::string{as_text(data, size)};
  from.read_file = [&](const std::string& path) -> result<std::string> {
    if (path == "ankkor.toml")
      return text;
    return error{errc::not_found, "can't be read: No such file or directory", ""};
  };
  const auto loaded = config::load(from);
  for (const auto& fault : loaded.faults) {
    require(!fault.what.empty() && !fault.mend.empty(), "a fault says what and how to mend it");
    require(fault.what.find('\n') == std::string::npos, "a fault is one line");
    require(!holds(fault.what) && !holds(fault.mend), "no fault holds a secret");
  }
  for (const auto& shown : loaded.shown)
    require(!holds(shown.value), "no value that is shown holds a secret");
  for (const auto& warning : loaded.warnings)
    require(!holds(warning), "no warning holds a secret");
  return 0;
}

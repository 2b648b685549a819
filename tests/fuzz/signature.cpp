// Any signature of any body: only what WooCommerce would send is accepted. The input is the
// signature, a line break, the body.
#include "net/signature.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace ankkor;
using namespace ankkor::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::string> secrets{"one", "s&<cret>\"'1 \xc3\xbc"};
  static net::signature_checker checker{secrets};
  const auto bytes = as_text(data, size);
  const auto end = std::min(bytes.find('\n'), bytes.size());
  const auto signature = bytes.substr(0, end);
  const auto body = bytes.substr(std::min(end + 1, bytes.size()));
  const bool right =
    signature == net::sign(body, secrets.front()) || signature == net::sign(body, secrets.back());
  require(checker.check(body, signature).has_value() == right, "only the right one is accepted");
  for (const auto& secret : secrets)
    require(checker.check(body, net::sign(body, secret)).has_value(), "the right one is accepted");
  return 0;
}

// Any signature of any body: only what WooCommerce would send is accepted. The input is a choice,
// what makes the signature, a line break, the body. A fuzzer can't guess an HMAC, so that, chosen,
// the right one is taken and changed: the ways near to the right one are where a check could fail.
#include "net/woocommerce/signature.hpp"

#include "tests/fuzz/fuzz.hpp"

using namespace ankkor;
using namespace ankkor::fuzz;

namespace {

// The first byte says where, the rest what stands there instead.
std::string overwritten(std::string right, std::string_view how) {
  if (how.empty())
    return right;
  const std::size_t at = static_cast<unsigned char>(how.front()) % (right.size() + 1);
  how.remove_prefix(1);
  return right.replace(at, std::min(how.size(), right.size() - at), how);
}

// The same, but what stood there moves on.
std::string widened(std::string right, std::string_view how) {
  if (how.empty())
    return right;
  const std::size_t at = static_cast<unsigned char>(how.front()) % (right.size() + 1);
  how.remove_prefix(1);
  return right.insert(at, how);
}

std::string signature_from(unsigned choice, std::string_view given, const std::string& right) {
  switch (choice % 3) {
  case 1:
    return overwritten(right, given);
  case 2:
    return widened(right, given);
  default:
    return std::string{given};
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::string> secrets{"one", "s&<cret>\"'1 \xc3\xbc"};
  static net::signature_checker checker{secrets};
  auto bytes = as_text(data, size);
  const auto choice = take_choice(bytes);
  const auto end = std::min(bytes.find('\n'), bytes.size());
  const auto body = bytes.substr(std::min(end + 1, bytes.size()));
  const auto signature =
    signature_from(choice, bytes.substr(0, end), net::sign(body, secrets[choice / 3 % 2]));
  const bool right =
    signature == net::sign(body, secrets.front()) || signature == net::sign(body, secrets.back());
  require(checker.check(body, signature).has_value() == right, "only the right one is accepted");
  for (const auto& secret : secrets)
    require(checker.check(body, net::sign(body, secret)).has_value(), "the right one is accepted");
  return 0;
}

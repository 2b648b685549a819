// See emulated_shop.hpp.
#include "tests/emulator/emulated_shop.hpp"

#include "emulator/wordpress.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace ankkor::emulator::test {

second at(std::string_view text) {
  const auto date = parse_date(text);
  BOOST_REQUIRE(date.has_value());
  return date->at;
}

moment begin() {
  return at("2026-11-22T16:30:00");
}

moment after(std::chrono::microseconds more) {
  return begin() + more;
}

std::string read_file(const std::string& below_recordings) {
  std::ifstream file(std::string(ANKKOR_RECORDINGS) + "/" + below_recordings, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(file.good(), "no recording " << below_recordings);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

json_value read_json(const std::string& below_recordings) {
  auto made = parse_json(read_file(below_recordings));
  BOOST_REQUIRE_MESSAGE(made.has_value(), below_recordings << " is not JSON");
  return std::move(*made);
}

recorded recording(std::string_view number) {
  for (const auto& each :
       std::filesystem::directory_iterator(std::string(ANKKOR_RECORDINGS) + "/webhooks")) {
    const auto name = each.path().filename().string();
    if (name.rfind(std::string(number) + "-", 0) != 0)
      continue;
    recorded made{read_json("webhooks/" + name), {}, {}};
    made.body = base64_decode(*made.all.find("body_base64")->string()).value_or("");
    for (const auto& field : *made.all.find("headers")->items())
      made.headers.emplace_back(*field.items()->at(0).string(), *field.items()->at(1).string());
    return made;
  }
  BOOST_FAIL("no recording " << number);
  return {};
}

std::string without_related(std::string text) {
  static constexpr std::string_view begins = "\"related_ids\":[";
  const auto from = text.find(begins);
  if (from == std::string::npos)
    return text;
  const auto inside = from + begins.size();
  return text.erase(inside, text.find(']', inside) - inside);
}

std::vector<std::string> keys(const json_value& of) {
  std::vector<std::string> names;
  BOOST_REQUIRE(of.members() != nullptr);
  for (const auto& [name, value] : *of.members())
    names.push_back(name);
  return names;
}

store_settings lab_settings() {
  store_settings made;
  made.access.keys = {{std::string(lab_key), std::string(lab_key_secret), true},
                      {"ck_readonly", "cs_readonly", false}};
  made.access.users = {{1, "admin", "abcd efgh", role::administrator},
                       {2, "manager", "ijkl mnop", role::shop_manager},
                       {3, "customer", "qrst uvwx", role::customer}};
  return made;
}

std::string basic(std::string_view name, std::string_view password) {
  return "Basic " + base64_encode(std::string(name) + ":" + std::string(password));
}

} // namespace ankkor::emulator::test

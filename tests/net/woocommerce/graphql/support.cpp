#include "support.hpp"

#include "net/woocommerce/payload.hpp"
#include "recordings.hpp"

#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace ankkor::testing {

namespace {

constexpr std::size_t padding = 64;

const std::filesystem::path& recordings() {
  static const auto place = std::filesystem::path{ANKKOR_RECORDINGS};
  return place;
}

recorded_answer read_answer(const std::filesystem::path& file) {
  auto parser = simdjson::dom::parser{};
  const simdjson::dom::element root = parser.load(file.string());
  auto made = recorded_answer{file.stem().string(), {}};
  const simdjson::dom::element body = root["response"];
  // A body that was no JSON was kept as text.
  made.response =
    body.is_string() ? answer(std::string_view{body}) : answer(simdjson::minify(body));
  made.response.status = static_cast<unsigned>(std::uint64_t{root["status"]});
  for (const simdjson::dom::array field : root["headers"].get_array()) {
    auto name = std::string{std::string_view{field.at(0)}};
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    made.response.fields.emplace_back(name, std::string_view{field.at(1)});
  }
  return made;
}

void add_item(std::vector<stock::item>& to, std::string body) {
  auto reader = net::payload_reader{};
  body.reserve(body.size() + padding);
  auto found = reader.read(net::topic_kind::product, body);
  if (found && std::holds_alternative<stock::item>(*found))
    to.push_back(std::get<stock::item>(*found));
}

void add_items(std::vector<stock::item>& to, simdjson::dom::element from) {
  if (from.is_object()) {
    add_item(to, simdjson::minify(from));
  } else if (from.is_array()) {
    for (const auto each : from.get_array())
      add_item(to, simdjson::minify(each));
  }
}

// True for what REST's product endpoints answered whole: not chosen fields, and not the other
// representation that products/ID/variations has (no slug, the option alone as name).
bool holds_whole_items(const std::string& file) {
  return file.starts_with("product") && file != "products-fields" &&
         !file.starts_with("product-variations");
}

} // namespace

net::client_response answer(std::string_view body, unsigned status) {
  auto made = net::client_response{};
  made.status = status;
  made.body.reserve(body.size() + padding);
  made.body = body;
  return made;
}

net::client_response data_answer(std::string_view data, std::string_view errors) {
  auto body = std::string{"{"};
  if (!errors.empty())
    body.append("\"errors\":").append(errors).append(",");
  return answer(body.append("\"data\":").append(data).append("}"));
}

recorded_answer recorded(const std::string& file) {
  for (const auto& each : recorded_answers()) {
    if (each.file == file)
      return each;
  }
  throw std::runtime_error{"no recording " + file};
}

const std::vector<recorded_answer>& recorded_answers() {
  static const auto all = [] {
    auto found = std::vector<recorded_answer>{};
    for (const auto& entry : std::filesystem::directory_iterator{recordings() / "graphql"}) {
      if (entry.path().extension() == ".json" && entry.path().stem() != "TIMINGS")
        found.push_back(read_answer(entry.path()));
    }
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.file < b.file; });
    return found;
  }();
  return all;
}

std::vector<stock::item> recorded_rest_items() {
  auto found = std::vector<stock::item>{};
  for (const auto& entry : std::filesystem::directory_iterator{recordings() / "rest"}) {
    if (!holds_whole_items(entry.path().stem().string()))
      continue;
    auto parser = simdjson::dom::parser{};
    const simdjson::dom::element root = parser.load(entry.path().string());
    add_items(found, root["response"]);
  }
  for (const auto& delivery : recorded_deliveries()) {
    if (net::classify_topic(delivery.topic) == net::topic_kind::product)
      add_item(found, delivery.body);
  }
  return found;
}

} // namespace ankkor::testing

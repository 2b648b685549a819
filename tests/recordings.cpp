// Reads tests/recordings/webhooks. simdjson's DOM, since speed is of no matter here.
#include "recordings.hpp"

#include <openssl/evp.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace ankkor::testing {

namespace {

namespace dom = simdjson::dom;

std::filesystem::path folder() {
  return std::filesystem::path{ANKKOR_RECORDINGS} / "webhooks";
}

std::string text(dom::object from, std::string_view key) {
  return std::string{std::string_view{from[key]}};
}

std::string decode_base64(std::string_view encoded) {
  auto bytes = std::string(encoded.size() / 4 * 3, '\0');
  const auto size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                    reinterpret_cast<const unsigned char*>(encoded.data()),
                                    static_cast<int>(encoded.size()));
  if (size < 0)
    throw std::runtime_error{"a recorded body is no base64"};
  // EVP_DecodeBlock counts the padding as bytes.
  const auto padding = static_cast<std::size_t>(std::count(
    encoded.end() - std::min<std::ptrdiff_t>(2, std::ssize(encoded)), encoded.end(), '='));
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

stock::moment moment_of(double unix_seconds) {
  constexpr double microseconds_a_second = 1e6;
  return stock::moment{
    std::chrono::microseconds{static_cast<std::int64_t>(unix_seconds * microseconds_a_second)}};
}

recording parse(const std::filesystem::path& file) {
  auto parser = dom::parser{};
  const dom::object json = parser.load(file.string());
  auto found = recording{};
  found.file = file.filename().string();
  found.sequence = static_cast<unsigned>(std::uint64_t{json["seq"]});
  found.label = text(json, "label");
  found.action = text(json, "action");
  found.received = moment_of(double{json["received_at_unix"]});
  found.method = text(json, "method");
  found.path = text(json, "path");
  for (const dom::array pair : dom::array{json["headers"]})
    found.headers.push_back(
      {std::string{std::string_view{pair.at(0)}}, std::string{std::string_view{pair.at(1)}}});
  const auto encoded = text(json, "body_base64");
  found.complete = encoded != "[cut by the lab]";
  found.body = found.complete ? decode_base64(encoded) : text(json, "body_text");
  found.topic = found.header("X-WC-Webhook-Topic").value_or("");
  return found;
}

std::vector<recording> read_all() {
  auto all = std::vector<recording>{};
  for (const auto& entry : std::filesystem::directory_iterator{folder()}) {
    if (entry.path().extension() == ".json")
      all.push_back(parse(entry.path()));
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  return all;
}

index_row read_row(std::string_view line) {
  constexpr std::size_t columns = 9; // the tenth says what recording::action says
  auto cells = std::array<std::string, columns>{};
  for (auto& cell : cells) {
    const auto end = line.find('\t');
    cell = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  return {cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7], cells[8]};
}

std::vector<index_row> read_index() {
  auto file = std::ifstream{folder() / "INDEX.tsv"};
  auto rows = std::vector<index_row>{};
  auto line = std::string{};
  std::getline(file, line); // the columns' names
  while (std::getline(file, line))
    rows.push_back(read_row(line));
  if (rows.size() != recorded_deliveries().size())
    throw std::runtime_error{"INDEX.tsv and the recordings beside it differ"};
  return rows;
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

std::optional<std::string_view> recording::header(std::string_view name) const noexcept {
  for (const auto& field : headers) {
    if (std::equal(name.begin(), name.end(), field.name.begin(), field.name.end(),
                   [](char a, char b) { return lower(a) == lower(b); }))
      return field.value;
  }
  return std::nullopt;
}

// tests/recordings/FACTS.md, section 0: the second secret was in use for 121 and 122 alone.
std::string_view recording::secret() const noexcept {
  if (is_ping())
    return "";
  constexpr unsigned special_secret_delivery = 122;
  return recorded_secrets()[sequence == special_secret_delivery ? 1 : 0];
}

std::string recording::wire() const {
  auto request = method + ' ' + path + " HTTP/1.1\r\n";
  for (const auto& field : headers)
    request += field.name + ": " + field.value + "\r\n";
  return request + "\r\n" + body;
}

const std::vector<recording>& recorded_deliveries() {
  static const auto all = read_all();
  return all;
}

const recording& recorded_delivery(unsigned sequence) {
  const auto& all = recorded_deliveries();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& each) { return each.sequence == sequence; });
  if (found == all.end())
    throw std::out_of_range{"no recording " + std::to_string(sequence)};
  return *found;
}

const std::vector<index_row>& recorded_index() {
  static const auto rows = read_index();
  return rows;
}

const std::vector<std::string>& recorded_secrets() {
  static const auto secrets =
    std::vector<std::string>{"woo-lab-secret-0123456789", "s&<cret>\"'1 \u00fc"};
  return secrets;
}

} // namespace ankkor::testing

// What every store does the same way, whatever it is made of.
#include "store/store.hpp"

#include <algorithm>
#include <utility>

namespace ankkor::store {

namespace {

constexpr std::array<std::pair<outcome, std::string_view>, 7> outcome_spellings{{
  {outcome::applied, "applied"},
  {outcome::unchanged, "unchanged"},
  {outcome::stale, "stale"},
  {outcome::queued, "queued"},
  {outcome::duplicate, "duplicate"},
  {outcome::ignored, "ignored"},
  {outcome::unusable, "unusable"},
}};

void unite(std::vector<std::string>& into, const std::vector<std::string>& more) {
  for (const auto& text : more) {
    if (std::find(into.begin(), into.end(), text) == into.end())
      into.push_back(text);
  }
}

bool continues_sequence(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

} // namespace

std::string_view to_string(outcome value) noexcept {
  for (const auto& [candidate, text] : outcome_spellings) {
    if (candidate == value)
      return text;
  }
  return "unusable";
}

std::optional<outcome> parse_outcome(std::string_view text) noexcept {
  for (const auto& [value, candidate] : outcome_spellings) {
    if (candidate == text)
      return value;
  }
  return std::nullopt;
}

outbox_job merged(outbox_job waiting, const outbox_job& later) {
  unite(waiting.tags, later.tags);
  unite(waiting.paths, later.paths);
  waiting.received = std::min(waiting.received, later.received);
  waiting.created = std::min(waiting.created, later.created);
  waiting.version = std::max(waiting.version, later.version);
  return waiting;
}

std::string_view kept_body(std::string_view body) noexcept {
  if (body.size() <= dead_letter_body_max)
    return body;
  auto size = dead_letter_body_max;
  // A sequence has three continuation bytes at most; more of them is no UTF-8, and cut anywhere.
  while (size > dead_letter_body_max - 3 && continues_sequence(body[size]))
    --size;
  return body.substr(0, size);
}

} // namespace ankkor::store

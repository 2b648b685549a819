// Reading a parsed GraphQL answer: its members, and which of its parts an error has reached. For
// the sources of this folder alone: whoever includes it compiles simdjson.
#pragma once

#include "net/woocommerce/graphql_judge.hpp"

#include <simdjson.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::net::graphql {

namespace json = simdjson::dom;

// What a part of an answer lacks to be used. Never leaves the sources of this folder.
struct malformed {
  std::string reason;
};

// Nothing if it isn't there, or null.
inline std::optional<json::element> member(json::object of, std::string_view key) {
  json::element found;
  if (of.at_key(key).get(found) != simdjson::SUCCESS || found.is_null())
    return std::nullopt;
  return found;
}

template <class T>
std::optional<T> member_as(json::object of, std::string_view key) {
  T value{};
  const auto found = member(of, key);
  if (!found || found->get(value) != simdjson::SUCCESS)
    return std::nullopt;
  return value;
}

inline bool has(json::object of, std::string_view key) {
  return of.at_key(key).error() == simdjson::SUCCESS;
}

// The shop's own words, fit for a line of a log.
[[nodiscard]] std::string in_short(std::string_view words);

// Judges an answer that is a JSON object.
[[nodiscard]] judgement judge_object(json::object root, const client_response& response);

// Judges an answer that isn't GraphQL's; only here the HTTP status has the word. `words` is "" or
// what the shop says of itself.
[[nodiscard]] judgement judge_by_status(const client_response& response, const std::string& words,
                                        std::string_view body);

// Which parts of the data an error has reached.
class damage {
public:
  explicit damage(std::vector<field_error> errors) : errors_(std::move(errors)) {}

  // How many errors there are at this path and below it.
  [[nodiscard]] std::size_t count(const std::string& path) const {
    if (errors_.empty())
      return 0;
    const auto exact = std::equal_range(errors_.begin(), errors_.end(), path, by_path{});
    const auto begin = std::lower_bound(errors_.begin(), errors_.end(), path + '/', by_path{});
    const auto end =
      std::lower_bound(begin, errors_.end(), path + static_cast<char>('/' + 1), by_path{});
    return static_cast<std::size_t>((exact.second - exact.first) + (end - begin));
  }

  // True if an error reached the object at this path, not counting the variations in its list.
  [[nodiscard]] bool reaches(const std::string& path) const {
    return !errors_.empty() && count(path) > count(path + "/variations/nodes");
  }

  // The path of an element of a list; "" if no error could be found there anyway.
  [[nodiscard]] std::string path_of(const std::string& list, std::size_t index) const {
    return errors_.empty() ? std::string{} : list + '/' + std::to_string(index);
  }

  // The first error at exactly this path.
  [[nodiscard]] const field_error* at(const std::string& path) const {
    const auto found = std::lower_bound(errors_.begin(), errors_.end(), path, by_path{});
    return found != errors_.end() && found->path == path ? &*found : nullptr;
  }

  [[nodiscard]] std::string_view first_message() const {
    return errors_.empty() ? std::string_view{} : std::string_view{errors_.front().message};
  }

  // The words of the first error at this path or below it.
  [[nodiscard]] std::string words_of(const std::string& path) const {
    const auto found = std::lower_bound(errors_.begin(), errors_.end(), path, by_path{});
    return in_short(found == errors_.end() ? std::string_view{} : std::string_view{found->message});
  }

private:
  struct by_path {
    bool operator()(const field_error& a, const std::string& b) const { return a.path < b; }

    bool operator()(const std::string& a, const field_error& b) const { return a < b.path; }
  };

  std::vector<field_error> errors_; // sorted by path
};

} // namespace ankkor::net::graphql

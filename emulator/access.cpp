// See access.hpp and http.hpp.
#include "emulator/access.hpp"

#include "emulator/wordpress.hpp"

#include <algorithm>

namespace ankkor::emulator {

query_fields parse_query(std::string_view query) {
  query_fields fields;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty())
      continue;
    const auto equals = pair.find('=');
    const auto value =
      equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    fields.emplace_back(percent_decode(pair.substr(0, equals), true), percent_decode(value, true));
  }
  return fields;
}

const std::string* find_field(const query_fields& in, std::string_view name) {
  const auto found =
    std::find_if(in.rbegin(), in.rend(), [&](const auto& each) { return each.first == name; });
  return found == in.rend() ? nullptr : &found->second;
}

std::optional<basic_login> parse_basic(std::string_view authorization) {
  if (authorization.size() < 6 ||
      (authorization.substr(0, 6) != "Basic " && authorization.substr(0, 6) != "basic "))
    return std::nullopt;
  const auto plain = base64_decode(authorization.substr(6));
  const auto colon = plain ? plain->find(':') : std::string::npos;
  if (colon == std::string::npos)
    return std::nullopt;
  return basic_login{plain->substr(0, colon), plain->substr(colon + 1)};
}

bool over_tls(const access_settings& settings, const http_question& of) {
  return settings.behind_tls || of.forwarded_proto == "https";
}

const user* find_user(const access_settings& settings, const http_question& of) {
  auto login = parse_basic(of.authorization);
  if (!login || !over_tls(settings, of))
    return nullptr;
  const auto bare = [](std::string text) {
    std::erase(text, ' ');
    return text;
  };
  const auto given = bare(login->password);
  const auto found =
    std::find_if(settings.users.begin(), settings.users.end(), [&](const user& each) {
      return each.login == login->name && !given.empty() &&
             bare(each.application_password) == given;
    });
  return found == settings.users.end() ? nullptr : &*found;
}

rest_access judge(const access_settings& settings, const http_question& of,
                  const query_fields& query) {
  if (!over_tls(settings, of))
    return {};
  if (const auto* who = find_user(settings, of))
    return {who->manages(), who->manages(), {}};
  auto login = parse_basic(of.authorization);
  const auto* key = find_field(query, "consumer_key");
  const auto* secret = find_field(query, "consumer_secret");
  if (!login && key != nullptr && secret != nullptr)
    login = basic_login{*key, *secret};
  if (!login)
    return {};
  const auto found =
    std::find_if(settings.keys.begin(), settings.keys.end(),
                 [&](const consumer_key& each) { return each.key == login->name; });
  if (found == settings.keys.end())
    return {};
  if (found->secret != login->password)
    return {false, false, "Consumer secret is invalid."};
  return {true, found->may_write,
          found->may_write ? "" : "The API key provided does not have write permissions."};
}

} // namespace ankkor::emulator

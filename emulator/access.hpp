// Who may do what at the emulated shop: REST keys, users with application passwords, and what
// WordPress makes of an Authorization header (recordings rest/auth-*, graphql/auth-* and viewer-*).
#pragma once

#include "emulator/http.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ankkor::emulator {

enum class role : std::uint8_t { customer, shop_manager, administrator };

struct user {
  std::uint64_t id = 0;
  std::string login;
  std::string application_password; // compared without spaces
  role is = role::customer;

  [[nodiscard]] bool manages() const { return is != role::customer; }
};

struct consumer_key {
  std::string key;
  std::string secret;
  bool may_write = true;
};

struct access_settings {
  std::vector<consumer_key> keys;
  std::vector<user> users;
  // WordPress takes Basic authentication over TLS only. True: this shop considers every request as
  // come over TLS, as one behind a proxy does; false: only those with "X-Forwarded-Proto: https".
  bool behind_tls = true;
};

struct basic_login {
  std::string name;
  std::string password;
};

[[nodiscard]] std::optional<basic_login> parse_basic(std::string_view authorization);
[[nodiscard]] bool over_tls(const access_settings& settings, const http_question& of);
// The user whom the application password proves; null for anybody else.
[[nodiscard]] const user* find_user(const access_settings& settings, const http_question& of);

// What REST makes of a request's credentials.
struct rest_access {
  bool read = false;
  bool write = false;
  std::string refusal; // "Consumer secret is invalid."; empty: simply nobody
};

[[nodiscard]] rest_access judge(const access_settings& settings, const http_question& of,
                                const query_fields& query);

} // namespace ankkor::emulator

// The dashboard's files as they are built into the binary (web/embed.py).
#pragma once

#include <string_view>

namespace ankkor::web {

struct asset {
  std::string_view path;         // of the address: "/", "/dashboard/main.js"
  std::string_view content_type; // "text/javascript; charset=utf-8"
  std::string_view etag;         // of the content, with its quotation marks
  std::string_view body;
};

// Null if there is no such file.
[[nodiscard]] const asset* find_asset(std::string_view path) noexcept;

} // namespace ankkor::web

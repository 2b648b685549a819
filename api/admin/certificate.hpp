// When a certificate in a PEM file expires.
#pragma once

#include "stock/product.hpp"

#include <optional>
#include <string>

namespace ankkor::api {

// Of the file's first certificate, the server's own; nothing if the file can't be read or holds
// none. Blocks for one small file.
[[nodiscard]] std::optional<stock::moment> certificate_expiry(const std::string& pem_file);

} // namespace ankkor::api

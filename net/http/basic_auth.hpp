// HTTP's Basic authentication (RFC 7617), as WordPress takes application passwords and WooCommerce
// its keys.
#pragma once

#include <string>
#include <string_view>

namespace ankkor::net {

// The value of the Authorization field.
[[nodiscard]] std::string basic_authorization(std::string_view user, std::string_view password);

} // namespace ankkor::net

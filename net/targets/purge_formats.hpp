// How each kind of revalidation target is called, as functions from what changed to a request.
#pragma once

#include "config/settings.hpp"
#include "net/http/client.hpp"
#include "stock/product.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ankkor::net {

// What one call may hold. All are at least 1; a single tag longer than `tag_bytes` goes alone.
struct purge_limits {
  std::size_t products;
  std::size_t tags;
  std::size_t tag_bytes; // with a separator of one byte between them
};

[[nodiscard]] purge_limits limits_of(config::target_format format) noexcept;

// The tags that a call of this format needs, of all that a change has: those that name pages of a
// product by its slug for `ankkor`, where the product's ID stands in if none does; all for others.
[[nodiscard]] std::vector<std::string> tags_for(config::target_format format, stock::product_id id,
                                                std::vector<std::string> tags);

// What one call says.
struct purge {
  // `next`: of the call, for finding it in the logs of both sides. `webhook`: of the change, the
  // same whenever it is told again.
  std::string id;
  std::vector<std::string> tags; // each once; `ankkor`: exactly one, as tags_for leaves it
  std::vector<std::string> paths;
  std::string event; // `webhook`: the body
  std::chrono::sys_seconds sent{};
};

// Precondition: within the format's limits.
[[nodiscard]] client_request purge_call(const config::revalidate_target& target, const url& where,
                                        const purge& what);

// The body of a `webhook` call: the product's newest state. `held` may be null: nothing is held of
// it any more.
[[nodiscard]] std::string change_event(stock::product_id id, const stock::product* held,
                                       const std::vector<std::string>& tags,
                                       const std::vector<std::string>& paths,
                                       std::chrono::sys_seconds changed);

// The value of `webhook-signature` (Standard Webhooks 1.0). Precondition: the secret is
// config::is_signing_secret.
[[nodiscard]] std::string sign_standard_webhook(std::string_view secret, std::string_view id,
                                                std::chrono::sys_seconds sent,
                                                std::string_view body);

} // namespace ankkor::net

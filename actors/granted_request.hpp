// A GraphQL request as the actors that read WooCommerce send it, once the limiter has granted it.
#pragma once

#include "net/http_client.hpp"

#include <string>
#include <utility>

namespace ankkor::actors {

// `options` of any of these actors. Sent once whatever happens to the connection, since a second
// sending would need a second grant.
template <class Options>
net::client_request granted_request(const Options& options, std::string body) {
  auto request = net::client_request{};
  request.where = options.where;
  request.fields = options.fields;
  request.body = std::move(body);
  request.head_timeout = options.first_byte_timeout;
  request.total_timeout = options.request_timeout;
  request.once = true;
  return request;
}

} // namespace ankkor::actors

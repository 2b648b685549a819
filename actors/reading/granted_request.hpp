// A GraphQL request of the actors that read WooCommerce, once the limiter has granted it: how it is
// sent, and how long it took.
#pragma once

#include "net/http/client.hpp"
#include "stock/product.hpp"

#include <chrono>
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

// For feedback::took. Longer than a request may take it didn't: this machine's clock was set
// forward meanwhile, and the time says nothing.
template <class Options>
std::chrono::milliseconds time_taken(const Options& options, stock::moment sent,
                                     stock::moment received) {
  const auto took = std::chrono::ceil<std::chrono::milliseconds>(received - sent);
  return took > options.request_timeout ? std::chrono::milliseconds{0} : took;
}

} // namespace ankkor::actors

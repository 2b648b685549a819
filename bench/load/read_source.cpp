#include "bench/load/read_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ankkor::load {

read_source::read_source(read_options options) : options_(std::move(options)) {}

void read_source::write_target(std::string& request) {
  const auto turn = made_++;
  const auto product = options_.first_product + turn % options_.products;
  if (options_.kind == read_kind::miss) {
    fmt::format_to(std::back_inserter(request), "/api/products/{}/stock", first_missing + turn);
  } else if (options_.kind == read_kind::batch) {
    request += "/api/stock?ids=";
    const auto size = std::min(batch_size, options_.products);
    for (std::size_t at = 0; at < size; ++at) {
      const auto each = options_.first_product + (turn * size + at) % options_.products;
      fmt::format_to(std::back_inserter(request), "{}{}", at > 0 ? "," : "", each);
    }
  } else {
    fmt::format_to(std::back_inserter(request), "/api/products/{}/stock", product);
  }
}

errand read_source::make(std::string& request, time_point /*now*/) {
  request = "GET ";
  const auto turn = made_;
  write_target(request);
  fmt::format_to(std::back_inserter(request), " HTTP/1.1\r\nHost: {}\r\n", options_.host);
  if (options_.kind == read_kind::not_modified && !options_.etags.empty())
    fmt::format_to(std::back_inserter(request), "If-None-Match: {}\r\n",
                   options_.etags[turn % options_.products % options_.etags.size()]);
  request += "\r\n";
  return {};
}

verdict read_source::take(const errand& /*what*/, const answer& came) {
  const auto wanted = options_.kind == read_kind::not_modified ? 304U
                      : options_.kind == read_kind::miss       ? 404U
                                                               : 200U;
  // A batch that lacks products is no batch of so many.
  if (options_.kind == read_kind::batch && came.status == 200 &&
      came.body.find(R"("missing":[])") == std::string::npos)
    return {false, "products missing"};
  if (came.status != wanted)
    return {false, came.status == 503 ? "503" : "another status"};
  return {true, wanted == 200 ? "200" : wanted == 304 ? "304" : "404"};
}

void read_source::lose(const errand& /*what*/) {}

} // namespace ankkor::load

#include "ankkor/probe.hpp"

#include <future>
#include <memory>

namespace ankkor {

result<net::client_response> get(net::http_client& client, const std::string& url) {
  auto where = net::parse_url(url);
  if (!where)
    return where.failure();
  auto call = net::client_request{};
  call.method = "GET";
  call.where = std::move(*where);
  call.total_timeout = std::chrono::seconds{10};
  auto answer = std::make_shared<std::promise<result<net::client_response>>>();
  auto waiting = answer->get_future();
  client.send(std::move(call),
              [answer](result<net::client_response> got) { answer->set_value(std::move(got)); });
  return waiting.get();
}

} // namespace ankkor

#include "ankkor/probe.hpp"

#include <future>
#include <memory>

namespace ankkor {

result<net::client_response> get(net::http_client& client, const std::string& url) {
  auto where = net::parse_url(url);
  if (!where)
    return where.failure();
  auto what = net::client_request{};
  what.method = "GET";
  what.where = std::move(*where);
  what.total_timeout = std::chrono::seconds{10};
  return call(client, std::move(what));
}

result<net::client_response> call(net::http_client& client, net::client_request what) {
  auto answer = std::make_shared<std::promise<result<net::client_response>>>();
  auto waiting = answer->get_future();
  client.send(std::move(what),
              [answer](result<net::client_response> got) { answer->set_value(std::move(got)); });
  return waiting.get();
}

} // namespace ankkor

// A client and the server that a test plays for it by hand.
#pragma once

#include "net/http/client.hpp"
#include "net/io_pool.hpp"
#include "tests/net/raw_socket.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <memory>
#include <string>
#include <utility>

BOOST_TEST_DONT_PRINT_LOG_VALUE(ankkor::errc)

namespace ankkor::net::test {

using outcome = result<client_response>;

struct client_fixture {
  explicit client_fixture(client_options options = {}) : client(pool, std::move(options)) {}

  // A request to the listener of this fixture.
  [[nodiscard]] client_request to_listener(std::string body = "") const {
    client_request what;
    what.where =
      parse_url("http://127.0.0.1:" + std::to_string(listener.port()) + "/path?query").value();
    what.body = std::move(body);
    return what;
  }

  std::future<outcome> send(client_request what) {
    auto done = std::make_shared<std::promise<outcome>>();
    auto result = done->get_future();
    client.send(std::move(what), [done](outcome o) { done->set_value(std::move(o)); });
    return result;
  }

  // Sends one request, answers it with these bytes, closes.
  outcome answered_with(std::string_view bytes, client_request what) {
    auto result = send(std::move(what));
    auto peer = listener.accept();
    peer.read_head();
    peer.send(bytes);
    peer.half_close();
    return result.get();
  }

  outcome answered_with(std::string_view bytes) { return answered_with(bytes, to_listener()); }

  raw_listener listener;
  io_pool pool{2};
  http_client client;
};

inline const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

inline errc code_of(const outcome& o) {
  BOOST_REQUIRE(!o.ok());
  return o.failure().code;
}

} // namespace ankkor::net::test

// A Redis server of one test's own as a place for the store.
#pragma once

#include "net/io_pool.hpp"
#include "net/redis/client.hpp"
#include "store/redis/store.hpp"
#include "tests/redis_server.hpp"

#include <functional>
#include <memory>

namespace ankkor::store::testing {

class client_channel final : public command_channel {
public:
  explicit client_channel(const std::string& url, net::redis_options options = {})
    : client_(pool_, *config::parse_redis_url(url), std::move(options)) {}

  result<redis::answer> exchange(const redis::pipeline& commands) override {
    if (instead)
      return instead(commands);
    return client_.exchange(commands);
  }

  result<redis::answer> send(const redis::pipeline& commands) { return client_.exchange(commands); }

  // Called in place of sending; on the store's threads. Set while the store does nothing.
  std::function<result<redis::answer>(const redis::pipeline&)> instead;

private:
  net::io_pool pool_{1};
  net::redis_client client_;
};

} // namespace ankkor::store::testing

// The store on Redis against the cases that every store must pass, on a real server.
#include "redis_place.hpp"
#include "suite.hpp"

namespace ankkor::store::testing {

namespace {

// One server for all cases: each begins with an empty one.
ankkor::testing::redis_server& shared_server() {
  static ankkor::testing::redis_server server;
  return server;
}

class redis_backend final : public backend {
public:
  redis_backend() { shared_server().ask({"FLUSHALL"}); }

  result<std::unique_ptr<store>> open(limits kept) override {
    return open_redis(std::make_shared<client_channel>(shared_server().url()), kept);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(redis_as_a_store)

const bool added = [] {
  add_shared_cases([] { return std::make_unique<redis_backend>(); });
  return true;
}();

BOOST_AUTO_TEST_SUITE_END()

} // namespace ankkor::store::testing

// The embedded store against the cases that every store must pass.
#include "place.hpp"
#include "store/sqlite/store.hpp"
#include "suite.hpp"

namespace ankkor::store::testing {

namespace {

class sqlite_backend final : public backend {
public:
  result<std::unique_ptr<store>> open(limits kept) override {
    return open_sqlite(where_.path() + "/data", kept);
  }

private:
  directory where_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_as_a_store)

const bool added = [] {
  add_shared_cases([] { return std::make_unique<sqlite_backend>(); });
  return true;
}();

BOOST_AUTO_TEST_SUITE_END()

} // namespace ankkor::store::testing

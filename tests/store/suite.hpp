// What every store must do, whatever it is made of: the cases take any backend.
#pragma once

#include "store/store.hpp"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace ankkor::store::testing {

// A place of one test's own where a store keeps its data.
class backend {
public:
  backend() = default;
  backend(const backend&) = delete;
  backend& operator=(const backend&) = delete;
  virtual ~backend() = default;

  // Opens the store with what an earlier one, closed since, left there.
  virtual result<std::unique_ptr<store>> open(limits kept) = 0;
};

using backend_factory = std::function<std::unique_ptr<backend>()>;

// Call while static objects are initialized: adds the cases to the present suite.
void add_shared_cases(const backend_factory& make);

// -- values for tests ---------------------------------------------------------

[[nodiscard]] moment at(std::int64_t microseconds);
[[nodiscard]] delivery make_delivery(std::uint64_t number);
[[nodiscard]] stock::record make_record(product_id id, product_id parent, std::int64_t quantity);
[[nodiscard]] stock::product make_product(product_id id, std::uint64_t version);
// Writes all of it.
[[nodiscard]] entry make_entry(stock::product state);
[[nodiscard]] history_entry make_history(product_id product, std::uint64_t version);
[[nodiscard]] outbox_job make_job(product_id product, std::uint64_t version);

// The value, or the test ends.
template <class T>
T need(result<T> answer);

std::vector<commit_outcome> commit(store& into, std::span<const entry> entries);
std::vector<commit_outcome> commit(store& into, entry one);
[[nodiscard]] std::vector<stock::product> load(store& from);

} // namespace ankkor::store::testing

#include <boost/test/unit_test.hpp>

#include <utility>

template <class T>
T ankkor::store::testing::need(result<T> answer) {
  BOOST_REQUIRE_MESSAGE(answer.ok(), (answer.ok() ? "" : answer.failure().message));
  return std::move(answer).value();
}

#include "numbered.hpp"

#include <algorithm>

namespace ankkor::store::testing {

namespace {

constexpr std::uint64_t products = 300;
constexpr std::uint64_t batch_size = 16;

product_id product_of(std::uint64_t number) {
  return number * 7919 % products + 1;
}

} // namespace

entry numbered_entry(std::uint64_t number) {
  auto made = make_entry(make_product(product_of(number), number));
  made.delivery = make_delivery(number);
  made.history = {make_history(product_of(number), number)};
  made.jobs = {make_job(product_of(number), number)};
  return made;
}

std::vector<entry> numbered_batch(std::uint64_t last) {
  std::vector<entry> batch;
  for (std::uint64_t count = 0; count < batch_size; ++count)
    batch.push_back(numbered_entry(++last));
  return batch;
}

std::uint64_t check_whole(store& held) {
  const auto last = need(held.highest_version());
  BOOST_TEST(last % batch_size == 0U);
  std::vector<std::uint64_t> newest(products + 1, 0);
  for (std::uint64_t number = 1; number <= last; ++number)
    newest[product_of(number)] = number;
  for (const auto& each : load(held)) {
    BOOST_TEST((each == make_product(each.id, newest[each.id])));
    newest[each.id] |= std::uint64_t{1} << 63U;
  }
  const auto jobs = need(held.load_outbox());
  for (const auto& job : jobs)
    BOOST_TEST((job.version | std::uint64_t{1} << 63U) == newest[job.product]);
  const auto seen = need(need(held.open_reader())->count());
  BOOST_TEST(seen.deliveries == last);
  BOOST_TEST(seen.products == std::min(last, products));
  BOOST_TEST(jobs.size() == seen.products);
  return last;
}

} // namespace ankkor::store::testing

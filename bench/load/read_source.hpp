// Reads of the copy: hits, unchanged ones, batches, misses. Pure.
#pragma once

#include "bench/load/source.hpp"

#include <vector>

namespace ankkor::load {

enum class read_kind : std::uint8_t {
  hit,          // GET /api/products/ID/stock of what is held: 200
  not_modified, // the same with its present ETag: 304
  batch,        // GET /api/stock of 100 products: 200
  miss          // of what nobody has: read from WooCommerce, 404
};

struct read_options {
  read_kind kind = read_kind::hit;
  std::string host;
  std::size_t products = 1'000; // with the IDs from first_product on, taken in turn
  stock::product_id first_product = 1;
  // Of not_modified: of the products in turn; as many as there are.
  std::vector<std::string> etags;
};

class read_source final : public source {
public:
  // Above any ID that a load makes up.
  static constexpr stock::product_id first_missing = 1'000'000'000;
  static constexpr std::size_t batch_size = 100;

  explicit read_source(read_options options);

  errand make(std::string& request, time_point now) override;
  verdict take(const errand& what, const answer& came) override;
  void lose(const errand& what) override;

private:
  void write_target(std::string& request);

  read_options options_;
  std::uint64_t made_ = 0;
};

} // namespace ankkor::load

// Deliveries by a mix of kinds, with what each product was sent and answered for last, so that
// every effect can be verified at the end. Pure: time is given.
#pragma once

#include "bench/load/histogram.hpp"
#include "bench/load/source.hpp"

#include <optional>
#include <vector>

namespace ankkor::load {

struct delivery_options {
  std::size_t products = 1'000; // taken in turn; 1: all are about one hot product
  stock::product_id first_product = 1;
  stock::store_time first_modified{}; // before each product's first delivery
  // Of each product's first delivery, and counted up from there: where a load follows another, one
  // that the other didn't end with.
  std::int64_t first_quantity = 1;
  mix_shares shares;
  std::uint64_t seed = 1; // of the mix
  // What ankkor's body says of the outcome is looked at; else only the status, as for a floor.
  bool judges_outcomes = true;
};

class delivery_source final : public source {
public:
  delivery_source(delivery_options options, delivery_maker deliveries);

  errand make(std::string& request, time_point now) override;
  verdict take(const errand& what, const answer& came) override;
  void lose(const errand& what) override;

  // A storefront was told of the product.
  void tell(stock::product_id id, time_point now);

  // How long each change took from its sending to the storefront being told; a change that was told
  // together with a later one of its product counts from that one.
  [[nodiscard]] const histogram& propagation() const noexcept { return propagation_; }

  // Starts the measured part: what was gathered so far goes.
  void reset_propagation() { propagation_ = {}; }

  // The newest state that each product was answered for, in order of ID; of a product whose newest
  // delivery was lost none.
  [[nodiscard]] std::vector<product_state> expected() const;
  // Products with a change that was answered and that no storefront was told of since it was sent.
  [[nodiscard]] std::size_t untold() const;

private:
  struct product {
    stock::store_time newest_sent;
    std::optional<product_state> answered; // the newest
    std::uint64_t answered_number = 0;
    std::size_t in_flight = 0;
    std::int64_t sent = 0;
    bool lost = false;
    bool told = true;
    time_point changed; // when the newest change was sent
  };

  errand make_fresh(std::size_t at, std::string& request, time_point now);

  [[nodiscard]] stock::product_id id_of(std::size_t at) const {
    return options_.first_product + at;
  }

  void remember(product& of, const errand& what);

  delivery_options options_;
  delivery_maker deliveries_;
  mix mix_;
  std::vector<product> products_;
  std::size_t turn_ = 0;
  histogram propagation_;
};

} // namespace ankkor::load

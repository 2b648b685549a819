// How long a change in the shop takes to be told to the storefront, made of what passed between
// them. A call names a product and not a change, so only changes are measured of which that can be
// said: those that a page shows, and that stand alone among their product's.
#pragma once

#include "emulator/shoppers.hpp"
#include "emulator/storefront.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace ankkor::emulator {

// What the page of that product shows, as one text; "hidden" if there is none.
[[nodiscard]] std::string page_of(const catalog& shop, post_id product);

class propagation {
public:
  using milliseconds = std::chrono::duration<double, std::milli>;

  struct summary {
    std::vector<milliseconds> by_webhook;      // from the change to the call; ascending
    std::vector<milliseconds> without_webhook; // no delivery of that product came in between
    std::size_t untold = 0;  // no call came, or none before the product's next change
    std::size_t unseen = 0;  // no page shows them, so nobody is told
    std::size_t crowded = 0; // too near to another of their product to tell whose a call is
  };

  // Changes of one product stand alone if that much lies between them: WooCommerce makes its
  // deliveries up to two seconds late, and what can't be ordered is read again.
  static constexpr auto alone = std::chrono::seconds{5};

  // What its page showed when all began; one that isn't named was hidden.
  void begins(post_id product, std::string page);

  // In the order of time for each product. `page`: what it shows now.
  void changed(post_id product, moment at, std::string page);

  // A webhook that tells of the product was answered 2xx. Its body was made between these moments,
  // and it may have been told of before the answer was read.
  void delivered(post_id product, moment due, moment answered);

  [[nodiscard]] summary summarize(const storefront& told) const;

private:
  struct change {
    moment at{};
    std::string page; // from then on
  };

  struct on_its_way {
    moment due{};
    moment answered{};
  };

  struct life {
    std::string first_page = "hidden";
    std::vector<change> changes;
    std::vector<on_its_way> deliveries;

    [[nodiscard]] std::vector<moment> seen() const;
    [[nodiscard]] bool is_delivered(moment from, moment until) const;
  };

  std::map<post_id, life> lives_;
};

} // namespace ankkor::emulator

// A read on demand: what a reader asked for that isn't held, and the answer. No CAF here: the HTTP
// side includes this too.
#pragma once

#include "stock/product.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace ankkor::actors {

// What became of a read on demand.
enum class read_outcome : std::uint8_t {
  held,        // it is committed: look into products()
  absent,      // WooCommerce said that it isn't there, or doesn't show it to us
  unavailable, // WooCommerce can't be asked now, or too many wait
};

struct read_answer {
  read_outcome outcome = read_outcome::unavailable;
  stock::product_id product = 0;       // with held: the product that owns it
  std::chrono::seconds retry_after{0}; // with unavailable: a sensible wait
};

using read_handler = std::function<void(const read_answer&)>;

// A product's or a variation's ID, or a product's slug.
using read_key = std::variant<stock::product_id, std::string>;

// One reader who waits. Answered exactly once, whatever happens: at the latest when it is
// destroyed.
class open_read {
public:
  open_read(read_key wanted, read_handler done)
    : wanted_(std::move(wanted)), done_(std::move(done)) {}

  ~open_read() { answer({read_outcome::unavailable, 0, std::chrono::seconds{1}}); }

  open_read(const open_read&) = delete;
  open_read& operator=(const open_read&) = delete;

  [[nodiscard]] const read_key& wanted() const noexcept { return wanted_; }

  // The first answer counts.
  void answer(const read_answer& with) {
    if (const auto done = std::exchange(done_, nullptr))
      done(with);
  }

private:
  read_key wanted_;
  read_handler done_;
};

using open_read_ptr = std::shared_ptr<open_read>;

} // namespace ankkor::actors

// The daemon put together: store, engine, listeners; started and stopped in the right order.
#pragma once

#include "base/error.hpp"
#include "config/settings.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace ankkor {

inline constexpr const char* version = ANKKOR_VERSION;

class daemon {
public:
  // Opens the store, starts the engine and then the listeners, the admin's first.
  static result<std::unique_ptr<daemon>> start(const config::settings& settings);

  daemon() = default;
  daemon(const daemon&) = delete;
  daemon& operator=(const daemon&) = delete;
  virtual ~daemon() = default; // stops without waiting

  [[nodiscard]] virtual std::uint16_t public_port() const = 0;
  [[nodiscard]] virtual std::uint16_t admin_port() const = 0;

  // Stops accepting, lets what is in flight be answered and committed, closes the store,
  // within 10 s. Blocks.
  virtual void stop() = 0;
};

} // namespace ankkor

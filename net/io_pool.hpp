// The I/O threads: one event loop a thread, nothing shared between them.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace ankkor::net {

class io_pool {
public:
  // Starts `threads` (1 to 64) loops.
  explicit io_pool(std::size_t threads);
  ~io_pool(); // stops and joins
  io_pool(const io_pool&) = delete;
  io_pool& operator=(const io_pool&) = delete;

  [[nodiscard]] std::size_t size() const noexcept;

  // Runs `task` on the given thread. From any thread.
  void post(std::size_t thread, std::function<void()> task);

  // The same, but not before this time is over; not at all once the pool has stopped.
  void post_after(std::size_t thread, std::chrono::milliseconds delay, std::function<void()> task);

  // Stops the loops; what is still queued on them is dropped.
  void stop();

  struct implementation; // Boost.Asio, for net's own sources (net/io_pool_impl.hpp)

  [[nodiscard]] implementation& impl() noexcept { return *impl_; }

private:
  std::unique_ptr<implementation> impl_;
};

} // namespace ankkor::net

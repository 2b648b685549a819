// The memory that connections read into: pages apart from the allocator's, so that those of a crowd
// that has left go back to the system. Within the allocator's they would stay: something small that
// lives on (Asio keeps a record of each descriptor) lies beside each.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace ankkor::net {

// From any thread.
class page_pool {
public:
  static constexpr std::size_t page_bytes = 4096;
  // As many that were given back are kept as they are, for who comes next.
  static constexpr std::size_t warm_max = 256;

  page_pool() = default;
  ~page_pool(); // all pages have been given back
  page_pool(const page_pool&) = delete;
  page_pool& operator=(const page_pool&) = delete;

  // A page with anything in it. Throws std::bad_alloc.
  [[nodiscard]] char* take();
  void give(char* page) noexcept;

private:
  void grow();

  std::mutex mutex_;
  std::vector<char*> warm_;
  std::vector<char*> cold_; // without memory until they are written to
  std::vector<char*> regions_;
};

} // namespace ankkor::net

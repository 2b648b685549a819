#include "net/http/page_pool.hpp"

#include "base/sanitizers.hpp"

#include <sys/mman.h>

#include <new>

namespace ankkor::net {

// AddressSanitizer sees only what its own allocator gave.
#ifdef ANKKOR_ADDRESS_SANITIZER

page_pool::~page_pool() = default;

char* page_pool::take() {
  return new char[page_bytes];
}

void page_pool::give(char* page) noexcept {
  delete[] page;
}

#else

namespace {

constexpr std::size_t region_pages = 256;
constexpr std::size_t region_bytes = region_pages * page_pool::page_bytes;

} // namespace

page_pool::~page_pool() {
  for (char* region : regions_)
    ::munmap(region, region_bytes);
}

char* page_pool::take() {
  const std::lock_guard lock(mutex_);
  if (warm_.empty() && cold_.empty())
    grow();
  auto& from = warm_.empty() ? cold_ : warm_;
  char* const page = from.back();
  from.pop_back();
  return page;
}

void page_pool::give(char* page) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (warm_.size() < warm_max)
      return warm_.push_back(page);
  }
  ::madvise(page, page_bytes, MADV_DONTNEED); // it is nobody's meanwhile
  const std::lock_guard lock(mutex_);
  cold_.push_back(page);
}

// There is room for every page in each list, so that giving one back can't fail.
void page_pool::grow() {
  const auto all = (regions_.size() + 1) * region_pages;
  warm_.reserve(warm_max);
  cold_.reserve(all);
  regions_.reserve(regions_.size() + 1);
  void* const made =
    ::mmap(nullptr, region_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (made == MAP_FAILED)
    throw std::bad_alloc();
  regions_.push_back(static_cast<char*>(made));
  for (std::size_t at = region_pages; at-- > 0;)
    cold_.push_back(regions_.back() + at * page_bytes);
}

#endif

} // namespace ankkor::net

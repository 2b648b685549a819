#include "actors/reading/page_walk.hpp"

#include <algorithm>

namespace ankkor::actors {

namespace {

constexpr std::uint32_t repeats_max = 20;
constexpr std::uint32_t unreadable_max = 3;
constexpr std::size_t cursors_kept = 3; // over a restart

const std::string beginning;

} // namespace

page_walk::page_walk(place from)
  : cursors_(std::move(from.cursors)), known_(cursors_.begin(), cursors_.end()),
    first_ids_(from.first_ids.begin(), from.first_ids.end()), pages_(from.pages) {}

const std::string& page_walk::cursor() const noexcept {
  return cursors_.empty() ? beginning : cursors_.back();
}

page_walk::place page_walk::where() const {
  const auto kept = std::min(cursors_.size(), cursors_kept);
  return {{cursors_.end() - static_cast<std::ptrdiff_t>(kept), cursors_.end()},
          {first_ids_.begin(), first_ids_.end()},
          pages_};
}

// Half of it is enough: some of the first page's products may have gone meanwhile.
bool page_walk::starts_over(const net::items_page& page) const {
  const auto again = std::count_if(page.items.begin(), page.items.end(), [this](const auto& each) {
    return first_ids_.count(each.value.id) != 0;
  });
  return !first_ids_.empty() && 2 * static_cast<std::size_t>(again) >= first_ids_.size();
}

// An empty last page is what a cursor that jumped leaves, and also what a page of drafts looks
// like: it is believed when it was found a second time, behind a page that was read anew.
bool page_walk::is_doubtful_end(const net::items_page& page) {
  if (page.more || !page.items.empty() || !page.failed.empty() || doubted_ == cursor())
    return false;
  doubted_ = cursor();
  return true;
}

page_walk::step page_walk::repeat(bool a_page_earlier) {
  if (++repeats_ > repeats_max)
    return step::lost;
  if (a_page_earlier && !cursors_.empty()) {
    known_.erase(cursors_.back());
    cursors_.pop_back();
    pages_ -= std::min<std::uint64_t>(pages_, 1);
  }
  return step::repeat;
}

page_walk::step page_walk::take(const net::items_page& page) {
  // Items without an ID can't be asked for one by one; one that spoils its page for good must not
  // hold up everything else for ever, though.
  if (page.nameless_failures != 0 && ++unreadable_in_row_ < unreadable_max)
    return repeat(false);
  const bool is_first = cursors_.empty();
  if (is_first) {
    first_ids_.clear();
    for (const auto& each : page.items)
      first_ids_.insert(each.value.id);
  } else if (starts_over(page) || is_doubtful_end(page)) {
    return repeat(true);
  }
  if (page.more && known_.count(page.cursor) != 0)
    return repeat(true);
  unreadable_in_row_ = 0;
  ++pages_;
  if (!page.more)
    return step::whole;
  cursors_.push_back(page.cursor);
  known_.insert(page.cursor);
  return step::next;
}

} // namespace ankkor::actors

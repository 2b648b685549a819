#include "actors/reading/marks.hpp"

#include <algorithm>
#include <sstream>

namespace ankkor::actors {

namespace {

constexpr std::size_t cursor_max = 300; // bytes; WPGraphQL's have about 30
constexpr std::string_view none = "-";

// An opaque text of the shop's: kept between spaces.
bool can_be_kept(const std::string& cursor) {
  return !cursor.empty() && cursor.size() <= cursor_max && cursor != none &&
         std::all_of(cursor.begin(), cursor.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::optional<watermark> read_watermark(const std::string& text) {
  auto from = std::istringstream{text};
  std::int64_t at = 0;
  std::int64_t offset = 0;
  if (!(from >> at >> offset))
    return std::nullopt;
  auto mark = watermark{
    stock::store_time{std::chrono::seconds{at}}, std::chrono::seconds{offset}, std::nullopt, {}};
  std::int64_t next = 0;
  std::int64_t since = 0;
  if (from >> next >> since) {
    mark.next_offset = std::chrono::seconds{next};
    mark.next_since = stock::store_time{std::chrono::seconds{since}};
  }
  return mark;
}

std::optional<stock::moment> read_moment(const std::string& text) {
  auto from = std::istringstream{text};
  std::int64_t micros = 0;
  if (!(from >> micros))
    return std::nullopt;
  return stock::moment{std::chrono::microseconds{micros}};
}

std::optional<stock::store_time> read_second(const std::string& text) {
  auto from = std::istringstream{text};
  std::int64_t seconds = 0;
  if (!(from >> seconds))
    return std::nullopt;
  return stock::store_time{std::chrono::seconds{seconds}};
}

std::optional<scrub_mark> read_scrub(const std::string& text) {
  auto from = std::istringstream{text};
  auto mark = scrub_mark{};
  std::int64_t begun = 0;
  std::int64_t total = 0;
  std::size_t cursors = 0;
  if (!(from >> begun >> total >> mark.done >> mark.place.pages >> cursors))
    return std::nullopt;
  mark.begun = stock::moment{std::chrono::microseconds{begun}};
  if (total >= 0)
    mark.total = static_cast<std::uint64_t>(total);
  auto cursor = std::string{};
  for (; cursors > 0 && from >> cursor; --cursors)
    mark.place.cursors.push_back(cursor);
  stock::product_id id = 0;
  while (from >> id)
    mark.place.first_ids.push_back(id);
  return cursors == 0 && from.eof() ? std::optional{mark} : std::nullopt;
}

} // namespace

store::bookmark to_bookmark(const watermark& mark) {
  auto text = std::to_string(mark.at.time_since_epoch().count()) + " " +
              std::to_string(mark.utc_offset.count());
  if (mark.next_offset)
    text += " " + std::to_string(mark.next_offset->count()) + " " +
            std::to_string(mark.next_since.time_since_epoch().count());
  return {std::string{watermark_name}, text};
}

store::bookmark to_bookmark(const scrub_mark& mark) {
  const auto& cursors = mark.place.cursors;
  if (!std::all_of(cursors.begin(), cursors.end(), can_be_kept))
    return {std::string{scrub_name}, ""};
  auto text = std::to_string(mark.begun.time_since_epoch().count()) + " " +
              (mark.total ? std::to_string(*mark.total) : "-1") + " " + std::to_string(mark.done) +
              " " + std::to_string(mark.place.pages) + " " + std::to_string(cursors.size());
  for (const auto& cursor : cursors)
    text += " " + cursor;
  for (const auto id : mark.place.first_ids)
    text += " " + std::to_string(id);
  return {std::string{scrub_name}, text};
}

store::bookmark last_scrub_bookmark(stock::moment begun) {
  return {std::string{last_scrub_name}, std::to_string(begun.time_since_epoch().count())};
}

store::bookmark withdrawn_bookmark(stock::store_time from) {
  return {std::string{withdrawn_name}, std::to_string(from.time_since_epoch().count())};
}

reconcile_marks read_marks(const std::vector<store::bookmark>& marks) {
  auto read = reconcile_marks{};
  for (const auto& mark : marks) {
    if (mark.name == watermark_name)
      read.modified = read_watermark(mark.value);
    else if (mark.name == scrub_name)
      read.scrub = read_scrub(mark.value);
    else if (mark.name == last_scrub_name)
      read.last_scrub = read_moment(mark.value);
    else if (mark.name == withdrawn_name)
      read.withdrawn = read_second(mark.value);
    else
      read.seen.restore(mark, seen_prefix);
  }
  return read;
}

} // namespace ankkor::actors

#include "store/redis/reader.hpp"

#include "store/redis/rows.hpp"

#include <algorithm>
#include <chrono>

namespace ankkor::store::on_redis {

namespace {

constexpr std::chrono::seconds read_time_max{5};
constexpr std::size_t rows_max = 500;

std::int64_t bounded(std::size_t limit) {
  return static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, rows_max));
}

bool matches(const delivery_filter& filter, const delivery& row) {
  return (!filter.result || row.result == *filter.result) &&
         (filter.topic.empty() || row.topic == filter.topic) &&
         (filter.resource == 0 || row.resource == filter.resource);
}

class redis_reader final : public reader {
public:
  explicit redis_reader(std::shared_ptr<command_channel> channel) : channel_(std::move(channel)) {}

  // From the newest place backwards: what is committed meanwhile comes behind that.
  result<std::vector<delivery>> deliveries(const delivery_filter& filter) override {
    constexpr auto doing = "reading the deliveries";
    const auto begun = std::chrono::steady_clock::now();
    auto total = number({"ZCARD", on_redis::deliveries.order}, doing);
    if (!total)
      return total.failure();
    const auto wanted = static_cast<std::size_t>(bounded(filter.limit));
    std::vector<delivery> found;
    for (auto end = *total; end > 0 && found.size() < wanted; end -= page_rows) {
      if (std::chrono::steady_clock::now() > begun + read_time_max)
        return error{errc::timed_out, "reading the deliveries took too long",
                     "Ask for something that is more frequent, or for less."};
      auto page = read_page<delivery>(*channel_, on_redis::deliveries,
                                      std::max<std::int64_t>(end - page_rows, 0), end - 1, false,
                                      unpack_delivery, doing);
      if (!page)
        return page.failure();
      for (auto row = page->rbegin(); row != page->rend() && found.size() < wanted; ++row) {
        if (matches(filter, *row))
          found.push_back(std::move(*row));
      }
    }
    return found;
  }

  result<std::vector<dead_letter>> dead_letters(std::size_t limit) override {
    return read_page<dead_letter>(*channel_, on_redis::dead_letters, 0, bounded(limit) - 1, true,
                                  unpack_dead_letter, "reading the dead letters");
  }

  result<std::optional<dead_letter>> find_dead_letter(std::int64_t id) override {
    auto said =
      ask({"HGET", on_redis::dead_letters.rows, std::to_string(id)}, "reading a dead letter");
    if (!said)
      return said.failure();
    if (said->is_nil())
      return std::optional<dead_letter>{};
    auto row = unpack_dead_letter(said->text);
    if (!row)
      return damaged("a dead letter is not as ankkor writes it");
    return row;
  }

  result<std::vector<history_entry>> history(product_id product, std::size_t limit) override {
    auto said = ask({"LRANGE", history_key(product), "0", std::to_string(bounded(limit) - 1)},
                    "reading the history");
    if (!said)
      return said.failure();
    std::vector<history_entry> lines;
    for (const auto& each : said->elements) {
      auto line = unpack_history(each.text);
      if (!line)
        return damaged("a line of the history is not as ankkor writes it");
      lines.push_back(*std::move(line));
    }
    return lines;
  }

  result<std::vector<confirmation>> confirmations(std::size_t limit) override {
    return read_page<confirmation>(*channel_, on_redis::confirmations, 0, bounded(limit) - 1, false,
                                   unpack_confirmation, "reading the confirmations");
  }

  result<std::vector<outbox_job>> outbox(std::size_t limit) override {
    return read_page<outbox_job>(*channel_, on_redis::outbox, 0, bounded(limit) - 1, false,
                                 unpack_job, "reading the outbox");
  }

  result<counts> count() override {
    auto answered = channel_->exchange({{"MULTI"},
                                        {"ZCARD", products},
                                        {"SCARD", variations},
                                        {"ZCARD", on_redis::deliveries.order},
                                        {"ZCARD", on_redis::outbox.order},
                                        {"ZCARD", on_redis::confirmations.order},
                                        {"ZCARD", on_redis::dead_letters.order},
                                        {"HEXISTS", on_redis::confirmations.rows, padded(0)},
                                        {"EXEC"}});
    if (!answered)
      return of_reading(answered.failure());
    const auto& all = answered->replies.back();
    if (all.is_error() || all.elements.size() != 7)
      return explain(all, "counting");
    const auto at = [&](std::size_t place) {
      return static_cast<std::uint64_t>(all.elements[place].integer);
    };
    const bool everything = at(6) != 0;
    return counts{at(0), at(1), at(2), at(3), at(4) - (everything ? 1U : 0U), at(5), everything};
  }

private:
  result<redis::reply> ask(const redis::command& command, std::string_view doing) {
    auto answered = channel_->exchange({command});
    if (!answered)
      return of_reading(answered.failure());
    if (answered->replies.front().is_error())
      return explain(answered->replies.front(), doing);
    return std::move(answered->replies.front());
  }

  result<std::int64_t> number(const redis::command& command, std::string_view doing) {
    auto said = ask(command, doing);
    if (!said)
      return said.failure();
    return said->integer;
  }

  std::shared_ptr<command_channel> channel_;
};

} // namespace

std::unique_ptr<reader> make_reader(std::shared_ptr<command_channel> channel) {
  return std::make_unique<redis_reader>(std::move(channel));
}

} // namespace ankkor::store::on_redis

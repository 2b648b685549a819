// Lines are made on the caller's thread and written by one thread of our own.
#include "base/log.hpp"

#include "base/process.hpp"
#include "base/text.hpp"

#include <climits>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <condition_variable>
#include <iterator>
#include <limits>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace ankkor::log {

namespace {

constexpr std::chrono::seconds patience_at_stop{1};
constexpr int poll_ms = 50; // how soon a writer that waits sees that it has to hurry
constexpr std::chrono::seconds drop_report_period{1};
// Lines are written together while more of them wait, up to so many bytes.
constexpr std::size_t gathered_bytes_max = 16 * 1024;

std::string_view name(level at) noexcept {
  switch (at) {
  case level::debug:
    return "debug";
  case level::info:
    return "info";
  case level::warning:
    return "warning";
  case level::error:
    break;
  }
  return "error";
}

// Appends `text` so that it can stand between double quotes, cut at the limit.
void append_escaped(std::string& out, std::string_view text, format how) {
  const std::string_view kept = cut_utf8(text, value_bytes_max);
  if (how == format::json)
    append_json_escaped(out, kept);
  else
    append_text_escaped(out, kept);
  if (kept.size() < text.size())
    out += "…";
}

// -- one line -----------------------------------------------------------------

// RFC 3339, UTC, milliseconds.
void append_time(std::string& out, time_point now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  ankkor::append_time(out, second);
  const auto thousandths = static_cast<unsigned>((now - second).count());
  out.back() = '.';
  for (const unsigned digit : {thousandths / 100, thousandths / 10 % 10, thousandths % 10})
    out += static_cast<char>('0' + digit);
  out += 'Z';
}

void append_quoted(std::string& out, std::string_view text, format how) {
  out += '"';
  append_escaped(out, text, how);
  out += '"';
}

// Text values stand bare where that can be read back: logfmt quotes what holds blanks, quotes or
// `=`.
bool is_bare(std::string_view text) noexcept {
  if (text.empty() || text.size() > value_bytes_max)
    return false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || c == '"' || c == '=' || c == '\\')
      return false;
  }
  return true;
}

void append_value(std::string& out, const field::value_type& value, format how) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    if (how == format::text && is_bare(*text))
      out += *text;
    else
      append_quoted(out, *text, how);
  } else if (const auto* number = std::get_if<double>(&value)) {
    // JSON has no word for infinity or not-a-number (RFC 8259 section 6).
    if (std::isfinite(*number))
      fmt::format_to(std::back_inserter(out), "{}", *number);
    else
      out += "null";
  } else if (const auto* truth = std::get_if<bool>(&value)) {
    out += *truth ? "true" : "false";
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    out += fmt::format_int(*whole).str();
  } else {
    out += fmt::format_int(std::get<std::uint64_t>(value)).str();
  }
}

// -- writing ------------------------------------------------------------------

// Writes to a descriptor that may be a full pipe: waits for room, but once told to hurry only for
// so long, since a process that is asked to stop must stop.
class descriptor_writer {
public:
  explicit descriptor_writer(int descriptor) : descriptor_(descriptor) {}

  void hurry() noexcept {
    deadline_.store(
      (std::chrono::steady_clock::now() + patience_at_stop).time_since_epoch().count());
  }

  // Best effort: there is nowhere to report a failure to.
  void write(std::string_view text) {
    while (!text.empty() && wait_for_room()) {
      // A pipe that polls as writable takes PIPE_BUF bytes without blocking (POSIX, write()).
      const ssize_t n =
        ::write(descriptor_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
      if (n > 0)
        text.remove_prefix(static_cast<std::size_t>(n));
      else if (n < 0 && errno != EINTR && errno != EAGAIN)
        return;
    }
  }

private:
  bool wait_for_room() const {
    for (;;) {
      // Past the deadline what still waits is dropped line by line, without a pause for each.
      const bool late =
        std::chrono::steady_clock::now().time_since_epoch().count() > deadline_.load();
      pollfd room{descriptor_, POLLOUT, 0};
      const int ready = ::poll(&room, 1, late ? 0 : poll_ms);
      if (ready > 0)
        return true;
      if (late || (ready < 0 && errno != EINTR))
        return false;
    }
  }

  using ticks = std::chrono::steady_clock::rep;
  int descriptor_;
  std::atomic<ticks> deadline_{std::numeric_limits<ticks>::max()};
};

std::string line_now(format how, level at, std::string_view message,
                     std::initializer_list<field> fields) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return line(how, now, at, message, fields);
}

// The lines that wait for the writer, the newest `room` of them. From any thread.
class line_queue {
public:
  explicit line_queue(std::size_t room) : ring_(std::max<std::size_t>(room, 1)) {}

  // Never waits for the writer: where there is no room, the oldest line goes and is counted.
  void push(std::string line) {
    {
      const std::lock_guard lock(mutex_);
      const std::size_t end = (first_ + count_) % ring_.size();
      ring_[end] = std::move(line);
      if (count_ == ring_.size()) {
        first_ = (first_ + 1) % ring_.size();
        dropped_.fetch_add(1, std::memory_order_relaxed);
      } else {
        ++count_;
      }
    }
    news_.notify_one();
  }

  // Waits until there are lines, then moves some of them behind `out`, up to about `bytes_max`.
  // False: the queue was closed, and is empty.
  bool pop_some(std::string& out, std::size_t bytes_max) {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [&] { return count_ != 0 || closed_; });
    if (count_ == 0)
      return false;
    for (; count_ != 0 && out.size() < bytes_max; --count_) {
      out += ring_[first_];
      first_ = (first_ + 1) % ring_.size();
    }
    return true;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    news_.notify_one();
  }

  // Lines since the start that had to go.
  [[nodiscard]] std::uint64_t dropped() const noexcept {
    return dropped_.load(std::memory_order_relaxed);
  }

private:
  std::mutex mutex_; // of what follows, but the count of what was dropped
  std::condition_variable news_;
  std::vector<std::string> ring_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  bool closed_ = false;
  std::atomic<std::uint64_t> dropped_{0};
};

// A running writer: its queue and its thread.
class engine {
public:
  engine(format how, writer out, std::size_t queue_lines, std::shared_ptr<descriptor_writer> target)
    : how_(how), out_(std::move(out)), target_(std::move(target)), queue_(queue_lines),
      thread_([this] { run(); }) {}

  // Writes what waits. Precondition: nobody writes any more.
  ~engine() {
    if (target_)
      target_->hurry();
    queue_.close();
    thread_.join();
    report_dropped();
  }

  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  void write(std::string text) { queue_.push(std::move(text)); }

  [[nodiscard]] format how() const noexcept { return how_; }

  [[nodiscard]] std::uint64_t dropped() const noexcept { return queue_.dropped(); }

private:
  void run() {
    take_turns_behind_others();
    std::string gathered;
    while (queue_.pop_some(gathered, gathered_bytes_max)) {
      if (limit_.pass(std::chrono::steady_clock::now()))
        report_dropped();
      out_(gathered);
      gathered.clear();
    }
  }

  // What was reported before is left out.
  void report_dropped() {
    const std::uint64_t total = queue_.dropped();
    if (total == reported_)
      return;
    out_(line_now(how_, level::warning,
                  "The log dropped lines: they came faster than they could be written.",
                  {{"dropped", total - reported_}}));
    reported_ = total;
  }

  format how_;
  writer out_;
  std::shared_ptr<descriptor_writer> target_; // null where lines go somewhere else
  line_queue queue_;
  std::uint64_t reported_ = 0; // of the writer's thread, and of the destructor once that has ended
  limiter limit_{drop_report_period};
  std::thread thread_;
};

struct global_state {
  std::shared_mutex gate; // shared: writing; alone: putting an engine in or taking it out
  std::unique_ptr<engine> running;
  std::atomic<level> least{level::warning};
  std::atomic<std::uint64_t> dropped_before{0}; // by engines that are gone
};

// Never destroyed, so that whatever still runs while the process ends can write.
global_state& global() {
  static global_state& state = *new global_state;
  return state;
}

void start_engine(level least, format how, writer out, std::size_t queue_lines,
                  std::shared_ptr<descriptor_writer> target) {
  stop();
  auto next = std::make_unique<engine>(how, std::move(out), queue_lines, std::move(target));
  global_state& state = global();
  const std::unique_lock alone(state.gate);
  state.running = std::move(next);
  state.least = least;
}

} // namespace

// -- the room's functions -----------------------------------------------------

std::string line(format how, time_point now, level at, std::string_view message,
                 std::initializer_list<field> fields) {
  std::string out;
  out.reserve(384);
  if (how == format::json) {
    out += "{\"time\":\"";
    append_time(out, now);
    out += "\",\"level\":\"";
    out += name(at);
    out += "\",\"message\":";
    append_quoted(out, message, how);
  } else {
    append_time(out, now);
    fmt::format_to(std::back_inserter(out), " {:<7} ", name(at));
    append_escaped(out, message, how);
  }
  for (const field& each : fields) {
    if (how == format::json) {
      out += ',';
      append_quoted(out, each.key, how);
      out += ':';
    } else {
      out += ' ';
      append_escaped(out, each.key, how);
      out += '=';
    }
    append_value(out, each.value, how);
  }
  out += how == format::json ? "}\n" : "\n";
  return out;
}

void start(level least, format how) {
  auto target = std::make_shared<descriptor_writer>(STDERR_FILENO);
  const auto out = [target](std::string_view text) { target->write(text); };
  start_engine(least, how, out, queue_lines_max, target);
}

void start(level least, format how, writer out, std::size_t queue_lines) {
  start_engine(least, how, std::move(out), queue_lines, nullptr);
}

void stop() {
  global_state& state = global();
  std::unique_ptr<engine> last;
  {
    const std::unique_lock alone(state.gate);
    last = std::move(state.running);
    state.least = level::warning;
    if (last)
      state.dropped_before += last->dropped();
  }
}

bool enabled(level at) noexcept {
  return at >= global().least.load(std::memory_order_relaxed);
}

std::uint64_t dropped() noexcept {
  global_state& state = global();
  const std::shared_lock shared(state.gate);
  return state.dropped_before + (state.running ? state.running->dropped() : 0);
}

void write(level at, std::string_view message, std::initializer_list<field> fields) {
  if (!enabled(at))
    return;
  global_state& state = global();
  const std::shared_lock shared(state.gate);
  if (state.running)
    state.running->write(line_now(state.running->how(), at, message, fields));
  else
    descriptor_writer(STDERR_FILENO).write(line_now(format::text, at, message, fields));
}

std::optional<std::uint64_t> limiter::pass(std::chrono::steady_clock::time_point now) noexcept {
  const std::int64_t at = std::chrono::nanoseconds(now.time_since_epoch()).count();
  std::int64_t last = last_.load(std::memory_order_relaxed);
  // Only one of those who come at the same time moves `last_` on.
  if ((last == never || at - last >= period_) && last_.compare_exchange_strong(last, at))
    return suppressed_.exchange(0);
  suppressed_.fetch_add(1, std::memory_order_relaxed);
  return std::nullopt;
}

} // namespace ankkor::log

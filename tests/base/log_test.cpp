// Logs: one line an event whatever is in it, bounded, and nothing lost in silence.
#include "base/log.hpp"

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace ankkor;
using namespace std::chrono_literals;

// 2026-11-22T10:00:00.007Z
constexpr log::time_point at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 10h + 7ms};

std::string json(std::string_view message, std::initializer_list<log::field> fields = {}) {
  return log::line(log::format::json, at, log::level::info, message, fields);
}

std::string text(std::string_view message, std::initializer_list<log::field> fields = {}) {
  return log::line(log::format::text, at, log::level::warning, message, fields);
}

bool holds(std::string_view line, std::string_view part) {
  return line.find(part) != std::string_view::npos;
}

// Keeps what is written; can hold the writer's thread at its first line.
class paper {
public:
  log::writer pen() {
    return [this](std::string_view text) {
      std::unique_lock lock(mutex_);
      ++begun_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return !held_; });
      for (std::size_t end = 0; !text.empty(); text.remove_prefix(end)) {
        end = std::min(text.find('\n'), text.size() - 1) + 1;
        lines_.emplace_back(text.substr(0, end));
      }
    };
  }

  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }

  void wait_until_held() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return begun_ > 0; });
  }

  void let_go() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }

  int strokes() {
    const std::lock_guard lock(mutex_);
    return begun_;
  }

  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  bool has(std::string_view part) {
    const auto all = lines();
    return std::any_of(all.begin(), all.end(),
                       [&](const std::string& line) { return holds(line, part); });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int begun_ = 0;
  std::vector<std::string> lines_;
};

// What the process writes to stderr while `act` runs.
template <class Act>
std::string stderr_of(Act act) {
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe(ends.data()) == 0);
  const int kept = ::dup(STDERR_FILENO);
  BOOST_REQUIRE(::dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
  ::close(ends[1]);
  std::string out;
  std::thread reader([&] {
    std::array<char, 1024> piece{};
    for (ssize_t n = 0; (n = ::read(ends[0], piece.data(), piece.size())) > 0;)
      out.append(piece.data(), static_cast<std::size_t>(n));
  });
  act();
  ::dup2(kept, STDERR_FILENO); // closes the pipe's last writing end
  ::close(kept);
  reader.join();
  ::close(ends[0]);
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(a_json_line_holds_time_level_message_and_fields_with_their_types) {
  BOOST_TEST(
    json("The daemon listens.", {{"listen", "127.0.0.1:8080"},
                                 {"products", std::uint64_t{18446744073709551615U}},
                                 {"changes", -3},
                                 {"seconds", 0.25},
                                 {"repair", true}}) ==
    R"({"time":"2026-11-22T10:00:00.007Z","level":"info","message":"The daemon listens.",)"
    R"("listen":"127.0.0.1:8080","products":18446744073709551615,"changes":-3,"seconds":0.25,)"
    "\"repair\":true}\n");
}

BOOST_AUTO_TEST_CASE(json_has_null_for_numbers_that_it_cannot_write) {
  BOOST_TEST(holds(
    json("x", {{"reason", std::numeric_limits<double>::infinity()}, {"status", std::nan("")}}),
    R"("reason":null,"status":null})"));
}

BOOST_AUTO_TEST_CASE(a_text_line_quotes_only_what_could_be_misread) {
  BOOST_TEST(text("A delivery was refused.", {{"topic", "product.updated"},
                                              {"reason", "no signature"},
                                              {"where", ""},
                                              {"path", "a=b"},
                                              {"pages", 7}}) ==
             "2026-11-22T10:00:00.007Z warning A delivery was refused. topic=product.updated "
             "reason=\"no signature\" where=\"\" path=\"a=b\" pages=7\n");
}

BOOST_AUTO_TEST_CASE(line_breaks_quotes_and_control_characters_are_escaped) {
  const std::string nasty = "a\r\nb\t\"c\"\\\x1b[31m\x7f";
  BOOST_TEST(
    holds(json("m", {{"reason", nasty}}), R"("reason":"a\r\nb\t\"c\"\\\u001b[31m\u007f")"));
  BOOST_TEST(
    holds(text("m\n", {{"reason", nasty}}), R"(m\n reason="a\r\nb\t\"c\"\\\u001b[31m\u007f")"));
}

BOOST_AUTO_TEST_CASE(line_separators_and_direction_marks_of_unicode_are_escaped) {
  // Line separator, right-to-left override, next line.
  // NOLINTNEXTLINE(misc-misleading-bidirectional): that is what is tested
  const std::string nasty = std::string("a\xe2\x80\xa8") + "b\xe2\x80\xae" + "c\xc2\x85";
  BOOST_TEST(holds(json("m", {{"reason", nasty}}), R"("reason":"a\u2028b\u202ec\u0085")"));
}

BOOST_AUTO_TEST_CASE(utf_8_stays_as_it_is) {
  BOOST_TEST(
    holds(json("Grüße", {{"reason", "日本 😀"}}), "\"message\":\"Grüße\",\"reason\":\"日本 😀\""));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf_8_are_escaped) {
  // A lone continuation byte, an overlong slash, a surrogate, beyond U+10FFFF, a cut-off sequence.
  const std::string nasty = "\x80|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82";
  BOOST_TEST(holds(text("m", {{"reason", nasty}}),
                   R"(reason="\x80|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82")"));
  BOOST_TEST(holds(json("m", {{"reason", "\xff"}}), R"("reason":"\\xff")"));
}

BOOST_AUTO_TEST_CASE(whatever_bytes_come_they_make_one_line) {
  std::string all;
  for (int c = 0; c < 256; ++c)
    all += static_cast<char>(c);
  for (const std::string& line : {json(all, {{"reason", all}}), text(all, {{"reason", all}})}) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    BOOST_TEST(line.back() == '\n');
    BOOST_TEST(std::count_if(line.begin(), line.end(), is_control) == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_value_over_the_limit_is_cut_between_two_characters) {
  const std::string longest(log::value_bytes_max - 1, 'a');
  BOOST_TEST(!holds(json("m", {{"reason", longest + "a"}}), "…"));
  BOOST_TEST(holds(json("m", {{"reason", longest + "é and more"}}), "\"" + longest + "…\""));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(log_writing)

BOOST_AUTO_TEST_CASE(lines_come_in_order_and_stop_writes_what_waits) {
  paper out;
  log::start(log::level::info, log::format::text, out.pen());
  for (int i = 0; i < 1000; ++i)
    log::info("Line.", {{"products", i}});
  log::stop();
  const auto lines = out.lines();
  BOOST_REQUIRE(lines.size() == 1000U);
  for (std::size_t i = 0; i < lines.size(); ++i)
    BOOST_REQUIRE(holds(lines[i], "products=" + std::to_string(i) + "\n"));
}

BOOST_AUTO_TEST_CASE(what_is_below_the_level_is_not_written) {
  paper out;
  log::start(log::level::warning, log::format::json, out.pen());
  BOOST_TEST(!log::enabled(log::level::info));
  BOOST_TEST(log::enabled(log::level::error));
  log::info("quiet");
  log::warning("loud");
  log::stop();
  BOOST_TEST(out.lines().size() == 1U);
  BOOST_TEST(out.has("loud"));
}

BOOST_AUTO_TEST_CASE(when_the_writer_stands_still_the_oldest_lines_go_and_are_counted) {
  paper out;
  out.hold();
  const std::uint64_t before = log::dropped();
  log::start(log::level::info, log::format::json, out.pen(), 8);
  log::info("first");
  out.wait_until_held(); // the worker has taken the first line out of the queue
  for (int i = 0; i < 20; ++i)
    log::info("Line.", {{"products", i}});
  BOOST_TEST(log::dropped() - before == 12U);
  out.let_go();
  log::stop();
  BOOST_TEST(log::dropped() - before == 12U);
  BOOST_TEST(out.has("\"products\":19}"));
  BOOST_TEST(out.has("\"products\":12}"));
  BOOST_TEST(!out.has("\"products\":11}"));
  BOOST_TEST(out.has("\"dropped\":12}"));
}

BOOST_AUTO_TEST_CASE(lines_that_wait_for_the_writer_are_written_together) {
  paper out;
  out.hold();
  log::start(log::level::info, log::format::json, out.pen());
  log::info("first");
  out.wait_until_held();
  for (int i = 0; i < 20; ++i)
    log::info("Line.", {{"products", i}});
  out.let_go();
  log::stop();
  BOOST_TEST(out.lines().size() == 21U);
  BOOST_TEST(out.strokes() == 2);
}

BOOST_AUTO_TEST_CASE(before_the_start_warnings_go_to_stderr_and_the_rest_nowhere) {
  const std::string out = stderr_of([] {
    log::info("quiet");
    log::warning("loud", {{"pages", 1}});
  });
  BOOST_TEST(out.find("quiet") == std::string::npos);
  BOOST_TEST(holds(out, " warning loud pages=1\n"));
}

BOOST_AUTO_TEST_CASE(stderr_gets_every_line_whole_however_long) {
  const std::string longest(log::value_bytes_max, 'a'); // more than a pipe takes without waiting
  const std::string out = stderr_of([&] {
    log::start(log::level::info, log::format::json);
    for (int i = 0; i < 50; ++i)
      log::info(longest, {{"reason", longest}, {"status", longest}});
    log::stop();
  });
  BOOST_TEST(std::count(out.begin(), out.end(), '\n') == 50);
  BOOST_TEST(out.size() > 50 * 3 * log::value_bytes_max);
}

BOOST_AUTO_TEST_CASE(stop_does_not_wait_for_ever_for_a_pipe_that_nobody_reads) {
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe(ends.data()) == 0);
  const int kept = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  const auto begin = std::chrono::steady_clock::now();
  log::start(log::level::info, log::format::json);
  const std::string longest(log::value_bytes_max, 'a');
  for (int i = 0; i < 200; ++i) // far more than a pipe holds
    log::info(longest);
  log::stop();
  const auto took = std::chrono::steady_clock::now() - begin;
  ::dup2(kept, STDERR_FILENO);
  for (const int each : {kept, ends[0], ends[1]})
    ::close(each);
  BOOST_TEST((took < 5s));
}

BOOST_AUTO_TEST_CASE(starting_anew_ends_the_writer_before) {
  paper first;
  paper second;
  log::start(log::level::info, log::format::text, first.pen());
  log::info("one");
  log::start(log::level::info, log::format::text, second.pen());
  log::info("two");
  log::stop();
  BOOST_TEST(first.has("one"));
  BOOST_TEST(!first.has("two"));
  BOOST_TEST(second.has("two"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(log_field_names)

BOOST_AUTO_TEST_CASE(each_is_listed_once_in_order_and_in_one_spelling) {
  const auto& names = log::field_names;
  BOOST_TEST(std::is_sorted(names.begin(), names.end()));
  BOOST_TEST((std::adjacent_find(names.begin(), names.end()) == names.end()));
  for (const std::string_view name : names) {
    const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    BOOST_TEST(std::all_of(name.begin(), name.end(), is_plain), name);
  }
  // One name a thing: none of these says what one that is listed does not say.
  for (const std::string_view other :
       {"why", "cause", "what", "error", "problem", "mend", "left_out", "not_logged", "waiting",
        "id", "delivery_id", "product_id"})
    BOOST_TEST((std::find(names.begin(), names.end(), other) == names.end()), other);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(log_limiter)

BOOST_AUTO_TEST_CASE(one_passes_every_period_and_says_how_many_did_not) {
  log::limiter limit{10s};
  const std::chrono::steady_clock::time_point start{5h};
  BOOST_TEST((limit.pass(start) == 0U));
  BOOST_TEST(!limit.pass(start));
  BOOST_TEST(!limit.pass(start + 9'999ms));
  BOOST_TEST((limit.pass(start + 10s) == 2U));
  BOOST_TEST((limit.pass(start + 100s) == 0U));
}

BOOST_AUTO_TEST_CASE(the_first_passes_whatever_the_clock_says) {
  log::limiter limit{1h};
  BOOST_TEST((limit.pass(std::chrono::steady_clock::time_point{}) == 0U));
}

BOOST_AUTO_TEST_SUITE_END()

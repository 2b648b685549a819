#include "store/redis/session.hpp"

#include "store/redis/keys.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace ankkor::store::on_redis {

namespace {

using redis::reply;

// A holder on another machine that is gone without a word is waited for that long.
constexpr auto lease = std::chrono::milliseconds{15'000};
constexpr auto renewal = std::chrono::milliseconds{4'000};

std::string lease_text() {
  return std::to_string(lease.count());
}

template <class Number>
bool parse(const reply& from, Number& into) {
  const auto* const end = from.text.data() + from.text.size();
  const auto [rest, failure] = std::from_chars(from.text.data(), end, into);
  return from.is_text() && failure == std::errc{} && rest == end;
}

// What both scripts that take the store answer: "taken" and five numbers. Nothing if a number is
// missing.
std::optional<session::figures> read_figures(const reply& said, std::uint64_t& applied) {
  session::figures now;
  const auto& all = said.elements;
  if (all.size() != 6 || !parse(all[1], now.fence) || !parse(all[2], now.commits) ||
      !parse(all[3], applied) || !parse(all[4], now.version) || !parse(all[5], now.dead_letter))
    return std::nullopt;
  return now;
}

std::string_view first_word(const reply& said) {
  return said.is_array() && !said.elements.empty() ? std::string_view{said.elements[0].text}
                                                   : std::string_view{};
}

error foreign(const std::string& layout) {
  return {errc::foreign,
          fmt::format("the store on Redis has layout {}, and this ankkor knows {} only", layout,
                      on_redis::layout),
          "It was written by a newer ankkor: go back to that version, or take another database of "
          "that server."};
}

error held_by(const reply& said) {
  long milliseconds = 0;
  if (!parse(said.elements[2], milliseconds) || milliseconds < 0)
    milliseconds = lease.count();
  return {errc::conflict,
          fmt::format("the store on Redis is in use by another ankkor ({})",
                      describe(said.elements[1].text)),
          fmt::format("Stop that one. If it is gone without a word, start again in {} seconds.",
                      milliseconds / 1000 + 1)};
}

error fenced() {
  return {errc::conflict, "another ankkor has taken over the store on Redis",
          "Let one ankkor write to that database; restart this one once the other is stopped."};
}

error has_lost() {
  return {errc::corrupt, "Redis has lost something that it had said is stored",
          "Restart ankkor: it goes on from what Redis has, and asks WooCommerce for what changed "
          "since. With appendonly yes and appendfsync always nothing is lost."};
}

error torn() {
  return damaged("a commit was applied in part");
}

} // namespace

result<std::unique_ptr<session>> session::take(std::shared_ptr<command_channel> channel) {
  std::unique_ptr<session> made{new session{std::move(channel)}};
  if (auto taken = made->take_first(); !taken)
    return taken.failure();
  made->keeper_ = std::thread{&session::keep_lock, made.get()};
  return made;
}

status session::take_first() {
  std::string gone; // a holder of whom it is known
  for (int attempt = 0; attempt != 2; ++attempt) {
    auto said =
      ask({eval(take_script, {meta, lock}, {std::string{layout}, me_.name(), lease_text(), gone})},
          "taking the store");
    if (!said)
      return said.failure();
    const auto& answer = said->front();
    const auto word = first_word(answer);
    if (word == "layout" && answer.elements.size() == 2)
      return foreign(answer.elements[1].text);
    if (word == "held" && answer.elements.size() == 3) {
      gone = answer.elements[1].text;
      if (attempt == 0 && is_gone(gone))
        continue;
      return held_by(answer);
    }
    if (word == "torn")
      return torn();
    std::uint64_t applied = 0;
    const auto now = read_figures(answer, applied);
    if (word != "taken" || !now)
      return damaged("ankkor:store:meta is not as ankkor writes it");
    set_figures(*now);
    return done{};
  }
  return fenced();
}

session::~session() {
  {
    const std::lock_guard hold{guard_};
    stopping_ = true;
  }
  change_.notify_all();
  if (!keeper_.joinable())
    return;
  keeper_.join();
  (void)channel_->exchange({eval(release_script, {lock}, {me_.name()})});
}

// The lock only keeps a second daemon from starting; what keeps it from writing is the token. So it
// doesn't matter if a renewal fails.
void session::keep_lock() {
  std::unique_lock hold{guard_};
  while (!change_.wait_for(hold, renewal, [this] { return stopping_; })) {
    const auto token = std::to_string(held_.fence);
    hold.unlock();
    (void)channel_->exchange({eval(renew_script, {meta, lock}, {token, me_.name(), lease_text()})});
    hold.lock();
  }
}

void session::set_figures(const figures& now) {
  const std::lock_guard hold{guard_};
  held_ = now;
}

result<std::vector<reply>> session::ask(const redis::pipeline& commands, std::string_view doing) {
  auto answered = channel_->exchange(commands);
  if (!answered)
    return answered.failure();
  if (answered->replies.size() != commands.size())
    return error{errc::unavailable, fmt::format("{} failed: replies are missing", doing), ""};
  for (const auto& each : answered->replies) {
    if (each.is_error())
      return explain(each, doing);
  }
  return std::move(answered->replies);
}

error session::give_up(error why) {
  broken_ = why;
  in_doubt_ = false;
  return why;
}

status session::apply(const redis::pipeline& commands) {
  if (broken_)
    return *broken_;
  if (in_doubt_)
    return error{errc::unavailable, "what became of an earlier commit isn't known yet", ""};
  const auto next = held_.commits + 1;
  auto said =
    ask({eval(apply_script, {meta, lock},
              {std::to_string(held_.fence), std::to_string(held_.commits), std::to_string(next),
               me_.name(), lease_text(), to_message_pack(commands)})},
        "committing");
  if (!said) {
    in_doubt_ = said.failure().code == errc::in_doubt;
    return said.failure().code == errc::corrupt ? give_up(said.failure()) : said.failure();
  }
  return judge(said->front());
}

status session::judge(const reply& said) {
  if (said.text == "done") {
    ++held_.commits;
    return done{};
  }
  if (said.text == "torn")
    return give_up(torn());
  std::uint64_t number = 0;
  const auto blank = said.text.find(' ');
  if (blank != std::string::npos)
    std::from_chars(said.text.data() + blank + 1, said.text.data() + said.text.size(), number);
  // An older token than ours is a sign of an older state of the server.
  if (said.text.starts_with("fenced") && number > held_.fence)
    return give_up(fenced());
  return give_up(has_lost());
}

// The server may still have the lost commit before it, unread, on the connection that was cut.
// Under a new token it comes too late, whatever becomes of it.
result<bool> session::settle() {
  if (broken_)
    return *broken_;
  if (!in_doubt_)
    return false;
  auto said = ask({eval(take_again_script, {meta, lock}, {me_.name(), lease_text()})},
                  "taking the store again");
  if (!said)
    return said.failure();
  const auto& answer = said->front();
  if (first_word(answer) == "lost") {
    auto looked = ask({{"EXISTS", meta}}, "looking for the store");
    if (!looked)
      return looked.failure();
    return give_up(looked->front().integer == 0 ? has_lost() : fenced());
  }
  std::uint64_t applied = 0;
  const auto now = read_figures(answer, applied);
  if (!now)
    return give_up(damaged("ankkor:store:meta is not as ankkor writes it"));
  if (applied != now->commits)
    return give_up(torn());
  if (now->commits != held_.commits && now->commits != held_.commits + 1)
    return give_up(has_lost());
  const bool is_stored = now->commits == held_.commits + 1;
  in_doubt_ = false;
  set_figures(*now);
  return is_stored;
}

} // namespace ankkor::store::on_redis

// What makes the store on Redis safe to write: the lock, the fencing token and the number of
// commits, and what is done when an answer is lost.
#pragma once

#include "store/redis/command_channel.hpp"
#include "store/redis/holder.hpp"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace ankkor::store::on_redis {

// Thread affinity: one thread at a time.
class session {
public:
  // What the store says of itself besides its rows.
  struct figures {
    std::uint64_t fence = 0;
    std::uint64_t commits = 0;
    std::uint64_t version = 0;
    std::int64_t dead_letter = 0; // the newest ID given
  };

  // Takes the store, or makes it; from then on keeps the lock. Errors as open_redis().
  static result<std::unique_ptr<session>> take(std::shared_ptr<command_channel> channel);
  ~session(); // gives the lock back, if the server is there
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  // The commands as one unit, durable on return as far as that server is set up to be.
  // errc::in_doubt: settle() will tell, and nothing is applied before. After errc::corrupt and
  // errc::conflict nothing will succeed any more.
  status apply(const redis::pipeline& commands);

  // Whether what was in doubt is stored. Once this has succeeded it can't take effect later,
  // either.
  result<bool> settle();

  [[nodiscard]] bool is_in_doubt() const noexcept { return in_doubt_; }

  [[nodiscard]] const figures& held() const noexcept { return held_; }

  // Replies, or the first of them that is an error. `doing` is for its message: "reading the
  // outbox".
  result<std::vector<redis::reply>> ask(const redis::pipeline& commands, std::string_view doing);

private:
  explicit session(std::shared_ptr<command_channel> channel) : channel_(std::move(channel)) {}

  status take_first();
  error give_up(error why);
  status judge(const redis::reply& said);
  void keep_lock();
  [[nodiscard]] std::uint64_t fence() const;
  void set_figures(const figures& now);

  std::shared_ptr<command_channel> channel_;
  const holder me_;
  figures held_;
  std::optional<error> broken_; // for ever
  bool in_doubt_ = false;

  mutable std::mutex guard_; // of held_.fence and stopping_
  std::condition_variable change_;
  bool stopping_ = false;
  std::thread keeper_;
};

} // namespace ankkor::store::on_redis

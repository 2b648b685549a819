// The way to a Redis server, as the store sees it: somebody else carries the bytes.
#pragma once

#include "base/error.hpp"
#include "base/redis.hpp"

namespace ankkor::store {

// From any thread.
class command_channel {
public:
  command_channel() = default;
  command_channel(const command_channel&) = delete;
  command_channel& operator=(const command_channel&) = delete;
  virtual ~command_channel() = default;

  // Sends the commands in one go and waits for all replies, for a bounded time. errc::unavailable:
  // nothing was sent, and nothing of it will be done. errc::in_doubt: it may have been done, or may
  // yet be. Replies that are errors are no failures.
  virtual result<redis::answer> exchange(const redis::pipeline& commands) = 0;
};

} // namespace ankkor::store

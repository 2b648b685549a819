// RESP2 as bytes and as values, with hiredis as the codec.
#pragma once

#include "base/error.hpp"
#include "base/redis.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ankkor::net {

// Appends the commands as a server reads them. False if one is empty, or too long for the protocol.
[[nodiscard]] bool append_resp(std::string& out, const redis::pipeline& commands);

// Takes bytes as they come and gives replies. Thread affinity: one thread at a time.
class resp_reader {
public:
  // A reply with more bytes, or an array with more elements, is refused.
  explicit resp_reader(std::size_t reply_bytes_max);
  ~resp_reader();
  resp_reader(const resp_reader&) = delete;
  resp_reader& operator=(const resp_reader&) = delete;

  // False: this is no RESP, or is too large. Then nothing more can be read.
  [[nodiscard]] bool feed(std::string_view bytes);

  // The next whole reply; nothing if it hasn't come yet. An error if what came is no RESP.
  [[nodiscard]] result<std::optional<redis::reply>> next();

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace ankkor::net

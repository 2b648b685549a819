// A Redis server as far as the mirror speaks to one, in memory: the same commands, the mirror's
// script as what it says, and a server that is restarted or emptied.
#pragma once

#include "base/redis.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace ankkor::simulation {

class simulated_redis {
public:
  [[nodiscard]] redis::answer handle(const redis::pipeline& commands);

  // The connection is lost: the next one has another number.
  void disconnect() { ++connection_; }

  // Another start of the server: nothing in memory is kept.
  void restart();

  // FLUSHALL, by somebody.
  void empty();

  [[nodiscard]] const std::map<std::string, std::string>& keys() const { return keys_; }

private:
  [[nodiscard]] redis::reply run(const redis::command& what);
  [[nodiscard]] redis::reply write_product(const redis::command& what);
  void drop(const std::string& slug, const std::string& id, redis::reply& gone);

  std::map<std::string, std::string> keys_;
  std::map<std::string, std::string> slugs_; // the hash of slugs, by ID
  std::uint64_t connection_ = 1;
  std::uint64_t run_ = 1;
  bool knows_script_ = false;
};

} // namespace ankkor::simulation

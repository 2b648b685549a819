#include "store/redis/keys.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace ankkor::store::on_redis {

const char* const take_script = R"lua(
local meta, lock = KEYS[1], KEYS[2]
local layout = redis.call('HGET', meta, 'layout')
if layout and layout ~= ARGV[1] and layout ~= '1' then return {'layout', layout} end
local holder = redis.call('GET', lock)
if holder and holder ~= ARGV[4] then
  return {'held', holder, tostring(redis.call('PTTL', lock))}
end
if layout then
  local now = redis.call('HMGET', meta, 'fence', 'commits', 'applied', 'version', 'dead_letter')
  for at = 1, 5 do
    if not now[at] then return {'damaged'} end
  end
  if now[2] ~= now[3] then return {'torn'} end
else
  redis.call('HSET', meta, 'layout', ARGV[1], 'fence', '0', 'commits', '0', 'applied', '0',
             'version', '0', 'dead_letter', '0')
end
redis.call('HINCRBY', meta, 'fence', 1)
redis.call('HSET', meta, 'holder', ARGV[2], 'layout', ARGV[1])
redis.call('SET', lock, ARGV[2], 'PX', ARGV[3])
local now = redis.call('HMGET', meta, 'fence', 'commits', 'applied', 'version', 'dead_letter')
return {'taken', now[1], now[2], now[3], now[4], now[5]}
)lua";

const char* const take_again_script = R"lua(
local meta, lock = KEYS[1], KEYS[2]
if redis.call('HGET', meta, 'holder') ~= ARGV[1] then return {'lost'} end
redis.call('HINCRBY', meta, 'fence', 1)
redis.call('SET', lock, ARGV[1], 'PX', ARGV[2])
local now = redis.call('HMGET', meta, 'fence', 'commits', 'applied', 'version', 'dead_letter')
return {'taken', now[1], now[2], now[3], now[4], now[5]}
)lua";

// A script is one unit: nobody sees or interrupts it, and Redis logs its writes as one transaction.
// It isn't undone if a command in it fails; then `commits` and `applied` differ for ever after.
const char* const apply_script = R"lua(
local meta, lock = KEYS[1], KEYS[2]
local now = redis.call('HMGET', meta, 'fence', 'commits', 'applied')
if not now[1] then return 'gone' end
if now[1] ~= ARGV[1] then return 'fenced ' .. now[1] end
if now[2] ~= now[3] then return 'torn' end
if now[2] ~= ARGV[2] then return 'behind ' .. now[2] end
redis.call('HSET', meta, 'commits', ARGV[3])
redis.call('SET', lock, ARGV[4], 'PX', ARGV[5])
for _, command in ipairs(cmsgpack.unpack(ARGV[6])) do redis.call(unpack(command)) end
redis.call('HSET', meta, 'applied', ARGV[3])
return 'done'
)lua";

const char* const renew_script = R"lua(
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
)lua";

const char* const release_script = R"lua(
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
)lua";

const char* const rows_script = R"lua(
local ids
if ARGV[3] == 'REV' then ids = redis.call('ZREVRANGE', KEYS[1], ARGV[1], ARGV[2])
else ids = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2]) end
if #ids == 0 then return {} end
local rows = redis.call('HMGET', KEYS[2], unpack(ids))
local both = {}
for at = 1, #ids do both[2 * at - 1] = ids[at]; both[2 * at] = rows[at] end
return both
)lua";

std::string padded(std::uint64_t number) {
  return fmt::format("{:020}", number);
}

std::string product_key(stock::product_id id) {
  return fmt::format("ankkor:store:product:{}", id);
}

std::string history_key(stock::product_id id) {
  return fmt::format("ankkor:store:history:{}", id);
}

redis::command eval(const char* script, std::vector<std::string> keys,
                    std::vector<std::string> arguments) {
  redis::command command{"EVAL", script, std::to_string(keys.size())};
  for (auto& key : keys)
    command.push_back(std::move(key));
  for (auto& argument : arguments)
    command.push_back(std::move(argument));
  return command;
}

namespace {

// MessagePack: array 32 (0xdd) and str 32 (0xdb), each with its length in network order.
void append_head(std::string& out, char type, std::size_t length) {
  out += type;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>((length >> static_cast<unsigned>(shift)) & 0xFFU);
}

struct known_error {
  std::string_view code;
  const char* message;
  const char* mend;
};

constexpr std::array known_errors{
  known_error{"OOM", "Redis has no memory left (maxmemory)",
              "Give that server more memory, or take something else out of it."},
  known_error{"MISCONF", "Redis can't write to its disk, and takes no changes until it can",
              "Look into that server's log; make room on its disk."},
  known_error{"READONLY", "that Redis server is a replica and takes no changes",
              "Let REDIS_URL name the primary."},
  known_error{"LOADING", "Redis is still loading its data", "Wait until it has."},
  known_error{"BUSY", "Redis is busy with somebody's script", "Wait, or look which it is."},
  known_error{"NOREPLICAS", "Redis has too few replicas to take changes",
              "Look at min-replicas-to-write of that server."},
  known_error{"NOPERM", "Redis doesn't allow this user what ankkor needs",
              "Allow it all commands on keys that begin with ankkor: (docs/operations.md)."},
  known_error{"MOVED",
              "that Redis server is part of a cluster, which ankkor can't use as its store",
              "Let REDIS_URL name a server that is no cluster's."},
};

} // namespace

std::string to_message_pack(const redis::pipeline& commands) {
  constexpr char array_32 = '\xDD';
  constexpr char text_32 = '\xDB';
  std::string out;
  append_head(out, array_32, commands.size());
  for (const auto& command : commands) {
    append_head(out, array_32, command.size());
    for (const auto& part : command) {
      append_head(out, text_32, part.size());
      out += part;
    }
  }
  return out;
}

// Before version 7 the error of a command in a script stands within another: "ERR Error running
// script (…): @user_script:9: -OOM command not allowed …".
error explain(const redis::reply& failed, std::string_view doing) {
  const auto says = [&](std::string_view code) {
    return failed.code() == code ||
           failed.text.find(fmt::format("-{} ", code)) != std::string::npos;
  };
  if (says("WRONGTYPE"))
    return damaged("something else is kept under a key of it");
  for (const auto& each : known_errors) {
    if (says(each.code))
      return {errc::unavailable, fmt::format("{} failed: {}", doing, each.message), each.mend};
  }
  return {errc::unavailable, fmt::format("{} failed: Redis says {}", doing, failed.code()),
          "Look into that server's log."};
}

error of_reading(error failure) {
  if (failure.code == errc::in_doubt)
    failure.code = errc::unavailable;
  return failure;
}

error damaged(std::string_view what) {
  return {errc::corrupt, fmt::format("the store on Redis is damaged: {}", what),
          "Restore a backup of that server; or delete all keys that begin with ankkor:store: and "
          "start anew: WooCommerce has it all but the history."};
}

} // namespace ankkor::store::on_redis

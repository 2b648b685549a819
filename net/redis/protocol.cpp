#include "net/redis/protocol.hpp"

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

#include <limits>
#include <vector>

namespace ankkor::net {

namespace {

using redis::reply;

constexpr int elements_max = 1 << 20; // also what a server takes of arguments at most

// -- replies are made as hiredis reads them: a root is allocated, its elements live in it
// ----------

reply* place_of(const redisReadTask* task) {
  if (task->parent == nullptr)
    return new reply;
  auto& siblings = static_cast<reply*>(task->parent->obj)->elements;
  return &siblings[static_cast<std::size_t>(task->idx)];
}

void* make_text(const redisReadTask* task, char* text, size_t size) {
  auto* made = place_of(task);
  made->type = task->type == REDIS_REPLY_ERROR    ? reply::kind::error
               : task->type == REDIS_REPLY_STATUS ? reply::kind::status
                                                  : reply::kind::text;
  made->text.assign(text, size);
  return made;
}

// Null has hiredis give up: it allocates nothing of its own.
void* make_array(const redisReadTask* task, int count) {
  if (count < 0 || count > elements_max)
    return nullptr;
  auto* made = place_of(task);
  made->type = reply::kind::array;
  made->elements.resize(static_cast<std::size_t>(count));
  return made;
}

void* make_integer(const redisReadTask* task, long long value) {
  auto* made = place_of(task);
  made->type = reply::kind::integer;
  made->integer = value;
  return made;
}

void* make_nil(const redisReadTask* task) {
  return place_of(task);
}

void destroy(void* root) {
  delete static_cast<reply*>(root);
}

redisReplyObjectFunctions functions{make_text, make_array, make_integer, make_nil, destroy};

error malformed() {
  return {errc::invalid_input, "the Redis server answered something that is no RESP",
          "Check that REDIS_URL leads to a Redis server, and whether it wants TLS (rediss://)."};
}

} // namespace

bool append_resp(std::string& out, const redis::pipeline& commands) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto& command : commands) {
    if (command.empty() || command.size() > std::size_t{elements_max})
      return false;
    texts.clear();
    sizes.clear();
    for (const auto& part : command) {
      texts.push_back(part.data());
      sizes.push_back(part.size());
    }
    char* made = nullptr;
    const int length =
      redisFormatCommandArgv(&made, static_cast<int>(command.size()), texts.data(), sizes.data());
    if (length < 0)
      return false;
    const std::unique_ptr<char, void (*)(char*)> owned(made, &redisFreeCommand);
    out.append(made, static_cast<std::size_t>(length));
  }
  return true;
}

struct resp_reader::implementation {
  std::unique_ptr<redisReader, void (*)(redisReader*)> reader{
    redisReaderCreateWithFunctions(&functions), &redisReaderFree};
  std::size_t bytes_max = 0;
  std::size_t unread = 0; // bytes fed since the last whole reply
};

resp_reader::resp_reader(std::size_t reply_bytes_max) : impl_(std::make_unique<implementation>()) {
  impl_->bytes_max = reply_bytes_max;
}

resp_reader::~resp_reader() = default;

bool resp_reader::feed(std::string_view bytes) {
  impl_->unread += bytes.size();
  return impl_->reader && impl_->unread <= impl_->bytes_max &&
         redisReaderFeed(impl_->reader.get(), bytes.data(), bytes.size()) == REDIS_OK;
}

result<std::optional<reply>> resp_reader::next() {
  void* whole = nullptr;
  if (redisReaderGetReply(impl_->reader.get(), &whole) != REDIS_OK)
    return malformed();
  if (whole == nullptr)
    return std::optional<reply>{};
  impl_->unread = impl_->reader->len - impl_->reader->pos;
  const std::unique_ptr<reply> owned(static_cast<reply*>(whole));
  return std::optional{std::move(*owned)};
}

} // namespace ankkor::net

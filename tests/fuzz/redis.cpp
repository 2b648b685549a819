// Any bytes from a Redis server, or kept there: replies are the same however they come in pieces,
// what is taken for a row is written back as the same row, and an address is never told by its
// fault. The first byte chooses which of them, and the size of the pieces.
#include "config/redis_url.hpp"
#include "net/redis/protocol.hpp"
#include "store/redis/rows.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <vector>

using namespace ankkor;
using namespace ankkor::fuzz;

namespace {

struct outcome {
  std::vector<redis::reply> replies;
  bool failed = false;

  bool operator==(const outcome&) const = default;
};

outcome read_all(std::string_view bytes, std::size_t piece) {
  constexpr std::size_t bytes_max = 20'000;
  net::resp_reader reader{bytes_max};
  outcome read;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (!reader.feed(bytes.substr(at, piece))) {
      read.failed = true;
      return read;
    }
    for (;;) {
      auto next = reader.next();
      read.failed = !next;
      if (!next)
        return read;
      if (!*next)
        break;
      read.replies.push_back(**next);
    }
  }
  return read;
}

template <class Row, class... Ids>
void try_row(std::optional<Row> row, std::optional<Row> (*unpack)(std::string_view, Ids...),
             Ids... ids) {
  if (row)
    require(unpack(store::on_redis::pack(*row), ids...) == row, "a row comes back as it is");
}

void try_rows(std::string_view bytes) {
  using namespace store::on_redis;
  try_row(unpack_delivery(bytes), unpack_delivery);
  try_row(unpack_history(bytes), unpack_history);
  try_row(unpack_job(bytes), unpack_job);
  try_row(unpack_confirmation(bytes), unpack_confirmation);
  try_row(unpack_event(bytes), unpack_event);
  try_row<stock::record, stock::product_id, stock::product_id>(unpack_record(bytes, 35, 34),
                                                               unpack_record, 35, 34);
  // Of a dead letter the body is cut.
  if (auto letter = unpack_dead_letter(bytes)) {
    letter->body = store::kept_body(letter->body);
    require(unpack_dead_letter(pack(*letter)) == letter, "a row comes back as it is");
  }
}

void try_url(std::string_view bytes) {
  constexpr std::string_view secret = "~7h3~53cr37~";
  if (bytes.find('~') != std::string_view::npos)
    return;
  for (const auto& text :
       {std::string{bytes}, "redis://user:" + std::string{secret} + "@" + std::string{bytes}}) {
    const auto parsed = config::parse_redis_url(text);
    const auto said = parsed ? parsed->shown() : parsed.failure().message + parsed.failure().mend;
    require(said.find(secret) == std::string::npos, "nobody is told the password");
    require(!parsed || parsed->port != 0, "a port is one");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = as_text(data, size);
  const auto choice = take_choice(bytes);
  if (choice % 4 == 0) {
    try_rows(bytes);
  } else if (choice % 4 == 1) {
    try_url(bytes);
  } else {
    require(read_all(bytes, choice / 4 + 1) ==
              read_all(bytes, std::max(bytes.size(), std::size_t{1})),
            "replies don't depend on how they come");
  }
  return 0;
}

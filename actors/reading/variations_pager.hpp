// Products whose variations fill more than one page: each is observed when all of them are read.
#pragma once

#include "actors/reading/shop_caller.hpp"

#include <deque>
#include <optional>
#include <utility>

namespace ankkor::actors {

// What: what the product is read for, and comes back with it. Bounded by the products of the
// answers that brought them.
template <class What>
class variations_pager {
public:
  struct unfinished {
    What what;
    net::found_item found;
    stock::moment begun{}; // when its first page was asked for
  };

  enum class progress : std::uint8_t {
    complete,   // all of its variations are in `found`
    more,       // it is back in the queue, as the first
    read_again, // it has to be read anew, from its beginning
    failed,     // the same, and the request did not succeed
  };

  struct page_taken {
    progress how = progress::failed;
    std::optional<net::graphql_failure> failure; // with `failed`
  };

  [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }

  [[nodiscard]] std::size_t size() const noexcept { return queue_.size(); }

  void add(What what, net::found_item found, stock::moment begun) {
    queue_.push_back({std::move(what), std::move(found), begun});
  }

  // The product whose further page is to be asked for next, with body(). Precondition: not empty.
  [[nodiscard]] unfinished take_next() {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    return next;
  }

  [[nodiscard]] static std::string body(const unfinished& of) {
    return net::more_variations_body(of.found.value.id, of.found.more_variations);
  }

  // Takes the answer to body(of). With `more`, `of` was moved from.
  [[nodiscard]] page_taken take(unfinished& of, const shop_caller& caller,
                                net::graphql_reader& reader,
                                const result<net::client_response>& answer) {
    auto page = caller.read(answer, [&](const net::client_response& response, auto now) {
      return reader.more_variations(of.found.value.id, response, now);
    });
    if (!page)
      return {progress::failed, page.failure()};
    switch (net::take_variations(of.found, std::move(*page))) {
    case net::variations_progress::complete:
      return {progress::complete, {}};
    case net::variations_progress::read_again:
      return {progress::read_again, {}};
    case net::variations_progress::more:
      break;
    }
    queue_.push_front(std::move(of));
    return {progress::more, {}};
  }

  // All that are in the queue, which is empty then.
  [[nodiscard]] std::deque<unfinished> take_all() { return std::exchange(queue_, {}); }

private:
  std::deque<unfinished> queue_;
};

} // namespace ankkor::actors

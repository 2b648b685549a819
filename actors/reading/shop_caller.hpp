// The one way in which anything in the engine calls WooCommerce, by GraphQL or by REST: a request
// that is sent once, how its end is judged, what is said of it to the limiter, the metrics and the
// log, and how long to wait after a failure. Each actor, and each kind of pass, has its own.
#pragma once

#include "actors/budget.hpp"
#include "net/woocommerce/graphql.hpp"
#include "stock/product.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ankkor::actors {

// How the shop is reached, and how patiently.
struct shop_options {
  net::url where;                                          // of GraphQL
  std::vector<std::pair<std::string, std::string>> fields; // with the credentials
  std::chrono::milliseconds backoff_first{1'000};          // doubled with each failure in a row
  std::chrono::milliseconds backoff_max{60'000};
  std::chrono::milliseconds first_byte_timeout{20'000};
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::minutes complain_every{10}; // a log line while nothing can be read
  stock::moment (*now)() = nullptr;        // this machine's clock
};

// What a caller is called by in metrics and in the log. Texts that live as long as the program.
struct shop_caller_words {
  std::string_view purpose; // label of the requests' metrics: "reader", "confirmation", …
  std::string_view failing; // logged when requests keep failing
  std::string_view working; // logged when they succeed again after that
};

class shop_caller {
public:
  using system_time = std::chrono::system_clock::time_point;

  shop_caller() = default;
  shop_caller(shop_options options, shop_caller_words words);

  // -- requests: each is sent once whatever happens to its connection, since a second sending would
  // need a second grant ------------------------------------------------------

  [[nodiscard]] net::client_request graphql(std::string body) const;

  // `where` is of REST, with its query.
  [[nodiscard]] net::client_request rest(net::url where, std::string method = "GET",
                                         std::string body = "") const;

  // -- answers ----------------------------------------------------------------

  // What `reader` makes of an answer, or the failure that no answer is. `reader` takes the response
  // and the time, and returns a graphql_result.
  template <class Reader>
  [[nodiscard]] auto read(const result<net::client_response>& answer, Reader&& reader) const
    -> decltype(reader(*answer, system_time{})) {
    if (!answer)
      return net::judge_silence(answer.failure());
    return reader(*answer, system_time{options_.now().time_since_epoch()});
  }

  // A request has ended well; not `whole` if parts of its answer were missing. `items` is how many
  // products it asked for or showed. The answer is for the limiter.
  [[nodiscard]] feedback succeeded(stock::moment sent, std::size_t items, bool whole);

  // A request has failed. The answer is for the limiter.
  [[nodiscard]] feedback failed(stock::moment sent, std::size_t items,
                                const net::graphql_failure& failure);

  // Logs a failure that needs a person, or that goes on: once, and again after `complain_every`.
  void complain(const net::graphql_failure& failure);

  // How long to wait after that failure, the last one. What needs a person to fix it isn't asked
  // for every second.
  [[nodiscard]] std::chrono::milliseconds rest_after(const net::graphql_failure& failure) const;

  // The same for something that failed that many times in a row; 1 and up.
  [[nodiscard]] std::chrono::milliseconds back_off(std::uint32_t failures) const;

  // Counts a failure that was no request's, such as a commit's, and says how long to wait.
  [[nodiscard]] std::chrono::milliseconds back_off_once_more();

  [[nodiscard]] std::uint32_t failures_in_row() const noexcept { return failures_in_row_; }

  [[nodiscard]] std::string_view purpose() const noexcept { return words_.purpose; }

  // -- whether it waits for the limiter or for an answer; for who sends one request at a time ---

  [[nodiscard]] bool is_waiting() const noexcept { return is_waiting_; }

  void set_waiting(bool waits) noexcept { is_waiting_ = waits; }

private:
  [[nodiscard]] feedback ended(stock::moment sent, std::size_t items) const;

  shop_options options_;
  shop_caller_words words_{};
  std::uint32_t failures_in_row_ = 0;
  std::optional<stock::moment> complained_; // when the log was last told
  bool is_waiting_ = false;
};

// Whether something that was asked for may have spoiled the answer for the rest of the request, so
// that fewer at once bring some of it through: a fatal error in PHP, an answer too large, too slow
// or broken. A shop that is away or under maintenance is no item's fault.
[[nodiscard]] bool may_be_an_items_fault(const result<net::client_response>& answer);

} // namespace ankkor::actors

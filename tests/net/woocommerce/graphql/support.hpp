// What the tests of WooGraphQL's answers share: recorded answers, and made ones.
#pragma once

#include "net/woocommerce/graphql.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ankkor::testing {

// The moment that answers are judged at.
inline constexpr auto judged_at =
  std::chrono::system_clock::time_point{std::chrono::hours{498'000}};

// An answer with the promised padding, so that AddressSanitizer sees a read beyond it.
[[nodiscard]] net::client_response answer(std::string_view body, unsigned status = 200);

// {"data":<data>}, or with errors too.
[[nodiscard]] net::client_response data_answer(std::string_view data, std::string_view errors = {});

struct recorded_answer {
  std::string file; // "product-notfound", of tests/recordings/graphql
  net::client_response response;
};

// By name; throws std::runtime_error if there is none.
[[nodiscard]] recorded_answer recorded(const std::string& file);

// All of them, by name.
[[nodiscard]] const std::vector<recorded_answer>& recorded_answers();

// Every product and variation that was recorded over REST, webhooks included, in no order.
[[nodiscard]] std::vector<stock::item> recorded_rest_items();

} // namespace ankkor::testing

// WooGraphQL's answers: judged by what they say, and read into stock/ values.
#pragma once

#include "net/woocommerce/graphql_documents.hpp"
#include "net/woocommerce/graphql_judge.hpp"
#include "stock/product.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace ankkor::net {

// --- what answers hold ---------------------------------------------------------------------------

template <class T>
class [[nodiscard]] graphql_result {
public:
  graphql_result(T data) : state_(std::in_place_index<0>, std::move(data)) {}

  graphql_result(graphql_failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}

  explicit operator bool() const noexcept { return state_.index() == 0; }

  // Precondition: it is true.
  T& operator*() { return std::get<0>(state_); }

  const T& operator*() const { return std::get<0>(state_); }

  T* operator->() { return &std::get<0>(state_); }

  const T* operator->() const { return &std::get<0>(state_); }

  // Precondition: it is false.
  [[nodiscard]] const graphql_failure& failure() const { return std::get<1>(state_); }

private:
  std::variant<T, graphql_failure> state_;
};

// A product or a variation, as the REST payload of the same moment would give it, but for one
// thing: `value.variations` lists those that the shop shows to us, so without an application
// password none that is private.
struct found_item {
  stock::item value;
  std::vector<stock::item> variations; // of a variable product: ascending, as far as it was read
  // Variations that are there but couldn't be read; they are in value.variations all the same.
  std::vector<stock::product_id> failed_variations;
  // Not "": there are more variations behind this cursor, and until add_variations brought the
  // last, value.variations and value.price are incomplete.
  std::string more_variations;
};

enum class item_presence : std::uint8_t {
  found,
  absent, // the shop said that there is no such item, or hides it from us
  failed, // the shop, or we, could not read it: this says nothing about whether it is there
};

struct item_answer {
  stock::product_id id = 0; // as asked for; of a slug: as found, else 0
  item_presence presence = item_presence::failed;
  found_item found;   // with `found`
  std::string reason; // with `failed`
};

struct items_answer {
  std::vector<item_answer> items;   // in the order of asking
  std::vector<item_answer> by_slug; // the same
  std::optional<std::chrono::seconds> utc_offset;
};

struct items_page {
  std::vector<found_item> items;         // in the shop's order; may be fewer than a page holds
  std::vector<stock::product_id> failed; // they are on this page but couldn't be read
  std::size_t nameless_failures = 0;     // the same, and not even their IDs could
  bool more = false;                     // hasNextPage: the only sign of the end
  std::string cursor;                    // endCursor; "" if there is none
  // All items of the connection, hidden ones counted too; on a catalog's first page only.
  std::optional<std::uint64_t> total;
  // The site's local time less UTC, of what was modified last of all that the answer names.
  std::optional<std::chrono::seconds> utc_offset;
};

struct variations_page {
  std::vector<stock::item> variations;
  std::vector<stock::product_id> failed;
  std::size_t nameless_failures = 0; // not 0: the product must be read again
  bool more = false;
  std::string cursor;
};

// Puts a further page of its variations into a product; once the last is in, more_variations is ""
// and the product is complete. Precondition: page.nameless_failures == 0.
void add_variations(found_item& into, variations_page page);

enum class variations_progress : std::uint8_t {
  complete,
  more,       // to be read from found_item::more_variations on
  read_again, // the product, from its beginning
};

// Takes a page that was asked for with `into.more_variations`. A cursor whose variation was deleted
// meanwhile starts over without a word (facts, section 6): a page that brings nothing new would go
// on for ever, so the product has to be read again, as after a part that couldn't be read.
[[nodiscard]] variations_progress take_variations(found_item& into, variations_page page);

// Reads answers. Every answer is judged first; a part that an error damaged is failed, never
// absent and never half read. One a thread: the parser's memory is reused.
//
// The response's body must be followed by 64 readable bytes, as http_client promises. `now` is for
// a Retry-After that is a date.
class graphql_reader {
public:
  using time_point = std::chrono::system_clock::time_point;

  graphql_reader();
  ~graphql_reader();
  graphql_reader(graphql_reader&&) noexcept;
  graphql_reader& operator=(graphql_reader&&) noexcept;

  [[nodiscard]] judgement judge(const client_response& response, time_point now);

  // The answer to items_by_id_body(wanted, slugs).
  [[nodiscard]] graphql_result<items_answer> items_by_id(std::span<const wanted_item> wanted,
                                                         std::span<const std::string> slugs,
                                                         const client_response& response,
                                                         time_point now);

  [[nodiscard]] graphql_result<items_answer> items_by_id(std::span<const wanted_item> wanted,
                                                         const client_response& response,
                                                         time_point now) {
    return items_by_id(wanted, {}, response, now);
  }

  // The answer to more_variations_body(product, …). Of a product that is no longer there, or has no
  // variations any more, it is a page with a nameless failure: read the product anew. The shop did
  // answer, so it is not asked less often for that.
  [[nodiscard]] graphql_result<variations_page>
  more_variations(stock::product_id product, const client_response& response, time_point now);

  // The answer to modified_since_body(…): products with their variations, and variations alone.
  [[nodiscard]] graphql_result<items_page> modified_since(const client_response& response,
                                                          time_point now);

  // The answer to catalog_page_body(…).
  [[nodiscard]] graphql_result<items_page> catalog_page(const client_response& response,
                                                        time_point now);

  // The answer to viewer_body(): our user's ID; nothing if the shop takes us for a stranger.
  [[nodiscard]] graphql_result<std::optional<std::uint64_t>> viewer(const client_response& response,
                                                                    time_point now);

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace ankkor::net

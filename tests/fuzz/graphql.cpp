// An answer to each of our GraphQL documents into its reader, and to REST's list of products:
// whatever a shop, or what stands in front of it, answers.
#include "net/woocommerce/graphql.hpp"

#include "net/woocommerce/product_list.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <array>

using namespace ankkor;
using namespace ankkor::fuzz;

namespace {

constexpr auto judged_at = net::graphql_reader::time_point{};

constexpr std::array<net::wanted_item, 3> asked{net::wanted_item{10, net::item_kind::product},
                                                net::wanted_item{11, net::item_kind::variation},
                                                net::wanted_item{12, net::item_kind::unknown}};

void check(const net::found_item& found) {
  require(found.value.id > 0, "what is found has an ID");
  require(std::is_sorted(found.value.variations.begin(), found.value.variations.end()),
          "variations ascend");
  for (const auto& variation : found.variations)
    require(variation.parent == found.value.id, "a product's variation is the product's");
}

void check(const net::graphql_failure& failure) {
  require(failure.kind == net::answer_kind::transient ||
            failure.kind == net::answer_kind::permanent,
          "a failure is no success");
  require(!failure.what.message.empty(), "a failure says why");
}

void check(const net::graphql_result<net::items_page>& page) {
  if (!page) {
    check(page.failure());
    return;
  }
  for (const auto& found : page->items)
    check(found);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static net::graphql_reader reader;
  static net::product_list_reader lists;
  constexpr std::array<unsigned, 6> statuses{200, 200, 200, 500, 503, 429};
  auto bytes = as_text(data, size);
  const auto choice = take_choice(bytes);
  auto response = net::client_response{};
  response.status = statuses.at(choice / 8 % statuses.size());
  response.body = padded(bytes);
  if (const auto list = lists.read(response, judged_at); !list)
    check(list.failure());
  else
    require(std::all_of(list->begin(), list->end(), [](const auto& each) { return each.id != 0; }),
            "what is listed has an ID");
  switch (choice % 5) {
  case 0: {
    const auto items = reader.items_by_id(asked, response, judged_at);
    if (!items) {
      check(items.failure());
      break;
    }
    require(items->items.size() == asked.size(), "each that was asked for is answered");
    for (const auto& item : items->items) {
      if (item.presence == net::item_presence::found)
        check(item.found);
    }
    break;
  }
  case 1: {
    const auto page = reader.more_variations(10, response, judged_at);
    if (!page)
      check(page.failure());
    break;
  }
  case 2:
    check(reader.modified_since(response, judged_at));
    break;
  case 3:
    check(reader.catalog_page(response, judged_at));
    break;
  default: {
    const auto user = reader.viewer(response, judged_at);
    if (!user)
      check(user.failure());
    break;
  }
  }
  return 0;
}

// ankkor's documents and their readers against the emulated shop, which answers as the real one was
// recorded: over GraphQL every item is what REST says of it at the same moment.
#include "emulator/store.hpp"
#include "net/woocommerce/payload.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

using namespace ankkor;
using namespace ankkor::testing;
using namespace std::chrono_literals;
using emulator::store;
using net::item_kind;
using net::item_presence;

namespace {

constexpr auto opening = stock::moment{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};

emulator::store_settings settings() {
  auto made = emulator::store_settings{};
  made.access.users = {{2, "manager", "geheim", emulator::role::shop_manager}};
  return made;
}

constexpr std::string_view manager = "Basic bWFuYWdlcjpnZWhlaW0="; // manager:geheim

net::client_response ask(store& shop, const std::string& body,
                         std::string_view authorization = {}) {
  auto question = emulator::http_question{};
  question.method = "POST";
  question.path = "/graphql";
  question.body = body;
  question.content_type = "application/json";
  question.authorization = authorization;
  const auto answered = shop.handle(question, opening + std::chrono::hours{1});
  return answer(answered.body, answered.status);
}

template <class T>
T taken(net::graphql_result<T> result) {
  if (!result)
    BOOST_FAIL(result.failure().what.message);
  return std::move(*result);
}

// What REST says of an item.
stock::item rest_item(store& shop, stock::product_id id) {
  auto body = std::string{};
  shop.with_catalog([&](emulator::catalog& goods) {
    auto to = emulator::json_writer{};
    emulator::write_product(to, goods, settings().where, *goods.find(id));
    body = to.take();
    return true;
  });
  auto reader = net::payload_reader{};
  constexpr std::size_t padding = 64;
  body.reserve(body.size() + padding);
  auto read = reader.read(net::topic_kind::product, body);
  if (!read)
    BOOST_FAIL(read.failure().message);
  return std::get<stock::item>(*read);
}

std::vector<net::found_item> whole_catalog(store& shop, std::string_view authorization = {}) {
  auto reader = net::graphql_reader{};
  auto all = std::vector<net::found_item>{};
  auto cursor = std::string{};
  for (bool more = true; more;) {
    auto page = taken(
      reader.catalog_page(ask(shop, net::catalog_page_body(cursor), authorization), judged_at));
    BOOST_TEST(page.failed.empty());
    std::move(page.items.begin(), page.items.end(), std::back_inserter(all));
    more = page.more;
    cursor = page.cursor;
  }
  return all;
}

void compare(store& shop, const net::found_item& found) {
  BOOST_TEST_CONTEXT("item " << found.value.id) {
    BOOST_TEST((found.value == rest_item(shop, found.value.id)));
    for (const auto& variation : found.variations)
      BOOST_TEST((variation == rest_item(shop, variation.id)), "variation " << variation.id);
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(emulated_shop)

BOOST_AUTO_TEST_CASE(the_whole_catalog_is_what_rest_says) {
  auto shop = store{settings()};
  shop.fill({350, 0.1, 6, 7}, opening);
  for (const auto authorization : {std::string_view{}, manager}) {
    const auto all = whole_catalog(shop, authorization);
    auto ids = std::set<stock::product_id>{};
    for (const auto& found : all) {
      ids.insert(found.value.id);
      BOOST_TEST(found.more_variations.empty());
    }
    BOOST_TEST(ids.size() == all.size());
    BOOST_TEST(all.size() > 300U);
    for (const auto& found : all) {
      // Strangers don't see private variations, so a list without one is theirs.
      if (!authorization.empty())
        compare(shop, found);
      else if (found.value.variations.empty())
        BOOST_TEST((found.value == rest_item(shop, found.value.id)), found.value.id);
    }
  }
}

BOOST_AUTO_TEST_CASE(items_are_found_by_id_whatever_they_are) {
  auto shop = store{settings()};
  shop.fill({60, 0.3, 4, 3}, opening);
  const auto all = whole_catalog(shop, manager);
  auto wanted = std::vector<net::wanted_item>{{999'999, {}}};
  for (const auto& found : all) {
    if (wanted.size() + 3 > net::graphql_page_size)
      break;
    wanted.push_back({found.value.id, {}});
    if (!found.variations.empty()) {
      wanted.push_back({found.variations[0].id, {}});
      wanted.push_back({found.variations[1].id, item_kind::variation});
    }
  }
  auto reader = net::graphql_reader{};
  const auto answered =
    taken(reader.items_by_id(wanted, ask(shop, net::items_by_id_body(wanted), manager), judged_at));
  BOOST_REQUIRE(answered.items.size() == wanted.size());
  BOOST_TEST((answered.items[0].presence == item_presence::absent));
  for (std::size_t at = 1; at != wanted.size(); ++at) {
    BOOST_TEST(answered.items[at].id == wanted[at].id);
    BOOST_REQUIRE_MESSAGE((answered.items[at].presence == item_presence::found),
                          answered.items[at].reason);
    compare(shop, answered.items[at].found);
  }
}

BOOST_AUTO_TEST_CASE(what_is_deleted_or_hidden_is_absent_and_what_is_broken_is_failed) {
  auto shop = store{settings()};
  const auto [draft, erased, open] = shop.with_catalog([](emulator::catalog& goods) {
    auto thing = emulator::new_item{};
    thing.name = "Thing";
    const auto made =
      std::array{goods.create_product(thing, opening), goods.create_product(thing, opening),
                 goods.create_product(thing, opening)};
    auto hide = emulator::item_change{};
    hide.status = emulator::post_status::draft;
    goods.edit(made[0], hide, opening);
    goods.erase(made[1], opening);
    return made;
  });
  const auto wanted = std::vector<net::wanted_item>{{draft, {}}, {erased, {}}, {open, {}}};
  auto reader = net::graphql_reader{};
  const auto presences = [&](std::string_view authorization) {
    auto found = std::vector<item_presence>{};
    for (const auto& each :
         taken(reader.items_by_id(wanted, ask(shop, net::items_by_id_body(wanted), authorization),
                                  judged_at))
           .items)
      found.push_back(each.presence);
    return found;
  };
  using enum item_presence;
  BOOST_TEST((presences({}) == std::vector{absent, absent, found}));
  BOOST_TEST((presences(manager) == std::vector{found, absent, found}));
  auto broken = emulator::faults{};
  broken.broken_field = "sku";
  shop.set_faults(broken);
  BOOST_TEST((presences({}) == std::vector{absent, absent, failed}));
}

BOOST_AUTO_TEST_CASE(changes_of_what_isnt_published_are_shown_to_who_may_see_them) {
  auto shop = store{settings()};
  const auto [draft, trashed, open] = shop.with_catalog([](emulator::catalog& goods) {
    auto thing = emulator::new_item{};
    thing.name = "Thing";
    const auto made =
      std::array{goods.create_product(thing, opening), goods.create_product(thing, opening),
                 goods.create_product(thing, opening)};
    auto hide = emulator::item_change{};
    hide.status = emulator::post_status::draft;
    goods.edit(made[0], hide, opening);
    goods.trash(made[1], opening);
    return made;
  });
  auto reader = net::graphql_reader{};
  const auto shown = [&](bool signed_in) {
    const auto since = std::chrono::floor<std::chrono::seconds>(opening) - 60s;
    const auto body = net::modified_since_body({since, since + 120s, 1h, signed_in, ""});
    auto ids = std::set<stock::product_id>{};
    for (const auto& item :
         taken(reader.modified_since(ask(shop, body, signed_in ? manager : ""), judged_at)).items)
      ids.insert(item.value.id);
    return ids;
  };
  BOOST_TEST((shown(false) == std::set<stock::product_id>{open}));
  BOOST_TEST((shown(true) == std::set<stock::product_id>{draft, trashed, open}));
}

BOOST_AUTO_TEST_CASE(products_are_found_by_their_slugs_as_kept_or_as_people_write_them) {
  auto shop = store{settings()};
  const auto [tea, draft] = shop.with_catalog([](emulator::catalog& goods) {
    auto thing = emulator::new_item{};
    thing.name = "緑茶 抹茶";
    const auto made = goods.create_product(thing, opening);
    thing.name = "Hidden";
    const auto hidden = goods.create_product(thing, opening);
    auto hide = emulator::item_change{};
    hide.status = emulator::post_status::draft;
    goods.edit(hidden, hide, opening);
    return std::array{made, hidden};
  });
  const auto kept = rest_item(shop, tea).slug;
  BOOST_TEST(kept == "%e7%b7%91%e8%8c%b6-%e6%8a%b9%e8%8c%b6");
  const auto slugs =
    std::vector<std::string>{kept, "緑茶-抹茶", "nothing", "\"){viewer{id}}", "hidden"};
  const auto wanted = std::vector<net::wanted_item>{{tea, {}}, {draft, {}}};
  auto reader = net::graphql_reader{};
  const auto read = [&] {
    return taken(reader.items_by_id(wanted, slugs, ask(shop, net::items_by_id_body(wanted, slugs)),
                                    judged_at));
  };
  const auto answered = read();
  BOOST_REQUIRE(answered.by_slug.size() == slugs.size());
  for (std::size_t at = 0; at < 2; ++at) {
    BOOST_TEST((answered.by_slug[at].presence == item_presence::found));
    BOOST_TEST(answered.by_slug[at].id == tea);
    compare(shop, answered.by_slug[at].found);
  }
  for (std::size_t at = 2; at < slugs.size(); ++at)
    BOOST_TEST((answered.by_slug[at].presence == item_presence::absent), slugs[at]);
  BOOST_TEST((answered.items[0].presence == item_presence::found));
  BOOST_TEST((answered.items[1].presence == item_presence::absent));
  auto broken = emulator::faults{};
  broken.broken_field = "sku";
  shop.set_faults(broken);
  BOOST_TEST((read().by_slug[0].presence == item_presence::failed));
}

BOOST_AUTO_TEST_CASE(a_product_of_many_variations_is_read_page_by_page) {
  auto shop = store{settings()};
  const auto id = shop.with_catalog([](emulator::catalog& goods) {
    auto shirt = emulator::new_item{};
    shirt.type = emulator::kind::variable;
    shirt.name = "Shirt";
    shirt.attribute = "Size";
    for (int size = 0; size != 250; ++size)
      shirt.options.push_back(std::to_string(size));
    const auto made = goods.seed_product(shirt, opening);
    for (int size = 0; size != 250; ++size) {
      auto one = emulator::new_item{};
      one.type = emulator::kind::variation;
      one.option = std::to_string(size);
      one.regular_price = std::to_string(1000 - size);
      // In bulk: many of one second.
      goods.seed_variation(made, one, opening + std::chrono::seconds{size / 90});
    }
    return made;
  });
  auto reader = net::graphql_reader{};
  const auto wanted = std::vector<net::wanted_item>{{id, item_kind::product}};
  auto product =
    taken(reader.items_by_id(wanted, ask(shop, net::items_by_id_body(wanted)), judged_at))
      .items.at(0)
      .found;
  BOOST_TEST(product.variations.size() == 100U);
  int pages = 1;
  for (; !product.more_variations.empty(); ++pages)
    net::add_variations(
      product,
      taken(reader.more_variations(
        id, ask(shop, net::more_variations_body(id, product.more_variations)), judged_at)));
  BOOST_TEST(pages == 3);
  BOOST_TEST(product.variations.size() == 250U);
  BOOST_TEST((product.value == rest_item(shop, id)));
}

BOOST_AUTO_TEST_CASE(what_was_modified_is_found_with_its_first_second) {
  auto shop = store{settings()};
  shop.fill({200, 0.1, 6, 5}, opening);
  const auto all = whole_catalog(shop);
  const auto later = opening + std::chrono::minutes{30};
  auto changed = std::set<stock::product_id>{};
  shop.with_catalog([&](emulator::catalog& goods) {
    for (std::size_t at = 0; at < all.size(); at += 40) {
      const auto& found = all[at];
      const auto id = found.variations.empty() ? found.value.id : found.variations[0].id;
      goods.set_stock(id, 77, later);
      changed.insert(id);
    }
    return true;
  });
  auto reader = net::graphql_reader{};
  const auto since = std::chrono::floor<std::chrono::seconds>(later);
  const auto changes = [&](stock::store_time from) {
    return taken(reader.modified_since(
      ask(shop, net::modified_since_body({from, from + std::chrono::minutes{1}, 1h, false, ""})),
      judged_at));
  };
  const auto page = changes(since);
  BOOST_TEST((page.utc_offset == std::chrono::seconds{1h}));
  auto seen = std::set<stock::product_id>{};
  for (const auto& found : page.items) {
    seen.insert(found.value.id);
    if (found.value.is_variation())
      BOOST_TEST((found.value == rest_item(shop, found.value.id)));
  }
  BOOST_TEST(std::includes(seen.begin(), seen.end(), changed.begin(), changed.end()));
  BOOST_TEST(changes(since + std::chrono::seconds{1}).items.empty());
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_back_is_noticed) {
  auto shop = store{settings()}; // whose zone is UTC+1
  const auto id = shop.with_catalog([](emulator::catalog& goods) {
    auto thing = emulator::new_item{};
    thing.name = "Thing";
    return goods.create_product(thing, opening + std::chrono::minutes{5});
  });
  auto reader = net::graphql_reader{};
  const auto since = std::chrono::floor<std::chrono::seconds>(opening);
  // Until now it was summer there.
  const auto asked_with = [&](std::chrono::seconds offset) {
    return taken(reader.modified_since(
      ask(shop,
          net::modified_since_body({since, since + std::chrono::minutes{10}, offset, false, ""})),
      judged_at));
  };
  const auto blind = asked_with(2h);
  BOOST_TEST(blind.items.empty());
  BOOST_TEST((blind.utc_offset == std::chrono::seconds{1h}));
  const auto seeing = asked_with(*blind.utc_offset);
  BOOST_REQUIRE(seeing.items.size() == 1U);
  BOOST_TEST(seeing.items[0].value.id == id);
}

BOOST_AUTO_TEST_CASE(the_viewer_is_whose_password_it_is) {
  auto shop = store{settings()};
  auto reader = net::graphql_reader{};
  BOOST_TEST((taken(reader.viewer(ask(shop, net::viewer_body(), manager), judged_at)) == 2U));
  BOOST_TEST(!taken(reader.viewer(ask(shop, net::viewer_body()), judged_at)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

// The reconciler with the emulated WooCommerce in virtual time: what a pass costs, what it finds,
// and that no cursor's trap and no restart makes it leave something out.
#include "base/metrics.hpp"
#include "world.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace ankkor;
using namespace ankkor::actors;
using namespace ankkor::actors::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view full_page = "query CatalogPage";
constexpr std::string_view modified_page = "query ModifiedSince";

world_options reconciling() {
  auto options = world_options{};
  options.reconciles = true;
  // A budget that holds up no test; what it does under a real one is the limiter's to show.
  options.limits.count = 100'000;
  options.limits.burst = 100;
  options.latency = 200ms;
  return options;
}

constexpr std::string_view listed = "/wp-json/wc/v3/products?";

// As most shops are: with WooCommerce's keys, and without an application password.
world_options with_keys() {
  auto options = reconciling();
  options.consumer_secret = "cs_right";
  return options;
}

// A shop of that size, its products made a day ago, loaded by ankkor.
struct loaded_shop {
  emulator::store woocommerce;
  memory_store storage;
  world_options options = reconciling();
  std::optional<running_engine> engine;

  explicit loaded_shop(std::size_t products, world_options with = reconciling(),
                       std::size_t page_max = 100)
    : woocommerce(settings(page_max)), options(with) {
    auto size = emulator::catalog_size{};
    size.products = products;
    woocommerce.fill(size, start_of_time - 24h);
    start(start_of_time);
    BOOST_TEST_REQUIRE(engine->pass_until(10min, [&] { return last_scrub() != ""; }));
  }

  static emulator::store_settings settings(std::size_t page_max) {
    auto made = emulator::store_settings{};
    made.graphql_page_max = page_max;
    made.access.keys = {{"ck_reader", "cs_right", false}};
    return made;
  }

  void start(stock::moment at) { engine.emplace(storage, woocommerce, at, options); }

  void restart(std::chrono::seconds down = 1s) {
    const auto now = stage::now();
    engine.reset();
    start(now + down);
  }

  std::string last_scrub() { return storage.bookmarks["reconciliation.scrub.last"]; }

  template <class F>
  decltype(auto) goods(F&& what) {
    return woocommerce.with_catalog(std::forward<F>(what));
  }

  // Published products, the newest first.
  std::vector<stock::product_id> products() {
    auto ids = std::vector<stock::product_id>{};
    goods([&](const emulator::catalog& shop) {
      shop.walk(emulator::sort_by::date, true, 0, [&](const emulator::item& of) {
        if (!of.is_variation() && of.status == emulator::post_status::publish)
          ids.push_back(of.id);
        return true;
      });
    });
    return ids;
  }

  // Of these, products that count their own stock.
  std::vector<stock::product_id> counting(std::size_t count) {
    auto ids = products();
    goods([&](const emulator::catalog& shop) {
      std::erase_if(ids, [&](auto id) {
        return shop.find(id)->type != emulator::kind::simple || !shop.find(id)->manages_stock;
      });
    });
    BOOST_TEST_REQUIRE(ids.size() >= count);
    ids.resize(count);
    return ids;
  }

  // Stock is sold that no webhook tells of.
  void sell(const std::vector<stock::product_id>& ids, std::int64_t quantity) {
    goods([&](emulator::catalog& shop) {
      for (const auto id : ids)
        shop.set_stock(id, quantity, stage::now());
    });
  }

  void set_status(const std::vector<stock::product_id>& ids, emulator::post_status status) {
    auto change = emulator::item_change{};
    change.status = status;
    goods([&](emulator::catalog& shop) {
      for (const auto id : ids)
        shop.edit(id, change, stage::now());
    });
  }

  std::uint64_t found(stock::drift kind) {
    return metrics::reconcile_drift(stock::to_string(kind)).value();
  }

  void is_right() {
    const auto wrong = engine->differing();
    BOOST_TEST(wrong.empty(), "product " << (wrong.empty() ? 0 : wrong.front()) << " and "
                                         << wrong.size() << " in all differ");
  }
};

// Lets the next incremental pass come and end.
void pass_an_interval(loaded_shop& run) {
  run.engine->pass(run.options.interval + 5s);
}

} // namespace

BOOST_AUTO_TEST_SUITE(initial_load)

BOOST_AUTO_TEST_CASE(it_reads_everything_once_and_tells_nobody) {
  auto run = loaded_shop{950};
  run.is_right();
  BOOST_TEST(run.engine->asked(full_page) == 10U);
  BOOST_TEST(run.engine->asked("product(id:") == 0U);
  BOOST_TEST(run.engine->told->empty());
  BOOST_TEST(run.storage.bookmarks.count("reconciliation.watermark") == 1U);
  BOOST_TEST(run.engine->all->board.find(1)->done >= 900U);
}

BOOST_AUTO_TEST_CASE(a_restart_in_the_middle_goes_on_where_it_was) {
  auto run = loaded_shop{1};
  auto size = emulator::catalog_size{};
  size.products = 950;
  size.seed = 2;
  run.woocommerce.fill(size, start_of_time - 24h);
  run.engine.reset();
  run.storage.products.clear();
  run.storage.bookmarks.clear();
  run.start(start_of_time + 1h);
  BOOST_TEST_REQUIRE(
    run.engine->pass_until(1min, [&] { return run.engine->asked(full_page) == 5; }));
  run.restart();
  BOOST_TEST_REQUIRE(run.engine->pass_until(10min, [&] { return run.last_scrub() != ""; }));
  BOOST_TEST(run.engine->asked(full_page) <= 7U);
  BOOST_TEST(run.engine->asked("product(id:") == 0U);
  run.is_right();
}

BOOST_AUTO_TEST_CASE(what_is_new_after_it_is_told) {
  auto run = loaded_shop{20};
  const auto fresh = run.goods([&](emulator::catalog& shop) {
    auto what = emulator::new_item{};
    what.name = "Fresh";
    what.regular_price = "3";
    return shop.create_product(what, stage::now());
  });
  const auto before = run.found(stock::drift::missing);
  pass_an_interval(run);
  BOOST_TEST(run.engine->all->committed.find(fresh) != nullptr);
  BOOST_TEST(run.engine->told->size() == 1U);
  BOOST_TEST(run.found(stock::drift::missing) == before + 1);
}

BOOST_AUTO_TEST_CASE(an_empty_shop_is_loaded_too) {
  auto run = loaded_shop{0};
  pass_an_interval(run);
  BOOST_TEST(run.engine->asked(full_page) == 1U);
  BOOST_TEST(run.engine->asked(modified_page) >= 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(incremental_pass)

BOOST_AUTO_TEST_CASE(nothing_changed_costs_one_request) {
  auto run = loaded_shop{450};
  run.engine->pass(3min);
  const auto before = run.engine->shop.arrivals.size();
  run.engine->pass(10min);
  BOOST_TEST(run.engine->shop.arrivals.size() - before == 10U);
  BOOST_TEST(run.engine->told->empty());
}

BOOST_AUTO_TEST_CASE(fifty_changes_that_no_webhook_told_cost_at_most_three_requests) {
  auto run = loaded_shop{450};
  run.engine->pass(3min);
  const auto before = run.engine->shop.arrivals.size();
  const auto drifted = run.found(stock::drift::stock);
  run.sell(run.counting(50), 3);
  pass_an_interval(run);
  run.is_right();
  BOOST_TEST(run.engine->shop.arrivals.size() - before <= 3U);
  BOOST_TEST(run.engine->told->size() == 50U);
  BOOST_TEST(run.found(stock::drift::stock) - drifted >= 49U); // one may have had 3 before
}

BOOST_AUTO_TEST_CASE(after_down_time_it_costs_what_changed) {
  auto run = loaded_shop{450};
  run.engine->pass(3min);
  run.sell(run.counting(120), 2);
  run.restart(5h);
  run.engine->pass(30s);
  run.is_right();
  BOOST_TEST(run.engine->shop.arrivals.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_cursor_whose_product_is_deleted_meanwhile_leaves_nothing_out) {
  auto run = loaded_shop{450};
  run.engine->pass(3min);
  const auto sold = run.counting(250);
  run.sell(sold, 2);
  auto pages = 0;
  run.engine->before_answer = [&](const std::string& body) {
    // Before the second page is made, its cursor's product goes: page 1 comes once more.
    if (body.find(modified_page) != std::string::npos && ++pages == 2)
      run.goods([&](emulator::catalog& shop) { shop.erase_in_admin(sold[99], stage::now()); });
  };
  pass_an_interval(run);
  BOOST_TEST(pages >= 4);
  BOOST_TEST(pages <= 8);
  for (const auto id : sold) {
    if (id != sold[99])
      BOOST_TEST(run.engine->held(id).value_or(0) == 2);
  }
}

BOOST_AUTO_TEST_CASE(a_product_edited_while_its_page_is_turned_has_the_pass_read_again) {
  auto run = loaded_shop{450};
  run.engine->pass(3min);
  const auto sold = run.counting(150);
  run.sell(sold, 2);
  auto pages = 0;
  run.engine->before_answer = [&](const std::string& body) {
    if (body.find(modified_page) != std::string::npos && ++pages == 2)
      run.sell({sold[99]}, 1);
  };
  pass_an_interval(run);
  BOOST_TEST(pages == 2);
  const auto mark = run.storage.bookmarks.at("reconciliation.watermark");
  pass_an_interval(run);
  // It saw the edit of what its first page ended with, and leaves the watermark behind that pass.
  BOOST_TEST(std::stoll(run.storage.bookmarks.at("reconciliation.watermark")) <= std::stoll(mark));
  pass_an_interval(run);
  BOOST_TEST(std::stoll(run.storage.bookmarks.at("reconciliation.watermark")) > std::stoll(mark));
  run.is_right();
}

BOOST_AUTO_TEST_CASE(the_watermark_waits_for_the_commits) {
  auto run = loaded_shop{120};
  run.engine->pass(3min);
  const auto mark = run.storage.bookmarks.at("reconciliation.watermark");
  run.sell(run.counting(30), 2);
  run.storage.full = true;
  run.engine->pass(5min);
  BOOST_TEST(run.storage.bookmarks.at("reconciliation.watermark") == mark);
  run.storage.full = false;
  run.engine->pass(3min);
  run.is_right();
  BOOST_TEST(std::stoll(run.storage.bookmarks.at("reconciliation.watermark")) > std::stoll(mark));
}

BOOST_AUTO_TEST_CASE(a_crash_before_the_commit_has_the_same_read_again) {
  auto run = loaded_shop{120};
  run.engine->pass(3min);
  run.sell(run.counting(30), 2);
  BOOST_TEST_REQUIRE(
    run.engine->pass_until(2min, [&] { return !run.engine->shop.waiting.empty(); }));
  run.restart();
  run.engine->pass(30s);
  run.is_right();
}

BOOST_AUTO_TEST_CASE(a_question_of_everything_has_it_begin_at_once_and_is_settled) {
  auto run = loaded_shop{120};
  run.engine->pass(3min);
  pass_an_interval(run);
  run.sell(run.counting(3), 2);
  const auto before = run.engine->asked(modified_page);
  run.engine->take("product.updated", unusable{"an error in place of the product", "{}", true});
  BOOST_TEST(run.storage.wanted.count(0) == 1U);
  run.engine->pass(2s);
  BOOST_TEST(run.engine->asked(modified_page) == before + 1);
  BOOST_TEST(run.storage.wanted.empty());
  run.is_right();
}

BOOST_AUTO_TEST_CASE(a_question_of_everything_survives_a_crash) {
  auto run = loaded_shop{120};
  run.engine->pass(3min);
  run.engine->take("product.updated", unusable{"an error in place of the product", "{}", true});
  run.restart();
  BOOST_TEST(run.storage.wanted.count(0) == 1U);
  run.engine->pass(3s);
  BOOST_TEST(run.storage.wanted.empty());
}

BOOST_AUTO_TEST_CASE(a_shop_that_is_away_is_asked_until_it_answers) {
  auto run = loaded_shop{120};
  run.engine->pass(3min);
  auto fault = emulator::faults{};
  fault.maintenance = true;
  fault.graphql = true;
  fault.share = 1;
  run.woocommerce.set_faults(fault);
  run.sell(run.counting(3), 2);
  run.engine->pass(10min);
  BOOST_TEST(!run.engine->all->board.all().front().problem.empty());
  run.woocommerce.set_faults({});
  run.engine->pass(20min); // it had asked for ten minutes of peace
  run.is_right();
}

BOOST_AUTO_TEST_CASE(changes_that_no_webhook_tells_within_minutes_count_as_missed) {
  auto run = loaded_shop{120};
  run.engine->pass(3min);
  const auto sold = run.counting(4);
  run.sell(sold, 2);
  const auto missed = metrics::webhook_missed().value();
  pass_an_interval(run);
  run.engine->deliver_update(sold[0]); // late, and not lost
  run.engine->pass(5min);
  BOOST_TEST(metrics::webhook_missed().value() == missed);
  run.engine->pass(10min);
  BOOST_TEST(metrics::webhook_missed().value() == missed + 3);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(what_is_published_no_more)

BOOST_AUTO_TEST_CASE(it_is_found_within_an_interval_whatever_became_of_it) {
  auto run = loaded_shop{120, with_keys()};
  run.engine->pass(3min);
  const auto ids = run.products();
  const auto drifted = run.found(stock::drift::gone);
  run.set_status({ids[0]}, emulator::post_status::draft);
  run.set_status({ids[1]}, emulator::post_status::pending);
  run.set_status({ids[2]}, emulator::post_status::hidden);
  run.goods([&](emulator::catalog& shop) { shop.trash(ids[3], stage::now()); });
  BOOST_TEST(run.engine->differing().size() == 4U);
  pass_an_interval(run);
  run.is_right();
  BOOST_TEST(run.engine->told->size() == 4U);
  BOOST_TEST(run.found(stock::drift::gone) - drifted == 4U);
  BOOST_TEST(run.storage.wanted.empty());
}

BOOST_AUTO_TEST_CASE(a_pass_costs_two_requests_more_and_asks_for_nothing_twice) {
  auto run = loaded_shop{120, with_keys()};
  run.engine->pass(3min);
  run.set_status({run.products().front()}, emulator::post_status::draft);
  run.engine->pass(3min); // while the overlap shows it again
  const auto before = run.engine->shop.arrivals.size();
  const auto pages = run.engine->asked(modified_page);
  const auto lists = run.engine->asked(listed);
  run.engine->pass(10min);
  BOOST_TEST(run.engine->shop.arrivals.size() - before == 30U);
  BOOST_TEST(run.engine->asked(modified_page) - pages == 10U);
  BOOST_TEST(run.engine->asked(listed) - lists == 20U);
  BOOST_TEST(run.engine->asked("product(id:") == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_webhook_told_of_is_not_asked_for) {
  auto run = loaded_shop{120, with_keys()};
  run.engine->pass(3min);
  const auto id = run.products().front();
  run.set_status({id}, emulator::post_status::draft);
  run.engine->deliver_update(id);
  run.engine->pass(3min);
  BOOST_TEST(run.engine->asked("product(id:") == 0U);
  run.is_right();
}

BOOST_AUTO_TEST_CASE(down_time_hides_none_of_it) {
  auto run = loaded_shop{450, with_keys()};
  run.engine->pass(3min);
  const auto ids = run.products();
  run.set_status({ids.begin(), ids.begin() + 250}, emulator::post_status::draft); // in one second
  run.sell(run.counting(20), 2);
  run.restart(5h);
  run.engine->pass(1min);
  run.is_right();
}

BOOST_AUTO_TEST_CASE(one_that_is_edited_while_lists_are_read_hides_no_other) {
  auto run = loaded_shop{450, with_keys()};
  run.engine->pass(3min);
  const auto ids = run.products();
  for (std::size_t at = 0; at != 250; ++at) {
    run.set_status({ids[at]}, emulator::post_status::draft);
    run.engine->pass_without_answers(1s);
  }
  auto lists = 0;
  run.engine->before_answer = [&](const std::string& what) {
    if (what.find(listed) != std::string::npos && ++lists == 2)
      run.set_status({ids[10]}, emulator::post_status::publish);
  };
  pass_an_interval(run);
  pass_an_interval(run);
  BOOST_TEST(lists > 4);
  run.is_right();
}

BOOST_AUTO_TEST_CASE(the_question_is_in_the_store_before_the_date_is_passed) {
  auto run = loaded_shop{120, with_keys()};
  run.engine->pass(3min);
  const auto mark = run.storage.bookmarks.at("reconciliation.withdrawn");
  run.set_status({run.products().front()}, emulator::post_status::draft);
  run.storage.full = true;
  run.engine->pass(5min);
  BOOST_TEST(run.storage.bookmarks.at("reconciliation.withdrawn") == mark);
  run.restart();
  run.storage.full = false;
  run.engine->pass(3min);
  run.is_right();
  BOOST_TEST(run.storage.bookmarks.at("reconciliation.withdrawn") != mark);
}

BOOST_AUTO_TEST_CASE(keys_that_are_refused_hold_up_nothing_else_and_once_right_it_is_made_up_for) {
  auto wrong = with_keys();
  wrong.consumer_secret = "cs_wrong";
  auto run = loaded_shop{120, wrong};
  run.engine->pass(3min);
  const auto hidden = run.products().front();
  run.set_status({hidden}, emulator::post_status::draft);
  run.sell(run.counting(3), 2);
  const auto refused = metrics::graphql_requests("withdrawn", "failed").value();
  run.engine->pass(50min);
  BOOST_TEST(run.engine->differing() == std::vector{hidden}, boost::test_tools::per_element());
  const auto asked = metrics::graphql_requests("withdrawn", "failed").value() - refused;
  BOOST_TEST((asked >= 4U && asked <= 5U));
  BOOST_TEST(run.engine->asked(modified_page) >= 50U);
  run.options.consumer_secret = "cs_right";
  run.restart();
  run.engine->pass(10s);
  run.is_right();
}

BOOST_AUTO_TEST_CASE(a_rest_api_that_is_away_holds_up_nothing_else_and_is_made_up_for) {
  auto run = loaded_shop{120, with_keys()};
  run.engine->pass(3min);
  const auto hidden = run.products().front();
  for (const auto how : {0, 1, 2}) {
    auto fault = emulator::faults{};
    fault.graphql = false;
    fault.html = how == 0;
    fault.cut = how == 1;
    fault.maintenance = how == 2;
    run.woocommerce.set_faults(fault);
    run.engine->pass(5min);
    run.set_status({hidden},
                   how == 1 ? emulator::post_status::publish : emulator::post_status::draft);
    run.sell(run.counting(4), 5 + how);
    run.engine->pass(5min);
    BOOST_TEST(run.engine->differing().size() <= 1U);
    run.woocommerce.set_faults({});
    run.engine->pass(15min); // it had asked for ten minutes of peace
    run.is_right();
  }
}

BOOST_AUTO_TEST_CASE(a_product_that_is_back_before_it_is_read_stays) {
  auto run = loaded_shop{120, with_keys()};
  run.engine->pass(3min);
  const auto id = run.products().front();
  run.set_status({id}, emulator::post_status::draft);
  run.engine->before_answer = [&](const std::string& what) {
    if (what.find("product(id:") != std::string::npos)
      run.set_status({id}, emulator::post_status::publish);
  };
  pass_an_interval(run);
  BOOST_TEST(run.engine->asked("product(id:") == 1U);
  pass_an_interval(run);
  run.is_right();
  BOOST_TEST(run.storage.wanted.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(full_pass)

namespace {

world_options scrubbing(std::chrono::milliseconds interval) {
  auto options = reconciling();
  options.scrub_interval = interval;
  return options;
}

} // namespace

BOOST_AUTO_TEST_CASE(it_is_spread_over_the_interval_and_writes_nothing_that_is_the_same) {
  auto run = loaded_shop{450, scrubbing(1h)};
  const auto pages = run.engine->asked(full_page);
  const auto version = run.storage.version;
  run.engine->pass(1h + 20min);
  BOOST_TEST(run.engine->asked(full_page) - pages >= 1U);
  BOOST_TEST(run.engine->asked(full_page) - pages <= 3U);
  run.engine->pass(35min);
  BOOST_TEST(run.engine->asked(full_page) - pages == 5U);
  BOOST_TEST(run.storage.version == version);
  BOOST_TEST(run.engine->told->empty());
}

// A simulated world found it: such a shop's pass took as many intervals as it has pages.
BOOST_AUTO_TEST_CASE(it_is_done_within_the_interval_where_the_shop_allows_small_pages_only) {
  auto run = loaded_shop{100, scrubbing(1h), 10};
  const auto before = run.last_scrub();
  run.engine->pass(2h + 5min);
  BOOST_TEST(run.last_scrub() != before);
}

BOOST_AUTO_TEST_CASE(it_finds_what_was_written_past_woocommerce) {
  auto run = loaded_shop{250, scrubbing(1h)};
  const auto product = run.counting(1).front();
  run.goods([&](emulator::catalog& shop) { shop.write_stock_by_sql(product, 77); });
  const auto missed = metrics::webhook_missed().value();
  pass_an_interval(run);
  BOOST_TEST(run.engine->held(product).value_or(0) != 77);
  run.engine->pass(2h);
  BOOST_TEST(run.engine->held(product).value_or(0) == 77);
  BOOST_TEST(metrics::webhook_missed().value() == missed); // no webhook tells of such
}

BOOST_AUTO_TEST_CASE(it_finds_what_was_deleted_for_good) {
  auto run = loaded_shop{250, scrubbing(1h)};
  const auto products = run.products();
  const auto gone = run.found(stock::drift::gone);
  run.goods([&](emulator::catalog& shop) {
    shop.erase_in_admin(products[3], stage::now());
    shop.erase_in_admin(products[130], stage::now());
    shop.trash(products[200], stage::now());
  });
  run.engine->pass(2h);
  run.is_right();
  BOOST_TEST(run.found(stock::drift::gone) == gone + 3);
  BOOST_TEST(run.engine->asked("product(id:") == 1U);
  BOOST_TEST(run.engine->told->size() == 3U);
  BOOST_TEST(run.storage.wanted.empty());
}

BOOST_AUTO_TEST_CASE(what_a_page_lacks_without_being_gone_stays) {
  auto run = loaded_shop{20, scrubbing(1h)};
  const auto product = run.counting(1).front();
  auto hidden = false;
  run.engine->before_answer = [&](const std::string& body) {
    // A draft for the moment in which the list is made.
    const bool in_list = body.find(full_page) != std::string::npos;
    if (in_list == hidden)
      return;
    hidden = in_list;
    run.goods([&](emulator::catalog& shop) {
      auto change = emulator::item_change{};
      change.status = hidden ? emulator::post_status::draft : emulator::post_status::publish;
      shop.edit(product, change, stage::now());
    });
  };
  run.engine->pass(2h);
  BOOST_TEST(run.engine->asked("product(id:") >= 1U);
  BOOST_TEST(run.engine->held(product).has_value());
}

BOOST_AUTO_TEST_CASE(a_restart_in_the_middle_goes_on_and_doubts_nothing_that_was_seen_before) {
  auto run = loaded_shop{450, scrubbing(1h)};
  const auto products = run.products();
  const auto pages = run.engine->asked(full_page);
  run.engine->pass(50min);
  run.goods([&](emulator::catalog& shop) { shop.erase_in_admin(products[0], stage::now()); });
  BOOST_TEST_REQUIRE(run.engine->pass_until(1h, [&] {
    return run.engine->asked(full_page) == pages + 3 && run.engine->shop.waiting.empty();
  }));
  const auto last = run.last_scrub();
  run.engine->pass(1s);
  run.restart(10min);
  BOOST_TEST_REQUIRE(run.engine->pass_until(1h, [&] { return run.last_scrub() != last; }));
  BOOST_TEST(run.engine->asked(full_page) == 2U);
  BOOST_TEST(run.engine->asked("product(id:") <= 1U);
  run.is_right();
  BOOST_TEST(
    std::none_of(run.storage.bookmarks.begin(), run.storage.bookmarks.end(), [](const auto& mark) {
      return mark.first.starts_with("reconciliation.seen.") && !mark.second.empty();
    }));
}

BOOST_AUTO_TEST_CASE(a_cursor_whose_product_is_deleted_meanwhile_leaves_nothing_out) {
  auto run = loaded_shop{450, scrubbing(1h)};
  const auto products = run.products();
  // Written past WooCommerce, so that nothing but this pass finds it.
  const auto last = run.counting(300).back();
  run.goods([&](emulator::catalog& shop) { shop.write_stock_by_sql(last, 77); });
  auto pages = 0;
  run.engine->before_answer = [&](const std::string& body) {
    if (body.find(full_page) == std::string::npos)
      return;
    ++pages;
    // What page 1 ends with, be it a draft: the cursor is in the question.
    if (pages == 2)
      run.goods([&](emulator::catalog& shop) {
        for (std::size_t at = 85; at < 100; ++at)
          shop.erase_in_admin(products[at], stage::now());
      });
  };
  run.engine->reconcile(reconcile_type::all_products);
  run.engine->pass(1min);
  BOOST_TEST(pages >= 6);
  BOOST_TEST(pages <= 9);
  BOOST_TEST(run.engine->held(last).value_or(0) == 77);
  // What went after its page was read, the next one finds.
  run.engine->reconcile(reconcile_type::all_products);
  run.engine->pass(1min);
  run.is_right();
}

BOOST_AUTO_TEST_CASE(pages_that_drafts_leave_short_or_empty_are_not_taken_for_the_end) {
  auto run = loaded_shop{450};
  run.goods([&, ids = run.products()](emulator::catalog& shop) {
    auto number = 0;
    for (const auto id : ids) {
      // The second and the fourth page hold nothing that we may see.
      if ((number / 100) % 2 == 1) {
        auto change = emulator::item_change{};
        change.status = emulator::post_status::draft;
        shop.edit(id, change, stage::now());
      }
      ++number;
    }
  });
  const auto last = run.products().back();
  const auto before = run.last_scrub();
  run.engine->reconcile(reconcile_type::all_products);
  BOOST_TEST_REQUIRE(run.engine->pass_until(10min, [&] { return run.last_scrub() != before; }));
  BOOST_TEST((run.engine->all->committed.find(last)->stock_json != nullptr));
  run.is_right();
}

BOOST_AUTO_TEST_CASE(products_with_more_than_a_page_of_variations_are_read_whole) {
  auto run = loaded_shop{20};
  const auto [parent, variations] = run.goods([&](emulator::catalog& shop) {
    auto what = emulator::new_item{};
    what.name = "Shirt";
    what.type = emulator::kind::variable;
    what.attribute = "Number";
    const auto id = shop.seed_product(what, stage::now() - 1h);
    auto made = std::vector<stock::product_id>{};
    for (auto number = 0; number < 230; ++number) {
      auto one = emulator::new_item{};
      one.option = std::to_string(number);
      one.regular_price = "5";
      one.manages_stock = true;
      one.quantity = number;
      made.push_back(shop.seed_variation(id, one, stage::now() - 1h));
    }
    return std::pair{id, made};
  });
  const auto before = run.last_scrub();
  run.engine->reconcile(reconcile_type::all_products);
  BOOST_TEST_REQUIRE(run.engine->pass_until(10min, [&] { return run.last_scrub() != before; }));
  BOOST_TEST(run.engine->asked("query MoreVariations") == 2U);
  BOOST_TEST_REQUIRE(run.engine->all->committed.find(parent) != nullptr);
  BOOST_TEST(run.engine->all->committed.find(parent)->held.variations.size() == variations.size());
  run.is_right();
}

BOOST_AUTO_TEST_CASE(who_asks_for_it_while_one_runs_joins_it) {
  auto run = loaded_shop{450};
  const auto first = run.engine->reconcile(reconcile_type::all_products);
  run.engine->pass(400ms);
  const auto second = run.engine->reconcile(reconcile_type::all_products);
  BOOST_TEST(!first.joined);
  BOOST_TEST(second.joined);
  BOOST_TEST(second.id == first.id);
  run.engine->pass(1min);
  const auto done = run.engine->all->board.find(first.id);
  BOOST_TEST_REQUIRE(done.has_value());
  BOOST_TEST((done->state == pass_state::done));
  BOOST_TEST(done->requests == 5U);
  BOOST_TEST(done->done >= 400U);
}

BOOST_AUTO_TEST_CASE(asking_for_one_product_reads_it_and_says_what_was_mended) {
  auto run = loaded_shop{50};
  const auto product = run.counting(1).front();
  run.goods([&](emulator::catalog& shop) { shop.write_stock_by_sql(product, 77); });
  const auto ticket = run.engine->reconcile(reconcile_type::product, product);
  run.engine->pass(5s);
  const auto done = run.engine->all->board.find(ticket.id);
  BOOST_TEST_REQUIRE(done.has_value());
  BOOST_TEST((done->state == pass_state::done));
  BOOST_TEST(done->drift[static_cast<std::size_t>(stock::drift::stock)] == 1U);
  BOOST_TEST(run.engine->held(product).value_or(0) == 77);
}

BOOST_AUTO_TEST_SUITE_END()

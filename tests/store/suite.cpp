// The cases that every store must pass. They know nothing of what it is made of.
#include "suite.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>

namespace ankkor::store::testing {

namespace {

using namespace std::string_literals;

using std::chrono::hours;
using stock::backorders;
using stock::publication;
using stock::stock_management;
using stock::stock_status;

// -- one field after the other ------------------------------------------------

stock::record full_record(product_id id, product_id parent) {
  auto row = make_record(id, parent, -7);
  row.value.type = stock::product_type::external;
  row.value.status = publication::gone;
  row.value.slug = "%e9%9e%8b";
  row.value.name = "Größe \"42\" \\ 鞋 \U0001F45F\n\t\x01 & <b>\0 end"s;
  row.value.sku = "";
  row.value.price = {"0.000000000001", "", "99999999999999999999.99"};
  row.value.categories = {{"a", "Ä \"quoted\" \\ \x1F"}, {"b", ""}, {"", "c"}};
  row.value.variations = {35, 36, 9'007'199'254'740'993};
  row.value.stock = {stock_management::parent, std::numeric_limits<std::int64_t>::min(),
                     stock_status::on_backorder, backorders::notify};
  row.value.modified = stock::store_time{std::chrono::seconds{-1}};
  row.read = {stock::reading::unknown, at(1'763'806'008'123'456)};
  return row;
}

void a_product_comes_back_as_it_was(backend& place) {
  stock::product full;
  full.id = 34;
  full.version = 12;
  full.self = full_record(34, 0);
  full.variations = {full_record(35, 34), make_record(36, 34, 0)};
  full.variations[1].value.stock.quantity.reset();
  full.changed = at(-1);
  stock::product bare;
  bare.id = 99;
  stock::product childless = make_product(7, 3);
  childless.self->value = {};
  childless.self->value.id = 7;
  {
    const auto opened = need(place.open({}));
    for (const auto& each : {full, bare, childless})
      commit(*opened, make_entry(each));
    BOOST_TEST((load(*opened) == std::vector{childless, full, bare}));
  }
  BOOST_TEST((load(*need(place.open({}))) == std::vector{childless, full, bare}));
}

void every_spelling_of_an_item_comes_back(backend& place) {
  const auto opened = need(place.open({}));
  std::vector<stock::product> written;
  for (std::uint8_t kind = 0; kind <= static_cast<std::uint8_t>(publication::gone); ++kind) {
    auto each = make_product(kind + 1U, kind + 1U);
    auto& item = each.self->value;
    item.type = static_cast<stock::product_type>(kind % 6);
    item.status = static_cast<publication>(kind);
    item.stock = {static_cast<stock_management>(kind % 3), kind,
                  static_cast<stock_status>(kind % 3), static_cast<backorders>(kind % 3)};
    commit(*opened, make_entry(each));
    written.push_back(each);
  }
  BOOST_TEST((load(*opened) == written));
}

void text_that_is_no_utf8_does_not_make_a_product_unreadable(backend& place) {
  const auto opened = need(place.open({}));
  auto odd = make_product(1, 1);
  odd.self->value.categories = {{"shoes", "Schuh\xE4\xFF"}};
  commit(*opened, make_entry(odd));
  const auto held = load(*opened);
  BOOST_REQUIRE(held.size() == 1U);
  BOOST_TEST(held[0].self->value.categories.at(0).slug == "shoes");
}

void only_the_changed_items_are_written(backend& place) {
  const auto opened = need(place.open({}));
  auto first = make_product(34, 1);
  first.variations = {make_record(35, 34, 1), make_record(36, 34, 1)};
  commit(*opened, make_entry(first));
  auto second = first;
  second.version = 2;
  second.changed = at(99);
  second.self->value.name = "not written";
  second.variations[0].value.name = "not written";
  second.variations[1].value.name = "written";
  entry change;
  change.state = std::make_shared<const stock::product>(second);
  change.changed = {36};
  commit(*opened, change);
  auto expected = first;
  expected.version = 2;
  expected.changed = at(99);
  expected.variations[1].value.name = "written";
  BOOST_TEST((load(*opened) == std::vector{expected}));
}

void a_variation_may_be_heard_of_before_its_product_and_be_forgotten(backend& place) {
  const auto opened = need(place.open({}));
  stock::product early;
  early.id = 34;
  early.version = 1;
  early.variations = {make_record(35, 34, 1), make_record(36, 34, 2)};
  commit(*opened, make_entry(early));
  BOOST_TEST((load(*opened) == std::vector{early}));
  auto later = early;
  later.version = 2;
  later.self = make_record(34, 0, 5);
  later.variations.pop_back();
  entry change;
  change.state = std::make_shared<const stock::product>(later);
  change.changed = {34, 36};
  commit(*opened, change);
  BOOST_TEST((load(*opened) == std::vector{later}));
}

void what_is_said_last_of_an_item_in_one_commit_is_held(backend& place) {
  const auto opened = need(place.open({}));
  auto first = make_product(34, 1);
  first.variations = {make_record(35, 34, 1), make_record(36, 34, 1)};
  auto second = first;
  second.version = 2;
  second.self->value.name = "second";
  second.variations[0].value.name = "second";
  auto third = second;
  third.version = 3;
  third.changed = at(99);
  third.variations[0].value.name = "third";
  auto fourth = third;
  fourth.version = 4;
  fourth.variations.pop_back();
  auto taker = make_product(40, 5); // the variation comes to another product
  taker.variations = {make_record(36, 40, 1)};
  const auto says = [](const stock::product& state, std::vector<product_id> changed) {
    entry each;
    each.state = std::make_shared<const stock::product>(state);
    each.changed = std::move(changed);
    return each;
  };
  commit(*opened, std::array{says(first, {34, 35, 36}), says(second, {34, 35}), says(third, {35}),
                             says(fourth, {36}), says(taker, {40, 36})});
  BOOST_TEST((load(*opened) == std::vector{fourth, taker}));
  // And nothing but that: the next commit begins anew.
  auto fifth = fourth;
  fifth.version = 6;
  fifth.self->value.name = "fifth";
  commit(*opened, says(fifth, {34}));
  BOOST_TEST((load(*opened) == std::vector{fifth, taker}));
}

void an_item_of_another_product_is_refused_and_nothing_of_its_batch_is_stored(backend& place) {
  const auto opened = need(place.open({}));
  auto stray = make_product(2, 2);
  stray.variations = {make_record(35, 34, 1)};
  const std::array batch{make_entry(make_product(1, 1)), make_entry(stray)};
  const auto answer = opened->commit(batch);
  BOOST_REQUIRE(!answer.ok());
  BOOST_TEST((answer.failure().code == errc::invalid_input));
  BOOST_TEST(load(*opened).empty());
  BOOST_TEST(need(opened->highest_version()) == 0U);
}

void the_rows_for_people_come_back_as_they_were(backend& place) {
  auto taken = make_delivery(1);
  taken.topic = "action.woocommerce_delete_product";
  taken.webhook_id = 0;
  taken.resource = 0;
  taken.result = outcome::unusable;
  auto line = make_history(34, 9);
  line.item = 35;
  line.cause = "Abgleich – 鞋";
  line.reference = "";
  line.before = {stock_management::none, std::nullopt, stock_status::out_of_stock, backorders::yes};
  line.after = {stock_management::own, -3, stock_status::on_backorder, backorders::notify};
  line.status_before = publication::draft;
  line.status_after = publication::gone;
  line.modified = stock::store_time{std::chrono::seconds{1'763'806'008}};
  auto job = make_job(34, 9);
  job.target = "naïve \"target\"";
  job.tags = {"category-%e9%9e%8b", "\"\\\n", ""};
  job.paths = {};
  const confirmation wanted{0, "ambiguous second", at(5), at(-4)};
  const dead_letter dead{
    0, at(3), "delivery", "product.updated", "abc", "it isn't JSON", std::string{"{\0\xFF\xC3", 4}};
  auto all = make_entry(make_product(34, 9));
  all.delivery = taken;
  all.history = {line};
  all.jobs = {job};
  all.wanted = {wanted};
  all.dead = dead;
  const auto opened = need(place.open({}));
  commit(*opened, all);
  const auto people = need(opened->open_reader());
  BOOST_TEST((need(people->deliveries({})) == std::vector{taken}));
  BOOST_TEST((need(people->history(34, 10)) == std::vector{line}));
  BOOST_TEST((need(people->outbox(10)) == std::vector{job}));
  BOOST_TEST((need(people->confirmations(10)) == std::vector{wanted}));
  auto letters = need(people->dead_letters(10));
  BOOST_REQUIRE(letters.size() == 1U);
  BOOST_TEST(letters[0].id > 0);
  letters[0].id = 0;
  BOOST_TEST((letters[0] == dead));
}

// -- deliveries ---------------------------------------------------------------

void a_delivery_is_a_duplicate_only_with_the_same_id_and_the_same_body(backend& place) {
  auto opened = need(place.open({}));
  entry first;
  first.delivery = make_delivery(1);
  entry other_body = first;
  other_body.delivery->body_digest[15] = 1;
  entry other_id = first;
  other_id.delivery->delivery_id = "x";
  const std::array batch{first, first, other_body, other_id, other_body};
  using enum commit_outcome;
  BOOST_TEST(
    (commit(*opened, batch) == std::vector{committed, duplicate, committed, committed, duplicate}));
  opened.reset();
  opened = need(place.open({}));
  BOOST_TEST((commit(*opened, batch) == std::vector(5, duplicate)));
  BOOST_TEST(need(need(opened->open_reader())->count()).deliveries == 3U);
}

void of_a_duplicate_only_the_questions_and_the_dead_letter_are_dropped(backend& place) {
  const auto opened = need(place.open({}));
  entry seen;
  seen.delivery = make_delivery(1);
  seen.delivery->result = outcome::queued;
  commit(*opened, seen);
  auto again = make_entry(make_product(34, 5));
  again.delivery = make_delivery(1);
  again.history = {make_history(34, 5)};
  again.jobs = {make_job(34, 5)};
  again.wanted = {{34, "deletion", at(1), at(1)}};
  again.dead = dead_letter{0, at(1), "delivery", "t", "r", "why", "body"};
  BOOST_TEST((commit(*opened, again) == std::vector{commit_outcome::duplicate}));
  const auto people = need(opened->open_reader());
  BOOST_TEST((need(people->count()) == counts{1, 0, 1, 1, 0, 0}));
  BOOST_TEST((need(people->history(34, 9)) == again.history));
  BOOST_TEST((need(people->deliveries({})).at(0).result == outcome::queued));
}

// -- outbox and confirmations -------------------------------------------------

void a_later_job_is_merged_into_what_waits(backend& place) {
  const auto opened = need(place.open({}));
  entry change;
  auto first = make_job(34, 5);
  first.tags = {"product-34", "product-old"};
  first.paths = {"/product/old"};
  auto second = make_job(34, 9);
  second.tags = {"category-shoes", "product-34"};
  second.paths = {"/product/new", "/product/old"};
  auto other_target = second;
  other_target.target = "cdn";
  change.jobs = {first, second, other_target};
  commit(*opened, change);
  auto united = first;
  united.tags = {"product-34", "product-old", "category-shoes"};
  united.paths = {"/product/old", "/product/new"};
  united.version = 9;
  BOOST_TEST((need(opened->load_outbox()) == std::vector{other_target, united}));
  entry late;
  late.jobs = {make_job(34, 2)};
  commit(*opened, late);
  united.received = at(2);
  united.created = at(3);
  united.paths.emplace_back("/product/product-34");
  BOOST_TEST((need(opened->load_outbox()) == std::vector{other_target, united}));
}

void telling_removes_a_job_unless_something_newer_was_merged_in(backend& place) {
  auto opened = need(place.open({}));
  entry change;
  change.jobs = {make_job(1, 5), make_job(2, 6)};
  commit(*opened, change);
  entry told;
  told.told = {{"shop", 1, 4}, {"shop", 2, 6}, {"shop", 3, 9}, {"cdn", 1, 9}};
  commit(*opened, told);
  BOOST_TEST((need(opened->load_outbox()) == std::vector{make_job(1, 5)}));
  opened.reset();
  opened = need(place.open({}));
  entry both;
  both.told = {{"shop", 1, 5}};
  both.jobs = {make_job(1, 7)};
  commit(*opened, both);
  BOOST_TEST((need(opened->load_outbox()) == std::vector{make_job(1, 7)}));
}

void an_answer_settles_only_what_was_asked_before_it(backend& place) {
  const auto opened = need(place.open({}));
  entry ask;
  ask.wanted = {{34, "deletion", at(1), at(10)}, {0, "order", at(2), at(20)}};
  commit(*opened, ask);
  entry replace;
  replace.wanted = {{34, "ambiguous second", at(40), at(30)}};
  commit(*opened, replace);
  entry answer;
  answer.settled = {34, 0, 77};
  answer.settled_before = at(30);
  commit(*opened, answer);
  BOOST_TEST((need(opened->load_confirmations()) ==
              std::vector{confirmation{34, "ambiguous second", at(40), at(30)}}));
  answer.settled_before = at(31);
  answer.wanted = {{34, "again", at(50), at(50)}};
  commit(*opened, answer);
  BOOST_TEST(
    (need(opened->load_confirmations()) == std::vector{confirmation{34, "again", at(50), at(50)}}));
}

// -- versions, probing, nothing -----------------------------------------------

void the_highest_version_outlives_the_store(backend& place) {
  auto opened = need(place.open({}));
  BOOST_TEST(need(opened->highest_version()) == 0U);
  const std::array batch{make_entry(make_product(1, 41)), make_entry(make_product(2, 7))};
  commit(*opened, batch);
  BOOST_TEST(need(opened->highest_version()) == 41U);
  commit(*opened, make_entry(make_product(1, 8)));
  commit(*opened, entry{});
  BOOST_TEST(need(opened->highest_version()) == 41U);
  opened.reset();
  BOOST_TEST(need(need(place.open({}))->highest_version()) == 41U);
}

void nothing_is_a_transaction_too(backend& place) {
  const auto opened = need(place.open({}));
  BOOST_TEST(commit(*opened, std::span<const entry>{}).empty());
  BOOST_TEST((commit(*opened, entry{}) == std::vector{commit_outcome::committed}));
  BOOST_TEST(opened->probe().ok());
  BOOST_TEST(load(*opened).empty());
  BOOST_TEST(need(opened->load_outbox()).empty());
  BOOST_TEST(need(opened->load_confirmations()).empty());
  BOOST_TEST((need(need(opened->open_reader())->count()) == counts{}));
}

// -- dead letters -------------------------------------------------------------

void a_dead_letter_is_cut_and_goes_once(backend& place) {
  const auto opened = need(place.open({}));
  entry letter;
  std::string body(dead_letter_body_max - 1, 'x');
  letter.dead = dead_letter{0, at(1), "delivery", "t", "r", "why", body + "ä and more"};
  commit(*opened, letter);
  const auto people = need(opened->open_reader());
  const auto kept = need(people->dead_letters(1)).at(0);
  BOOST_TEST((kept.body == body));
  BOOST_TEST(need(people->find_dead_letter(kept.id))->reason == "why");
  entry discard;
  discard.discarded = {kept.id, kept.id + 1};
  commit(*opened, discard);
  BOOST_TEST(!need(people->find_dead_letter(kept.id)).has_value());
  BOOST_TEST(need(people->count()).dead_letters == 0U);
  commit(*opened, letter);
  BOOST_TEST(need(people->dead_letters(1)).at(0).id != kept.id);
}

// -- live events and bookmarks ------------------------------------------------

live_event make_event(std::uint64_t sequence) {
  auto level = stock::stock_level{};
  level.managed = stock::stock_management::own;
  level.quantity = -static_cast<std::int64_t>(sequence);
  level.status = stock::stock_status::on_backorder;
  level.backorder = stock::backorders::notify;
  return {sequence,         34, 34 + sequence % 2, at(static_cast<std::int64_t>(sequence)), level,
          sequence % 3 == 0};
}

void the_newest_live_events_come_back_in_their_order(backend& place) {
  {
    const auto opened = need(place.open({}));
    BOOST_TEST(need(opened->load_events(9)).empty());
    entry first;
    first.events = {make_event(1), make_event(2)};
    entry second;
    second.events = {make_event(5)};
    commit(*opened, std::vector{first, second});
  }
  const auto opened = need(place.open({}));
  BOOST_TEST(
    (need(opened->load_events(9)) == std::vector{make_event(1), make_event(2), make_event(5)}));
  BOOST_TEST((need(opened->load_events(2)) == std::vector{make_event(2), make_event(5)}));
}

void a_bookmark_is_replaced_and_an_empty_one_goes(backend& place) {
  {
    const auto opened = need(place.open({}));
    entry first;
    first.bookmarks = {{"b", "1"}, {"a", "2"}, {"c", "x"}};
    commit(*opened, first);
    entry second;
    second.bookmarks = {{"b", "\"3\""}, {"c", ""}, {"never", ""}};
    commit(*opened, second);
  }
  BOOST_TEST((need(need(place.open({}))->load_bookmarks()) ==
              std::vector{bookmark{"a", "2"}, bookmark{"b", "\"3\""}}));
}

// -- purging ------------------------------------------------------------------

void purge_all(store& of, moment now) {
  for (int calls = 0; need(of.purge(now)); ++calls)
    BOOST_REQUIRE_MESSAGE(calls < 1'000, "purge has always more to do");
}

void fill(store& into, std::uint64_t count) {
  std::vector<entry> batch;
  for (std::uint64_t number = 1; number <= count; ++number) {
    auto each = make_entry(make_product(number % 3 + 1, number));
    each.delivery = make_delivery(number);
    each.history = {make_history(number % 3 + 1, number)};
    each.dead = dead_letter{0, at(1), "delivery", "t", std::to_string(number), "why", ""};
    batch.push_back(std::move(each));
  }
  commit(into, batch);
}

void purging_keeps_the_newest_within_the_limits(backend& place) {
  limits tight;
  tight.deliveries_max = 40;
  tight.dead_letters_max = 30;
  tight.history_per_product = 20;
  const auto opened = need(place.open(tight));
  fill(*opened, 1'500);
  purge_all(*opened, at(0));
  const auto people = need(opened->open_reader());
  const auto kept = need(people->deliveries({{}, "", 0, 500}));
  BOOST_TEST(kept.size() == 40U);
  BOOST_TEST((kept.front() == make_delivery(1'500)));
  BOOST_TEST((kept.back() == make_delivery(1'461)));
  const auto letters = need(people->dead_letters(500));
  BOOST_TEST(letters.size() == 30U);
  BOOST_TEST(letters.back().reference == "1471");
  for (product_id product = 1; product <= 3; ++product) {
    const auto lines = need(people->history(product, 500));
    BOOST_TEST(lines.size() == 20U);
    BOOST_TEST(lines.front().version > 1'497U);
    BOOST_TEST(lines.back().version > 1'440U);
  }
}

void purging_forgets_deliveries_by_age_only_when_they_are_old(backend& place) {
  limits kept;
  kept.delivery_age = hours{1};
  const auto opened = need(place.open(kept));
  fill(*opened, 1'200);
  const auto hour = std::int64_t{3'600} * 1'000'000;
  const auto people = need(opened->open_reader());
  purge_all(*opened, at(hour + 1'000));
  BOOST_TEST(need(people->count()).deliveries == 1'200U);
  purge_all(*opened, at(hour + 700'001));
  BOOST_TEST(need(people->count()).deliveries == 500U);
  entry again;
  again.delivery = make_delivery(700);
  BOOST_TEST((commit(*opened, again) == std::vector{commit_outcome::committed}));
  purge_all(*opened, at(hour * 9));
  BOOST_TEST(need(people->count()).deliveries == 0U);
}

void purging_after_a_start_finds_what_an_earlier_run_left(backend& place) {
  fill(*need(place.open({})), 300);
  limits tight;
  tight.history_per_product = 5;
  tight.deliveries_max = 7;
  tight.dead_letters_max = 0;
  const auto opened = need(place.open(tight));
  purge_all(*opened, at(0));
  const auto people = need(opened->open_reader());
  const auto left = need(people->count());
  BOOST_TEST(left.deliveries == 7U);
  BOOST_TEST(left.dead_letters == 0U);
  for (product_id product = 1; product <= 3; ++product)
    BOOST_TEST(need(people->history(product, 500)).size() == 5U);
}

void purging_keeps_the_newest_live_events_and_never_none(backend& place) {
  limits tight;
  tight.events_max = 3;
  const auto fill_events = [](store& into) {
    entry each;
    for (std::uint64_t sequence = 1; sequence <= 2'500; ++sequence)
      each.events.push_back(make_event(sequence));
    commit(into, each);
  };
  {
    const auto opened = need(place.open(tight));
    fill_events(*opened);
    purge_all(*opened, at(0));
    BOOST_TEST((need(opened->load_events(9)) ==
                std::vector{make_event(2'498), make_event(2'499), make_event(2'500)}));
  }
  tight.events_max = 0;
  const auto opened = need(place.open(tight));
  purge_all(*opened, at(0));
  BOOST_TEST((need(opened->load_events(9)) == std::vector{make_event(2'500)}));
}

void one_purge_is_a_small_step(backend& place) {
  limits tight;
  tight.deliveries_max = 0;
  const auto opened = need(place.open(tight));
  fill(*opened, 3'000);
  BOOST_TEST(need(opened->purge(at(0))));
  BOOST_TEST(need(need(opened->open_reader())->count()).deliveries >= 2'000U);
}

// -- the reader ---------------------------------------------------------------

void a_reader_filters_and_limits_and_shows_the_newest_first(backend& place) {
  const auto opened = need(place.open({}));
  std::vector<entry> batch;
  for (std::uint64_t number = 1; number <= 30; ++number) {
    entry each;
    each.delivery = make_delivery(number);
    each.delivery->resource = number % 5;
    each.delivery->topic = number % 2 == 0 ? "order.created" : "product.updated";
    each.delivery->result = number % 3 == 0 ? outcome::stale : outcome::applied;
    batch.push_back(std::move(each));
  }
  commit(*opened, batch);
  const auto people = need(opened->open_reader());
  const auto all = need(people->deliveries({}));
  BOOST_TEST(all.size() == 30U);
  BOOST_TEST(std::is_sorted(all.begin(), all.end(),
                            [](const auto& a, const auto& b) { return a.received > b.received; }));
  BOOST_TEST(need(people->deliveries({{}, "", 0, 4})).size() == 4U);
  BOOST_TEST(need(people->deliveries({outcome::stale, "", 0, 50})).size() == 10U);
  BOOST_TEST(need(people->deliveries({{}, "order.created", 0, 50})).size() == 15U);
  BOOST_TEST(need(people->deliveries({{}, "", 4, 50})).size() == 6U);
  const auto one = need(people->deliveries({outcome::stale, "order.created", 3, 50}));
  BOOST_REQUIRE(one.size() == 1U);
  BOOST_TEST((one[0] == *batch[17].delivery));
  BOOST_TEST(need(people->deliveries({{}, "no such topic", 0, 50})).empty());
}

void a_reader_sees_what_is_committed_after_it_was_opened_and_outlives_the_store(backend& place) {
  auto opened = need(place.open({}));
  const auto people = need(opened->open_reader());
  BOOST_TEST(need(people->count()).products == 0U);
  commit(*opened, make_entry(make_product(1, 1)));
  BOOST_TEST(need(people->count()).products == 1U);
  opened.reset();
  BOOST_TEST(need(people->count()).products == 1U);
}

// -- against a model ----------------------------------------------------------

// The same in a few maps: slow, without a disk, and easy to believe.
class model {
public:
  commit_outcome apply(const entry& each) {
    bool duplicate = false;
    if (each.delivery)
      duplicate =
        !deliveries_.emplace(each.delivery->delivery_id, each.delivery->body_digest).second;
    if (each.state)
      put(*each.state, each.changed);
    for (const auto& line : each.history)
      history_[line.product].insert(history_[line.product].begin(), line);
    events_.insert(events_.end(), each.events.begin(), each.events.end());
    for (const auto& told : each.told) {
      const auto found = outbox_.find({told.target, told.product});
      if (found != outbox_.end() && found->second.version <= told.version)
        outbox_.erase(found);
    }
    for (const auto& job : each.jobs) {
      const auto [waiting, added] = outbox_.try_emplace({job.target, job.product}, job);
      if (!added)
        waiting->second = merged(waiting->second, job);
    }
    for (const auto item : each.settled) {
      const auto found = confirmations_.find(item);
      if (found != confirmations_.end() && found->second.wanted < each.settled_before)
        confirmations_.erase(found);
    }
    for (const auto& wanted : each.wanted) {
      if (!duplicate)
        confirmations_[wanted.item] = wanted;
    }
    dead_letters_ += each.dead && !duplicate ? 1U : 0U;
    return duplicate ? commit_outcome::duplicate : commit_outcome::committed;
  }

  void check(store& against) const {
    BOOST_TEST((load(against) == values(products_)));
    BOOST_TEST((need(against.load_outbox()) == values(outbox_)));
    BOOST_TEST((need(against.load_confirmations()) == values(confirmations_)));
    BOOST_TEST(need(against.highest_version()) == highest_);
    BOOST_TEST((need(against.load_events(10'000)) == events_));
    const auto people = need(against.open_reader());
    const auto seen = need(people->count());
    BOOST_TEST(seen.deliveries == deliveries_.size());
    BOOST_TEST(seen.dead_letters == dead_letters_);
    for (const auto& [product, lines] : history_)
      BOOST_TEST((need(people->history(product, 500)) == lines));
  }

  [[nodiscard]] stock::product product(product_id id) const {
    const auto found = products_.find(id);
    if (found != products_.end())
      return found->second;
    stock::product fresh;
    fresh.id = id;
    return fresh;
  }

private:
  template <class Map>
  static std::vector<typename Map::mapped_type> values(const Map& of) {
    std::vector<typename Map::mapped_type> all;
    all.reserve(of.size());
    for (const auto& [key, value] : of)
      all.push_back(value);
    return all;
  }

  void put(const stock::product& state, const std::vector<product_id>& changed) {
    auto& held = products_[state.id];
    held.id = state.id;
    held.version = state.version;
    held.changed = state.changed;
    highest_ = std::max(highest_, state.version);
    for (const auto id : changed) {
      const auto* row = state.find(id);
      if (id == state.id)
        held.self = state.self;
      else if (row != nullptr)
        held = stock_with(held, *row);
    }
  }

  static stock::product stock_with(stock::product held, const stock::record& row) {
    const auto after = [](const stock::record& a, const stock::record& b) {
      return a.value.id < b.value.id;
    };
    std::erase_if(held.variations, [&](const auto& each) { return each.value.id == row.value.id; });
    held.variations.insert(
      std::upper_bound(held.variations.begin(), held.variations.end(), row, after), row);
    return held;
  }

  std::map<product_id, stock::product> products_;
  std::map<std::pair<std::string, product_id>, outbox_job> outbox_;
  std::map<product_id, confirmation> confirmations_;
  std::map<product_id, std::vector<history_entry>> history_;
  std::vector<live_event> events_;
  std::set<std::pair<std::string, std::array<std::uint8_t, 16>>> deliveries_;
  std::uint64_t dead_letters_ = 0;
  std::uint64_t highest_ = 0;
};

class random_entries {
public:
  explicit random_entries(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  entry next(const model& held) {
    entry made;
    const auto id = product_id{1} + below(6);
    if (below(4) != 0)
      made.delivery = make_delivery(below(120));
    if (below(3) != 0)
      add_state(made, held.product(id * 100));
    if (made.state && below(2) == 0)
      add_history(made);
    if (made.state && below(2) == 0)
      add_events(made);
    for (auto count = below(3); count > 0; --count)
      made.jobs.push_back(job(id * 100));
    if (below(3) == 0)
      made.told = {{below(2) == 0 ? "shop" : "cdn", id * 100, version_ - below(3)}};
    if (below(4) == 0)
      made.wanted = {{below(5), "order", at(1), at(std::int64_t(below(50)))}};
    if (below(4) == 0) {
      made.settled = {below(5), below(5)};
      made.settled_before = at(std::int64_t(below(50)));
    }
    if (below(6) == 0)
      made.dead = dead_letter{0, at(1), "delivery", "t", "r", "why", "body"};
    return made;
  }

private:
  outbox_job job(product_id product) {
    auto made = make_job(product, version_);
    made.target = below(2) == 0 ? "shop" : "cdn";
    made.tags.push_back("category-" + std::to_string(below(4)));
    return made;
  }

  // One line or two, which may say what the delivery says already.
  void add_history(entry& to) {
    for (auto count = 1 + below(2); count > 0; --count) {
      auto& line = to.history.emplace_back(make_history(to.state->id, version_));
      line.after.quantity = std::int64_t(below(9)) - 4;
      if (to.delivery && below(2) == 0)
        line.reference = to.delivery->delivery_id;
      if (below(3) == 0)
        line.cause = "reconciliation";
    }
  }

  // Some are of what a line of history says, some of something else.
  void add_events(entry& to) {
    for (auto count = below(3); count > 0; --count) {
      live_event told{++sequence_, to.state->id, to.state->id + below(2), at(1), {}, below(2) == 0};
      if (!to.history.empty() && below(3) != 0) {
        const auto& line = to.history[below(to.history.size())];
        told.item = line.item;
        told.at = line.at;
        told.stock = line.after;
      }
      to.events.push_back(told);
    }
  }

  void add_state(entry& to, stock::product state) {
    state.version = ++version_;
    state.changed = at(std::int64_t(version_));
    if (below(2) == 0) {
      auto record = make_record(state.id, 0, std::int64_t(below(100)) - 50);
      to.describes = !state.self || below(2) == 0;
      record.value.name =
        to.describes ? "Product " + std::to_string(below(3)) : state.self->value.name;
      state.self = std::move(record);
      to.changed.push_back(state.id);
    }
    for (auto count = below(3); count > 0; --count) {
      const auto row = make_record(state.id + 1 + below(4), state.id, std::int64_t(below(100)));
      std::erase_if(state.variations,
                    [&](const auto& each) { return each.value.id == row.value.id; });
      state.variations.push_back(row);
      to.changed.push_back(row.value.id);
    }
    std::sort(state.variations.begin(), state.variations.end(),
              [](const auto& a, const auto& b) { return a.value.id < b.value.id; });
    to.state = std::make_shared<const stock::product>(std::move(state));
  }

  std::mt19937 random_;
  std::uint64_t version_ = 3;
  std::uint64_t sequence_ = 7;
};

// Of the product and of a variation: a fraction, a status of the shop's own, and all details.
void what_few_items_have_is_kept(backend& place) {
  auto held = make_product(34, 1);
  held.self->value.stock.quantity = stock::parse_quantity("2.125");
  held.self->value.stock.own_status = "preorder";
  auto& details = held.self->value.details;
  details.known = 0xFF;
  details.sold_individually = true;
  details.purchasable = false;
  details.has_password = true;
  details.listed = stock::listing::search;
  details.low_stock = stock::parse_quantity("0.5");
  details.brands = {"acme", "%c3%bcber"};
  details.tags = {"summer"};
  details.amounts = {2, stock::parse_quantity("7.5"), stock::parse_quantity("0.25")};
  held.variations = {make_record(35, 34, 0), make_record(36, 34, 3)};
  // As many digits as a fraction may have, and the least one.
  held.variations[0].value.stock.quantity = stock::parse_quantity("-123456789.123456");
  held.variations[1].value.stock.quantity = stock::parse_quantity("0.000001");
  held.variations[1].value.details.known = 1;
  auto made = make_entry(held);
  auto line = make_history(34, 1);
  line.after = held.self->value.stock;
  line.before.quantity = stock::parse_quantity("0.4");
  made.history = {line};
  made.events = {{8, 34, 34, at(1), held.self->value.stock, true}};
  commit(*need(place.open({})), made);
  const auto opened = need(place.open({}));
  BOOST_TEST((load(*opened) == std::vector{held}));
  BOOST_TEST((need(opened->load_events(10)) == made.events));
  BOOST_TEST((need(need(opened->open_reader())->history(34, 10)) == made.history));
}

void any_sequence_of_commits_holds_what_a_simple_model_holds(backend& place) {
  random_entries entries{20'261'122};
  model expected;
  auto opened = need(place.open({}));
  for (int round = 0; round < 120; ++round) {
    std::vector<entry> batch;
    std::vector<commit_outcome> outcomes;
    for (auto count = entries.below(6); count > 0; --count) {
      batch.push_back(entries.next(expected));
      outcomes.push_back(expected.apply(batch.back()));
    }
    BOOST_TEST((commit(*opened, batch) == outcomes));
    if (entries.below(10) == 0) {
      opened.reset();
      opened = need(place.open({}));
    }
    if (entries.below(10) == 0)
      expected.check(*opened);
  }
  expected.check(*opened);
}

struct shared_case {
  const char* name;
  void (*run)(backend&);
};

#define ANKKOR_CASE(function)                                                                      \
  shared_case {                                                                                    \
#function, &(function)                                                                         \
  }

constexpr std::array shared_cases{
  ANKKOR_CASE(a_product_comes_back_as_it_was),
  ANKKOR_CASE(every_spelling_of_an_item_comes_back),
  ANKKOR_CASE(text_that_is_no_utf8_does_not_make_a_product_unreadable),
  ANKKOR_CASE(only_the_changed_items_are_written),
  ANKKOR_CASE(a_variation_may_be_heard_of_before_its_product_and_be_forgotten),
  ANKKOR_CASE(what_is_said_last_of_an_item_in_one_commit_is_held),
  ANKKOR_CASE(an_item_of_another_product_is_refused_and_nothing_of_its_batch_is_stored),
  ANKKOR_CASE(the_rows_for_people_come_back_as_they_were),
  ANKKOR_CASE(a_delivery_is_a_duplicate_only_with_the_same_id_and_the_same_body),
  ANKKOR_CASE(of_a_duplicate_only_the_questions_and_the_dead_letter_are_dropped),
  ANKKOR_CASE(a_later_job_is_merged_into_what_waits),
  ANKKOR_CASE(telling_removes_a_job_unless_something_newer_was_merged_in),
  ANKKOR_CASE(an_answer_settles_only_what_was_asked_before_it),
  ANKKOR_CASE(the_highest_version_outlives_the_store),
  ANKKOR_CASE(nothing_is_a_transaction_too),
  ANKKOR_CASE(a_dead_letter_is_cut_and_goes_once),
  ANKKOR_CASE(purging_keeps_the_newest_within_the_limits),
  ANKKOR_CASE(purging_forgets_deliveries_by_age_only_when_they_are_old),
  ANKKOR_CASE(purging_after_a_start_finds_what_an_earlier_run_left),
  ANKKOR_CASE(the_newest_live_events_come_back_in_their_order),
  ANKKOR_CASE(a_bookmark_is_replaced_and_an_empty_one_goes),
  ANKKOR_CASE(purging_keeps_the_newest_live_events_and_never_none),
  ANKKOR_CASE(one_purge_is_a_small_step),
  ANKKOR_CASE(a_reader_filters_and_limits_and_shows_the_newest_first),
  ANKKOR_CASE(a_reader_sees_what_is_committed_after_it_was_opened_and_outlives_the_store),
  ANKKOR_CASE(what_few_items_have_is_kept),
  ANKKOR_CASE(any_sequence_of_commits_holds_what_a_simple_model_holds),
};

#undef ANKKOR_CASE

} // namespace

void add_shared_cases(const backend_factory& make) {
  auto& suite = boost::unit_test::framework::current_auto_test_suite();
  for (const auto& each : shared_cases) {
    const auto run = [make, each] { each.run(*make()); };
    suite.add(boost::unit_test::make_test_case(run, each.name, __FILE__, __LINE__));
  }
}

} // namespace ankkor::store::testing

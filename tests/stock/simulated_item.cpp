#include "simulated_item.hpp"

#include "examples.hpp"

#include <algorithm>
#include <array>

namespace ankkor::stock::testing {

namespace {

using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::seconds;

enum class act {
  set_stock,  // any save that changes something
  save_again, // moves the date and nothing else (recordings 009, 172)
  write_sql,  // changes something and moves no date (recording 100)
  rename,
  withdraw, // draft, private
  trash,
  publish, // restores from the trash too
  destroy,
};

act random_act(dice& random) {
  constexpr std::array chances{act::set_stock,  act::set_stock, act::set_stock, act::set_stock,
                               act::save_again, act::write_sql, act::write_sql, act::rename,
                               act::withdraw,   act::trash,     act::publish,   act::publish,
                               act::destroy};
  return chances.at(random.below(chances.size()));
}

// Mostly several changes a second, as a sale makes them.
microseconds random_pause(dice& random) {
  constexpr std::array<microseconds, 4> limits{1us, 40ms, 600ms, 3s};
  return 1us + random.up_to(limits.at(random.below(limits.size())));
}

// Few quantities, so that an old one comes back now and then.
void set_quantity(item& value, dice& random) {
  const auto quantity = static_cast<std::int64_t>(random.below(3));
  value.stock.quantity = quantity;
  value.stock.status = quantity > 0 ? stock_status::in_stock : stock_status::out_of_stock;
}

} // namespace

simulated_item::simulated_item(dice& random, const shop_options& options) : options_(options) {
  auto at = after(random.up_to(1s));
  auto first = simple_item(34, 1);
  first.modified = shop_clock(random, at);
  states_.push_back({at, std::move(first)});
  const auto changes = 1 + random.below(options.changes_max);
  while (states_.size() <= changes && states_.back().value.status != publication::gone) {
    at += random_pause(random);
    change(random, at);
  }
}

void simulated_item::change(dice& random, moment at) {
  auto value = states_.back().value;
  const auto what = random_act(random);
  switch (what) {
  case act::set_stock:
  case act::write_sql:
    set_quantity(value, random);
    break;
  case act::save_again:
    break;
  case act::rename:
    value.name = "Tea " + std::to_string(random.below(3));
    break;
  case act::withdraw:
    value.status = publication::draft;
    break;
  case act::trash:
    value.status = publication::trashed;
    break;
  case act::publish:
    value.status = publication::published;
    break;
  case act::destroy:
    value = gone_item(value.id);
    break;
  }
  if (what != act::write_sql && what != act::destroy)
    value.modified = shop_clock(random, at);
  states_.push_back({at, std::move(value)});
}

store_time simulated_item::shop_clock(dice& random, moment at) const {
  const auto now = floor<seconds>(at + options_.clock_skew);
  return options_.clock_jumps ? now + seconds{random.below(9)} - seconds{4} : now;
}

std::size_t simulated_item::state_at(moment at) const {
  const auto next = std::upper_bound(states_.begin(), states_.end(), at,
                                     [](moment t, const chapter& each) { return t < each.since; });
  return static_cast<std::size_t>(next - states_.begin()) - 1;
}

std::optional<sighting> simulated_item::delivery(moment built, moment arrival) const {
  const auto at = state_at(built);
  if (value(at).status == publication::gone)
    return std::nullopt;
  return sighting{{value(at), {reading::unknown, arrival}, source::webhook}, at};
}

sighting simulated_item::look(moment begin, moment at, moment end, source from) const {
  const auto found = state_at(at);
  const bool visible = value(found).status == publication::published ||
                       (options_.reads_see_drafts && value(found).status != publication::gone);
  return {{visible ? value(found) : gone_item(value(found).id), {begin, end}, from}, found};
}

bool simulated_item::is_state(const record* held, std::size_t state) const {
  const auto& truth = value(state);
  // Held as gone or as a draft: a reader sees the same of both.
  if (truth.status != publication::published)
    return held == nullptr || held->value.status == publication::gone ||
           held->value.status == truth.status;
  return held != nullptr && held->value == truth;
}

std::vector<sighting> random_sightings(const simulated_item& shop, dice& random,
                                       std::size_t count) {
  auto all = std::vector<sighting>{};
  const auto span = shop.end() - shop.begin() + 2s;
  while (all.size() < count) {
    const auto at = shop.begin() + random.up_to(span);
    if (random.one_in(3)) {
      all.push_back(shop.look(std::max(shop.begin(), at - random.up_to(300ms)), at,
                              at + random.up_to(300ms), source::read));
    } else if (auto sent = shop.delivery(at, at + random.up_to(random.one_in(3) ? 4s : 50ms))) {
      all.push_back(std::move(*sent));
    }
  }
  return all;
}

} // namespace ankkor::stock::testing

#include "bench/load/delivery_source.hpp"

#include <algorithm>
#include <utility>

namespace ankkor::load {

namespace {

constexpr std::chrono::seconds staleness{3'600};
constexpr std::int64_t quantities = 1'000;

// "applied" of {"status":"applied"}; nothing of any other body.
std::string_view outcome_of(std::string_view body) {
  constexpr std::string_view begin = R"({"status":")";
  constexpr std::string_view end = R"("})";
  if (!body.starts_with(begin) || !body.ends_with(end) || body.size() < begin.size() + end.size())
    return {};
  return body.substr(begin.size(), body.size() - begin.size() - end.size());
}

std::string_view wanted_of(delivery_kind kind) {
  switch (kind) {
  case delivery_kind::duplicate:
    return "duplicate";
  case delivery_kind::stale:
    return "stale";
  default:
    return "applied";
  }
}

} // namespace

delivery_source::delivery_source(delivery_options options, delivery_maker deliveries)
  : options_(options), deliveries_(std::move(deliveries)), mix_(options.shares, options.seed) {
  products_.resize(options_.products);
  for (auto& each : products_)
    each.newest_sent = options_.first_modified;
}

errand delivery_source::make(std::string& request, time_point now) {
  const auto at = turn_++ % products_.size();
  auto& of = products_[at];
  auto made = errand{at, mix_.next(), {}, 0};
  // A repetition is one only of what was answered, and of nothing that is on its way.
  const bool settled = of.answered && of.in_flight == 0 && !of.lost;
  if (made.kind == delivery_kind::forged) {
    made.state = {id_of(at), 0, of.newest_sent + std::chrono::seconds{1}};
    deliveries_.forge(made.state, request);
  } else if (made.kind == delivery_kind::duplicate && settled) {
    made.state = *of.answered;
    made.number = of.answered_number;
    deliveries_.repeat(made.state, made.number, request);
  } else if (made.kind == delivery_kind::stale && settled) {
    made.state = {id_of(at), of.answered->quantity + 1, of.answered->modified - staleness};
    deliveries_.make(made.state, request);
  } else {
    return make_fresh(at, request, now);
  }
  ++of.in_flight;
  return made;
}

errand delivery_source::make_fresh(std::size_t at, std::string& request, time_point now) {
  auto& of = products_[at];
  // A second later each time: what is newer is never in doubt.
  of.newest_sent += std::chrono::seconds{1};
  auto made =
    errand{at,
           delivery_kind::fresh,
           {id_of(at), (options_.first_quantity + of.sent++) % quantities, of.newest_sent},
           0};
  deliveries_.make(made.state, request);
  made.number = deliveries_.last_number();
  ++of.in_flight;
  of.told = false;
  of.changed = now;
  return made;
}

verdict delivery_source::take(const errand& what, const answer& came) {
  auto& of = products_[what.subject];
  --of.in_flight;
  if (what.kind == delivery_kind::forged)
    return {came.status == 401, came.status == 401 ? "forged: 401" : "forged: not 401"};
  if (came.status != 200)
    return {false, came.status == 503 ? "503" : "another status"};
  const auto outcome = outcome_of(came.body);
  if (what.kind == delivery_kind::fresh)
    remember(of, what);
  if (!options_.judges_outcomes)
    return {true, "200"};
  // One that a later delivery of its product has overtaken is stale, and rightly so.
  const bool overtaken =
    what.kind == delivery_kind::fresh && outcome == "stale" && of.newest_sent > what.state.modified;
  return {outcome == wanted_of(what.kind) || overtaken, outcome};
}

void delivery_source::remember(product& of, const errand& what) {
  if (of.answered && of.answered->modified > what.state.modified)
    return;
  of.answered = what.state;
  of.answered_number = what.number;
  if (what.state.modified == of.newest_sent)
    of.lost = false;
}

void delivery_source::lose(const errand& what) {
  auto& of = products_[what.subject];
  --of.in_flight;
  if (what.kind == delivery_kind::fresh)
    of.lost = true;
}

void delivery_source::tell(stock::product_id id, time_point now) {
  if (id < options_.first_product || id - options_.first_product >= products_.size())
    return;
  auto& of = products_[id - options_.first_product];
  if (!of.told)
    propagation_.add(now - of.changed);
  of.told = true;
}

std::vector<product_state> delivery_source::expected() const {
  auto found = std::vector<product_state>{};
  for (const auto& each : products_) {
    if (each.answered && !each.lost)
      found.push_back(*each.answered);
  }
  return found;
}

std::size_t delivery_source::untold() const {
  return static_cast<std::size_t>(
    std::count_if(products_.begin(), products_.end(),
                  [](const auto& each) { return each.answered && !each.lost && !each.told; }));
}

} // namespace ankkor::load

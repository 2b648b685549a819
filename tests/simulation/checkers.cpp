#include "checkers.hpp"

#include "net/stock_json.hpp"

#include <algorithm>

namespace ankkor::simulation {

namespace {

std::string in_words(const stock::stock_level& level) {
  auto words = std::string{stock::to_string(level.status)} + ", " +
               std::string{stock::to_string(level.managed)};
  if (level.quantity)
    words += " " + to_string(*level.quantity);
  return words + ", backorders " + std::string{stock::to_string(level.backorder)};
}

constexpr auto hidden = "hidden";

// What the shop says of the item itself. The numbers of a variation that inherits are its
// product's, so they are that one's to be checked.
std::string own_state(bool published, const stock::stock_level& level) {
  if (!published)
    return hidden;
  return level.managed == stock::stock_management::parent ? "inherits" : in_words(level);
}

// What a page of the product shows.
std::string shown(const stock::product& held) {
  if (!held.self || !stock::is_public(held, *held.self))
    return hidden;
  const auto& self = held.self->value;
  auto all = self.name + "|" + self.slug + "|" + self.price.current + "|" +
             in_words(stock::effective_stock(held, *held.self));
  for (const auto& each : held.variations) {
    if (stock::is_public(held, each))
      all += "|" + std::to_string(each.value.id) + " " + each.value.price.current + " " +
             in_words(stock::effective_stock(held, each));
  }
  return all;
}

std::string differs(stock::product_id item, const std::string& copy, const std::string& shop) {
  return "item " + std::to_string(item) + " is \"" + copy + "\" in the copy and \"" + shop +
         "\" in the shop";
}

std::string check_item(const stock::product& held, stock::product_id id,
                       const emulator::public_item& truth) {
  const auto* record = held.find(id);
  const bool is_public = record != nullptr && stock::is_public(held, *record);
  const auto copy = is_public ? in_words(stock::effective_stock(held, *record)) : hidden;
  const auto shop = truth.visible ? in_words(truth.stock) : hidden;
  return copy == shop ? std::string{} : differs(id, copy, shop);
}

std::string check_product(const actors::view& copy, const emulator::public_product& truth) {
  const auto snapshot = copy.find(truth.self.id);
  if (!snapshot)
    return truth.self.visible
             ? "product " + std::to_string(truth.self.id) + " is in the shop and not held"
             : std::string{};
  if (auto wrong = check_item(snapshot->held, truth.self.id, truth.self); !wrong.empty())
    return wrong;
  for (const auto& variation : truth.variations) {
    if (auto wrong = check_item(snapshot->held, variation.id, variation); !wrong.empty())
      return wrong;
  }
  return {};
}

// Nothing is public but that.
std::string check_nothing_else(const stock::product& held,
                               const std::set<stock::product_id>& public_items) {
  const auto check = [&](const stock::record& item) {
    const auto id = item.value.id;
    return stock::is_public(held, item) && public_items.count(id) == 0
             ? differs(id, in_words(stock::effective_stock(held, item)), hidden)
             : std::string{};
  };
  auto wrong = held.self ? check(*held.self) : std::string{};
  for (const auto& variation : held.variations) {
    if (wrong.empty())
      wrong = check(variation);
  }
  return wrong;
}

bool is_visible_change(const stock::product* before, const stock::product& after) {
  // What was not held was on no page that ankkor answered for.
  return before != nullptr && before->self && shown(*before) != shown(after);
}

} // namespace

// --- order ---------------------------------------------------------------------------------------

void order_checker::shop_is(const emulator::catalog& shop, stock::product_id product) {
  note(shop, product);
  if (const auto* of = shop.find(product)) {
    for (const auto variation : of->variations)
      note(shop, variation);
  }
}

void order_checker::note(const emulator::catalog& shop, stock::product_id item) {
  const auto* of = shop.find(item);
  const bool published = of != nullptr && of->status == emulator::post_status::publish;
  auto state = own_state(published, of == nullptr ? stock::stock_level{}
                                                  : emulator::truth_of(shop, *of).stock);
  auto& history = items_[item];
  history.is_variation = of != nullptr && of->is_variation();
  auto& states = history.states;
  if (states.empty() || states.back() != state)
    states.push_back(std::move(state));
}

// That a variation is hidden says nothing: it may be its product that was.
std::string order_checker::seen(const stock::product& held) {
  if (!held.self)
    return {};
  const auto& self = held.self->value;
  // A variation of what isn't shown is asked for as whatever it may be, and then isn't there.
  if (self.status == stock::publication::gone && items_[self.id].is_variation)
    return {};
  auto wrong = check(self.id, own_state(self.status == stock::publication::published, self.stock));
  for (const auto& each : held.variations) {
    if (wrong.empty() && stock::is_public(held, each))
      wrong = check(each.value.id, own_state(true, each.value.stock));
  }
  return wrong;
}

// A state may come again: then the earliest that is not before what was seen already is meant.
std::string order_checker::check(stock::product_id item, const std::string& state) {
  auto& history = items_[item];
  const auto from = history.states.begin() + static_cast<std::ptrdiff_t>(history.reached);
  const auto found = std::find(from, history.states.end(), state);
  if (found != history.states.end()) {
    history.reached = static_cast<std::size_t>(found - history.states.begin());
    return {};
  }
  const bool was = std::find(history.states.begin(), from, state) != from;
  if (was && !dates_order_)
    return {};
  return "a reader sees item " + std::to_string(item) + " as \"" + state + "\", " +
         (was ? "which it was before \"" + *from + "\", which was seen already"
              : "which it never was");
}

// That an item was read again and is as it was is seen and not always stored: so not by when.
std::string check_committed(const stock::product& seen, const stock::product* stored) {
  const auto same = [](const stock::record& a, const stock::record& b) {
    return a.value == b.value;
  };
  if (stored != nullptr && seen.version == stored->version &&
      seen.self.has_value() == stored->self.has_value() &&
      (!seen.self || same(*seen.self, *stored->self)) &&
      std::equal(seen.variations.begin(), seen.variations.end(), stored->variations.begin(),
                 stored->variations.end(), same))
    return {};
  return "readers see product " + std::to_string(seen.id) + " in version " +
         std::to_string(seen.version) + ", which is not what is committed";
}

std::string check_equal(const emulator::store& shop, const actors::view& copy,
                        const std::set<stock::product_id>& excused) {
  auto public_items = std::set<stock::product_id>{};
  for (const auto& truth : shop.truth()) {
    if (truth.self.visible)
      public_items.insert(truth.self.id);
    for (const auto& variation : truth.variations) {
      if (variation.visible)
        public_items.insert(variation.id);
    }
    if (excused.count(truth.self.id) != 0)
      continue;
    if (auto wrong = check_product(copy, truth); !wrong.empty())
      return wrong;
  }
  for (const auto id : copy.ids()) {
    if (excused.count(id) != 0)
      continue;
    if (auto wrong = check_nothing_else(copy.find(id)->held, public_items); !wrong.empty())
      return wrong;
  }
  return {};
}

// --- acknowledgement -----------------------------------------------------------------------------

std::string check_acknowledged(const actors::incoming& delivery, store::outcome answered,
                               bool is_stored, const stock::record* stored,
                               const std::function<bool(stock::product_id)>& is_asked_or_settled) {
  const auto& id = delivery.delivery->delivery_id;
  if (!is_stored)
    return "a delivery was answered 200 and is not on the disk: " + id;
  const auto* seen = std::get_if<stock::observation>(&delivery.content);
  const auto* hint = std::get_if<actors::hint>(&delivery.content);
  if (seen != nullptr && answered == store::outcome::applied) {
    const bool is_there = stored != nullptr && (stored->value.modified >= seen->value.modified ||
                                                stored->read.end >= delivery.received);
    if (!is_there)
      return "a delivery was answered as applied, and an older state is stored: " + id;
  }
  if (hint != nullptr && answered == store::outcome::queued) {
    const auto lost = std::find_if_not(hint->items.begin(), hint->items.end(), is_asked_or_settled);
    if (lost != hint->items.end())
      return "a delivery was answered as queued, and nobody asks for item " +
             std::to_string(*lost) + ": " + id;
  }
  return {};
}

// --- budget --------------------------------------------------------------------------------------

std::string budget_checker::sent(stock::moment at) {
  const auto passed = last_ == stock::moment{} ? window_ * burst_ : at - last_;
  last_ = at;
  level_ = std::max<std::int64_t>(level_ - passed.count() * count_, 0) + window_.count();
  if (level_ <= burst_ * window_.count())
    return {};
  return "more requests to WooCommerce than the budget allows";
}

// --- pause ---------------------------------------------------------------------------------------

void pause_checker::asked_for(stock::moment heard, std::chrono::seconds pause) {
  if (heard + pause <= until_)
    return;
  heard_ = heard;
  until_ = heard + pause;
}

// What was granted in the moment before is on its way.
std::string pause_checker::sent(stock::moment at) const {
  if (at <= heard_ + std::chrono::milliseconds{1} || at >= until_)
    return {};
  return "a request was sent to one who had asked for a pause";
}

// --- telling -------------------------------------------------------------------------------------

void telling_checker::committed(const stock::product* before, const stock::product& after,
                                stock::moment at) {
  if (is_visible_change(before, after))
    untold_[after.id] = at;
}

void telling_checker::told(const std::set<stock::product_id>& products, stock::moment sent) {
  for (const auto product : products) {
    const auto found = untold_.find(product);
    if (found != untold_.end() && found->second <= sent)
      untold_.erase(found);
  }
}

std::string telling_checker::check() const {
  if (untold_.empty())
    return {};
  return "target " + target_ + " was not told of a change of product " +
         std::to_string(untold_.begin()->first) + " at " +
         std::to_string(untold_.begin()->second.time_since_epoch().count());
}

// --- turns ---------------------------------------------------------------------------------------

void turn_checker::owed(stock::product_id product, stock::moment at) {
  auto& all = changes_[product];
  if (all.empty() || all.back() != at)
    all.push_back(at);
}

void turn_checker::restarted(stock::product_id waiting) {
  if (const auto heard = heard_.find(waiting); heard != heard_.end())
    changes_[waiting].insert(changes_[waiting].begin(), heard->second);
}

void turn_checker::storefront_told(const std::set<stock::product_id>& products,
                                   stock::moment sent) {
  for (const auto product : products)
    heard_[product] = std::max(heard_[product], sent);
}

std::string turn_checker::cdn_is_told(const std::set<stock::product_id>& products,
                                      stock::moment at) {
  heard_before_call_ = heard_;
  for (const auto product : products) {
    const auto owed = changes_.find(product);
    if (owed == changes_.end() || owed->second.empty())
      continue;
    const auto first = owed->second.front();
    const auto heard = heard_.find(product);
    const bool storefront_knows = heard != heard_.end() && heard->second >= first;
    if (!storefront_knows && at < first + patience)
      return "the CDN is told of product " + std::to_string(product) + " before the storefront";
  }
  return {};
}

void turn_checker::cdn_told(const std::set<stock::product_id>& products, stock::moment sent) {
  for (const auto product : products) {
    const auto owed = changes_.find(product);
    if (owed == changes_.end())
      continue;
    const auto heard = heard_before_call_[product];
    std::erase_if(owed->second, [&](stock::moment each) {
      return each <= sent && (each <= heard || each + patience <= sent);
    });
  }
}

// --- live readers --------------------------------------------------------------------------------

namespace {

bool looks_the_same(const stock::shown_stock& a, const stock::shown_stock& b) {
  return a.level.status == b.level.status && a.level.quantity == b.level.quantity &&
         a.available == b.available;
}

} // namespace

void live_checker::begins(const actors::view& now, std::uint64_t sequence) {
  last_ = sequence;
  known_.clear();
  for (const auto id : now.ids()) {
    const auto found = now.find(id);
    if (found->held.self)
      known_[id] = stock::stock_as_shown(found->held, id);
    for (const auto& variation : found->held.variations)
      known_[variation.value.id] = stock::stock_as_shown(found->held, variation.value.id);
  }
}

std::string live_checker::told(const store::live_event& event,
                               const std::vector<store::live_event>& committed) {
  const auto number = std::to_string(event.sequence);
  if (event.sequence <= last_)
    return "a live reader that knows event " + std::to_string(last_) + " is told of " + number;
  const auto next =
    std::upper_bound(committed.begin(), committed.end(), last_,
                     [](std::uint64_t last, const auto& each) { return last < each.sequence; });
  if (next == committed.end() || *next != event)
    return "a live reader is told of event " + number + " after " + std::to_string(last_) +
           (next == committed.end() ? ", which is not committed"
                                    : ", and committed is " + std::to_string(next->sequence));
  last_ = event.sequence;
  known_[event.item] = {event.stock, event.available};
  return {};
}

std::string live_checker::check_quiet(const actors::view& now,
                                      const std::vector<store::live_event>& committed) const {
  if (!committed.empty() && committed.back().sequence > last_)
    return "a live reader was not told of event " + std::to_string(committed.back().sequence);
  for (const auto& [item, known] : known_) {
    const auto found = now.find(now.owner(item).value_or(item));
    if (found && !looks_the_same(stock::stock_as_shown(found->held, item), known))
      return "a live reader knows another stock of item " + std::to_string(item) + " than is shown";
  }
  return {};
}

// --- mirror --------------------------------------------------------------------------------------

std::string check_mirror(const actors::view& copy, const std::map<std::string, std::string>& keys) {
  constexpr std::string_view prefix = "ankkor:product:";
  auto expected = std::map<std::string, std::string>{};
  auto by_slug = std::multimap<std::string, std::string>{};
  for (const auto id : copy.ids()) {
    const auto found = copy.find(id);
    const auto& held = found->held;
    if (!held.self || !stock::is_public(held, *held.self))
      continue;
    const auto body = net::render_product(held, *held.self);
    expected[std::string{prefix} + std::to_string(id)] = body;
    by_slug.emplace("product:" + held.self->value.slug, body);
  }
  for (const auto& [key, body] : expected) {
    const auto mirrored = keys.find(key);
    if (mirrored == keys.end() || mirrored->second != body)
      return "the mirror's " + key + (mirrored == keys.end() ? " is missing" : " is another");
  }
  for (const auto& [key, body] : keys) {
    if (key.starts_with(prefix) && expected.count(key) == 0)
      return "the mirror has " + key + ", which nobody may see";
  }
  for (const auto& [key, body] : by_slug) {
    const auto mirrored = keys.find(key);
    const bool is_shared = by_slug.count(key) > 1; // while a slug moves
    if (!is_shared && (mirrored == keys.end() || mirrored->second != body))
      return "the mirror's " + key + " is missing, or another";
  }
  return {};
}

// --- bounds --------------------------------------------------------------------------------------

std::string check_bounds(const queue_lengths& now) {
  if (now.outbox > now.items * now.targets)
    return "the outbox holds more than one job a product and target";
  // One an item, and one of everything; people ask for what isn't there, too.
  if (now.questions > now.items + 1)
    return "more questions are kept than there are items";
  if (now.mailboxes > now.actors_max)
    return "more actors are to run than there may be";
  return {};
}

} // namespace ankkor::simulation

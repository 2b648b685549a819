#include "actors/reading/lookup.hpp"

#include "actors/failure.hpp"
#include "actors/reading/observation.hpp"
#include "base/metrics.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

namespace ankkor::actors {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto lookup_words = shop_caller_words{
  "reader",
  "WooCommerce's GraphQL can't be read; whoever asks for a product that isn't cached is told to "
  "come back.",
  "WooCommerce's GraphQL can be read on demand again."};
constexpr auto soon = seconds{1};
// How often those whose patience is over are looked for.
constexpr auto sweep_every = milliseconds{50};
// A request of a hundred is down to the one that spoils it after so many halvings; more failures
// than that are the shop's.
constexpr std::uint32_t splits_max = 8;
// WordPress keeps 200 bytes of a slug, percent-encoded: three bytes for each.
constexpr std::size_t slug_bytes_max = 600;

// No shop has such a thing, so none is asked for it.
bool is_possible(const read_key& key) {
  if (const auto* id = std::get_if<stock::product_id>(&key))
    return *id != 0 &&
           *id <= static_cast<stock::product_id>(std::numeric_limits<std::int64_t>::max());
  const auto& slug = std::get<std::string>(key);
  if (slug.empty() || slug.size() > slug_bytes_max)
    return false;
  for (std::size_t at = 0; at < slug.size();) {
    const auto next = decode_utf8(slug, at);
    constexpr char32_t last_control = 0x1F;
    constexpr char32_t del = 0x7F;
    // WordPress takes a slash for the border between a page and the one above it.
    if (next.length == 0 || next.code_point <= last_control || next.code_point == del ||
        next.code_point == U'/')
      return false;
    at += next.length;
  }
  return true;
}

std::shared_ptr<incoming> read_on_demand(stock::item value, stock::reading read) {
  return observe(std::move(value), read, stock::source::read, "read on demand");
}

std::size_t size_of(const lookup_state::flight& of) {
  return of.items.size() + of.slugs.size();
}

read_answer unavailable(std::chrono::nanoseconds wait) {
  return {read_outcome::unavailable, 0, std::max(std::chrono::ceil<seconds>(wait), soon)};
}

} // namespace

// --- asking --------------------------------------------------------------------------------------

void lookup_state::begin(lookup_options given) {
  options = std::move(given);
  caller = shop_caller{options, lookup_words};
  items_max = options.items_per_request_max;
}

void lookup_state::ask(const open_read_ptr& reader_now, clock_point now) {
  const auto& key = reader_now->wanted();
  if (const auto product = holder(key))
    return reader_now->answer({read_outcome::held, *product, {}});
  if (!is_possible(key))
    return reader_now->answer({read_outcome::absent, 0, {}});
  if (answer_from_memory(*reader_now, now))
    return;
  if (now < rest_until)
    return reader_now->answer(unavailable(rest_until - now));
  if (readers >= options.readers_max) {
    metrics::limit_reached("waiting_readers").add();
    return reader_now->answer(unavailable(soon));
  }
  if (wants.find(key) == wants.end())
    queue_up(key, now);
  wants[key].readers.push_back({now + options.patience, reader_now});
  ++readers;
}

// The product that answers the key, if it is cached.
std::optional<stock::product_id> lookup_state::holder(const read_key& key) const {
  const auto* id = std::get_if<stock::product_id>(&key);
  if (id == nullptr)
    return std::nullopt;
  const auto product = options.committed->owner(*id).value_or(*id);
  const auto held = options.committed->held(product);
  return held && held->self ? std::optional{product} : std::nullopt;
}

bool lookup_state::answer_from_memory(open_read& asked, clock_point now) {
  const auto found = remembered.find(asked.wanted());
  if (found == remembered.end() || found->second.until <= now)
    return false;
  auto answer = unavailable(found->second.until - now);
  answer.outcome = found->second.outcome;
  asked.answer(answer);
  return true;
}

void lookup_state::remember(const read_key& key, read_outcome outcome, clock_point now) {
  const auto forget_first = [this] {
    const auto [until, oldest] = std::move(remembered_by_age.front());
    remembered_by_age.pop_front();
    const auto found = remembered.find(oldest);
    if (found != remembered.end() && found->second.until == until)
      remembered.erase(found);
  };
  while (!remembered_by_age.empty() && (remembered_by_age.front().first <= now ||
                                        remembered_by_age.size() >= options.absences_max))
    forget_first();
  const auto until = now + options.absence_ttl;
  remembered.insert_or_assign(key, memory{until, outcome});
  remembered_by_age.emplace_back(until, key);
}

void lookup_state::queue_up(const read_key& key, clock_point now) {
  if (queue.empty())
    gathered = now + options.gather;
  queue.push_back(key);
  wants[key].queued = true;
}

bool lookup_state::is_wanted(const read_key& key) const {
  const auto found = wants.find(key);
  if (found == wants.end())
    return false;
  const auto* id = std::get_if<stock::product_id>(&key);
  return !found->second.readers.empty() || (id != nullptr && orphans.count(*id) != 0);
}

bool lookup_state::has_request() const {
  return flights.size() < options.requests_max && (!paged.empty() || !queue.empty());
}

net::wanted_item lookup_state::describe(stock::product_id item) const {
  if (options.committed->owner(item))
    return {item, net::item_kind::variation};
  // Of some products only variations have been heard of.
  const bool is_product = options.committed->held(item).has_value() || orphans.count(item) != 0;
  return {item, is_product ? net::item_kind::product : net::item_kind::unknown};
}

// What is wanted of the queue, up to a request full.
lookup_state::flight lookup_state::gather() {
  auto made = flight{};
  const auto most = std::min(items_max, options.items_per_request_max);
  while (!queue.empty() && made.items.size() + made.slugs.size() < most) {
    const auto key = std::move(queue.front());
    queue.pop_front();
    if (!is_wanted(key)) {
      wants.erase(key);
      continue;
    }
    wants[key].queued = false;
    if (const auto* id = std::get_if<stock::product_id>(&key))
      made.items.push_back(describe(*id));
    else
      made.slugs.push_back(std::get<std::string>(key));
  }
  return made;
}

std::optional<numbered_request> lookup_state::next_request() {
  if (!paged.empty() && (!page_was_last || queue.empty())) {
    page_was_last = true;
    auto made = flight{};
    made.page = paged.take_next();
    auto body = pager::body(*made.page);
    return start(std::move(made), std::move(body));
  }
  page_was_last = false;
  auto made = gather();
  if (made.items.empty() && made.slugs.empty())
    return std::nullopt;
  auto body = net::items_by_id_body(made.items, made.slugs);
  return start(std::move(made), std::move(body));
}

numbered_request lookup_state::start(flight what, std::string body) {
  auto made = numbered_request{++last_number, caller.graphql(std::move(body))};
  what.sent = options.now();
  flights.emplace(made.number, std::move(what));
  return made;
}

// --- answers -------------------------------------------------------------------------------------

lookup_state::answer_effects lookup_state::judge(std::uint64_t request,
                                                 const result<net::client_response>& answer,
                                                 clock_point now) {
  auto effects = answer_effects{};
  const auto found = flights.find(request);
  auto of = std::move(found->second);
  flights.erase(found);
  const auto received = options.now();
  if (of.page)
    take_page(effects, of, answer, received, now);
  else
    take_items(effects, of, answer, received, now);
  return effects;
}

void lookup_state::take_items(answer_effects& to, flight& of,
                              const result<net::client_response>& answer, stock::moment received,
                              clock_point now) {
  auto read = caller.read(answer, [&](const net::client_response& response, auto at) {
    return reader.items_by_id(of.items, of.slugs, response, at);
  });
  if (!read)
    return failed(to, of, read.failure(), answer, now);
  bool complete = true;
  const auto when = stock::reading{of.sent, received};
  for (auto& item : read->items) {
    complete = complete && item.presence != net::item_presence::failed;
    take(to, item.id, item, when, now);
  }
  for (std::size_t at = 0; at < of.slugs.size(); ++at) {
    auto& item = read->by_slug[at];
    complete = complete && item.presence != net::item_presence::failed;
    take(to, of.slugs[at], item, when, now);
  }
  if (size_of(of) >= items_max)
    items_max = std::min(options.items_per_request_max, items_max * 2);
  to.pace = caller.succeeded(of.sent, size_of(of), complete);
  rest_until = {};
}

void lookup_state::take(answer_effects& to, const read_key& key, net::item_answer& answer,
                        stock::reading read, clock_point now) {
  switch (answer.presence) {
  case net::item_presence::failed:
    remember(key, read_outcome::unavailable, now);
    return finish(key, unavailable(options.absence_ttl));
  case net::item_presence::absent:
    // A webhook may have told of it meanwhile.
    if (const auto product = holder(key))
      return finish(key, {read_outcome::held, *product, {}});
    remember(key, read_outcome::absent, now);
    return finish(key, {read_outcome::absent, 0, {}});
  case net::item_presence::found:
    break;
  }
  auto& found = answer.found;
  if (!found.more_variations.empty()) {
    paged.add(key, std::move(found), read.begin);
    return;
  }
  if (!found.value.is_variation())
    return land(to, key, std::move(found), read);
  const auto parent = found.value.parent;
  auto child = orphan{key, std::move(found.value), read};
  if (holder(parent))
    return land_orphan(to, std::move(child));
  // Whether it is sold at all, and at what stock if it inherits, is its product's to say.
  const auto known = remembered.find(parent);
  if (known != remembered.end() && known->second.until > now)
    return finish(key, {known->second.outcome, 0, soon});
  orphans[parent].push_back(std::move(child));
  if (wants.find(parent) == wants.end())
    queue_up(parent, now);
}

void lookup_state::take_page(answer_effects& to, flight& of,
                             const result<net::client_response>& answer, stock::moment received,
                             clock_point now) {
  auto& product = *of.page;
  const auto taken = paged.take(product, caller, reader, answer);
  if (taken.failure)
    return failed(to, of, *taken.failure, answer, now);
  to.pace = caller.succeeded(of.sent, 1, true);
  rest_until = {};
  if (taken.how == pager::progress::complete)
    land(to, product.what, std::move(product.found), {product.begun, received});
  else if (taken.how == pager::progress::read_again)
    finish(product.what, unavailable(soon));
}

void lookup_state::land(answer_effects& to, const read_key& key, net::found_item found,
                        stock::reading read) {
  auto what = landing{{key}, found.value.id};
  auto observations = std::vector<std::shared_ptr<incoming>>{};
  const auto waiting = orphans.extract(found.value.id);
  // The product first: while it is unknown, each of its variations asks for it.
  observations.push_back(read_on_demand(std::move(found.value), read));
  for (auto& variation : found.variations)
    observations.push_back(read_on_demand(std::move(variation), read));
  if (!waiting.empty()) {
    for (const auto& child : waiting.mapped()) {
      what.keys.push_back(child.key);
      observations.push_back(read_on_demand(child.value, child.read));
    }
  }
  hand_on(to, std::move(what), std::move(observations));
}

void lookup_state::land_orphan(answer_effects& to, orphan what) {
  const auto parent = what.value.parent;
  hand_on(to, {{what.key}, parent}, {read_on_demand(std::move(what.value), what.read)});
}

void lookup_state::hand_on(answer_effects& to, landing what,
                           std::vector<std::shared_ptr<incoming>> observations) {
  landings.emplace(++last_number, std::move(what));
  to.readings.push_back({last_number, std::move(observations)});
}

lookup_state::answer_effects lookup_state::committed(std::uint64_t reading, bool stored) {
  auto effects = answer_effects{};
  const auto found = landings.find(reading);
  const auto what = std::move(found->second);
  landings.erase(found);
  for (const auto& key : what.keys)
    finish(key, stored ? read_answer{read_outcome::held, what.product, {}} : unavailable(soon));
  // Variations that were found while it was on its way to the store.
  if (auto late = orphans.extract(what.product); !late.empty()) {
    for (auto& child : late.mapped()) {
      if (stored)
        land_orphan(effects, std::move(child));
      else
        finish(child.key, unavailable(soon));
    }
  }
  return effects;
}

// --- failures ------------------------------------------------------------------------------------

void lookup_state::failed(answer_effects& to, flight& of, const net::graphql_failure& failure,
                          const result<net::client_response>& answer, clock_point now) {
  to.pace = caller.failed(of.sent, size_of(of), failure);
  const bool items_fault = may_be_an_items_fault(answer);
  if (items_fault)
    items_max = std::max<std::size_t>(size_of(of) / 2, 1);
  // After a time-out nobody waits any more whom fewer items at once would help.
  const bool somebody_waits = answer || answer.failure().code != errc::timed_out;
  if (items_fault && somebody_waits && failure.kind == net::answer_kind::transient &&
      !failure.retry_after && caller.failures_in_row() <= splits_max)
    ask_fewer(of, now);
  else
    rest(of, failure, now);
}

// Down to the one that spoils the answer for the others; that one isn't asked for for a while.
void lookup_state::ask_fewer(flight& of, clock_point now) {
  auto keys = std::vector<read_key>{};
  for (const auto& item : of.items)
    keys.emplace_back(item.id);
  for (auto& slug : of.slugs)
    keys.emplace_back(std::move(slug));
  if (of.page)
    keys.push_back(of.page->what);
  if (keys.size() == 1) {
    remember(keys.front(), read_outcome::unavailable, now);
    return finish(keys.front(), unavailable(options.absence_ttl));
  }
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    queue.push_front(*key);
    wants[*key].queued = true;
  }
  gathered = now;
}

// WooCommerce is away: nobody waits for it before it may be back.
void lookup_state::rest(const flight& of, const net::graphql_failure& failure, clock_point now) {
  auto wait = caller.back_off(caller.failures_in_row());
  if (failure.retry_after)
    wait =
      std::max<milliseconds>(wait, std::min<seconds>(*failure.retry_after, std::chrono::hours{1}));
  rest_until = std::max(rest_until, now + wait);
  caller.complain(failure);
  const auto answer = unavailable(wait);
  for (const auto& item : of.items)
    finish(item.id, answer);
  for (const auto& slug : of.slugs)
    finish(slug, answer);
  if (of.page)
    finish(of.page->what, answer);
  for (const auto& product : paged.take_all())
    finish(product.what, answer);
  give_up_queued(answer.retry_after);
}

void lookup_state::give_up_queued(seconds retry_after) {
  for (const auto& key : std::exchange(queue, {}))
    finish(key, unavailable(retry_after));
}

// --- readers -------------------------------------------------------------------------------------

void lookup_state::finish(const read_key& key, const read_answer& answer) {
  if (auto found = wants.extract(key); !found.empty()) {
    readers -= found.mapped().readers.size();
    for (const auto& each : found.mapped().readers)
      each.reader->answer(answer);
  }
  const auto* id = std::get_if<stock::product_id>(&key);
  if (id == nullptr || answer.outcome == read_outcome::held)
    return;
  if (const auto waiting = orphans.extract(*id); !waiting.empty()) {
    for (const auto& child : waiting.mapped())
      finish(child.key, answer);
  }
}

void lookup_state::expire(clock_point now) {
  for (auto& [key, what] : wants) {
    std::erase_if(what.readers, [&](const waiter& each) {
      if (each.until > now)
        return false;
      each.reader->answer(unavailable(soon));
      --readers;
      return true;
    });
  }
  std::erase_if(queue, [this](const read_key& key) {
    const bool left = !is_wanted(key);
    if (left)
      wants.erase(key);
    return left;
  });
}

// --- messages ------------------------------------------------------------------------------------

namespace {

using pointer = lookup_actor::stateful_pointer<lookup_state>;

// Tells the lookup when all of a reading is committed.
class landing_reply final : public reply {
public:
  landing_reply(lookup_actor to, std::uint64_t reading, std::size_t parts)
    : to_(std::move(to)), reading_(reading), left_(parts) {}

  void done(const result<store::outcome>& outcome) override {
    if (!outcome)
      stored_ = false;
    if (--left_ == 0)
      caf::anon_send(to_, committed_atom::value, reading_, stored_.load());
  }

private:
  lookup_actor to_;
  std::uint64_t reading_;
  std::atomic<std::size_t> left_;
  std::atomic<bool> stored_{true};
};

void hand_over(pointer self, lookup_state::answer_effects& effects, const catalog_actor& catalog) {
  for (auto& reading : effects.readings) {
    auto whole = std::make_shared<landing_reply>(caf::actor_cast<lookup_actor>(self),
                                                 reading.number, reading.observations.size());
    auto batch = incoming_batch{};
    for (auto& seen : reading.observations) {
      seen->reply = whole;
      batch.push_back(std::move(seen));
    }
    self->send(catalog, std::move(batch));
  }
}

void look_again(pointer self) {
  auto& state = self->state;
  const auto now = self->clock().now();
  const auto set = [&](lookup_state::clock_point at) {
    if (state.wake_up.needs_timer(at))
      self->delayed_send(self, at - now, tick_atom::value);
  };
  if (!state.caller.is_waiting() && state.has_request())
    set(std::max(now, state.paged.empty() ? state.gathered : now));
  if (state.readers != 0)
    set(now + sweep_every);
}

void ask_shop(pointer self, const shop_door& door) {
  self->state.caller.set_waiting(true);
  call_shop<lookup_actor>(
    self, door, purpose::reader, self->state.caller.purpose(),
    [=] {
      auto& state = self->state;
      state.caller.set_waiting(false);
      state.leaving = false;
      auto request = state.next_request();
      look_again(self);
      return request;
    },
    [=] {
      auto& state = self->state;
      state.caller.set_waiting(false);
      // Too many wait at the limiter, unless it was us who left.
      if (!std::exchange(state.leaving, false))
        state.give_up_queued(soon);
      look_again(self);
    });
}

} // namespace

lookup_actor::behavior_type lookup(pointer self, lookup_options options, transport send,
                                   limiter_actor limiter, catalog_actor catalog) {
  stop_process_on_exception(*self);
  self->state.begin(std::move(options));
  const auto door = shop_door{std::move(send), std::move(limiter)};
  return {
    [=](const open_read_ptr& reader) {
      self->state.ask(reader, self->clock().now());
      look_again(self);
    },
    [=](tick_atom) {
      auto& state = self->state;
      const auto now = self->clock().now();
      state.wake_up.rang(now);
      state.expire(now);
      if (state.caller.is_waiting() && !state.leaving && !state.has_request()) {
        state.leaving = true; // all who wanted something have gone
        self->send(door.limiter, give_up_atom::value);
      } else if (!state.caller.is_waiting() && state.has_request() &&
                 (now >= state.gathered || !state.paged.empty())) {
        ask_shop(self, door);
      }
      look_again(self);
    },
    [=](answer_atom, std::uint64_t request, const call_answer& answer) {
      auto effects = self->state.judge(request, *answer, self->clock().now());
      self->send(door.limiter, release_atom::value, effects.pace);
      hand_over(self, effects, catalog);
      look_again(self);
    },
    [=](committed_atom, std::uint64_t reading, bool stored) {
      auto effects = self->state.committed(reading, stored);
      hand_over(self, effects, catalog);
      look_again(self);
    },
  };
}

} // namespace ankkor::actors

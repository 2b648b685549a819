#include "api/live_updates.hpp"

#include "api/asking.hpp"
#include "api/finding.hpp"
#include "api/http.hpp"
#include "base/metrics.hpp"
#include "net/stock_json.hpp"
#include "stock/live.hpp"

#include <algorithm>
#include <random>

namespace ankkor::api {

namespace {

using clock = std::chrono::steady_clock;
using actors::stream_message;

constexpr unsigned retry_after_seconds = 30;
// What a reader that comes back is sent at once; the rest once that is written.
constexpr std::size_t slice_events = 200;
constexpr auto beat_period = std::chrono::milliseconds{250};
// Of one turn, so that a thousand streams opened at once don't hold up a read.
constexpr std::size_t beats_a_turn = 500;
// Of a stream's unknown items, with each heartbeat: 500 of them take six minutes.
constexpr std::size_t looked_for_a_beat = 20;

constexpr std::string_view connected = R"({"type":"connected"})";
constexpr std::string_view reset = R"({"type":"reset"})";

// Readers that were cut off together don't come back together.
std::string retry_line(std::chrono::milliseconds least) {
  thread_local std::minstd_rand random{std::random_device{}()};
  auto spread = std::uniform_int_distribution<std::int64_t>{0, least.count()};
  return "retry: " + std::to_string(least.count() + spread(random)) + "\n";
}

void append_item(std::vector<std::string>& states, const stock::product& held,
                 stock::product_id item) {
  const auto now = stock::stock_as_shown(held, item);
  states.push_back(net::render_update(held.id, item, now.level, now.available, held.changed));
}

// The product with all its public variations, or the one variation.
void append_states(std::vector<std::string>& states, const actors::view& view,
                   stock::product_id wanted) {
  const auto owner = view.owner(wanted).value_or(wanted);
  const auto snapshot = view.find(owner);
  if (!snapshot) {
    auto nothing = stock::product{};
    nothing.id = wanted;
    append_item(states, nothing, wanted);
    return;
  }
  const auto& held = snapshot->held;
  append_item(states, held, wanted);
  if (wanted != owner)
    return;
  for (const auto& variation : held.variations) {
    if (stock::is_public(held, variation))
      append_item(states, held, variation.value.id);
  }
}

net::response stream_head() {
  auto head = net::response{};
  head.fields = {{"Content-Type", "text/event-stream"},
                 {"Cache-Control", "no-store"},
                 {"X-Accel-Buffering", "no"}}; // nginx holds back what it proxies, but for this
  return head;
}

const std::shared_ptr<const std::string>& heartbeat_text() {
  static const auto text = std::make_shared<const std::string>(": heartbeat\n\n");
  return text;
}

template <class Followed>
auto place_of(Followed& known, stock::product_id item) {
  const auto at =
    std::lower_bound(known.begin(), known.end(), item,
                     [](const auto& each, stock::product_id wanted) { return each.item < wanted; });
  return at != known.end() && at->item == item ? at : known.end();
}

} // namespace

bool live_updates::follower::wants(const store::live_event& event) const {
  const auto names = [this](stock::product_id item) {
    return place_of(known, item) != known.end() ||
           std::binary_search(unknown.begin(), unknown.end(), item);
  };
  return of_all || names(event.product) || names(event.item);
}

live_updates::live_updates(actors::engine& engine, net::io_pool& pool, live_options options)
  : engine_(&engine), pool_(&pool), options_(options) {
  for (std::size_t thread = 0; thread < pool.size(); ++thread)
    lanes_.push_back(std::make_unique<lane>());
  auto to = actors::broadcaster::listener{};
  to.is_listening = [this] { return open_.load() != 0; };
  to.tell = [this](const actors::told_batch& batch) {
    for (std::size_t thread = 0; thread < lanes_.size(); ++thread) {
      if (auto& on = *lanes_[thread]; on.count.load() != 0)
        pool_->post(thread, [&on, batch] { tell(on, batch); });
    }
  };
  engine.updates().listen(std::move(to));
}

live_updates::~live_updates() {
  engine_->updates().listen({});
  metrics::sse_connections().add(-static_cast<double>(open_.load()));
}

void live_updates::open(const std::shared_ptr<net::exchange>& exchange) {
  const auto& request = exchange->req();
  auto what = wish{};
  if (const auto list = query_parameter(request.query, "products"); list && !list->empty()) {
    auto ids = parse_ids(*list, products_max);
    if (!ids) {
      exchange->respond(error_response(400, "bad_request",
                                       "Write products=1,2,3 with up to 500 IDs, each a whole "
                                       "number above 0, or nothing to follow all."));
      return;
    }
    what.wanted = *std::move(ids);
    std::sort(what.wanted.begin(), what.wanted.end());
  }
  what.after = resumes_after(request);
  if (request.method == "HEAD") {
    exchange->respond(stream_head());
    return;
  }
  for (const auto id : what.wanted) {
    if (find_item(engine_->products(), {id, std::nullopt}).as == holding::unknown)
      what.unknown.push_back(id);
  }
  const auto unknown = what.unknown;
  read_missing(*engine_, exchange, unknown,
               [this, exchange, what = std::move(what)](const auto& answers) mutable {
                 for (std::size_t at = 0; at < answers.size(); ++at) {
                   if (answers[at].outcome == actors::read_outcome::unavailable)
                     what.unread.push_back(what.unknown[at]);
                 }
                 start(exchange, what);
               });
}

// Takes it if so.
bool live_updates::has_room(std::size_t named) {
  if (open_.fetch_add(1) < options_.streams_max) {
    if (followed_.fetch_add(named) + named <= options_.followed_max)
      return true;
    followed_.fetch_sub(named);
  }
  open_.fetch_sub(1);
  return false;
}

void live_updates::start(const std::shared_ptr<net::exchange>& exchange, const wish& what) {
  if (!has_room(what.wanted.size())) {
    metrics::sse_dropped("limit").add();
    exchange->respond(
      unavailable("The server has as many event streams open as it allows.", retry_after_seconds));
    return;
  }
  auto& on = *lanes_[exchange->thread_index()];
  // Counted first: what is published from now on is posted to this thread, and comes after this.
  on.count.fetch_add(1);
  const auto at = on.followers.emplace(on.followers.end());
  sort_out(*at, what);
  at->next_beat = clock::now() + options_.heartbeat;
  auto head = stream_head();
  head.body = first_text(*at, what);
  auto handlers = net::stream_handlers{};
  handlers.ended = [this, &on, at](net::stream_end why) { remove(on, at, why); };
  handlers.drained = [this, &on, at] { go_on(on, at); };
  metrics::sse_connections().add(1);
  at->out = exchange->start_stream(std::move(head), std::move(handlers));
  if (at->of_all)
    on.of_all.push_back(&*at);
  for (auto& each : at->known)
    follow_item(on, *at, each);
  if (!at->out)
    return remove(on, at, net::stream_end::peer);
  if (!std::exchange(on.beats, true))
    pool_->post_after(exchange->thread_index(), beat_period,
                      [this, thread = exchange->thread_index()] { beat(thread); });
}

void live_updates::sort_out(follower& to, const wish& what) const {
  to.of_all = what.wanted.empty();
  for (const auto item : what.wanted) {
    if (std::binary_search(what.unknown.begin(), what.unknown.end(), item) &&
        find_item(engine_->products(), {item, std::nullopt}).as == holding::unknown)
      to.unknown.push_back(item);
    else
      to.known.push_back({item, 0});
  }
  to.known.shrink_to_fit();
  to.unknown.shrink_to_fit();
}

void live_updates::follow_item(lane& on, follower& to, followed& item) {
  auto& all = on.by_item[item.item];
  item.at = static_cast<std::uint32_t>(all.size());
  all.push_back(&to);
}

// The last of the item's followers takes the place, so that a crowd leaves in the time that it came
// in.
void live_updates::unfollow_item(lane& on, const followed& item) {
  const auto found = on.by_item.find(item.item);
  auto& all = found->second;
  auto* const moved = all.back();
  all[item.at] = moved;
  place_of(moved->known, item.item)->at = item.at;
  all.pop_back();
  if (all.empty())
    on.by_item.erase(found);
}

std::string live_updates::first_text(follower& to, const wish& what) const {
  auto text = retry_line(options_.retry) + stream_message(std::nullopt, connected);
  if (!what.after)
    return text + present_state(to, what.unread, false);
  to.seen = *what.after;
  const auto newest = engine_->updates().newest();
  if (newest > to.seen && newest - to.seen > actors::broadcaster::each_max)
    to.what = actors::broadcaster::telling::newest_only;
  append_following(to, text);
  return text;
}

// The ID comes with the last of it: a reader that is cut off before gets all of it again.
std::string live_updates::present_state(follower& to, const std::vector<stock::product_id>& unread,
                                        bool is_reset) const {
  auto states = std::vector<std::string>{};
  if (is_reset)
    states.emplace_back(reset);
  to.seen = engine_->updates().at_rest([&] {
    // Of what nobody knows nothing is told yet.
    for (const auto& each : to.known)
      append_states(states, engine_->products(), each.item);
    for (const auto item : to.unknown) {
      if (!std::binary_search(unread.begin(), unread.end(), item))
        append_states(states, engine_->products(), item);
    }
  });
  auto text = std::string{};
  for (const auto& state : states) {
    const bool is_last = &state == &states.back();
    text += stream_message(is_last ? std::optional{to.seen} : std::nullopt, state);
  }
  // Following all there is no state to tell, and still a place to resume from.
  if (states.empty())
    text += "id: " + std::to_string(to.seen) + "\n\n";
  return text;
}

void live_updates::append_following(follower& to, std::string& text) const {
  const auto before = text.size();
  const auto is_wanted = [&](const store::live_event& event) { return to.wants(event); };
  do {
    const auto more = engine_->updates().follow(to.seen, slice_events, is_wanted, to.what);
    to.catches_up = more.known && !more.complete;
    if (!more.known) {
      text += present_state(to, to.unknown, true);
      return;
    }
    for (const auto& event : more.events)
      text += stream_message(event);
    to.seen = more.reached;
    // What follows is pushed once this is written; without anything to write it follows now.
  } while (to.catches_up && text.size() == before);
}

void live_updates::go_on(lane&, place at) {
  if (!at->catches_up)
    return;
  auto text = std::string{};
  append_following(*at, text);
  if (!at->catches_up)
    at->what = actors::broadcaster::telling::each;
  if (!text.empty() && at->out)
    at->out->push(std::make_shared<const std::string>(std::move(text)));
}

void live_updates::tell(lane& on, const actors::told_batch& batch) {
  for (const auto& what : *batch) {
    const auto offer_all = [&](stock::product_id item) {
      if (const auto found = on.by_item.find(item); found != on.by_item.end()) {
        for (auto* to : found->second)
          offer(*to, what);
      }
    };
    for (auto* to : on.of_all)
      offer(*to, what);
    offer_all(what.event.product);
    // Whoever wants both has seen it by now.
    if (what.event.item != what.event.product)
      offer_all(what.event.item);
  }
}

void live_updates::offer(follower& to, const actors::told_event& what) {
  const auto& event = what.event;
  if (to.catches_up || event.sequence <= to.seen)
    return;
  to.seen = event.sequence;
  const bool is_told = std::any_of(to.found.begin(), to.found.end(), [&](const auto& each) {
    return (each.first == event.product || each.first == event.item) &&
           event.sequence <= each.second;
  });
  if (!is_told)
    to.out->push(what.text);
}

void live_updates::tell_found(lane& on, follower& to) const {
  auto found = std::vector<stock::product_id>{};
  for (auto left = std::min(looked_for_a_beat, to.unknown.size()); left > 0; --left) {
    if (to.next_unknown >= to.unknown.size())
      to.next_unknown = 0;
    const auto item = to.unknown[to.next_unknown++];
    if (find_item(engine_->products(), {item, std::nullopt}).as != holding::unknown)
      found.push_back(item);
  }
  if (found.empty())
    return;
  auto states = std::vector<std::string>{};
  const auto now = engine_->updates().at_rest([&] {
    for (const auto item : found)
      append_states(states, engine_->products(), item);
  });
  for (const auto item : found) {
    to.found.emplace_back(item, now);
    to.unknown.erase(std::lower_bound(to.unknown.begin(), to.unknown.end(), item));
    const auto at = std::lower_bound(
      to.known.begin(), to.known.end(), item,
      [](const followed& each, stock::product_id wanted) { return each.item < wanted; });
    follow_item(on, to, *to.known.insert(at, {item, 0}));
  }
  auto text = std::string{};
  for (const auto& state : states)
    text += stream_message(std::nullopt, state);
  to.out->push(std::make_shared<const std::string>(std::move(text)));
}

void live_updates::remove(lane& from, place at, net::stream_end why) {
  if (why == net::stream_end::too_slow)
    metrics::sse_dropped("slow").add();
  std::erase(from.of_all, &*at);
  for (const auto& each : at->known)
    unfollow_item(from, each);
  followed_.fetch_sub(at->named());
  from.followers.erase(at);
  from.count.fetch_sub(1);
  open_.fetch_sub(1);
  metrics::sse_connections().add(-1);
}

void live_updates::beat(std::size_t thread) {
  auto& on = *lanes_[thread];
  const auto now = clock::now();
  for (std::size_t sent = 0; sent < beats_a_turn && !on.followers.empty(); ++sent) {
    const auto next = on.followers.begin();
    if (next->next_beat > now)
      break;
    next->next_beat = now + options_.heartbeat;
    next->out->push(heartbeat_text());
    if (!next->unknown.empty())
      tell_found(on, *next);
    on.followers.splice(on.followers.end(), on.followers, next);
  }
  on.beats = !on.followers.empty();
  if (on.beats)
    pool_->post_after(thread, std::min(beat_period, options_.heartbeat),
                      [this, thread] { beat(thread); });
}

} // namespace ankkor::api

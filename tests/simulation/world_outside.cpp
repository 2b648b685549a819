// Those around the daemon in the simulated world: storefront and CDN, Redis, readers; and what must
// be right once it is quiet.
#include "world.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <charconv>

namespace ankkor::simulation {

namespace {

constexpr std::string_view tag_prefix = "product-";

// The products that a call names by their tags: product-34, and not product-tea.
std::set<stock::product_id> products_named(std::string_view text) {
  auto products = std::set<stock::product_id>{};
  for (auto at = text.find(tag_prefix); at != std::string_view::npos;
       at = text.find(tag_prefix, at)) {
    const bool begins = at == 0 || text[at - 1] == '"' || text[at - 1] == ' ';
    at += tag_prefix.size();
    stock::product_id id = 0;
    const auto* begin = text.data() + at;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(begin, end, id);
    const bool ends = read.ptr == end || *read.ptr == '"' || *read.ptr == ' ';
    if (begins && read.ptr != begin && ends)
      products.insert(id);
  }
  return products;
}

std::set<stock::product_id> products_of(const net::client_request& call) {
  auto products = products_named(call.body);
  for (const auto& [name, value] : call.fields) {
    if (name == "xkey")
      products.merge(products_named(value));
  }
  return products;
}

} // namespace

// --- targets -------------------------------------------------------------------------------------

void world::add_targets() {
  const auto add = [this](std::string name, config::target_format format) {
    target made;
    made.port = static_cast<std::uint16_t>(first_target_port + targets_.size());
    made.settings.name = name;
    made.settings.url = "http://127.0.0.1:" + std::to_string(made.port) + "/purge";
    made.settings.secret = "x";
    made.settings.format = format;
    made.telling = telling_checker{std::move(name)};
    targets_.push_back(std::move(made));
  };
  add("next", config::target_format::next);
  if (chances_.cdn == cdn_kind::fastly)
    add("cdn", config::target_format::fastly);
  if (chances_.cdn == cdn_kind::varnish)
    add("cdn", config::target_format::varnish);
}

void world::tell_target(target& whom, const std::shared_ptr<net::client_request>& what,
                        const std::function<void(result<net::client_response>)>& done) {
  ++counts_.calls;
  const bool is_cdn = config::is_cdn(whom.settings.format);
  const auto by_daemon = daemon_time(); // a clock set forward ends the CDN's patience
  const auto products = products_of(*what);
  auto named = std::string{};
  for (const auto product : products)
    named += " " + std::to_string(product);
  tell(whom.settings.name, " is told of", named);
  expect(whom.pause.sent(present_));
  if (is_cdn)
    expect(turns_.cdn_is_told(products, by_daemon));
  const auto mood = whom.present;
  if (mood != target::mood::well)
    ++counts_.failed_calls;
  const auto sent = present_;
  const bool takes = mood == target::mood::well || mood == target::mood::takes_and_fails ||
                     mood == target::mood::cut;
  const auto when = mood == target::mood::silent
                      ? present_ + what->total_timeout
                      : present_ + some(milliseconds{1}, milliseconds{300});
  at(when, [this, &whom, products, sent, by_daemon, takes, is_cdn, mood, done, born = generation_] {
    if (takes)
      whom.telling.told(products, sent);
    if (!engine_ || born != generation_)
      return;
    // One that took it and failed is told again, at any time.
    if (mood == target::mood::well && is_cdn)
      turns_.cdn_told(products, by_daemon);
    else if (mood == target::mood::well)
      turns_.storefront_told(products, by_daemon);
    done(answer_of_target(whom, mood));
  });
}

result<net::client_response> world::answer_of_target(target& whom, target::mood mood) {
  auto answer = net::client_response{};
  switch (mood) {
  case target::mood::well:
    answer.status = 200;
    break;
  case target::mood::fails:
  case target::mood::takes_and_fails:
    answer.status = 500;
    break;
  case target::mood::busy: {
    const auto pause = seconds{among(1, 10)};
    answer.status = 503;
    answer.fields.emplace_back("retry-after", std::to_string(pause.count()));
    whom.pause.asked_for(present_, pause);
    break;
  }
  case target::mood::silent:
    return error{errc::timed_out, "did not answer in time", "Wait."};
  case target::mood::cut:
  case target::mood::away:
    return error{errc::unavailable, "closed the connection", "Wait."};
  }
  return answer;
}

void world::trouble_target() {
  auto& whom = targets_.at(among(0, targets_.size() - 1));
  constexpr auto moods = static_cast<std::uint64_t>(target::mood::away);
  whom.present = static_cast<target::mood>(among(1, moods));
  tell(whom.settings.name, " is in trouble");
  at(present_ + chances_.trouble_lasts, [&whom] { whom.present = target::mood::well; });
}

// --- Redis ---------------------------------------------------------------------------------------

void world::ask_redis(redis::pipeline what, std::function<void(result<redis::answer>)> done) {
  ++counts_.pipelines;
  const auto loses_answer = redis_loses_answers_ && chance(0.5);
  const auto loses_request = loses_answer && chance(0.5);
  const auto kept = std::make_shared<redis::pipeline>(std::move(what));
  at(present_ + some(milliseconds{1}, milliseconds{20}),
     [this, kept, loses_answer, loses_request, done = std::move(done), born = generation_] {
       auto answer = result<redis::answer>{error{errc::unavailable, "can't connect", "Wait."}};
       if (redis_away_)
         redis_.disconnect();
       else if (!loses_request)
         answer = redis_.handle(*kept);
       if (loses_answer) {
         redis_.disconnect();
         answer = error{errc::in_doubt, "closed the connection", "Wait."};
       }
       if (engine_ && born == generation_)
         done(std::move(answer));
     });
}

void world::trouble_redis() {
  switch (among(0, 3)) {
  case 0:
    tell("Redis is restarted");
    redis_.restart();
    return;
  case 1:
    tell("Redis is emptied");
    redis_.empty();
    return;
  case 2:
    tell("Redis loses answers");
    redis_loses_answers_ = true;
    break;
  default:
    tell("Redis is away");
    redis_away_ = true;
  }
  at(present_ + chances_.trouble_lasts, [this] { redis_away_ = redis_loses_answers_ = false; });
}

void world::fill_disk() {
  tell("the disk is full");
  disk_.refuses = disk_full_ = true;
  at(present_ + chances_.trouble_lasts, [this] { empty_disk(); });
}

void world::empty_disk() {
  disk_full_ = false;
  if (!is_dying_)
    disk_.refuses = false;
}

void world::end_troubles() {
  calm();
  for (auto& each : targets_)
    each.present = target::mood::well;
  redis_away_ = redis_loses_answers_ = false;
  doubt_until_ = present_;
  empty_disk();
}

// --- readers -------------------------------------------------------------------------------------

void world::read() {
  if (engine_ && !is_dying_) {
    const auto id = some_item();
    ++counts_.reads;
    const auto owner = engine_->products().owner(id).value_or(id);
    if (const auto snapshot = engine_->products().find(owner)) {
      const auto stored = disk_.products().find(owner);
      expect(check_committed(snapshot->held,
                             stored == disk_.products().end() ? nullptr : &stored->second));
      expect(order_.seen(snapshot->held));
    } else {
      read_on_demand(id);
    }
  }
  at(present_ + some(milliseconds{1}, 2 * chances_.read_every), [this, planned = cycle_] {
    if (planned == cycle_)
      read();
  });
}

// Nearly always one that is or was there.
stock::product_id world::some_item() {
  const auto& known = order_.items();
  if (known.empty() || chance(0.02))
    return among(1, 100'000);
  auto item = known.lower_bound(among(0, known.rbegin()->first));
  return item->first;
}

void world::read_on_demand(stock::product_id item) {
  ++counts_.reads_on_demand;
  const auto asked = present_;
  engine_->read(item, [this, item, asked, born = generation_](const actors::read_answer& answer) {
    if (born != generation_)
      return;
    if (present_ > asked + seconds{4} + chances_.commit_takes_max)
      expect("a reader of item " + std::to_string(item) + " waited too long");
    if (answer.outcome != actors::read_outcome::held)
      return;
    const auto snapshot = engine_->products().find(answer.product);
    if (!snapshot || !snapshot->held.self)
      expect("a reader was told that item " + std::to_string(item) + " is held, and it isn't");
  });
}

// A live reader goes away and comes back, with the number of what it was told last.
void world::let_reader(std::size_t which) {
  auto& who = live_.at(which);
  if (engine_ && !is_dying_) {
    if (who.connected && troubles_allowed_)
      who.connected = false;
    else if (!who.connected)
      connect(who);
  }
  const auto away = who.connected ? seconds{30} : seconds{5};
  at(present_ + some(milliseconds{1}, away), [this, which] { let_reader(which); });
}

void world::connect(live_reader& who) {
  auto& updates = engine_->updates();
  if (!who.ever) {
    std::uint64_t sequence = updates.at_rest([] {});
    who.checker.begins(engine_->products(), sequence);
  } else {
    ++counts_.live_returns;
    catch_up(who);
  }
  who.ever = who.connected = true;
}

void world::catch_up(live_reader& who) {
  const auto all = [](const store::live_event&) { return true; };
  for (bool complete = false; !complete && broken_.empty();) {
    const auto page = engine_->updates().follow(who.checker.last(), 3, all);
    if (!page.known) {
      expect("a live reader can't resume from event " + std::to_string(who.checker.last()));
      return;
    }
    for (const auto& event : page.events)
      tell_live(who, event);
    complete = page.complete;
  }
}

void world::listen() {
  engine_->updates().listen({[] { return true; },
                             [this, born = generation_](const actors::told_batch& batch) {
                               if (born != generation_)
                                 return;
                               for (auto& who : live_) {
                                 for (const auto& each : *batch) {
                                   if (who.connected)
                                     tell_live(who, each.event);
                                 }
                               }
                             }});
}

void world::tell_live(live_reader& who, const store::live_event& event) {
  ++counts_.live_events;
  expect(who.checker.told(event, disk_.events()));
}

// --- checks --------------------------------------------------------------------------------------

void world::expect(const std::string& wrong) {
  if (wrong.empty() || !broken_.empty())
    return;
  broken_ = wrong;
  tell("BROKEN: ", wrong);
}

queue_lengths world::lengths() const {
  auto now = queue_lengths{};
  now.items = order_.items().size();
  now.targets = targets_.size();
  now.outbox = disk_.jobs();
  now.questions = disk_.questions().size();
  now.mailboxes = most_mailboxes_;
  now.actors_max = order_.items().size() + targets_.size() + 16;
  return now;
}

std::string world::where_copy_differs() const {
  return dates_went_back_ ? std::string{} : check_equal(shop_, engine_->products(), undated_);
}

// "" once everything is as it must be at a quiet point.
std::string world::what_is_not_right() {
  if (!broken_.empty())
    return {};
  if (!engine_)
    return "the daemon is down";
  expect(disk_.misuse());
  expect(check_bounds(lengths()));
  if (auto wrong = where_copy_differs(); !wrong.empty())
    return wrong;
  for (const auto& each : targets_) {
    if (auto wrong = each.telling.check(); !wrong.empty())
      return wrong;
  }
  if (const auto& left = disk_.questions(); !left.empty())
    return "the question of item " + std::to_string(left.begin()->first) +
           " is not settled: " + left.begin()->second.reason;
  if (disk_.jobs() != 0)
    return "the outbox is not empty";
  if (chances_.mirrored) {
    if (auto wrong = check_mirror(engine_->products(), redis_.keys()); !wrong.empty())
      return wrong;
  }
  for (const auto& each : live_) {
    if (!each.connected)
      return "a live reader is away";
    if (auto wrong = each.checker.check_quiet(engine_->products(), disk_.events()); !wrong.empty())
      return wrong;
  }
  return {};
}

} // namespace ankkor::simulation

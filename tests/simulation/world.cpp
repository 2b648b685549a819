#include "world.hpp"

#include "api/webhook_endpoint.hpp"
#include "net/basic_auth.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <cmath>
#include <regex>

namespace ankkor::simulation {

namespace {

constexpr auto begin_of_time = moment{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};
constexpr std::uint16_t shop_port = 1;
constexpr std::uint16_t storefront_port = 2;
constexpr auto reconcile_interval = seconds{60};
constexpr auto scrub_interval = minutes{60};
constexpr std::uint32_t budget_count = 120;
constexpr auto budget_window = seconds{60};
constexpr std::uint32_t budget_burst = 10;
constexpr std::string_view manager = "manager";
constexpr std::string_view password = "geheim";

moment present;

moment now() {
  return present;
}

emulator::store_settings shop_settings(const chances& from) {
  auto made = emulator::store_settings{};
  made.seed = from.seed;
  made.queue.seed = from.seed;
  made.queue.delay_max = from.built_late_max;
  made.access.users = {
    {2, std::string{manager}, std::string{password}, emulator::role::shop_manager}};
  return made;
}

emulator::shopper_settings shoppers_of(const chances& from, std::uint64_t cycle) {
  auto made = emulator::shopper_settings{};
  made.seed = from.seed * 1'000 + cycle;
  made.actions_per_second = from.actions_per_second;
  made.habits.write_sql = from.write_sql;
  return made;
}

net::client_response response_of(emulator::http_answer from) {
  auto made = net::client_response{};
  made.status = from.status;
  for (auto& [name, value] : from.fields) {
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    made.fields.emplace_back(std::move(name), std::move(value));
  }
  made.body = std::move(from.body);
  constexpr std::size_t padding = 64; // simdjson's
  made.body.reserve(made.body.size() + padding);
  return made;
}

// Enough of one to tell bodies apart.
std::array<std::uint8_t, 16> digest_of(std::string_view body) {
  auto digest = std::array<std::uint8_t, 16>{};
  auto hash = std::hash<std::string_view>{}(body);
  for (std::size_t at = 0; at < sizeof hash; ++at, hash >>= 8U)
    digest.at(at) = static_cast<std::uint8_t>(hash & 0xFFU);
  return digest;
}

std::string field_of(const emulator::delivery& of, std::string_view wanted) {
  for (const auto& [name, value] : of.fields) {
    if (std::equal(name.begin(), name.end(), wanted.begin(), wanted.end(), [](char a, char b) {
          return std::tolower(static_cast<unsigned char>(a)) ==
                 std::tolower(static_cast<unsigned char>(b));
        }))
      return value;
  }
  return {};
}

// "ItemsById", and what it asks for.
std::string name_of_query(const std::string& body) {
  constexpr std::string_view before = "query ";
  const auto begin = body.find(before);
  if (begin == std::string::npos)
    return "?";
  return body.substr(begin + before.size(), 70);
}

std::string clock_of(moment when) {
  const auto passed = std::chrono::floor<std::chrono::milliseconds>(when - begin_of_time).count();
  auto text =
    std::to_string(passed / 1'000) + "." + std::to_string(1'000 + passed % 1'000).substr(1);
  return std::string(text.size() < 10 ? 10 - text.size() : 0, ' ') + text + "  ";
}

} // namespace

// --- the world -----------------------------------------------------------------------------------

world::world(const chances& from, bool tells)
  : chances_(from), tells_(tells), random_(from.seed), shop_(shop_settings(from)),
    disk_([this](const stock::product* before, const stock::product& after) {
      // What the initial load finds is told to nobody: it is what the pages show.
      if (loaded_)
        telling_.committed(before, after, present);
      tell("  committed: product " + std::to_string(after.id) + ", version " +
           std::to_string(after.version));
    }),
    budget_(budget_count, budget_window, budget_burst) {
  present = begin_of_time;
  shop_.fill({from.products, from.variable_share, 4, from.seed}, present - std::chrono::hours{24});
  for (const auto* topic :
       {"product.created", "product.updated", "product.deleted", "product.restored",
        "order.created", "order.updated", "action.woocommerce_delete_product",
        "action.woocommerce_delete_product_variation"}) {
    auto hook = emulator::webhook{};
    hook.topic = topic;
    hook.pending_delivery = false;
    shop_.with_webhooks([&](emulator::webhook_queue& queue) { queue.add(hook, present); });
  }
  shop_.with_catalog([this](const emulator::catalog& goods) {
    for (stock::product_id id = 1; id <= goods.highest_id(); ++id) {
      if (const auto* of = goods.find(id); of != nullptr && !of->is_variation())
        order_.shop_is(goods, id);
    }
  });
}

world::~world() {
  disk_.refuses = true;
  engine_.reset();
}

std::string world::run() {
  start_engine();
  if (chances_.warm_start) {
    pass_until(present + minutes{5});
    loaded_ = true;
  }
  for (cycle_ = 1; cycle_ <= chances_.cycles && broken_.empty(); ++cycle_) {
    tell("shoppers come");
    troubles_allowed_ = true;
    shop_.start_shoppers(shoppers_of(chances_, cycle_), present);
    plan(chances_.trouble_every, &world::trouble);
    plan(chances_.storefront_down_every, &world::break_storefront);
    plan(chances_.disk_full_every, &world::fill_disk);
    plan(chances_.crash_every, &world::crash_and_restart);
    read();
    pass_until(present + chances_.busy);
    tell("quiet begins");
    troubles_allowed_ = false;
    shop_.stop_shoppers();
    pass_until(present + chances_.quiet);
    loaded_ = true;
    const bool last = cycle_ == chances_.cycles;
    check_quiet(false);
    if (last && broken_.empty()) {
      pass_until(present + 2 * scrub_interval);
      check_quiet(true);
    }
  }
  counts_.lasted = std::chrono::duration_cast<std::chrono::hours>(present - begin_of_time);
  return broken_;
}

// --- time ----------------------------------------------------------------------------------------

caf::scheduler::test_coordinator& world::scheduler() const {
  return dynamic_cast<caf::scheduler::test_coordinator&>(engine_->actors().scheduler());
}

void world::at(moment when, std::function<void()> what) {
  events_.emplace(std::max(when, present), std::move(what));
}

void world::at_engine(moment when, std::function<void()> what) {
  at(when, [this, born = generation_, what = std::move(what)] {
    if (engine_ && born == generation_)
      what();
  });
}

moment world::next_event(moment end) const {
  auto next = end;
  if (!events_.empty())
    next = std::min(next, events_.begin()->first);
  if (const auto due = shop_.next_due())
    next = std::min(next, *due);
  if (engine_) {
    const auto& clock = scheduler().clock();
    if (!clock.schedule().empty()) {
      const auto left = clock.schedule().begin()->first - clock.now();
      next = std::min(next, present + std::chrono::ceil<std::chrono::microseconds>(left));
    }
  }
  return std::max(next, present);
}

void world::advance(moment to) {
  const auto passed = to - present;
  present = to;
  if (engine_)
    scheduler().advance_time(passed);
}

void world::pass_until(moment end) {
  while (present < end && broken_.empty()) {
    advance(next_event(end));
    run_actors();
    let_shop();
    deliver();
    while (!events_.empty() && events_.begin()->first <= present && broken_.empty()) {
      const auto what = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      what();
    }
    run_actors();
  }
}

// Whoever has a message may be the next: no order between actors is promised.
void world::run_actors() {
  if (!engine_)
    return;
  auto& jobs = scheduler().jobs;
  while (!jobs.empty()) {
    std::swap(jobs.front(), jobs.at(among(0, jobs.size() - 1)));
    scheduler().run_once();
  }
}

// --- the daemon ----------------------------------------------------------------------------------

config::settings world::settings() const {
  auto made = config::settings{};
  made.graphql_url = "http://127.0.0.1:" + std::to_string(shop_port) + "/graphql";
  if (chances_.signed_in) {
    made.app_user = manager;
    made.app_password = password;
  }
  made.graphql_budget = {budget_count, budget_window};
  made.graphql_burst = budget_burst;
  made.reconcile_interval = reconcile_interval;
  made.scrub_interval = scrub_interval;
  auto target = config::revalidate_target{};
  target.name = "next";
  target.url = "http://127.0.0.1:" + std::to_string(storefront_port) + "/api/revalidate";
  target.secret = "x";
  made.targets = {target};
  return made;
}

void world::start_engine() {
  tell("the daemon starts");
  ++generation_;
  auto around = actors::engine_surroundings{};
  around.now = &now;
  around.seed = random_();
  around.deterministic = true;
  auto started = actors::engine::start(settings(), disk_, way_out(), around);
  if (!started) {
    expect("the daemon does not start: " + started.failure().message);
    return;
  }
  engine_ = std::move(started).value();
  run_actors();
}

// Between any two messages. What comes after is not the dying process's to do.
void world::crash() {
  auto& jobs = scheduler().jobs;
  for (auto steps = among(0, 40); steps > 0 && !jobs.empty(); --steps) {
    std::swap(jobs.front(), jobs.at(among(0, jobs.size() - 1)));
    scheduler().run_once();
  }
  tell("the daemon crashes");
  ++counts_.crashes;
  ++generation_;
  const bool was_full = std::exchange(disk_.refuses, true);
  engine_.reset();
  disk_.refuses = was_full;
}

actors::transport world::way_out() {
  return [this, born = generation_](net::client_request what,
                                    std::function<void(result<net::client_response>)> done) {
    if (born != generation_)
      return;
    auto request = std::make_shared<net::client_request>(std::move(what));
    if (request->where.port == storefront_port)
      tell_storefront(request, done);
    else
      ask_shop(std::move(request), std::move(done));
  };
}

// --- WooCommerce ---------------------------------------------------------------------------------

void world::note_change(stock::product_id product, std::string_view what) {
  ++counts_.changes;
  tell("shop: " + std::string{what} + ", product " + std::to_string(product));
  const auto published = shop_.with_catalog([&](const emulator::catalog& goods) {
    order_.shop_is(goods, product);
    const auto* of = goods.find(product);
    return of != nullptr && of->status == emulator::post_status::publish;
  });
  // Neither dated nor, to a stranger, shown: only webhooks tell of it before the next full pass.
  if (what == "write by SQL" || what == "erase" || (!published && !chances_.signed_in))
    undated_.insert(product);
}

void world::let_shop() {
  for (const auto& each : shop_.let_shop(present))
    note_change(each.product, each.what);
}

void world::answered(std::uint64_t number, unsigned status) {
  shop_.delivered(number, status, present);
}

void world::deliver() {
  while (auto next = shop_.next_delivery(present)) {
    auto what = std::make_shared<emulator::delivery>(std::move(*next));
    ++counts_.deliveries;
    if (what->ping || chance(chances_.lost)) {
      counts_.lost += what->ping ? 0U : 1U;
      tell("webhook " + what->topic + " of " + std::to_string(what->object) + " is lost");
      answered(what->number, 200);
      continue;
    }
    if (chance(chances_.doubled))
      at(present + some(milliseconds{1}, chances_.late_max),
         [this, what] { pass_on(what, std::nullopt); });
    if (chance(chances_.late)) {
      // Something between the two has taken it, and takes its time.
      at(present + some(milliseconds{1}, chances_.late_max),
         [this, what] { pass_on(what, std::nullopt); });
      answered(what->number, 200);
    } else {
      at(present + some(milliseconds{1}, milliseconds{50}),
         [this, what] { pass_on(what, what->number); });
    }
  }
}

// The connection on which WooCommerce waits, unless it waits for nothing.
class world::delivery_reply final : public actors::reply {
public:
  delivery_reply(world& in, const store::delivery& of, std::optional<std::uint64_t> waits)
    : in_(in), id_(of.delivery_id), digest_(of.body_digest), waits_(waits), born_(in.generation_) {}

  // A process that dies takes its connections with it.
  ~delivery_reply() override {
    if (!done_)
      answer(0);
  }

  delivery_reply(const delivery_reply&) = delete;
  delivery_reply& operator=(const delivery_reply&) = delete;

  void done(const result<store::outcome>& outcome) override {
    done_ = true;
    if (born_ != in_.generation_) {
      answer(0);
      return;
    }
    if (outcome && !in_.disk_.knows(id_, digest_))
      in_.expect("a delivery was answered 200 and is not on the disk: " + id_);
    in_.tell("  answered " +
             (outcome ? std::string{store::to_string(*outcome)} : std::string{"503"}));
    answer(outcome ? 200 : 503);
  }

private:
  void answer(unsigned status) {
    if (waits_)
      in_.at(present, [&in = in_, number = *waits_, status] { in.answered(number, status); });
  }

  world& in_;
  std::string id_;
  std::array<std::uint8_t, 16> digest_;
  std::optional<std::uint64_t> waits_;
  std::uint64_t born_;
  bool done_ = false;
};

void world::pass_on(const std::shared_ptr<emulator::delivery>& what,
                    std::optional<std::uint64_t> waits) {
  if (!engine_) {
    if (waits)
      answered(*waits, 0);
    return;
  }
  tell("webhook " + what->topic + " of " + std::to_string(what->object));
  auto body = what->body;
  constexpr std::size_t padding = 64; // simdjson's
  body.reserve(body.size() + padding);
  auto seen = std::make_shared<actors::incoming>();
  auto& facts = seen->delivery.emplace();
  facts.delivery_id = field_of(*what, "X-WC-Webhook-Delivery-ID");
  facts.body_digest = digest_of(body);
  facts.topic = what->topic;
  facts.webhook_id = what->webhook_id;
  facts.received = present;
  seen->received = present;
  seen->cause = "webhook " + what->topic;
  seen->content =
    api::read_content(payloads_, net::classify_topic(what->topic), body, present, facts.resource);
  seen->reply = std::make_shared<delivery_reply>(*this, facts, waits);
  engine_->accept({seen});
}

void world::ask_shop(std::shared_ptr<net::client_request> what,
                     std::function<void(result<net::client_response>)> done) {
  ++counts_.requests;
  tell("request: " + name_of_query(what->body));
  expect(budget_.sent(present));
  const auto sent = present;
  if (away_) {
    ++counts_.troubled;
    at_engine(present + milliseconds{3}, [done] {
      done(error{errc::unavailable, "can't connect", "Wait."});
    });
    return;
  }
  at(present + some(milliseconds{1}, milliseconds{80}),
     [this, what, sent, born = generation_, done = std::move(done)] {
       auto question = emulator::http_question{};
       question.method = "POST";
       question.path = "/graphql";
       question.body = what->body;
       question.content_type = "application/json";
       for (const auto& [name, value] : what->fields) {
         if (name == "Authorization" && chances_.signed_in)
           question.authorization = value;
       }
       auto made = shop_.handle(question, present);
       if (made.status != 200 || made.silent || made.cut)
         ++counts_.troubled;
       tell("  WooCommerce makes the answer: " + std::to_string(made.status) +
            (made.silent ? ", never sent"
             : made.cut  ? ", cut"
                         : "") +
            " " + made.body.substr(0, made.body.find("\"data\"") == std::string::npos ? 1200 : 60));
       auto when = present + made.delay + some(milliseconds{1}, milliseconds{400});
       auto answer = result<net::client_response>{response_of(made)};
       if (made.cut)
         answer = error{errc::unavailable, "closed the connection", "Wait."};
       if (made.silent || when > sent + what->total_timeout) {
         when = sent + what->total_timeout;
         answer = error{errc::timed_out, "did not answer in time", "Wait."};
       }
       // Moved and never copied: a copy has no readable bytes behind the body.
       const auto kept = std::make_shared<result<net::client_response>>(std::move(answer));
       at(when, [this, born, done, kept] {
         if (engine_ && born == generation_)
           done(std::move(*kept));
       });
     });
}

void world::tell_storefront(const std::shared_ptr<net::client_request>& what,
                            const std::function<void(result<net::client_response>)>& done) {
  ++counts_.calls;
  tell("the storefront is told: " + what->body.substr(0, 300));
  const bool down = storefront_down_;
  const auto sent = present;
  at_engine(present + some(milliseconds{1}, milliseconds{300}), [this, what, down, sent, done] {
    auto answer = net::client_response{};
    answer.status = down ? 500 : 200;
    if (!down) {
      static const std::regex tag{R"("product-(\d+)\")"};
      auto products = std::set<stock::product_id>{};
      for (auto each = std::sregex_iterator{what->body.begin(), what->body.end(), tag};
           each != std::sregex_iterator{}; ++each)
        products.insert(std::stoull((*each)[1]));
      telling_.told(products, sent);
    }
    done(answer);
  });
}

// --- trouble -------------------------------------------------------------------------------------

void world::plan(seconds every, void (world::*what)()) {
  if (every.count() == 0)
    return;
  const double even = static_cast<double>((random_() >> 11U) + 1) * 0x1.0p-53;
  const auto wait = std::chrono::microseconds{
    static_cast<std::int64_t>(-std::log(even) * static_cast<double>(every.count()) * 1e6)};
  at(present + wait, [this, every, what, planned = cycle_] {
    if (!troubles_allowed_ || planned != cycle_)
      return;
    (this->*what)();
    plan(every, what);
  });
}

void world::trouble() {
  auto what = emulator::faults{};
  what.rest = false;
  what.share = chance(0.5) ? 1.0 : 0.5;
  switch (among(0, 8)) {
  case 0:
    what.latency = milliseconds{among(500, 40'000)};
    break;
  case 1:
    what.silent = true;
    break;
  case 2:
    what.maintenance = true;
    break;
  case 3:
    what.html = true;
    break;
  case 4:
    what.refuse = chance(0.5) ? 429 : 503;
    what.retry_after = seconds{among(0, 30)};
    break;
  case 5:
    what.empty = true;
    break;
  case 6:
    what.cut = true;
    break;
  case 7:
    what.broken_field = chance(0.5) ? "sku" : "stockQuantity";
    break;
  default:
    away_ = true;
  }
  tell("WooCommerce is in trouble");
  shop_.set_faults(what);
  at(present + chances_.trouble_lasts, [this] { calm(); });
}

void world::calm() {
  away_ = false;
  tell("WooCommerce is well");
  shop_.set_faults({});
}

void world::break_storefront() {
  tell("the storefront is down");
  storefront_down_ = true;
  at(present + chances_.trouble_lasts, [this] { storefront_down_ = false; });
}

void world::fill_disk() {
  tell("the disk is full");
  disk_.refuses = true;
  at(present + chances_.trouble_lasts, [this] {
    tell("the disk has room");
    disk_.refuses = false;
  });
}

void world::crash_and_restart() {
  if (!engine_)
    return;
  crash();
  at(present + some(milliseconds{1}, chances_.down_for_max), [this] {
    // Somebody switches on again what WooCommerce has switched off.
    shop_.with_webhooks([](emulator::webhook_queue& queue) {
      auto on = emulator::webhook_queue::change{};
      on.status = emulator::webhook_status::active;
      for (const auto& [id, hook] : queue.webhooks())
        queue.edit(id, on, present);
    });
    start_engine();
  });
}

// --- readers and checks --------------------------------------------------------------------------

void world::read() {
  if (engine_) {
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
  at(present + some(milliseconds{1}, 2 * chances_.read_every), [this, planned = cycle_] {
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
  const auto asked = present;
  engine_->read(item, [this, item, asked, born = generation_](const actors::read_answer& answer) {
    if (born != generation_)
      return;
    if (present > asked + seconds{4})
      expect("a reader of item " + std::to_string(item) + " waited too long");
    if (answer.outcome != actors::read_outcome::held)
      return;
    const auto snapshot = engine_->products().find(answer.product);
    if (!snapshot || !snapshot->held.self)
      expect("a reader was told that item " + std::to_string(item) + " is held, and it isn't");
  });
}

void world::expect(const std::string& wrong) {
  if (wrong.empty() || !broken_.empty())
    return;
  broken_ = wrong;
  tell("BROKEN: " + wrong);
}

void world::check_quiet(bool after_full_pass) {
  if (!broken_.empty())
    return;
  if (!engine_) {
    expect("the daemon is down at a quiet point");
    return;
  }
  tell("a quiet point");
  if (after_full_pass)
    undated_.clear();
  expect(check_equal(shop_, engine_->products(), undated_));
  expect(telling_.check());
  if (const auto left = disk_.questions(); !left.empty())
    expect("the question of item " + std::to_string(left.begin()->first) +
           " is not settled: " + left.begin()->second.reason);
  if (disk_.jobs() != 0)
    expect("the outbox is not empty");
}

// --- chance --------------------------------------------------------------------------------------

bool world::chance(double of) {
  return static_cast<double>(random_() >> 11U) * 0x1.0p-53 < of;
}

std::uint64_t world::among(std::uint64_t least, std::uint64_t most) {
  return least + random_() % (most - least + 1);
}

std::chrono::microseconds world::some(std::chrono::microseconds least,
                                      std::chrono::microseconds most) {
  return std::chrono::microseconds{
    static_cast<std::int64_t>(among(static_cast<std::uint64_t>(least.count()),
                                    static_cast<std::uint64_t>(std::max(least, most).count())))};
}

void world::tell(const std::string& line) {
  if (tells_)
    story_.push_back(clock_of(present) + line);
}

} // namespace ankkor::simulation

// WooCommerce in the simulated world: what happens there, its webhooks on their way, its GraphQL.
#include "api/webhook_endpoint.hpp"
#include "net/http/date.hpp"
#include "net/woocommerce/graphql.hpp"
#include "world.hpp"

#include <algorithm>

namespace ankkor::simulation {

namespace {

constexpr std::size_t padding = 64; // simdjson's

emulator::shopper_settings shoppers_of(const chances& from, std::uint64_t visit) {
  auto made = emulator::shopper_settings{};
  made.seed = from.seed * 1'000 + visit;
  made.actions_per_second = from.actions_per_second;
  auto& habits = made.habits;
  habits.write_sql = from.write_sql;
  for (auto* habit :
       {&habits.unpublish, &habits.trash, &habits.restore, &habits.create, &habits.erase})
    *habit *= from.come_and_go;
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
  const auto found = std::find_if(of.fields.begin(), of.fields.end(),
                                  [&](const auto& field) { return field.first == wanted; });
  return found == of.fields.end() ? std::string{} : found->second;
}

// "ItemsById", and what it asks for.
std::string name_of_query(const std::string& body) {
  constexpr std::string_view before = "query ";
  const auto begin = body.find(before);
  return begin == std::string::npos ? "?" : body.substr(begin + before.size(), 70);
}

} // namespace

void world::open_shop() {
  shop_.fill({chances_.products, chances_.variable_share, 4, chances_.seed},
             shop_time() - std::chrono::hours{24});
  for (const auto* topic :
       {"product.created", "product.updated", "product.deleted", "product.restored",
        "order.created", "order.updated", "action.woocommerce_delete_product",
        "action.woocommerce_delete_product_variation"}) {
    auto hook = emulator::webhook{};
    hook.topic = topic;
    hook.pending_delivery = false;
    shop_.with_webhooks([&](emulator::webhook_queue& queue) { queue.add(hook, shop_time()); });
  }
  shop_.with_catalog([this](const emulator::catalog& goods) {
    for (stock::product_id id = 1; id <= goods.highest_id(); ++id) {
      if (const auto* of = goods.find(id); of != nullptr && !of->is_variation())
        order_.shop_is(goods, id);
    }
  });
}

void world::start_shoppers() {
  shop_.start_shoppers(shoppers_of(chances_, ++visits_), shop_time());
}

// Those who shop don't hurry for the hours that the clock has left out.
void world::jump_shop() {
  const auto by = some_jump();
  shop_ahead_ += by;
  if (by.count() < 0) {
    order_.dates_went_back();
    dates_went_back_ = true;
  }
  ++counts_.clock_jumps;
  tell("WooCommerce's clock is set by ", std::chrono::duration_cast<milliseconds>(by).count(),
       " ms");
  start_shoppers();
}

void world::note_change(stock::product_id product, std::string_view what) {
  ++counts_.changes;
  tell("shop: ", what, ", product ", product);
  shop_.with_catalog([&](const emulator::catalog& goods) { order_.shop_is(goods, product); });
  // Dated nowhere: only webhooks tell of it before the next full pass.
  if (what == "write by SQL" || what == "erase")
    undated_.insert(product);
  if (what == "erase" && chance(chances_.ids_reused))
    at(present_ + some(milliseconds{1}, seconds{60}), [this, product] { reuse_id(product); });
}

// Old databases give the highest ID again once they were restarted.
void world::reuse_id(stock::product_id erased) {
  if (!troubles_allowed_)
    return;
  auto what = emulator::new_item{};
  what.id = erased;
  what.name = "Another thing " + std::to_string(erased);
  what.regular_price = "12.00";
  what.manages_stock = true;
  what.quantity = static_cast<std::int64_t>(among(0, 50));
  const auto is_free = shop_.with_catalog([&](emulator::catalog& goods) {
    if (goods.find(erased) != nullptr || goods.find_order(erased) != nullptr)
      return false;
    return goods.create_product(what, shop_time()) != 0;
  });
  if (!is_free)
    return;
  ++counts_.ids_reused;
  note_change(erased, "create under an old ID");
}

void world::let_shop() {
  for (const auto& each : shop_.let_shop(shop_time()))
    note_change(each.product, each.what);
}

// --- webhooks ------------------------------------------------------------------------------------

void world::answered(std::uint64_t number, unsigned status) {
  shop_.delivered(number, status, shop_time());
}

void world::switch_webhooks_on() {
  shop_.with_webhooks([this](emulator::webhook_queue& queue) {
    auto on = emulator::webhook_queue::change{};
    on.status = emulator::webhook_status::active;
    auto off = std::vector<std::uint64_t>{};
    for (const auto& [id, hook] : queue.webhooks()) {
      if (hook.status != emulator::webhook_status::active)
        off.push_back(id);
    }
    counts_.switched_off += off.size();
    for (const auto id : off)
      queue.edit(id, on, shop_time());
  });
}

void world::deliver() {
  while (auto next = shop_.next_delivery(shop_time())) {
    auto what = std::make_shared<emulator::delivery>(std::move(*next));
    ++counts_.deliveries;
    if (what->ping || chance(chances_.lost)) {
      counts_.lost += what->ping ? 0U : 1U;
      tell("webhook ", what->topic, " of ", what->object, " is lost");
      answered(what->number, 200);
      continue;
    }
    if (chance(chances_.doubled))
      at(present_ + some(milliseconds{1}, chances_.late_max),
         [this, what] { pass_on(what, std::nullopt); });
    if (chance(chances_.late)) {
      // Something between the two has taken it, and takes its time.
      at(present_ + some(milliseconds{1}, chances_.late_max),
         [this, what] { pass_on(what, std::nullopt); });
      answered(what->number, 200);
    } else {
      at(present_ + some(milliseconds{1}, milliseconds{50}),
         [this, what] { pass_on(what, what->number); });
    }
  }
}

// The connection on which WooCommerce waits, unless it waits for nothing.
class world::delivery_reply final : public actors::reply {
public:
  delivery_reply(world& in, actors::incoming of, std::optional<std::uint64_t> waits)
    : in_(in), of_(std::move(of)), waits_(waits), born_(in.generation_) {}

  // A process that dies takes its connections with it.
  ~delivery_reply() override {
    if (!done_)
      answer(0);
  }

  delivery_reply(const delivery_reply&) = delete;
  delivery_reply& operator=(const delivery_reply&) = delete;

  void done(const result<store::outcome>& outcome) override {
    if (born_ != in_.generation_)
      return;
    if (done_)
      in_.expect("a delivery was answered twice");
    done_ = true;
    if (outcome)
      check(*outcome);
    in_.tell("  answered ", outcome ? store::to_string(*outcome) : std::string_view{"503"});
    answer(outcome ? 200 : 503);
  }

private:
  void check(store::outcome outcome) {
    const auto& disk = in_.disk_;
    const auto* seen = std::get_if<stock::observation>(&of_.content);
    const auto owner = [&](const stock::item& of) { return of.is_variation() ? of.parent : of.id; };
    const bool is_stored = disk.knows(of_.delivery->delivery_id, of_.delivery->body_digest);
    in_.expect(check_acknowledged(
      of_, outcome, is_stored,
      seen == nullptr ? nullptr : disk.find(owner(seen->value), seen->value.id),
      // What was read may be overtaken by a newer delivery in the same commit.
      [&](stock::product_id item) {
        return disk.questions().count(item) != 0 || disk.settled_since(item, of_.received);
      }));
  }

  void answer(unsigned status) {
    if (waits_)
      in_.at(in_.present_, [&in = in_, number = *waits_, status] { in.answered(number, status); });
  }

  world& in_;
  actors::incoming of_;
  std::optional<std::uint64_t> waits_;
  std::uint64_t born_;
  bool done_ = false;
};

void world::pass_on(const std::shared_ptr<emulator::delivery>& what,
                    std::optional<std::uint64_t> waits) {
  if (!engine_ || is_dying_) {
    if (waits)
      answered(*waits, 0);
    return;
  }
  tell("webhook ", what->topic, " of ", what->object);
  auto body = what->body;
  body.reserve(body.size() + padding);
  auto seen = std::make_shared<actors::incoming>();
  auto& facts = seen->delivery.emplace();
  facts.delivery_id = field_of(*what, "X-WC-Webhook-Delivery-ID");
  facts.body_digest = digest_of(body);
  facts.topic = what->topic;
  facts.webhook_id = what->webhook_id;
  facts.received = daemon_time();
  seen->received = facts.received;
  seen->cause = "webhook " + what->topic;
  seen->content = api::read_content(payloads_, net::classify_topic(what->topic), body,
                                    facts.received, facts.resource);
  seen->reply = std::make_shared<delivery_reply>(*this, *seen, waits);
  engine_->accept({seen});
}

// --- GraphQL -------------------------------------------------------------------------------------

emulator::http_answer world::answer_of_shop(const net::client_request& what) {
  auto question = emulator::http_question{};
  const auto asked = std::string_view{what.where.target};
  const auto path = asked.substr(0, asked.find('?'));
  question.method = what.method;
  question.path = path;
  question.query = asked.substr(std::min(path.size() + 1, asked.size()));
  question.body = what.body;
  question.content_type = "application/json";
  for (const auto& [name, value] : what.fields) {
    if (name == "Authorization")
      question.authorization = value;
  }
  auto made = shop_.handle(question, shop_time());
  // As every HTTP server says it.
  made.fields.emplace_back("Date", net::format_http_date(std::chrono::floor<seconds>(shop_time())));
  if (made.status != 200 || made.silent || made.cut)
    ++counts_.troubled;
  tell("  WooCommerce makes the answer: ", made.status,
       made.silent ? ", never sent"
       : made.cut  ? ", cut"
                   : "",
       " ", made.body.substr(0, made.body.find("\"data\"") == std::string::npos ? 1200 : 60));
  return made;
}

void world::ask_shop(const std::shared_ptr<net::client_request>& what,
                     const std::function<void(result<net::client_response>)>& done) {
  ++counts_.requests;
  tell("request: ", !tells_                 ? std::string{}
                    : what->method == "GET" ? what->where.target
                                            : name_of_query(what->body));
  expect(budget_.sent(present_));
  expect(pause_.sent(present_));
  const auto sent = present_;
  if (away_) {
    ++counts_.troubled;
    at_engine(present_ + milliseconds{3}, [done] {
      done(error{errc::unavailable, "can't connect", "Wait."});
    });
    return;
  }
  at(present_ + some(milliseconds{1}, milliseconds{80}),
     [this, what, sent, born = generation_, done] {
       auto made = answer_of_shop(*what);
       auto when = present_ + made.delay + some(milliseconds{1}, milliseconds{400});
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
         if (!engine_ || born != generation_)
           return;
         note_pause(*kept);
         done(std::move(*kept));
         if (troubles_allowed_ && !is_dying_ && chance(chances_.dies_at_answer))
           die_soon();
       });
     });
}

void world::note_pause(const result<net::client_response>& answer) {
  if (!answer)
    return;
  const auto here = std::chrono::system_clock::time_point{daemon_time().time_since_epoch()};
  if (const auto pause = net::pause_asked_for(*answer, here); pause && answer->status != 200)
    pause_.asked_for(present_, *pause);
}

// --- trouble -------------------------------------------------------------------------------------

void world::trouble() {
  auto what = emulator::faults{};
  what.rest = false;
  what.share = chance(0.5) ? 1.0 : 0.5;
  switch (among(0, 9)) {
  case 0:
    what.latency = milliseconds{among(500, 40'000)};
    break;
  case 1:
    what.silent = true;
    break;
  case 2:
    what.maintenance = chance(0.3);
    what.html = !what.maintenance;
    break;
  case 3:
    what.html = true;
    break;
  case 4:
  case 5:
    what.refuse = chance(0.5) ? 429 : 503;
    what.retry_after = seconds{among(0, 30)};
    break;
  case 6:
    what.empty = true;
    break;
  case 7:
    what.cut = true;
    break;
  case 8:
    what.broken_field = chance(0.5) ? "sku" : "stockQuantity";
    break;
  default:
    away_ = true;
  }
  tell("WooCommerce is in trouble");
  shop_.set_faults(what);
  at(present_ + chances_.trouble_lasts, [this] { calm(); });
}

void world::calm() {
  if (troubles_allowed_)
    tell("WooCommerce is well");
  away_ = false;
  shop_.set_faults({});
  // Asked at half the pace for each request that failed; the pace comes back with those that don't.
  // So it does while answers look slow: this world's one thread is held up by slow commits, and the
  // clock may have been set forward while one was on its way.
  if (chances_.trouble_every.count() != 0 || chances_.commit_slow > 0 ||
      chances_.clock_jumps_every.count() != 0)
    asked_too_much_until_ = present_ + minutes{12};
}

} // namespace ankkor::simulation

#include "world.hpp"

#include "emulator/json.hpp"
#include "net/http/basic_auth.hpp"
#include "net/http/date.hpp"
#include "net/woocommerce/payload.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace ankkor::actors::testing {

namespace {

revalidator_actor::behavior_type keep_jobs(revalidator_actor::pointer,
                                           std::shared_ptr<job_batch> into) {
  return {
    [=](const job_batch& jobs) { into->insert(into->end(), jobs.begin(), jobs.end()); },
    [](tick_atom) {},
    [](released_atom) {},
    [](answer_atom, const call_answer&) {},
  };
}

bool shows(const stock::product& held, const stock::record& item,
           const emulator::public_item& truth) {
  return stock::is_public(held, item) == truth.visible &&
         (!truth.visible || (stock::effective_stock(held, item) == truth.stock &&
                             stock::available_for_sale(held, item) == truth.available));
}

bool shows(const stock::product& held, const emulator::public_product& truth) {
  if (!held.self || !shows(held, *held.self, truth.self))
    return false;
  return !truth.self.visible ||
         std::all_of(truth.variations.begin(), truth.variations.end(), [&](const auto& each) {
           const auto* variation = held.find(each.id);
           return variation == nullptr ? !each.visible : shows(held, *variation, each);
         });
}

} // namespace

running_engine::running_engine(memory_store& storage, emulator::store& woocommerce,
                               stock::moment begins, const world_options& options)
  : where_(begins), woocommerce_(&woocommerce), latency_(options.latency) {
  auto made = assembly_options{};
  made.storage = &storage;
  made.now = &stage::now;
  made.send = shop.way_in();
  made.targets = {{"shop", {"/product/{slug}"}}};
  made.budget = options.limits;
  made.confirmer.emplace();
  if (options.reconciles) {
    auto& passes = made.reconciler.emplace();
    if (!options.consumer_secret.empty()) {
      passes.product_list.emplace().target = "/wp-json/wc/v3/products";
      passes.fields = {
        {"Authorization", net::basic_authorization("ck_reader", options.consumer_secret)}};
    }
    passes.interval = options.interval;
    passes.scrub_interval = options.scrub_interval;
  }
  all = assembly::start(where_.system(), std::move(made)).value();
  all->outlets->revalidators.emplace("shop", where_.system().spawn(keep_jobs, told));
  where_.run();
}

running_engine::~running_engine() {
  all->stop();
  where_.run();
  shop.waiting.clear();
}

std::shared_ptr<kept_reply> running_engine::take(const std::string& topic,
                                                 decltype(incoming::content) content) {
  auto delivery = std::make_shared<incoming>();
  auto answer = std::make_shared<kept_reply>();
  delivery->delivery.emplace();
  delivery->delivery->delivery_id = std::to_string(++deliveries_) + " at " +
                                    std::to_string(stage::now().time_since_epoch().count());
  delivery->delivery->topic = topic;
  delivery->delivery->received = stage::now();
  delivery->received = stage::now();
  delivery->cause = "webhook " + topic;
  delivery->content = std::move(content);
  delivery->reply = answer;
  all->accept({delivery});
  where_.run();
  return answer;
}

std::shared_ptr<kept_reply> running_engine::deliver_update(stock::product_id item) {
  auto body = woocommerce_->with_catalog([&](const emulator::catalog& goods) {
    auto to = emulator::json_writer{};
    emulator::write_product(to, goods, emulator::site{}, *goods.find(item));
    return to.take();
  });
  constexpr std::size_t padding = 64; // simdjson's
  body.reserve(body.size() + padding);
  auto reader = net::payload_reader{};
  auto payload = reader.read(net::topic_kind::product, body);
  BOOST_TEST_REQUIRE(payload.ok());
  return take("product.updated", stock::observation{std::get<stock::item>(*payload),
                                                    {stock::reading::unknown, stage::now()},
                                                    stock::source::webhook});
}

std::shared_ptr<kept_reply> running_engine::deliver_deletion(stock::product_id item) {
  return take("product.deleted", hint{"deletion", {item}});
}

pass_ticket running_engine::reconcile(reconcile_type type, stock::product_id product) {
  const auto ticket = all->reconcile(type, product);
  where_.run();
  return ticket;
}

void running_engine::pass(std::chrono::milliseconds time) {
  for (; time.count() > 0; time -= latency_) {
    where_.pass(latency_);
    while (!shop.waiting.empty() && shop.waiting.front().at + latency_ <= stage::now())
      answer();
  }
}

bool running_engine::pass_until(std::chrono::milliseconds at_most,
                                const std::function<bool()>& so) {
  for (; at_most.count() > 0 && !so(); at_most -= latency_)
    pass(latency_);
  return so();
}

std::optional<stock::quantity> running_engine::held(stock::product_id id) const {
  const auto found = all->committed.find(id);
  return found && found->stock_json ? found->held.self->value.stock.quantity : std::nullopt;
}

std::size_t running_engine::asked(std::string_view what) const {
  return static_cast<std::size_t>(
    std::count_if(shop.bodies.begin(), shop.bodies.end(),
                  [&](const std::string& body) { return body.find(what) != std::string::npos; }));
}

std::vector<stock::product_id> running_engine::differing() const {
  auto wrong = std::vector<stock::product_id>{};
  auto there = std::set<stock::product_id>{};
  for (const auto& truth : woocommerce_->truth()) {
    there.insert(truth.self.id);
    const auto found = all->committed.find(truth.self.id);
    if (found ? !shows(found->held, truth) : truth.self.visible)
      wrong.push_back(truth.self.id);
  }
  for (const auto id : all->committed.ids()) {
    if (there.count(id) == 0 && all->committed.find(id)->stock_json)
      wrong.push_back(id);
  }
  return wrong;
}

void running_engine::answer() {
  const auto what = shop.waiting.front().what;
  const auto& target = what.where.target;
  if (before_answer)
    before_answer(what.method == "GET" ? target : what.body);
  auto asked = emulator::http_question{};
  asked.method = what.method;
  asked.path = "/graphql";
  if (what.method == "GET") {
    asked.path = std::string_view{target}.substr(0, target.find('?'));
    asked.query = std::string_view{target}.substr(target.find('?') + 1);
  }
  asked.body = what.body;
  asked.content_type = "application/json";
  for (const auto& [name, value] : what.fields) {
    if (name == "Authorization")
      asked.authorization = value;
  }
  auto made = woocommerce_->handle(asked, stage::now());
  made.fields.emplace_back(
    "date", net::format_http_date(std::chrono::floor<std::chrono::seconds>(stage::now())));
  shop.answer(made.status, made.body, made.fields);
  where_.run();
}

} // namespace ankkor::actors::testing

// See webhook_queue.hpp. Numbers in comments are recordings in tests/recordings/webhooks.
#include "emulator/webhook_queue.hpp"

#include <algorithm>
#include <array>

namespace ankkor::emulator {

namespace {

constexpr std::string_view user_agent = "WooCommerce/11.0.1 Hookshot (WordPress/6.9.1)";
constexpr int failures_max =
  5; // woocommerce_max_webhook_delivery_failures: over it, the next one disables

std::string host_of(std::string_view url) {
  const auto scheme = url.find("://");
  const auto rest = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  return std::string(rest.substr(0, rest.find_first_of("/?#")));
}

} // namespace

std::string_view to_string(webhook_status value) noexcept {
  switch (value) {
  case webhook_status::active:
    return "active";
  case webhook_status::paused:
    return "paused";
  case webhook_status::disabled:
    break;
  }
  return "disabled";
}

std::optional<webhook_status> parse_webhook_status(std::string_view text) noexcept {
  for (const auto each :
       {webhook_status::active, webhook_status::paused, webhook_status::disabled}) {
    if (to_string(each) == text)
      return each;
  }
  return std::nullopt;
}

bool valid_topic(std::string_view topic) {
  static constexpr std::array<std::string_view, 17> known{
    "product.created",   "product.updated",  "product.deleted",  "product.restored",
    "product.published", "order.created",    "order.updated",    "order.deleted",
    "order.restored",    "coupon.created",   "coupon.updated",   "coupon.deleted",
    "coupon.restored",   "customer.created", "customer.updated", "customer.deleted",
    "customer.restored"};
  return topic.rfind("action.woocommerce_", 0) == 0 ||
         std::find(known.begin(), known.end(), topic) != known.end();
}

std::vector<std::pair<std::string, std::string>> wire_fields(const delivery& what) {
  std::vector<std::pair<std::string, std::string>> all{{"Host", host_of(what.url)}};
  all.insert(all.end(), what.fields.begin(), what.fields.end());
  // A ping's Content-Type comes last (002), a delivery's before the X-WC fields (008).
  const auto tail = what.ping ? all.end() - 1 : all.end();
  all.insert(tail, {{"Connection", "close"}, {"Content-Length", std::to_string(what.body.size())}});
  return all;
}

webhook_queue::webhook_queue(const catalog& shop, const site& where, queue_settings settings)
  : shop_(shop), site_(where), settings_(std::move(settings)), random_(settings_.seed) {}

std::uint64_t webhook_queue::add(webhook what, moment now) {
  if (what.id == 0)
    what.id = next_webhook_;
  next_webhook_ = std::max(next_webhook_, what.id + 1);
  what.created = to_second(now);
  const auto id = what.id;
  const bool pings = what.pending_delivery && what.status == webhook_status::active;
  webhooks_[id] = std::move(what);
  if (pings)
    pings_.push_back(id);
  return id;
}

bool webhook_queue::edit(std::uint64_t id, const change& what, moment now) {
  const auto found = webhooks_.find(id);
  if (found == webhooks_.end())
    return false;
  auto& of = found->second;
  of.name = what.name.value_or(of.name);
  of.status = what.status.value_or(of.status);
  of.topic = what.topic.value_or(of.topic);
  of.secret = what.secret.value_or(of.secret);
  of.owner = what.owner.value_or(of.owner);
  of.modified = to_second(now);
  if (!what.delivery_url || *what.delivery_url == of.delivery_url)
    return true;
  of.delivery_url = *what.delivery_url;
  of.pending_delivery = true;
  if (of.status == webhook_status::active)
    pings_.push_back(id); // 173, 174
  return true;
}

bool webhook_queue::remove(std::uint64_t id) {
  if (webhooks_.erase(id) == 0)
    return false;
  std::erase(pings_, id);
  for (auto each = actions_.begin(); each != actions_.end();) {
    if (each->second.webhook_id != id) {
      ++each;
      continue;
    }
    waiting_.erase({id, each->second.object});
    by_due_.erase({each->second.due, each->first});
    std::erase(claimed_, each->first);
    each = actions_.erase(each);
  }
  return true;
}

const webhook* webhook_queue::find(std::uint64_t id) const {
  const auto found = webhooks_.find(id);
  return found == webhooks_.end() ? nullptr : &found->second;
}

void webhook_queue::fired(const event& what, moment now) {
  // WooCommerce loads its webhooks newest first, so the newest is told first (192, 193).
  for (auto each = webhooks_.rbegin(); each != webhooks_.rend(); ++each) {
    if (each->second.status == webhook_status::active && each->second.topic == what.topic)
      enqueue(each->second, what.object, now);
  }
}

void webhook_queue::enqueue(const webhook& to, post_id object, moment now) {
  if (!waiting_.emplace(to.id, object).second) {
    ++counts_.merged; // 096, 097
    return;
  }
  const auto range = std::max<std::int64_t>(0, (settings_.delay_max - settings_.delay_min).count());
  const auto extra =
    range == 0 ? 0 : static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(range + 1));
  const auto due = now + settings_.delay_min + std::chrono::milliseconds(extra);
  const auto id = next_action_++;
  actions_.emplace(id, action{to.id, object, due, now});
  by_due_.emplace(due, id);
  ++counts_.queued;
}

void webhook_queue::claim(moment now) {
  while (claimed_.size() < settings_.batch && !by_due_.empty() && by_due_.begin()->first <= now) {
    claimed_.push_back(by_due_.begin()->second);
    by_due_.erase(by_due_.begin());
  }
}

std::optional<delivery> webhook_queue::next_action(moment now) {
  if (run_began_ && settings_.run_interval.count() > 0 &&
      now - *run_began_ > settings_.run_time_max) {
    // The rest goes back and waits for the next run (178, 179).
    for (const auto id : claimed_)
      by_due_.emplace(actions_.at(id).due, id);
    claimed_.clear();
    next_run_ = *run_began_ + settings_.run_interval;
    run_began_.reset();
  }
  if (!run_began_) {
    if (next_run_ && now < *next_run_)
      return std::nullopt;
    run_began_ = now;
  }
  if (claimed_.empty())
    claim(now);
  if (claimed_.empty()) {
    next_run_ = *run_began_ + settings_.run_interval;
    run_began_.reset();
    return std::nullopt;
  }
  const auto id = claimed_.front();
  claimed_.pop_front();
  const auto node = actions_.extract(id);
  const auto& what = node.mapped();
  // From here on a new event queues a new action (098, 194 and 196).
  waiting_.erase({what.webhook_id, what.object});
  return build(next_number_++, what, webhooks_.at(what.webhook_id), now);
}

std::optional<delivery> webhook_queue::next(moment now) {
  if (under_way_)
    return std::nullopt;
  std::optional<delivery> made;
  if (!pings_.empty()) {
    const auto id = pings_.front();
    pings_.pop_front();
    made = build_ping(webhooks_.at(id), now);
  } else {
    made = next_action(now);
  }
  if (made) {
    under_way_ = delivery{};
    under_way_->number = made->number;
    under_way_->webhook_id = made->webhook_id;
    under_way_->ping = made->ping;
  }
  return made;
}

void webhook_queue::finished(std::uint64_t number, unsigned status, moment now) {
  if (!under_way_ || under_way_->number != number)
    return;
  const auto what = *std::exchange(under_way_, std::nullopt);
  const auto found = webhooks_.find(what.webhook_id);
  if (what.ping) {
    if (found != webhooks_.end() && status == 200) // exactly (156, 157)
      found->second.pending_delivery = false;
    return;
  }
  const bool success =
    status >= 200 && status <= 302; // 301 and 302 count, and are not followed (134, 136)
  ++(success ? counts_.delivered : counts_.failed);
  if (found == webhooks_.end())
    return;
  auto& to = found->second;
  to.modified = to_second(now);
  if (success)
    to.failure_count = 0;
  else if (to.failure_count > failures_max)
    to.status = webhook_status::disabled; // on the seventh in a row (129), or the next after
                                          // re-enabling (130)
  else
    ++to.failure_count;
  if (to.pending_delivery)
    pings_.push_front(to.id); // again after every delivery (152-157)
}

std::optional<moment> webhook_queue::next_due() const {
  if (under_way_)
    return std::nullopt;
  if (!pings_.empty())
    return moment::min();
  const auto earliest_run = run_began_ ? moment::min() : next_run_.value_or(moment::min());
  if (!claimed_.empty())
    return earliest_run;
  if (by_due_.empty())
    return std::nullopt;
  return std::max(earliest_run, by_due_.begin()->first);
}

bool webhook_queue::idle() const {
  return !under_way_ && pings_.empty() && actions_.empty();
}

void webhook_queue::hurry(moment now) {
  std::vector<std::uint64_t> order; // they keep the order that they would have had
  order.reserve(by_due_.size());
  for (const auto& [due, id] : by_due_)
    order.push_back(id);
  by_due_.clear();
  auto due = now - std::chrono::microseconds(order.size());
  for (const auto id : order) {
    auto& what = actions_.at(id);
    what.due = std::min(what.due, due);
    due += std::chrono::microseconds(1);
    by_due_.emplace(what.due, id);
  }
  next_run_.reset();
}

queue_counts webhook_queue::counts() const {
  auto counts = counts_;
  counts.waiting = actions_.size();
  return counts;
}

std::string webhook_queue::payload(const webhook& to, post_id object) const {
  const auto resource = to.resource();
  json_writer body;
  if (resource == "action") { // 214, 219
    body.begin_object().text("action", to.event_name()).key("arg");
    if (object == 0)
      body.raw("[]");
    else
      body.number(object);
    return body.end_object().take();
  }
  if (to.event_name() == "deleted")
    return body.begin_object().number("id", object).end_object().take(); // 042
  if (to.owner != webhook_owner::manager)                                // 182, 188
    return error_body("woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.",
                      to.owner == webhook_owner::deleted ? 401 : 403);
  if (resource == "order") {
    const auto* of = shop_.find_order(object);
    if (of == nullptr)
      return error_body("woocommerce_rest_shop_order_invalid_id", "Invalid ID.", 404);
    body.reserve(4096);
    write_order(body, shop_, site_, *of);
    return body.take();
  }
  const auto* of = shop_.find(object);
  if (of == nullptr)
    return error_body("woocommerce_rest_product_invalid_id", "Invalid ID.", 404); // 101, 062
  body.reserve(4096);
  write_product(body, shop_, site_, *of);
  return body.take();
}

delivery webhook_queue::build(std::uint64_t number, const action& what, const webhook& to,
                              moment now) {
  delivery made;
  made.number = number;
  made.webhook_id = to.id;
  made.object = what.object;
  made.topic = to.topic;
  made.url = to.delivery_url;
  made.body = payload(to, what.object); // now, not when the event happened (100)
  made.timeout = settings_.timeout;
  made.due = what.due;
  made.event = what.event;
  const auto at = std::to_string(to_second(now).time_since_epoch().count());
  made.fields = {
    {"User-Agent", std::string(user_agent)},
    {"Accept", "*/*"},
    {"Accept-Encoding", "deflate, gzip, br, zstd"},
    {"Content-Type", "application/json"},
    {"X-WC-Webhook-Source", site_.url + "/"},
    {"X-WC-Webhook-Topic", to.topic},
    {"X-WC-Webhook-Resource", std::string(to.resource())},
    {"X-WC-Webhook-Event", std::string(to.event_name())},
    {"X-WC-Webhook-Signature", hmac_sha256_base64(html_unescape(to.secret), made.body)},
    {"X-WC-Webhook-ID", std::to_string(to.id)},
    // Of the webhook and the second only: all of one second share it (063-082).
    {"X-WC-Webhook-Delivery-ID", hmac_md5_hex(settings_.salt, std::to_string(to.id) + at)}};
  return made;
}

delivery webhook_queue::build_ping(const webhook& to, moment now) {
  delivery made;
  made.number = next_number_++;
  made.webhook_id = to.id;
  made.ping = true;
  made.url = to.delivery_url;
  made.body = "webhook_id=" + std::to_string(to.id);
  made.timeout = settings_.timeout;
  made.due = made.event = now;
  made.fields = {{"User-Agent", std::string(user_agent)},
                 {"Accept", "*/*"},
                 {"Accept-Encoding", "deflate, gzip, br, zstd"},
                 {"Content-Type", "application/x-www-form-urlencoded"}};
  ++counts_.pings;
  return made;
}

} // namespace ankkor::emulator

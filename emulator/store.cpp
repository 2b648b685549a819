// See store.hpp.
#include "emulator/store.hpp"

#include <algorithm>
#include <array>

namespace ankkor::emulator {

namespace {

constexpr std::string_view maintenance_text =
  "Briefly unavailable for scheduled maintenance. Check back in a minute.";

constexpr std::array<std::string_view, 8> used_topics{
  "product.created",
  "product.updated",
  "product.deleted",
  "product.restored",
  "order.created",
  "order.updated",
  "action.woocommerce_delete_product",
  "action.woocommerce_delete_product_variation"};

http_answer html_answer(unsigned status, std::string_view title, std::string_view text) {
  http_answer made;
  made.status = status;
  made.fields = {{"Content-Type", "text/html; charset=UTF-8"}};
  made.body = "<!DOCTYPE html>\n<html dir='ltr'>\n<head>\n\t<title>" + std::string(title) +
              "</title>\n</head>\n<body id=\"error-page\">\n\t<div class=\"wp-die-message\">" +
              std::string(text) + "</div></body>\n</html>\n";
  return made;
}

http_answer maintenance(api which) {
  auto made = html_answer(503, "Maintenance", maintenance_text);
  if (which == api::graphql) { // error-maintenance-mode
    json_writer body;
    body.begin_object()
      .text("code", "wp_die")
      .text("message", maintenance_text)
      .key("data")
      .begin_object();
    body.number("status", std::uint64_t{503})
      .end_object()
      .key("additional_errors")
      .raw("[]")
      .end_object();
    made.body = body.take();
    made.fields = {{"Content-Type", "application/json; charset=UTF-8"}};
  }
  made.fields.emplace_back("Retry-After", "600");
  return made;
}

std::string without_keys(std::string_view path, std::string_view query) {
  std::string target(path);
  for (const auto& [name, value] : parse_query(query)) {
    target += target.size() == path.size() ? '?' : '&';
    target += name + "=" + (name == "consumer_key" || name == "consumer_secret" ? "…" : value);
  }
  return target;
}

} // namespace

store::store(store_settings settings)
  : settings_(std::move(settings)),
    shop_([this](const event& what, moment now) { queue_.fired(what, now); }, settings_.seed),
    queue_(shop_, settings_.where, settings_.queue), random_(settings_.seed) {}

std::optional<http_answer> store::faulty(api which, const http_question& request, moment now) {
  if ((which == api::graphql && !faults_.graphql) || (which == api::rest && !faults_.rest) ||
      which == api::other)
    return std::nullopt;
  if (static_cast<double>(random_() >> 11U) * 0x1.0p-53 >= faults_.share)
    return std::nullopt;
  http_answer made;
  if (faults_.silent)
    made.silent = true;
  else if (faults_.maintenance)
    made = maintenance(which);
  else if (faults_.html)
    made = html_answer(200, "A plugin's page", "This is not the API that you are looking for.");
  else if (faults_.refuse != 0) {
    made = html_answer(faults_.refuse, "Error", "Too many requests.");
    made.fields.emplace_back("Retry-After", std::to_string(faults_.retry_after.count()));
  } else if (faults_.empty) {
    made.fields = {{"Content-Type", "application/json; charset=UTF-8"}};
  } else if (faults_.cut) {
    made = answer(which, request, now);
    made.cut = true;
  } else {
    return std::nullopt;
  }
  return made;
}

http_answer store::answer(api which, const http_question& request, moment now) {
  if (which == api::graphql)
    return answer_graphql(
      {shop_, settings_.where, settings_.access, faults_.broken_field, settings_.graphql_page_max},
      request, now);
  if (which == api::rest)
    return answer_rest({shop_, queue_, settings_.where, settings_.access}, request, now);
  return html_answer(request.path == "/" ? 200 : 404, "Emulated shop",
                     "An emulated WooCommerce shop: /graphql and /wp-json/wc/v3/ answer.");
}

http_answer store::handle(const http_question& request, moment now) {
  const waker woken(*this);
  const std::lock_guard lock(mutex_);
  const auto which = is_graphql(request)                      ? api::graphql
                     : request.path.rfind("/wp-json", 0) == 0 ? api::rest
                                                              : api::other;
  auto fault = faulty(which, request, now);
  auto made = fault ? std::move(*fault) : answer(which, request, now);
  if (which != api::other)
    made.delay = faults_.latency;
  if (arrivals_.size() >= settings_.arrivals_kept)
    arrivals_.pop_front();
  arrivals_.push_back({now, which, std::string(request.method),
                       without_keys(request.path, request.query), made.silent ? 0 : made.status});
  return made;
}

void store::fill(const catalog_size& size, moment now) {
  const std::lock_guard lock(mutex_);
  fill_catalog(shop_, size, now);
}

void store::add_webhooks(const std::string& url, const std::string& secret, moment now) {
  with_webhooks([&](webhook_queue& queue) {
    for (const auto topic : used_topics) {
      webhook made;
      made.name = "ankkor " + std::string(topic);
      made.topic = topic;
      made.delivery_url = url;
      made.secret = secret;
      queue.add(made, now);
    }
  });
}

void store::set_faults(faults what) {
  const std::lock_guard lock(mutex_);
  faults_ = std::move(what);
}

faults store::present_faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

void store::set_url(std::string url) {
  const std::lock_guard lock(mutex_);
  settings_.where.url = std::move(url);
}

std::string store::url() const {
  const std::lock_guard lock(mutex_);
  return settings_.where.url;
}

void store::start_shoppers(shopper_settings settings, moment now) {
  const waker woken(*this);
  const std::lock_guard lock(mutex_);
  shoppers_ = std::make_unique<shoppers>(shop_, settings, now);
}

void store::stop_shoppers() {
  const std::lock_guard lock(mutex_);
  shoppers_.reset();
}

std::vector<shop_change> store::let_shop(moment now) {
  const std::lock_guard lock(mutex_);
  return shoppers_ ? shoppers_->act(shop_, now) : std::vector<shop_change>();
}

std::optional<delivery> store::next_delivery(moment now) {
  const std::lock_guard lock(mutex_);
  return queue_.next(now);
}

void store::delivered(std::uint64_t number, unsigned status, moment now) {
  const waker woken(*this);
  const std::lock_guard lock(mutex_);
  queue_.finished(number, status, now);
}

std::optional<moment> store::next_due() const {
  const std::lock_guard lock(mutex_);
  auto due = queue_.next_due();
  if (shoppers_)
    due = std::min(due.value_or(moment::max()), shoppers_->next_due());
  return due;
}

bool store::quiet() const {
  const std::lock_guard lock(mutex_);
  return queue_.idle();
}

queue_counts store::counts() const {
  const std::lock_guard lock(mutex_);
  return queue_.counts();
}

std::vector<public_product> store::truth() const {
  const std::lock_guard lock(mutex_);
  return truth_of(shop_);
}

std::vector<arrival> store::arrivals() const {
  const std::lock_guard lock(mutex_);
  return {arrivals_.begin(), arrivals_.end()};
}

std::size_t store::arrivals(api which, moment since) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
    std::count_if(arrivals_.begin(), arrivals_.end(),
                  [&](const arrival& each) { return each.which == which && each.at >= since; }));
}

} // namespace ankkor::emulator

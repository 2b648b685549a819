#include "outside_checkers.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>

namespace ankkor::chaos {

namespace {

using steady = std::chrono::steady_clock;

std::string join(std::string_view status, std::string_view quantity, std::string_view available) {
  return std::string{status}.append(" ").append(quantity).append(" ").append(available);
}

const auto hidden = join("outofstock", "null", "false");

std::string text_of(const emulator::public_item& truth) {
  return join(stock::to_string(truth.stock.status),
              truth.stock.quantity ? to_string(*truth.stock.quantity) : "null",
              truth.available ? "true" : "false");
}

std::string text_of(std::string_view json, const std::string& at) {
  return join(testing::json_at(json, at + "/stockStatus"),
              testing::json_at(json, at + "/stockQuantity"),
              testing::json_at(json, at + "/availableForSale"));
}

// One product as held, its variations by ID; "hidden" alone if it isn't shown.
std::string whole(const emulator::public_product& truth) {
  if (!truth.self.visible)
    return "hidden";
  auto all = text_of(truth.self);
  for (const auto& each : truth.variations) {
    if (each.visible)
      all += ", " + std::to_string(each.id) + ": " + text_of(each);
  }
  return all;
}

std::string whole(const testing::raw_answer& held) {
  if (held.status != 200 || held.at("/stock") == "null")
    return "hidden";
  auto all = text_of(held.body, "/stock");
  for (std::size_t at = 0;; ++at) {
    const auto variation = "/stock/variations/" + std::to_string(at);
    const auto id = held.at(variation + "/id");
    if (id.empty())
      return all;
    all += ", " + id + ": " + text_of(held.body, variation);
  }
}

// The wall clock's moment of "2026-11-22T10:00:00.123Z".
std::optional<std::chrono::sys_time<std::chrono::milliseconds>> parse_moment(std::string text) {
  auto parts = std::tm{};
  if (text.size() != 24 || ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr)
    return std::nullopt;
  const auto seconds = std::chrono::system_clock::from_time_t(::timegm(&parts));
  return std::chrono::time_point_cast<std::chrono::milliseconds>(seconds) +
         std::chrono::milliseconds{std::stoi(text.substr(20, 3))};
}

bool is_visible_change(const testing::raw_answer& held, const std::string& line) {
  const auto part = [&](const char* name) { return held.at(line + name); };
  const bool was = part("/before/status") == "publish";
  const bool is = part("/after/status") == "publish";
  return (was || is) && (was != is || part("/before") != part("/after"));
}

// The newest line of its history that a page shows; "" if there is none. Of a product that isn't
// shown that is at most the one by which it went: what its variations do then is nobody's business.
// The oldest line is of the load, or of a product that is new: pages of it are nobody's yet.
std::string newest_change(const testing::raw_answer& held, const emulator::public_item& truth) {
  for (std::size_t at = 0;; ++at) {
    const auto line = "/history/" + std::to_string(at);
    if (held.at("/history/" + std::to_string(at + 1)).empty())
      return {};
    if (is_visible_change(held, line) &&
        (truth.visible || held.at(line + "/item") == std::to_string(truth.id)))
      return line;
  }
}

// When it was called with that tag, in seconds since then, and what it answered.
std::string calls_of(const std::vector<testing::storefront_call>& calls, const std::string& tag,
                     steady::time_point since) {
  auto all = std::string{};
  for (const auto& call : calls) {
    if (std::find(call.tags.begin(), call.tags.end(), tag) != call.tags.end())
      all += " " + std::to_string(std::chrono::duration<double>{call.at - since}.count()) + " (" +
             std::to_string(call.answered) + ")";
  }
  return all;
}

} // namespace

std::string shown(const emulator::public_item& truth) {
  return truth.visible ? text_of(truth) : hidden;
}

std::string shown(const testing::raw_answer& answer) {
  if (answer.status == 404)
    return hidden;
  return answer.status == 200 ? text_of(answer.body, "") : std::string{};
}

std::string shown_by_event(std::string_view data) {
  return text_of(data, "");
}

// -- order ----------------------------------------------------------------------------------------

void shop_history::shop_is(post_id product, const std::string& state) {
  const std::lock_guard lock{guard_};
  auto& states = states_[product];
  if (states.empty() || states.back() != state)
    states.push_back(state);
}

bool shop_history::sees(reader& who, post_id product, const std::string& state) const {
  const std::lock_guard lock{guard_};
  const auto found = states_.find(product);
  if (found == states_.end())
    return false;
  auto& reached = who[product];
  const auto begin = found->second.begin();
  const auto at =
    std::find(begin + static_cast<std::ptrdiff_t>(reached), found->second.end(), state);
  if (at == found->second.end())
    return false;
  reached = static_cast<std::size_t>(at - begin);
  return true;
}

std::string shop_history::describe(post_id product) const {
  const std::lock_guard lock{guard_};
  auto all = std::string{};
  const auto found = states_.find(product);
  for (const auto& state : found == states_.end() ? std::vector<std::string>{} : found->second)
    all += (all.empty() ? "" : "; ") + state;
  return all;
}

std::string stream_numbers::got(std::uint64_t number) {
  if (number < last_)
    return "a stream's ID went back from " + std::to_string(last_) + " to " +
           std::to_string(number);
  last_ = number;
  return {};
}

// -- budget ---------------------------------------------------------------------------------------

void request_counter::heard(std::string_view bytes, steady::time_point now) {
  constexpr std::string_view line = " HTTP/1.1\r\n"; // ends each request's first line
  const std::lock_guard lock{guard_};
  for (auto at = bytes.find(line); at != std::string_view::npos; at = bytes.find(line, at + 1))
    at_.push_back(now);
}

std::size_t request_counter::count() const {
  const std::lock_guard lock{guard_};
  return at_.size();
}

std::string request_counter::check(double a_second, double burst) const {
  const std::lock_guard lock{guard_};
  for (std::size_t first = 0; first < at_.size(); ++first) {
    for (std::size_t last = first; last < at_.size(); ++last) {
      const auto window = std::chrono::duration<double>{at_[last] - at_[first]}.count();
      const auto requests = static_cast<double>(last - first + 1);
      if (requests > burst + a_second * window)
        return std::to_string(last - first + 1) + " requests to WooCommerce within " +
               std::to_string(window) + " s";
    }
  }
  return {};
}

// -- the copy -------------------------------------------------------------------------------------

std::string check_equal(const emulator::store& shop, const admin_answers& ask, bool shown_only) {
  for (const auto& truth : shop.truth()) {
    if (shown_only && !truth.self.visible)
      continue;
    const auto id = std::to_string(truth.self.id);
    const auto held = ask("/admin/products/" + id);
    const auto copy = whole(held);
    if (copy != whole(truth))
      return "product " + id + " is \"" + copy + "\" in the copy and \"" + whole(truth) +
             "\" in the shop: " + held.body;
  }
  return {};
}

std::string check_told(const emulator::store& shop, const admin_answers& ask,
                       const std::vector<testing::storefront_call>& calls) {
  const auto wall = std::chrono::system_clock::now();
  const auto now = steady::now();
  // A line has the moment at which its change was received: it was told of later.
  constexpr auto rounding = std::chrono::milliseconds{2};
  for (const auto& truth : shop.truth()) {
    const auto id = std::to_string(truth.self.id);
    const auto held = ask("/admin/products/" + id);
    const auto line = newest_change(held, truth.self);
    if (line.empty())
      continue;
    const auto changed = parse_moment(held.at(line + "/at"));
    if (!changed)
      return "the history of product " + id + " has no moment";
    const auto since = now - (wall - *changed) - rounding;
    const bool told = std::any_of(calls.begin(), calls.end(), [&](const auto& call) {
      return call.answered == 200 && call.at >= since &&
             std::find(call.tags.begin(), call.tags.end(), "product-" + id) != call.tags.end();
    });
    if (!told)
      return "the storefront was not told of product " + id + ": " + held.at("/history") +
             "; its calls:" + calls_of(calls, "product-" + id, since);
  }
  return {};
}

std::string check_deliveries(const std::deque<std::string>& answered, const admin_answers& ask) {
  const auto body = ask("/admin/deliveries?limit=500").body;
  for (const auto& id : answered) {
    if (body.find("\"id\":\"" + id + "\"") == std::string::npos)
      return "delivery " + id + " was answered 200, and is not held";
  }
  return {};
}

std::string check_outbox(const admin_answers& ask) {
  const auto left = ask("/admin/outbox").body;
  return left == R"({"outbox":[]})" ? std::string{} : "the outbox: " + left;
}

std::string check_mirrored(const testing::raw_answer& held, const std::string& kept) {
  const bool same = held.status == 200 ? kept == held.body : kept.empty();
  return same ? std::string{} : "Redis has \"" + kept + "\", the API answers: " + held.body;
}

// -- bounds ---------------------------------------------------------------------------------------

footprint footprint_of(pid_t process) {
  const auto place = std::filesystem::path{"/proc"} / std::to_string(process);
  auto failure = std::error_code{};
  auto now = footprint{};
  now.descriptors = static_cast<std::size_t>(
    std::distance(std::filesystem::directory_iterator{place / "fd", failure}, {}));
  auto status = std::ifstream{place / "status"};
  for (auto line = std::string{}; std::getline(status, line);) {
    if (line.starts_with("VmRSS:"))
      now.memory_kib = std::stoull(line.substr(6));
  }
  return now;
}

std::string check_bounds(const footprint& now) {
  constexpr std::size_t descriptors_max = 200;
  constexpr std::uint64_t memory_max_kib = 512 * 1024; // with a sanitizer's
  if (now.descriptors > descriptors_max)
    return std::to_string(now.descriptors) + " open descriptors";
  if (now.memory_kib > memory_max_kib)
    return std::to_string(now.memory_kib) + " KiB of memory";
  // A process that runs has some of both: else they were not read.
  return now.descriptors == 0 || now.memory_kib == 0 ? "the process can't be looked at" : "";
}

} // namespace ankkor::chaos

#include "storefront.hpp"

#include "waiting.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace ankkor::testing {

namespace {

std::vector<std::string> texts(simdjson::dom::element body, std::string_view key) {
  auto found = std::vector<std::string>{};
  simdjson::dom::array list;
  if (body[key].get(list) != simdjson::SUCCESS)
    return found;
  for (const auto text : list)
    found.emplace_back(std::string_view{text});
  return found;
}

std::string lower_case(std::string_view text) {
  auto lower = std::string{text};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// What a body of the format "next" says; a body that is none says nothing of it.
void read_body(storefront_call& call) {
  auto parser = simdjson::dom::parser{};
  simdjson::dom::element body;
  if (parser.parse(simdjson::padded_string{call.body}).get(body) != simdjson::SUCCESS)
    return;
  std::string_view id;
  if (body["id"].get(id) == simdjson::SUCCESS)
    call.id = id;
  call.tags = texts(body, "tags");
  call.paths = texts(body, "paths");
}

storefront_call read_call(const net::request& request) {
  auto call = storefront_call{};
  call.at = std::chrono::steady_clock::now();
  call.method = request.method;
  call.target = request.target;
  for (const auto& [name, value] : request.fields)
    call.fields.emplace_back(lower_case(name), value);
  call.authorization = call.field("authorization");
  call.content_type = call.field("content-type");
  call.body = request.body;
  read_body(call);
  return call;
}

bool is_success(const storefront_call& call) {
  return call.answered >= 200 && call.answered < 300;
}

} // namespace

std::string storefront_call::field(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [name](const auto& field) { return field.first == name; });
  return found == fields.end() ? std::string{} : found->second;
}

storefront::storefront() {
  answer_with(200);
  open();
}

void storefront::answer_with(policy chosen) {
  const std::lock_guard lock{guard_};
  policy_ = std::move(chosen);
}

void storefront::answer_with(unsigned status) {
  answer_with([status](std::size_t, const storefront_call&) {
    auto answer = net::response{};
    answer.status = status;
    return answer;
  });
}

void storefront::close() {
  server_->drain(std::chrono::milliseconds{0});
  server_.reset();
}

void storefront::open() {
  auto options = net::server_options{};
  options.name = "storefront";
  options.port = port_;
  auto started =
    net::http_server::start(pool_, options, [this](const auto& exchange) { take(exchange); });
  if (!started)
    throw std::runtime_error{started.failure().message};
  server_ = std::move(*started);
  port_ = server_->port();
}

std::string storefront::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/api/revalidate";
}

environment storefront::settings(const environment& more) const {
  auto all =
    environment{{"ANKKOR_REVALIDATE_URL", url()}, {"ANKKOR_REVALIDATE_SECRET", revalidate_secret}};
  all.insert(more.begin(), more.end());
  return all;
}

void storefront::take(const std::shared_ptr<net::exchange>& exchange) {
  auto call = read_call(exchange->req());
  auto answer = net::response{};
  {
    const std::lock_guard lock{guard_};
    answer = policy_(calls_.size(), call);
    call.answered = answer.status;
    if (answer.status == 0)
      waiting_.push_back(exchange);
    calls_.push_back(std::move(call));
  }
  if (answer.status != 0)
    exchange->respond(std::move(answer));
  change_.notify_all();
}

std::vector<storefront_call> storefront::calls() const {
  const std::lock_guard lock{guard_};
  return calls_;
}

std::set<std::string> storefront::told() const {
  auto tags = std::set<std::string>{};
  for (const auto& call : calls()) {
    if (is_success(call))
      tags.insert(call.tags.begin(), call.tags.end());
  }
  return tags;
}

bool storefront::wait(const std::function<bool(const std::vector<storefront_call>&)>& holds) const {
  auto lock = std::unique_lock{guard_};
  return change_.wait_for(lock, patience, [&] { return holds(calls_); });
}

bool storefront::wait_for_calls(std::size_t count) const {
  return wait([count](const auto& calls) { return calls.size() >= count; });
}

bool storefront::wait_for_tag(const std::string& tag) const {
  return wait([&tag](const auto& calls) {
    return std::any_of(calls.begin(), calls.end(), [&tag](const auto& call) {
      return is_success(call) &&
             std::find(call.tags.begin(), call.tags.end(), tag) != call.tags.end();
    });
  });
}

} // namespace ankkor::testing

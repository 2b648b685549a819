// See storefront.hpp.
#include "emulator/storefront.hpp"

#include "emulator/json.hpp"

#include <algorithm>

namespace ankkor::emulator {

namespace {

constexpr std::size_t page_rows = 50;

http_answer json_answer(unsigned status, std::string body) {
  http_answer made;
  made.status = status;
  made.fields = {{"Content-Type", "application/json"}};
  made.body = std::move(body);
  return made;
}

bool same_secret(std::string_view given, std::string_view wanted) {
  unsigned difference = given.size() == wanted.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(given.size(), wanted.size()); ++i)
    difference |= static_cast<unsigned char>(given[i]) ^
                  static_cast<unsigned>(static_cast<unsigned char>(wanted[i]));
  return difference == 0;
}

std::vector<std::string> texts(const json_value& from, std::string_view name) {
  std::vector<std::string> made;
  const auto* list = from.find(name);
  if (list == nullptr || list->items() == nullptr)
    return made;
  for (const auto& each : *list->items()) {
    if (each.string() != nullptr)
      made.push_back(*each.string());
  }
  return made;
}

std::string joined(const std::vector<std::string>& all) {
  std::string text;
  for (const auto& each : all)
    text += (text.empty() ? "" : ", ") + html_escape(each);
  return text;
}

} // namespace

storefront::storefront(std::string secret, std::size_t calls_kept)
  : secret_(std::move(secret)), calls_kept_(calls_kept) {}

http_answer storefront::handle(const http_question& request, moment now) {
  const std::lock_guard lock(mutex_);
  if (request.path != "/api/revalidate") {
    http_answer made;
    made.status = request.path == "/" ? 200 : 404;
    made.fields = {{"Content-Type", "text/html; charset=utf-8"}};
    made.body = page();
    return made;
  }
  http_answer made;
  if (faults_.silent) {
    made.silent = true;
    ++refused_;
  } else if (faults_.status != 0) {
    made = json_answer(faults_.status, R"({"error":"out of order"})");
    if (faults_.retry_after)
      made.fields.emplace_back("Retry-After", std::to_string(faults_.retry_after->count()));
    ++refused_;
  } else {
    made = take(request, now);
  }
  made.delay = faults_.latency;
  return made;
}

http_answer storefront::take(const http_question& request, moment now) {
  if (request.method != "POST")
    return json_answer(405, R"({"error":"POST only"})");
  static constexpr std::string_view bearer = "Bearer ";
  if (request.authorization.substr(0, bearer.size()) != bearer ||
      !same_secret(request.authorization.substr(bearer.size()), secret_)) {
    ++refused_;
    return json_answer(401, R"({"error":"wrong secret"})");
  }
  const auto body = parse_json(request.body);
  if (!body || body->members() == nullptr)
    return json_answer(400, R"({"error":"not JSON"})");
  revalidation call;
  call.at = now;
  if (const auto* id = body->find("id"))
    call.id = id->as_text().value_or("");
  call.tags = texts(*body, "tags");
  call.paths = texts(*body, "paths");
  for (const auto& tag : call.tags)
    told_[tag].push_back(now);
  ++taken_;
  calls_.push_back(std::move(call));
  if (calls_.size() > calls_kept_) {
    for (const auto& tag : calls_.front().tags) {
      auto& times = told_[tag];
      times.erase(times.begin());
      if (times.empty())
        told_.erase(tag);
    }
    calls_.pop_front();
  }
  return json_answer(200, R"({"revalidated":true})");
}

std::string storefront::page() const {
  std::string html =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" "
    "content=\"2\">"
    "<title>Storefront</title><style>body{font:14px system-ui;margin:2rem}td,th{text-align:left;"
    "padding:.2rem .8rem;border-bottom:1px solid #ddd;vertical-align:top}</style>"
    "<h1>Storefront</h1><p>" +
    std::to_string(taken_) +
    " calls to render pages anew, the latest first.</p><table><tr><th>at (UTC)<th>tags<th>paths";
  std::size_t rows = 0;
  for (auto each = calls_.rbegin(); each != calls_.rend() && rows < page_rows; ++each, ++rows) {
    html += "<tr><td>" + date_text(std::chrono::floor<std::chrono::seconds>(each->at)) + "<td>" +
            joined(each->tags) + "<td>" + joined(each->paths);
  }
  return html + "</table></html>\n";
}

void storefront::set_faults(storefront_faults what) {
  const std::lock_guard lock(mutex_);
  faults_ = what;
}

std::vector<revalidation> storefront::calls() const {
  const std::lock_guard lock(mutex_);
  return {calls_.begin(), calls_.end()};
}

std::uint64_t storefront::told() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

std::uint64_t storefront::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

std::optional<moment> storefront::last_told(std::string_view tag) const {
  const std::lock_guard lock(mutex_);
  const auto found = told_.find(std::string(tag));
  return found == told_.end() ? std::nullopt : std::optional(found->second.back());
}

std::optional<moment> storefront::first_told(std::string_view tag, moment since) const {
  const std::lock_guard lock(mutex_);
  const auto found = told_.find(std::string(tag));
  if (found == told_.end())
    return std::nullopt;
  const auto at = std::lower_bound(found->second.begin(), found->second.end(), since);
  return at == found->second.end() ? std::nullopt : std::optional(*at);
}

} // namespace ankkor::emulator

// See graphql.hpp: the HTTP side of WPGraphQL.
#include "emulator/graphql.hpp"

#include "emulator/graphql_executor.hpp"
#include "emulator/graphql_language.hpp"
#include "emulator/graphql_validate.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace ankkor::emulator {

namespace {

using namespace graphql; // NOLINT(google-build-using-namespace): the executor of that language

constexpr std::string_view extensions =
  R"({"debug":[{"type":"DEBUG_LOGS_INACTIVE","message":"GraphQL Debug logging is not active. To see debug logs, GRAPHQL_DEBUG must be enabled."}]})";
constexpr std::size_t batch_max = 10;

// --- answers -------------------------------------------------------------------------------------

void write_location(json_writer& to, const location& where) {
  to.key("locations").begin_array().begin_object().number("line", std::uint64_t{where.line});
  to.number("column", std::uint64_t{where.column}).end_object().end_array();
}

std::string refusal(const std::vector<problem>& problems, bool with_extensions) {
  json_writer body;
  body.begin_object().key("errors").begin_array();
  for (const auto& each : problems) {
    body.begin_object().text("message", each.message);
    if (each.where)
      write_location(body, *each.where);
    body.end_object();
  }
  body.end_array();
  if (with_extensions)
    body.key("extensions").raw(extensions);
  return body.end_object().take();
}

std::string filled(executor& from) {
  json_writer body;
  auto data = from.data();
  body.reserve(data.size() + 512);
  body.begin_object();
  if (!from.faults().empty()) {
    body.key("errors").begin_array();
    for (const auto& each : from.faults()) {
      body.begin_object().text("message", each.message);
      write_location(body, each.where);
      body.key("path").begin_array();
      for (const auto& step : each.path) {
        if (const auto* index = std::get_if<std::size_t>(&step))
          body.number(std::uint64_t{*index});
        else
          body.text(std::get<std::string_view>(step));
      }
      body.end_array().end_object();
    }
    body.end_array();
  }
  return body.key("data").raw(data).key("extensions").raw(extensions).end_object().take();
}

// The first __schema or __type: introspection is not for everybody.
const selection* introspection(const std::vector<selection>& set) {
  for (const auto& each : set) {
    if (each.name == "__schema" || each.name == "__type")
      return &each;
    if (const auto* below = introspection(each.selections))
      return below;
  }
  return nullptr;
}

const operation* choose(const document& from, const json_value& request) {
  const auto* wanted = request.find("operationName");
  if (wanted == nullptr || wanted->string() == nullptr || wanted->string()->empty())
    return from.operations.size() == 1 ? &from.operations.front() : nullptr;
  const auto found = std::find_if(from.operations.begin(), from.operations.end(),
                                  [&](const auto& each) { return each.name == *wanted->string(); });
  return found == from.operations.end() ? nullptr : &*found;
}

http_answer answer(const graphql_context& on, unsigned status, std::string body) {
  const auto host = on.where.url.substr(on.where.url.find("://") + 3);
  http_answer made;
  made.status = status;
  made.body = std::move(body);
  made.fields = {
    {"Content-Type", "application/json; charset=UTF-8"},
    {"X-Powered-By", "PHP/8.2.36"},
    {"Access-Control-Allow-Origin", "*"},
    {"Access-Control-Allow-Headers", "Authorization, Content-Type, woocommerce-session"},
    {"Access-Control-Max-Age", "600"},
    {"X-Robots-Tag", "noindex"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-GraphQL-URL", host + "/graphql"},
    {"Access-Control-Expose-Headers", "woocommerce-session"},
    {"woocommerce-session", "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJkYXRhIjp7fX0.emulated"}};
  return made;
}

std::string plain_refusal(std::string_view message) {
  return refusal({{std::string(message), std::nullopt}}, false);
}

http_answer answer_batch(const graphql_context& on, const user* viewer,
                         const json_value::array& all, moment now) {
  if (all.size() > batch_max)
    return answer(
      on, 500,
      plain_refusal("Batch requests are limited to 10 operations. This request contained " +
                    std::to_string(all.size())));
  std::string body = "[";
  unsigned status = 200;
  for (const auto& each : all) {
    unsigned own = 200;
    body += (body.size() > 1 ? "," : "") + execute_graphql(on, viewer, each, now, own);
    status = std::max(status, own);
  }
  return answer(on, status, body + "]");
}

// Parsed and validated documents by their text: a client sends the same few over and over.
class known_documents {
public:
  struct entry {
    parsed content;
    std::map<const operation*, std::vector<problem>> problems;

    const std::vector<problem>& problems_of(const operation& which) {
      const auto [place, is_new] = problems.try_emplace(&which);
      if (is_new)
        place->second = validate(served_schema(), std::get<document>(content), which);
      return place->second;
    }
  };

  static known_documents& of_this_thread() {
    thread_local known_documents known;
    return known;
  }

  // Good until the next call.
  entry& read(const std::string& text) {
    constexpr std::size_t kept_max = 64;
    if (const auto found = entries_.find(text); found != entries_.end())
      return found->second;
    if (entries_.size() == kept_max)
      entries_.clear();
    return entries_.emplace(text, entry{parse_document(text), {}}).first->second;
  }

private:
  std::unordered_map<std::string, entry> entries_;
};

json_value request_of_query(const http_question& request) {
  json_value::object made;
  for (const auto& [name, value] : parse_query(request.query)) {
    if (name == "query" || name == "operationName")
      made.emplace_back(name, json_value(value));
    else if (name == "variables")
      made.emplace_back(name, parse_json(value).value_or(json_value()));
  }
  return json_value(std::move(made));
}

} // namespace

bool is_graphql(const http_question& request) {
  return request.path == "/graphql" || request.path == "/graphql/" ||
         find_field(parse_query(request.query), "graphql") != nullptr;
}

std::string execute_graphql(const graphql_context& on, const user* viewer,
                            const json_value& request, moment now, unsigned& status) {
  status = 200;
  const auto* text = request.find("query");
  if (text == nullptr || text->string() == nullptr || text->string()->empty())
    return refusal({{"GraphQL Request must include at least one of those two parameters: \"query\" "
                     "or \"queryId\"",
                     {}}},
                   true);
  auto& known = known_documents::of_this_thread().read(*text->string());
  if (const auto* wrong = std::get_if<problem>(&known.content)) {
    status = 500;
    return refusal({*wrong}, false);
  }
  const auto& what = std::get<document>(known.content);
  const auto* which = choose(what, request);
  if (which == nullptr)
    return refusal({{"Failed to determine operation type", {}}}, true);
  const auto* curious = introspection(which->selections);
  if (curious != nullptr && (viewer == nullptr || !viewer->manages()))
    return refusal(
      {{"The query contained __schema or __type, however GraphQL introspection is not allowed for "
        "public "
        "requests by default. Public introspection can be enabled under the WPGraphQL Settings.",
        curious->where}},
      true);
  if (const auto& problems = known.problems_of(*which); !problems.empty())
    return refusal(problems, true);
  static const json_value no_variables;
  const auto* given = request.find("variables");
  const auto with =
    coerce_variables(served_schema(), *which, given == nullptr ? no_variables : *given);
  if (!with.problems.empty())
    return refusal(with.problems, true);
  executor runs(on, viewer, what, with, now);
  runs.run(*which);
  return filled(runs);
}

http_answer answer_graphql(const graphql_context& on, const http_question& request, moment now) {
  const auto* viewer = find_user(on.access, request);
  if (!request.nonce.empty() &&
      request.cookie.find("wordpress_logged_in") != std::string_view::npos)
    return answer(on, 403, plain_refusal("Cookie nonce is invalid")); // no nonce is ever valid here
  json_value given;
  if (request.method == "POST") {
    if (request.content_type.substr(0, request.content_type.find(';')) != "application/json")
      return answer(
        on, 415,
        plain_refusal(
          "HTTP POST requests must have Content-Type: application/json header. Received: " +
          std::string(request.content_type)));
    auto body = parse_json(request.body);
    if (!body || (body->members() == nullptr && body->items() == nullptr))
      return answer(
        on, 500,
        plain_refusal(
          "Expected JSON object or array for \"application/json\" request, but failed to parse "
          "because: Syntax error"));
    given = std::move(*body);
  } else {
    given = request_of_query(request);
  }
  if (const auto* batch = given.items())
    return answer_batch(on, viewer, *batch, now);
  unsigned status = 200;
  auto body = execute_graphql(on, viewer, given, now, status);
  return answer(on, status, std::move(body));
}

} // namespace ankkor::emulator

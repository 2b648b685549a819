#include "api/admin/reconcile.hpp"

#include "api/http.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"
#include "net/stock_json.hpp"

#include <simdjson.h>

#include <array>

namespace ankkor::api {

namespace {

using actors::pass_progress;
using actors::reconcile_type;

constexpr std::string_view how_to_ask =
  "Write {\"type\":\"inventory\"}, {\"type\":\"all-products\"} or "
  "{\"type\":\"product\",\"id\":34}.";

struct wish {
  reconcile_type type = reconcile_type::inventory;
  stock::product_id product = 0;
};

std::optional<wish> read_wish(std::string_view body) {
  auto parser = simdjson::dom::parser{};
  simdjson::dom::object asked;
  std::string_view type;
  if (parser.parse(body.data(), body.size(), true).get(asked) != simdjson::SUCCESS ||
      asked["type"].get(type) != simdjson::SUCCESS)
    return std::nullopt;
  constexpr std::array types{reconcile_type::inventory, reconcile_type::all_products,
                             reconcile_type::product};
  for (const auto each : types) {
    if (type != actors::to_string(each))
      continue;
    std::uint64_t id = 0;
    const bool has_id = asked["id"].get(id) == simdjson::SUCCESS && id != 0;
    if (has_id != (each == reconcile_type::product))
      return std::nullopt;
    return wish{each, id};
  }
  return std::nullopt;
}

std::string render_time(stock::moment at) {
  return net::render_time(std::chrono::floor<std::chrono::seconds>(at));
}

template <class Number>
void write_if_known(json::writer& out, std::string_view name, const std::optional<Number>& value) {
  out.key(name);
  if (value)
    out.value(*value);
  else
    out.null();
}

void write_pass(json::writer& out, const pass_progress& pass) {
  out.begin_object()
    .field("id", pass.id)
    .field("type", actors::to_string(pass.type))
    .field("state", actors::to_string(pass.state))
    .field("askedFor", pass.by_person);
  if (pass.type == reconcile_type::product)
    out.field("product", pass.product);
  out.field("begun", render_time(pass.begun));
  if (pass.ended != stock::moment{})
    out.field("ended", render_time(pass.ended));
  out.field("done", pass.done);
  write_if_known(out, "total", pass.total);
  out.field("requests", pass.requests);
  const auto left = actors::time_left(pass, wall_clock());
  write_if_known(out, "secondsLeft", left ? std::optional{left->count()} : std::nullopt);
  out.key("drift").begin_object();
  for (const auto kind : stock::all_drifts)
    out.field(stock::to_string(kind), pass.drift[static_cast<std::size_t>(kind)]);
  out.end_object();
  if (!pass.problem.empty())
    out.field("problem", pass.problem).field("mend", pass.mend);
  out.end_object();
}

void start(actors::engine& engine, net::exchange& exchange) {
  const auto wanted = read_wish(exchange.req().body);
  if (!wanted) {
    exchange.respond(error_response(400, "bad_request", how_to_ask));
    return;
  }
  const auto ticket = engine.reconcile(wanted->type, wanted->product);
  auto body = std::string{};
  auto out = json::writer{body};
  out.begin_object().field("id", ticket.id).field("joined", ticket.joined).end_object();
  exchange.respond(json_response(202, std::move(body)));
}

void show(const actors::engine& engine, net::exchange& exchange) {
  auto body = std::string{};
  auto out = json::writer{body};
  if (const auto text = query_parameter(exchange.req().query, "id")) {
    const auto id = parse_id(*text);
    const auto found = id ? engine.reconciliation().find(*id) : std::nullopt;
    if (!found) {
      exchange.respond(not_found("This daemon knows no such pass since its start."));
      return;
    }
    write_pass(out, *found);
  } else {
    out.begin_object().key("passes").begin_array();
    for (const auto& pass : engine.reconciliation().all())
      write_pass(out, pass);
    out.end_array().end_object();
  }
  exchange.respond(json_response(200, std::move(body)));
}

} // namespace

void answer_reconcile(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                      std::string_view /*rest*/) {
  const auto& request = exchange->req();
  if (request.method == "POST")
    start(all.engine, *exchange);
  else if (is_read(request))
    show(all.engine, *exchange);
  else
    exchange->respond(method_not_allowed("GET, HEAD, POST"));
}

} // namespace ankkor::api

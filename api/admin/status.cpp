#include "api/admin/status.hpp"

#include "api/admin/monitor.hpp"
#include "api/http.hpp"
#include "base/json.hpp"
#include "net/stock_json.hpp"

namespace ankkor::api {

namespace {

using std::chrono::floor;
using std::chrono::seconds;

void write_store(json::writer& out, const actors::engine_status& engine, store::reader& store) {
  out.key("store")
    .begin_object()
    .field("up", engine.store_up)
    .field("commits", engine.commits)
    .field("failedCommits", engine.failed_commits);
  if (const auto counts = store.count()) {
    out.field("deliveries", counts->deliveries)
      .field("outbox", counts->outbox)
      .field("confirmations", counts->confirmations)
      .field("reconciliationWanted", counts->reconciliation_wanted)
      .field("deadLetters", counts->dead_letters);
  }
  out.end_object();
}

void write_products(json::writer& out, const actors::engine_status& engine) {
  out.key("products")
    .begin_object()
    .field("held", engine.products)
    .field("variations", engine.variations)
    .field("actors", engine.product_actors)
    .end_object();
}

void write_mirror(json::writer& out, const actors::mirror_status& mirror) {
  out.key("redis")
    .begin_object()
    .field("up", mirror.up)
    .field("repairing", mirror.repairing)
    .field("pending", mirror.pending)
    .field("written", mirror.written)
    .field("failures", mirror.failures)
    .end_object();
}

void write_target(json::writer& out, const actors::target_status& target) {
  out.begin_object()
    .field("target", target.name)
    .field("format", target.format)
    .field("pending", target.pending)
    .field("told", target.told)
    .field("calls", target.calls)
    .field("failures", target.failures)
    .field("circuitOpen", target.circuit_open)
    .end_object();
}

} // namespace

void answer_status(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                   std::string_view /*rest*/) {
  const auto engine = all.engine.status();
  const auto up_for = std::chrono::system_clock::now() - all.options.started;
  auto body = std::string{};
  auto out = json::writer{body};
  out.begin_object()
    .field("version", all.options.version)
    .field("started", net::render_time(floor<seconds>(all.options.started)))
    .field("uptimeSeconds", std::chrono::duration_cast<seconds>(up_for).count())
    .field("ready", engine.store_up && all.public_server.load() != nullptr && !all.draining.load());
  write_store(out, engine, all.store);
  write_products(out, engine);
  if (engine.mirror)
    write_mirror(out, *engine.mirror);
  out.key("revalidation").begin_array();
  for (const auto& target : engine.targets)
    write_target(out, target);
  out.end_array();
  if (all.options.watch != nullptr)
    all.options.watch->write_status(out);
  out.end_object();
  exchange->respond(json_response(200, std::move(body)));
}

} // namespace ankkor::api

#include "actors/revalidator.hpp"

#include "actors/failure.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "net/purge_formats.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ankkor::actors {

namespace {

void unite(std::vector<std::string>& into, const std::vector<std::string>& more) {
  into.insert(into.end(), more.begin(), more.end());
  std::sort(into.begin(), into.end());
  into.erase(std::unique(into.begin(), into.end()), into.end());
}

std::string describe(const result<net::client_response>& answer) {
  return answer ? fmt::format("It answered {}.", answer->status) : answer.failure().message;
}

bool is_success(const result<net::client_response>& answer) {
  return answer && answer->status >= 200 && answer->status < 300;
}

// What the dead letters keep of a job, enough to send it again.
std::string render_job(const store::outbox_job& job) {
  auto text = std::string{};
  auto out = json::writer{text};
  out.begin_object().field("product", job.product).field("version", job.version);
  out.key("tags").begin_array();
  for (const auto& tag : job.tags)
    out.value(tag);
  out.end_array().key("paths").begin_array();
  for (const auto& path : job.paths)
    out.value(path);
  out.end_array().end_object();
  return text;
}

} // namespace

void revalidator_state::begin(revalidator_options chosen,
                              std::shared_ptr<revalidator_health> shared) {
  options = std::move(chosen);
  health = std::move(shared);
  random.seed(options.seed);
  call_prefix = fmt::format("{:016x}", random());
}

void revalidator_state::add(store::outbox_job job) {
  const auto [place, is_new] = waiting.try_emplace(job.product, job);
  if (!is_new) {
    auto& held = place->second;
    unite(held.tags, job.tags);
    unite(held.paths, job.paths);
    held.received = std::min(held.received, job.received);
    held.created = std::min(held.created, job.created);
    held.version = std::max(held.version, job.version);
  }
  count_pending();
}

net::client_request revalidator_state::next_call() {
  const bool probing = failures_in_row >= options.failures_to_open;
  const auto count =
    std::min(probing ? std::size_t{1} : options.products_per_call_max, waiting.size());
  auto tags = std::set<std::string>{};
  auto paths = std::set<std::string>{};
  for (std::size_t taken = 0; taken < count; ++taken) {
    auto node = waiting.extract(waiting.begin());
    tags.insert(node.mapped().tags.begin(), node.mapped().tags.end());
    paths.insert(node.mapped().paths.begin(), node.mapped().paths.end());
    in_flight.push_back(std::move(node.mapped()));
  }
  const auto id = fmt::format("{}-{}", call_prefix, ++calls_made);
  const auto tag_list = std::vector<std::string>{tags.begin(), tags.end()};
  const auto path_list = std::vector<std::string>{paths.begin(), paths.end()};
  return net::next_call(options.where, options.target.secret, id, tag_list, path_list);
}

revalidator_state::verdict revalidator_state::judge(const result<net::client_response>& answer) {
  return is_success(answer) ? delivered() : failed(answer);
}

revalidator_state::verdict revalidator_state::delivered() {
  if (failures_in_row > 0) {
    log::info("The storefront takes revalidations again.",
              {{"target", options.target.name}, {"failures", failures_in_row}});
  }
  failures_in_row = 0;
  health->circuit_open = false;
  health->calls.fetch_add(1, std::memory_order_relaxed);
  health->told.fetch_add(in_flight.size(), std::memory_order_relaxed);
  metrics::revalidations(options.target.name, "delivered").add();
  metrics::revalidation_circuit_open(options.target.name).set(0);

  auto record = std::make_shared<work>();
  const auto now = options.now();
  for (const auto& job : in_flight) {
    const std::chrono::duration<double> took = now - job.received;
    metrics::propagation().observe(took.count());
    record->entry.told.push_back({options.target.name, job.product, job.version});
  }
  in_flight.clear();
  count_pending();
  return {
    true, waiting.empty() ? std::chrono::milliseconds{0} : options.window, {std::move(record)}};
}

revalidator_state::verdict revalidator_state::failed(const result<net::client_response>& answer) {
  ++failures_in_row;
  health->failures.fetch_add(1, std::memory_order_relaxed);
  metrics::revalidations(options.target.name, "failed").add();
  const auto wait = back_off(answer);
  const auto reason = describe(answer);
  if (failures_in_row == options.failures_to_open) {
    health->circuit_open = true;
    metrics::revalidation_circuit_open(options.target.name).set(1);
    log::error(
      "The storefront doesn't take revalidations; its pages may show old stock until it does.",
      {{"target", options.target.name},
       {"reason", reason},
       {"pending", waiting.size() + in_flight.size()}});
  } else if (failures_in_row < options.failures_to_open) {
    log::warning("A storefront did not take a revalidation; it will be tried again.",
                 {{"target", options.target.name}, {"reason", reason}, {"wait_ms", wait.count()}});
  }
  auto jobs = std::move(in_flight);
  in_flight.clear();
  for (auto& job : jobs)
    add(std::move(job));
  auto given_up = give_up_old(reason);
  count_pending();
  return {false, wait, std::move(given_up)};
}

std::chrono::milliseconds revalidator_state::back_off(const result<net::client_response>& answer) {
  // Full jitter: anywhere up to the doubled bound, so that many daemons don't come back in step.
  const auto doublings = std::min(failures_in_row - 1, 20U);
  const auto bound =
    std::min<std::int64_t>(options.backoff_max.count(), options.backoff_first.count() << doublings);
  auto wait =
    std::chrono::milliseconds{std::uniform_int_distribution<std::int64_t>{0, bound}(random)};
  if (answer) {
    if (const auto asked = answer->retry_after(
          std::chrono::system_clock::time_point{options.now().time_since_epoch()}))
      wait = std::max<std::chrono::milliseconds>(wait, std::min(*asked, options.retry_after_max));
  }
  return wait;
}

work_batch revalidator_state::give_up_old(const std::string& reason) {
  const auto now = options.now();
  auto records = work_batch{};
  for (auto each = waiting.begin(); each != waiting.end();) {
    if (now - each->second.created <= options.give_up_after) {
      ++each;
      continue;
    }
    records.push_back(give_up(each->second, reason));
    each = waiting.erase(each);
  }
  if (!records.empty()) {
    log::error("A storefront could not be told of changes for too long; they are in the dead "
               "letters now.",
               {{"target", options.target.name}, {"products", records.size()}, {"reason", reason}});
  }
  return records;
}

work_ptr revalidator_state::give_up(const store::outbox_job& job, const std::string& reason) const {
  auto record = std::make_shared<work>();
  auto letter = store::dead_letter{};
  letter.at = options.now();
  letter.kind = "revalidation";
  letter.subject = options.target.name;
  letter.reference = std::to_string(job.product);
  letter.reason = fmt::format("The storefront could not be told for {} h. {}",
                              options.give_up_after.count(), reason);
  letter.body = render_job(job);
  record->entry.dead = std::move(letter);
  record->entry.told.push_back({options.target.name, job.product, job.version});
  metrics::revalidations(options.target.name, "given_up").add();
  return record;
}

void revalidator_state::count_pending() {
  const auto pending = waiting.size() + in_flight.size();
  health->pending.store(pending, std::memory_order_relaxed);
  metrics::outbox_pending(options.target.name).set(static_cast<double>(pending));
}

revalidator_actor::behavior_type
revalidator(revalidator_actor::stateful_pointer<revalidator_state> self,
            revalidator_options options, std::shared_ptr<revalidator_health> health, transport send,
            ledger_actor ledger) {
  stop_process_on_exception(*self);
  self->state.begin(std::move(options), std::move(health));
  const auto call_after = [self](std::chrono::milliseconds wait) {
    if (!self->state.tick_is_due) {
      self->state.tick_is_due = true;
      self->delayed_send(self, wait, tick_atom::value);
    }
  };
  return {
    [=](const job_batch& jobs) {
      auto& state = self->state;
      for (const auto& job : jobs)
        state.add(job);
      if (state.in_flight.empty())
        call_after(state.options.window);
    },
    [=](tick_atom) {
      auto& state = self->state;
      state.tick_is_due = false;
      if (state.waiting.empty() || !state.in_flight.empty())
        return;
      auto me = caf::actor_cast<revalidator_actor>(self);
      send(state.next_call(), [me = std::move(me)](result<net::client_response> answer) {
        caf::anon_send(
          me, answer_atom::value,
          call_answer{std::make_shared<const result<net::client_response>>(std::move(answer))});
      });
    },
    [=](answer_atom, const call_answer& answer) {
      auto& state = self->state;
      auto verdict = state.judge(*answer);
      if (!verdict.records.empty())
        self->send(ledger, std::move(verdict.records));
      if (!state.waiting.empty())
        call_after(verdict.wait);
    },
  };
}

} // namespace ankkor::actors

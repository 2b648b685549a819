#include "actors/telling/revalidator.hpp"

#include "actors/failure.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/planted_fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ankkor::actors {

namespace {

// What a person calls such a target.
std::string_view noun(config::target_format format) {
  if (format == config::target_format::webhook)
    return "webhook's receiver";
  return config::is_cdn(format) ? "CDN" : "storefront";
}

std::string describe(const result<net::client_response>& answer) {
  return answer ? fmt::format("It answered {}.", answer->status) : answer.failure().message;
}

bool is_success(const result<net::client_response>& answer) {
  return answer && ((answer->status >= 200 && answer->status < 300) ||
                    is_planted(planted_fault::failure_is_success));
}

// A gateway that says so speaks for a storefront that doesn't run.
bool is_running(const result<net::client_response>& answer) {
  return answer && answer->status != 502 && answer->status != 503 && answer->status != 504;
}

// The tags of one call, each once, within what its format takes.
class tags_of_call {
public:
  explicit tags_of_call(net::purge_limits limits) : limits_(limits) {}

  // All of them or none: false if they don't fit beside what is there.
  bool add_all(const std::vector<std::string>& tags) {
    const auto bytes_before = bytes_;
    auto added = std::vector<std::string>{};
    for (const auto& tag : tags) {
      const bool is_new = !tags_.contains(tag);
      if (!add(tag)) {
        for (const auto& each : added)
          tags_.erase(each);
        bytes_ = bytes_before;
        return false;
      }
      if (is_new)
        added.push_back(tag);
    }
    return true;
  }

  // As many as fit; how many that are.
  std::size_t add_first(const std::vector<std::string>& tags) {
    const auto rest =
      std::find_if(tags.begin(), tags.end(), [this](const auto& tag) { return !add(tag); });
    return static_cast<std::size_t>(rest - tags.begin());
  }

  [[nodiscard]] const std::set<std::string>& all() const { return tags_; }

private:
  // One that is too long for any call fits into one by itself.
  bool add(const std::string& tag) {
    if (tags_.contains(tag))
      return true;
    const auto bytes = bytes_ + tag.size() + 1;
    if (!tags_.empty() && (tags_.size() >= limits_.tags || bytes > limits_.tag_bytes))
      return false;
    tags_.insert(tag);
    bytes_ = bytes;
    return true;
  }

  net::purge_limits limits_;
  std::set<std::string> tags_;
  std::size_t bytes_ = 0;
};

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
  using order = storefronts_first::order;
  job.tags = net::tags_for(format(), job.product, std::move(job.tags));
  if (const auto found = held.find(job.product); found != held.end()) {
    auto& behind = found->second.behind;
    behind = behind ? store::merged(std::move(*behind), job) : std::move(job);
  } else if (is_cdn() && options.order->look(job.product, job.version) != order::go) {
    const auto product = job.product;
    held.try_emplace(product, held_job{std::move(job), std::nullopt, false});
  } else {
    queue(std::move(job));
  }
}

void revalidator_state::add_all(const job_batch& jobs) {
  for (const auto& job : jobs)
    add(job);
  count_pending();
}

void revalidator_state::queue(store::outbox_job job) {
  // What waits to be sent in this round takes it along.
  const auto in_round = round.find(job.product);
  auto& place = in_round != round.end() ? in_round->second : waiting[job.product];
  place = place.product == 0 ? std::move(job) : store::merged(std::move(place), job);
}

bool revalidator_state::release() {
  for (auto each = held.begin(); each != held.end();)
    each = release(each->second) ? held.erase(each) : std::next(each);
  count_pending();
  return is_ready();
}

// True if nothing of it is held any more.
bool revalidator_state::release(held_job& job) {
  using order = storefronts_first::order;
  const auto now = options.now();
  auto look = options.order->look(job.next.product, job.next.version);
  while (look == order::go) {
    job.next.created = now; // from now on it is the CDN that is tried, for as long as any target
    queue(std::move(job.next));
    if (!job.behind)
      return true;
    job = {*std::move(job.behind), std::nullopt, false};
    look = options.order->look(job.next.product, job.next.version);
  }
  if (look == order::late && !job.was_told_early && now - job.next.created >= options.hold_max) {
    job.was_told_early = true;
    auto early = job.next;
    early.version = 0;
    early.created = now;
    queue(std::move(early));
  }
  return false;
}

net::client_request revalidator_state::next_call() {
  if (round.empty())
    round.swap(waiting);
  auto call = net::purge{};
  take_into(call);
  count_pending();
  return request_for(std::move(call));
}

// Whole jobs, as many as fit; of a job that fits into no call a part.
void revalidator_state::take_into(net::purge& call) {
  const auto limits = net::limits_of(format());
  const bool probing = failures_in_row >= options.failures_to_open;
  const auto products = probing ? std::size_t{1} : limits.products;
  auto tags = tags_of_call{limits};
  auto paths = std::set<std::string>{};
  while (!round.empty() && in_flight.size() < products) {
    auto& job = round.begin()->second;
    const bool whole = tags.add_all(job.tags);
    if (!whole && !in_flight.empty())
      break;
    paths.insert(job.paths.begin(), job.paths.end());
    in_flight.push_back(job);
    if (!whole) {
      const auto part = static_cast<std::ptrdiff_t>(tags.add_first(job.tags));
      in_flight.back().version = 0;
      in_flight.back().tags.assign(job.tags.begin(), job.tags.begin() + part);
      job.tags.erase(job.tags.begin(), job.tags.begin() + part);
      break;
    }
    round.erase(round.begin());
  }
  call.tags.assign(tags.all().begin(), tags.all().end());
  call.paths.assign(paths.begin(), paths.end());
}

net::client_request revalidator_state::request_for(net::purge call) {
  call.id = fmt::format("{}-{}", call_prefix, ++calls_made);
  call.sent = std::chrono::floor<std::chrono::seconds>(options.now());
  if (format() == config::target_format::webhook) {
    const auto& job = in_flight.front();
    const auto newest = options.committed->held(job.product);
    const auto changed = newest ? newest->changed : job.received;
    call.id = fmt::format("msg_{}_{}_{}", options.store_id, job.product, job.version);
    call.event = net::change_event(job.product, newest ? &*newest : nullptr, call.tags, call.paths,
                                   std::chrono::floor<std::chrono::seconds>(changed));
  }
  return net::purge_call(options.target, options.where, call);
}

revalidator_state::verdict revalidator_state::judge(const result<net::client_response>& answer) {
  return is_success(answer) ? delivered() : failed(answer);
}

revalidator_state::verdict revalidator_state::delivered() {
  if (failures_in_row > 0) {
    log::info(fmt::format("The {} takes revalidations again.", noun(format())),
              {{"target", options.target.name}, {"failures", failures_in_row}});
  }
  failures_in_row = 0;
  health->circuit_open = false;
  health->calls.fetch_add(1, std::memory_order_relaxed);
  metrics::revalidations(options.target.name, "delivered").add();
  metrics::revalidation_circuit_open(options.target.name).set(0);

  auto record = std::make_shared<ledger_entry>();
  const auto now = options.now();
  for (const auto& job : in_flight) {
    if (job.version == 0)
      continue;
    health->told.fetch_add(1, std::memory_order_relaxed);
    // A CDN's would be the storefront's again, and what it was held for it.
    const std::chrono::duration<double> took = now - job.received;
    if (!config::is_cdn(format()))
      metrics::propagation().observe(took.count());
    record->entry.told.push_back({options.target.name, job.product, job.version});
  }
  in_flight.clear();
  count_pending();
  auto records = ledger_entries{};
  if (!record->entry.told.empty())
    records.push_back(std::move(record));
  report(true, records);
  // What the window had gathered needs no other one.
  const bool gather = round.empty() && !waiting.empty();
  return {true, gather ? options.window : std::chrono::milliseconds{0}, std::move(records)};
}

revalidator_state::verdict revalidator_state::failed(const answer_or_failure& answer) {
  ++failures_in_row;
  const auto wait = back_off(answer);
  const auto reason = describe(answer);
  count_failure(reason, wait);
  auto jobs = std::move(in_flight);
  in_flight.clear();
  for (auto& [product, job] : std::exchange(round, {}))
    jobs.push_back(std::move(job));
  for (auto& job : jobs)
    queue(std::move(job));
  auto given_up = give_up_old(reason);
  count_pending();
  report(is_running(answer), given_up);
  return {false, wait, std::move(given_up)};
}

void revalidator_state::count_failure(const std::string& reason, std::chrono::milliseconds wait) {
  health->failures.fetch_add(1, std::memory_order_relaxed);
  metrics::revalidations(options.target.name, "failed").add();
  if (failures_in_row == options.failures_to_open) {
    health->circuit_open = true;
    metrics::revalidation_circuit_open(options.target.name).set(1);
    log::error(fmt::format("The {} doesn't take revalidations; {} until it does.", noun(format()),
                           format() == config::target_format::webhook
                             ? "it knows an old stock"
                             : "its pages may show old stock"),
               {{"target", options.target.name},
                {"reason", reason},
                {"pending", health->pending.load(std::memory_order_relaxed)}});
  } else if (failures_in_row < options.failures_to_open) {
    log::warning(
      fmt::format("A {} did not take a revalidation; it will be tried again.", noun(format())),
      {{"target", options.target.name}, {"reason", reason}, {"wait_ms", wait.count()}});
  }
}

std::chrono::milliseconds revalidator_state::back_off(const answer_or_failure& answer) {
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

ledger_entries revalidator_state::give_up_old(const std::string& reason) {
  const auto now = options.now();
  auto records = ledger_entries{};
  for (auto each = waiting.begin(); each != waiting.end();) {
    if (now - each->second.created <= options.give_up_after) {
      ++each;
      continue;
    }
    records.push_back(give_up(each->second, reason));
    each = waiting.erase(each);
  }
  if (!records.empty()) {
    log::error(fmt::format("A {} could not be told of changes for too long; they are in the dead "
                           "letters now.",
                           noun(format())),
               {{"target", options.target.name}, {"products", records.size()}, {"reason", reason}});
  }
  return records;
}

ledger_entry_ptr revalidator_state::give_up(const store::outbox_job& job,
                                            const std::string& reason) const {
  auto record = std::make_shared<ledger_entry>();
  auto letter = store::dead_letter{};
  letter.at = options.now();
  letter.kind = "revalidation";
  letter.subject = options.target.name;
  letter.reference = std::to_string(job.product);
  letter.reason = fmt::format("The {} could not be told for {} h. {}", noun(format()),
                              options.give_up_after.count(), reason);
  letter.body = render_job(job);
  record->entry.dead = std::move(letter);
  record->entry.told.push_back({options.target.name, job.product, job.version});
  metrics::revalidations(options.target.name, "given_up").add();
  return record;
}

// Tells those that wait for this storefront.
void revalidator_state::report(bool running, const ledger_entries& records) const {
  if (!options.order || !config::is_storefront(format()))
    return;
  auto heard = std::vector<store::acknowledgement>{};
  for (const auto& record : records)
    heard.insert(heard.end(), record->entry.told.begin(), record->entry.told.end());
  options.order->progress(options.target.name, running, heard);
}

void revalidator_state::count_pending() {
  const auto pending = waiting.size() + round.size() + in_flight.size() + held.size();
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
      state.add_all(jobs);
      if (state.is_ready() && state.in_flight.empty())
        call_after(state.options.window);
    },
    [=](released_atom) {
      auto& state = self->state;
      if (state.release() && state.in_flight.empty())
        call_after(state.options.window);
    },
    [=](tick_atom) {
      auto& state = self->state;
      state.tick_is_due = false;
      if (!state.is_ready() || !state.in_flight.empty())
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
      if (state.is_ready())
        call_after(verdict.wait);
    },
  };
}

} // namespace ankkor::actors

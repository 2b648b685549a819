#include "actors/assembly.hpp"

#include "actors/change/catalog.hpp"
#include "actors/change/webhook.hpp"
#include "actors/reading/limiter.hpp"
#include "base/keyed_hash.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/planted_fault.hpp"

#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>
#include <unordered_map>
#include <utility>

namespace ankkor::actors {

namespace {

// Weak: the order outlives no actor on account of this.
std::function<void()> waker(const revalidator_actor& sleeper) {
  return [address = caf::actor_cast<caf::actor_addr>(sleeper)] {
    if (const auto awake = caf::actor_cast<caf::strong_actor_ptr>(address))
      caf::anon_send(caf::actor_cast<revalidator_actor>(awake), released_atom::value);
  };
}

template <class Actor>
void end(Actor& actor) {
  if (actor)
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

} // namespace

result<std::unique_ptr<assembly>> assembly::start(caf::actor_system& system,
                                                  assembly_options options) {
  auto made = std::unique_ptr<assembly>{new assembly{system, std::move(options)}};
  auto loaded = made->load();
  if (!loaded)
    return loaded.failure();
  metrics::store_up().set(1);
  made->spawn_core();
  made->spawn_readers(std::move(loaded->bookmarks));
  made->spawn_revalidators();
  made->spawn_mirror();
  made->hand_out(std::move(loaded->jobs));
  if (made->outlets->confirmer)
    caf::anon_send(made->outlets->confirmer, loaded->confirmations);
  if (made->outlets->reconciler)
    caf::anon_send(made->outlets->reconciler, std::move(loaded->confirmations));
  return made;
}

assembly::assembly(caf::actor_system& system, assembly_options options)
  : system_(system), options_(std::move(options)) {
  context->targets = std::move(options_.targets);
  context->committed = &committed;
  context->watch = &watch;
  context->alive_max = options_.product_actors_max;
  context->reads_as_stranger = options_.reads_as_stranger;
}

void assembly::accept(incoming_batch deliveries) {
  if (webhook)
    caf::anon_send(webhook, std::move(deliveries));
}

void assembly::record(store::entry what, std::shared_ptr<reply> reply) {
  if (!ledger)
    return;
  auto made = std::make_shared<ledger_entry>();
  made->entry = std::move(what);
  made->reply = std::move(reply);
  caf::anon_send(ledger, ledger_entry_ptr{std::move(made)});
}

pass_ticket assembly::reconcile(reconcile_type type, stock::product_id product) {
  const auto ticket = board.ask(type, product, options_.now());
  if (!ticket.joined)
    caf::anon_send(reconciler_, reconcile_atom::value, type, product);
  return ticket;
}

// Once it is stopped, destroying the question answers it.
void assembly::read(read_key wanted, read_handler done) {
  auto asked = std::make_shared<open_read>(std::move(wanted), std::move(done));
  if (lookup)
    caf::anon_send(lookup, std::move(asked));
}

void assembly::stop() {
  if (!outlets)
    return;
  for (auto& [name, actor] : outlets->revalidators)
    end(actor);
  end(outlets->confirmer);
  end(outlets->reconciler);
  end(outlets->mirror);
  end(lookup);
  end(limiter);
  end(webhook);
  end(catalog);
  end(ledger);
  webhook = nullptr;
  catalog = nullptr;
  ledger = nullptr;
  limiter = nullptr;
  lookup = nullptr;
  outlets.reset(); // the ledger has its own hold of it
}

result<assembly::beginnings> assembly::load() {
  auto& storage = *options_.storage;
  const auto loaded =
    storage.load_products([this](const stock::product& held) { committed.publish(held); });
  if (!loaded)
    return loaded.failure();
  const auto version = storage.highest_version();
  if (!version)
    return version.failure();
  context->last_version = *version;
  auto events = storage.load_events(broadcaster::kept_max);
  if (!events)
    return events.failure();
  updates.load(std::move(*events));
  auto jobs = storage.load_outbox();
  if (!jobs)
    return jobs.failure();
  auto confirmations = storage.load_confirmations();
  if (!confirmations)
    return confirmations.failure();
  auto bookmarks = storage.load_bookmarks();
  if (!bookmarks)
    return bookmarks.failure();
  if (const auto named = load_store_id(*bookmarks); !named)
    return named.failure();
  return beginnings{std::move(*jobs), std::move(*confirmations), std::move(*bookmarks)};
}

// Versions begin anew with a new store, so what is known by one needs the store's own name.
status assembly::load_store_id(const std::vector<store::bookmark>& bookmarks) {
  const bool is_needed =
    std::any_of(options_.revalidators.begin(), options_.revalidators.end(), [](const auto& each) {
      return each.target.format == config::target_format::webhook;
    });
  if (!is_needed)
    return done{};
  constexpr auto name = "store.id";
  for (const auto& each : bookmarks) {
    if (each.name == name)
      store_id_ = each.value;
  }
  if (!store_id_.empty())
    return done{};
  auto random = std::random_device{};
  store_id_ = fmt::format("{:08x}", random());
  auto entry = store::entry{};
  entry.bookmarks.push_back({name, store_id_});
  if (const auto kept = options_.storage->commit({&entry, 1}); !kept)
    return kept.failure();
  return done{};
}

void assembly::spawn_core() {
  auto of_ledger = ledger_context{options_.storage, &committed, &health, options_.now, &updates};
  of_ledger.sleep = options_.ledger_sleep;
  // It waits for the disk, so it has a thread to itself.
  ledger = options_.has_threads ? system_.spawn<caf::detached>(actors::ledger, of_ledger, outlets)
                                : system_.spawn(actors::ledger, of_ledger, outlets);
  catalog = system_.spawn(actors::catalog, context, ledger);
  webhook = system_.spawn(actors::webhook, catalog, ledger, &watch);
}

// The limiter, and those who ask WooCommerce.
void assembly::spawn_readers(std::vector<store::bookmark> bookmarks) {
  limiter = system_.spawn(actors::limiter, options_.budget);
  if (options_.reconciler) {
    auto& reconciler = *options_.reconciler;
    reconciler.committed = &committed;
    reconciler.watch = &watch;
    reconciler.board = &board;
    reconciler.now = options_.now;
    reconciler_ = system_.spawn(actors::reconciler, std::move(reconciler), std::move(bookmarks),
                                options_.send, limiter, catalog, ledger);
    outlets->reconciler = reconciler_;
  }
  if (options_.lookup) {
    auto& reads = *options_.lookup;
    reads.committed = &committed;
    reads.now = options_.now;
    lookup = system_.spawn(actors::lookup, std::move(reads), options_.send, limiter, catalog);
  }
  if (options_.confirmer) {
    auto& confirmer = *options_.confirmer;
    confirmer.committed = &committed;
    confirmer.now = options_.now;
    outlets->confirmer =
      system_.spawn(actors::confirmer, std::move(confirmer), options_.send, limiter, catalog);
  }
}

void assembly::spawn_revalidators() {
  auto storefronts = std::set<std::string>{};
  for (const auto& each : options_.revalidators) {
    if (config::is_storefront(each.target.format))
      storefronts.insert(each.target.name);
  }
  const auto order = std::make_shared<storefronts_first>(std::move(storefronts));
  outlets->order = order;
  for (auto& each : options_.revalidators) {
    each.now = options_.now;
    each.committed = &committed;
    each.store_id = store_id_;
    each.order = order;
    auto of_it = std::make_shared<revalidator_health>();
    targets.push_back({each.target, of_it});
    const auto format = each.target.format;
    const auto name = each.target.name;
    const auto spawned = system_.spawn(revalidator, std::move(each), of_it, options_.send, ledger);
    if (config::is_cdn(format))
      order->on_progress(waker(spawned));
    outlets->revalidators.emplace(name, spawned);
  }
}

void assembly::spawn_mirror() {
  if (!options_.mirror)
    return;
  options_.mirror->committed = &committed;
  mirrored = std::make_shared<mirror_health>();
  outlets->mirror = system_.spawn(mirror, *options_.mirror, mirrored, options_.redis);
}

// What is pending for a target that is not configured any more stays in the store, in case it comes
// back.
void assembly::hand_out(std::vector<store::outbox_job> pending) {
  if (is_planted(planted_fault::outbox_not_restored))
    return;
  auto jobs = std::unordered_map<std::string, job_batch, keyed_hash>{};
  for (auto& job : pending)
    jobs[job.target].push_back(std::move(job));
  for (const auto& [name, batch] : jobs)
    outlets->order->expect(name, batch);
  for (auto& [name, batch] : jobs) {
    const auto found = outlets->revalidators.find(name);
    if (found != outlets->revalidators.end()) {
      give(found->second, std::move(batch));
    } else {
      log::warning("Outbox entries are pending for a revalidation target that is no longer "
                   "configured.",
                   {{"target", name}, {"pending", batch.size()}});
    }
  }
}

// Returns once they are taken: 100,000 hold up a scheduler's thread for 50 ms, and with it the
// deliveries, of which none has come yet.
void assembly::give(const revalidator_actor& target, job_batch jobs) {
  if (!options_.has_threads) {
    caf::anon_send(target, std::move(jobs));
    return;
  }
  auto self = caf::scoped_actor{system_};
  self->request(target, caf::infinite, std::move(jobs)).receive([] {}, [](const caf::error&) {});
}

} // namespace ankkor::actors

// The actors together under CAF's deterministic scheduler, in virtual time: what is sent when, and
// which product actors live (I1, I5, I7).
#include "actors/assembly.hpp"
#include "actors/change/catalog.hpp"
#include "actors/engine.hpp"
#include "examples.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <sched.h>

#include <future>

using namespace ankkor;
using namespace ankkor::actors;
using namespace ankkor::actors::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct testing_config : caf::actor_system_config {
  testing_config() { set("scheduler.policy", caf::atom("testing")); }
};

// Follows the virtual clock of the running test.
stock::moment present;

stock::moment now() {
  return present;
}

// One call that the revalidator made, to be answered by the test.
struct pending_call {
  net::client_request request;
  std::function<void(result<net::client_response>)> answer;

  void with(unsigned status) const {
    auto response = net::client_response{};
    response.status = status;
    answer(result<net::client_response>{std::move(response)});
  }
};

// The engine's actors with one target, "shop", and no reads at WooCommerce.
struct running_actors {
  memory_store storage;
  std::vector<pending_call> calls;
  testing_config config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler =
    dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  std::unique_ptr<assembly> all;
  std::shared_ptr<const revalidator_health> told;

  explicit running_actors(std::size_t alive_max = 100,
                          void (*ledger_sleep)(std::chrono::nanoseconds) = nullptr) {
    present = start_of_time;
    auto options = assembly_options{};
    options.storage = &storage;
    options.now = &now;
    options.send = [this](net::client_request request, auto answer) {
      calls.push_back({std::move(request), std::move(answer)});
    };
    options.ledger_sleep = ledger_sleep;
    options.product_actors_max = alive_max;
    options.targets = {{"shop", {"/product/{slug}"}}};
    auto& shop = options.revalidators.emplace_back();
    shop.target.name = "shop";
    shop.where = net::parse_url("http://127.0.0.1:1/revalidate").value();
    shop.window = milliseconds{100};
    shop.seed = 7;
    all = assembly::start(system, std::move(options)).value();
    told = all->targets.at(0).health;
    scheduler.run();
  }

  running_actors(const running_actors&) = delete;
  running_actors& operator=(const running_actors&) = delete;

  ~running_actors() {
    all->stop();
    scheduler.run();
    calls.clear();
  }

  void advance(caf::timespan by) {
    present += std::chrono::duration_cast<std::chrono::microseconds>(by);
    scheduler.advance_time(by);
    scheduler.run();
  }

  // In steps, so that each timer fires at its own time.
  void advance_slowly(milliseconds by, milliseconds step) {
    for (auto done = milliseconds{0}; done < by; done += step)
      advance(step);
  }

  std::shared_ptr<recorded_reply> accept(stock::item item, unsigned received = 0) {
    auto delivery = std::make_shared<incoming>(some_delivery(std::move(item), received));
    auto answer = std::make_shared<recorded_reply>();
    delivery->reply = answer;
    all->accept({std::move(delivery)});
    return answer;
  }

  std::shared_ptr<recorded_reply> deliver(stock::item item, unsigned received = 0) {
    auto answer = accept(std::move(item), received);
    scheduler.run();
    return answer;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(engine_in_virtual_time)

// A simulated world found it: it woke itself without end, at the cost of a whole core.
BOOST_AUTO_TEST_CASE(the_mirror_rests_while_redis_has_not_answered) {
  auto run = running_actors{};
  auto options = mirror_options{};
  options.committed = &run.all->committed;
  std::size_t sent = 0;
  auto answer = std::function<void(result<redis::answer>)>{};
  const auto mirrors =
    run.system.spawn(mirror, options, std::make_shared<mirror_health>(),
                     [&](redis::pipeline, std::function<void(result<redis::answer>)> done) {
                       ++sent;
                       answer = std::move(done);
                     });
  run.scheduler.run();
  const auto timers = run.scheduler.clock().schedule().size();
  caf::anon_send(mirrors, product_batch{34});
  run.scheduler.run();
  BOOST_TEST(sent == 1U);
  BOOST_TEST(run.scheduler.clock().schedule().size() == timers);
  caf::anon_send_exit(mirrors, caf::exit_reason::user_shutdown);
  answer = nullptr;
  run.scheduler.run();
}

BOOST_AUTO_TEST_CASE(the_answer_and_the_jobs_come_only_after_the_commit) {
  auto run = running_actors{};
  auto answer = run.accept(some_item(34, 7, 1));
  run.storage.before_commit = [&] {
    BOOST_TEST(!answer->answered());
    BOOST_TEST(!run.all->committed.find(34));
    BOOST_TEST(run.told->pending == 0U);
  };
  run.scheduler.run();
  BOOST_TEST((answer->outcome == store::outcome::applied));
  BOOST_TEST(run.told->pending == 1U);
  BOOST_TEST(run.calls.empty());
}

// What happens while the ledger sleeps to gather more.
std::function<void(std::chrono::nanoseconds)> asleep;

BOOST_AUTO_TEST_CASE(under_load_a_commit_takes_what_comes_within_the_interval) {
  auto run = running_actors{100, [](std::chrono::nanoseconds time) { asleep(time); }};
  auto answers = std::vector<std::shared_ptr<recorded_reply>>{};
  const auto send = [&] {
    auto record = std::make_shared<ledger_entry>();
    record->entry.told.push_back({"shop", 34, 1});
    record->reply = answers.emplace_back(std::make_shared<recorded_reply>());
    caf::anon_send(run.all->ledger, ledger_entry_ptr{std::move(record)});
  };
  auto slept = std::vector<std::chrono::nanoseconds>{};
  asleep = [&](std::chrono::nanoseconds time) {
    slept.push_back(time);
    send();
  };
  for (int count = 0; count < 4; ++count)
    send();
  run.scheduler.run();
  BOOST_TEST(run.all->health.commits == 1U);
  BOOST_TEST(slept.empty());
  send();
  run.scheduler.run();
  BOOST_TEST(slept.size() == 1U);
  BOOST_TEST(run.all->health.commits == 2U);
  BOOST_TEST(answers.size() == 6U);
  // Few came; who sent them isn't held up when the next comes.
  send();
  run.scheduler.run();
  BOOST_TEST(slept.size() == 1U);
  BOOST_TEST(run.all->health.commits == 3U);
  for (const auto& answer : answers)
    BOOST_TEST(answer->answered());
  asleep = nullptr;
}

BOOST_AUTO_TEST_CASE(nobody_is_told_of_what_was_not_committed) {
  auto run = running_actors{};
  run.storage.full = true;
  BOOST_TEST(run.deliver(some_item(34, 7, 1))->failure.has_value());
  run.storage.full = false;
  run.advance(seconds{1}); // the ledger's probe
  BOOST_TEST(run.all->health.up);
  run.advance(seconds{5});
  BOOST_TEST(run.calls.empty());
  BOOST_TEST(!run.all->committed.find(34));
  // The product has gone back, and takes the same for new.
  BOOST_TEST((run.deliver(some_item(34, 7, 1), 1)->outcome == store::outcome::applied));
}

BOOST_AUTO_TEST_CASE(changes_are_gathered_over_the_window_into_one_call) {
  auto run = running_actors{};
  run.deliver(some_item(34, 7, 1));
  run.advance(milliseconds{60});
  run.deliver(some_item(35, 7, 1));
  run.deliver(some_item(34, 6, 2));
  run.advance(milliseconds{39});
  BOOST_TEST(run.calls.empty());
  run.advance(milliseconds{1});
  BOOST_TEST_REQUIRE(run.calls.size() == 1U);
  BOOST_TEST(
    run.calls[0].request.body.find(
      R"("tags":["category-drinks","product-34","product-35","product-tea-34","product-tea-35"])") !=
    std::string::npos);
  // One call at a time: what comes meanwhile waits for the answer and a window.
  run.deliver(some_item(36, 7, 1));
  run.advance(seconds{10});
  BOOST_TEST(run.calls.size() == 1U);
  run.calls[0].with(200);
  run.scheduler.run();
  run.advance(milliseconds{100});
  BOOST_TEST_REQUIRE(run.calls.size() == 2U);
  run.calls[1].with(200);
  run.scheduler.run();
  BOOST_TEST(run.told->pending == 0U);
  BOOST_TEST(run.told->told == 3U);
  // Acknowledged in the store too.
  auto acknowledged = std::size_t{0};
  for (const auto& entry : run.storage.entries)
    acknowledged += entry.told.size();
  BOOST_TEST(acknowledged == 3U);
}

BOOST_AUTO_TEST_CASE(a_failing_target_is_tried_for_a_day_with_growing_pauses_then_given_up) {
  auto run = running_actors{};
  run.deliver(some_item(34, 7, 1));
  std::size_t answered = 0;
  const auto fail_until = [&](milliseconds by, milliseconds step) {
    for (auto done = milliseconds{0}; done < by; done += step) {
      run.advance(step);
      for (; answered < run.calls.size(); ++answered)
        run.calls[answered].with(503);
      run.scheduler.run();
    }
  };
  fail_until(seconds{60}, milliseconds{20});
  BOOST_TEST(run.calls.size() >= 6U);
  BOOST_TEST(run.calls.size() <= 40U);
  BOOST_TEST(run.told->circuit_open);
  fail_until(std::chrono::hours{23}, seconds{5});
  BOOST_TEST(run.told->pending == 1U);
  // Half a minute on average between two of them.
  BOOST_TEST(run.calls.size() > 1'500U);
  BOOST_TEST(run.calls.size() < 4'500U);
  fail_until(std::chrono::hours{2}, seconds{5});
  BOOST_TEST(run.told->pending == 0U);
  const auto calls = run.calls.size();
  fail_until(std::chrono::hours{1}, seconds{5});
  BOOST_TEST(run.calls.size() == calls);
  BOOST_TEST(run.storage.entries.back().dead->kind == "revalidation");
}

BOOST_AUTO_TEST_CASE(idle_product_actors_go_and_come_back_from_what_is_committed) {
  auto run = running_actors{};
  for (stock::product_id id = 1; id != 21; ++id)
    run.deliver(some_item(id, 7, 1));
  BOOST_TEST(run.all->context->alive == 20U);
  run.advance_slowly(2 * run.all->context->idle_period, run.all->context->idle_period);
  BOOST_TEST(run.all->context->alive == 0U);
  BOOST_TEST((run.deliver(some_item(5, 7, 2))->outcome == store::outcome::unchanged));
  BOOST_TEST((run.deliver(some_item(5, 6, 3))->outcome == store::outcome::applied));
  BOOST_TEST(run.all->context->alive == 1U);
  BOOST_TEST(run.all->committed.find(5)->held.self->value.stock.quantity.value() == 6);
}

BOOST_AUTO_TEST_CASE(an_actor_that_was_spoken_to_stays_for_another_period) {
  auto run = running_actors{};
  for (unsigned second = 1; second != 10; ++second) {
    run.deliver(some_item(34, second, second));
    run.advance(run.all->context->idle_period);
    BOOST_TEST(run.all->context->alive == 1U);
  }
}

// The offer to go and a delivery cross: the catalog has sent more than the actor says it handled.
BOOST_AUTO_TEST_CASE(a_message_on_its_way_keeps_its_actor) {
  auto run = running_actors{};
  run.deliver(some_item(34, 7, 1));
  run.advance(run.all->context->idle_period);
  BOOST_TEST(run.all->context->alive == 1U);
  caf::anon_send(run.all->catalog, idle_atom::value, stock::product_id{34}, std::uint64_t{0});
  run.scheduler.run();
  BOOST_TEST(run.all->context->alive == 1U);
  // Asked to go and spoken to at once: whichever comes first, the delivery is decided on.
  present += run.all->context->idle_period;
  run.scheduler.advance_time(run.all->context->idle_period);
  const auto answer = run.accept(some_item(34, 6, 2));
  run.scheduler.run();
  BOOST_TEST((answer->outcome == store::outcome::applied));
}

BOOST_AUTO_TEST_CASE(an_actor_with_something_uncommitted_does_not_go) {
  auto run = running_actors{};
  run.deliver(some_item(34, 7, 1));
  auto product = run.system.spawn(actors::product, stock::product_id{34}, run.all->context,
                                  run.all->catalog, run.all->ledger);
  run.scheduler.run();
  // What it decides waits in the ledger's mailbox; it is asked to go before the ledger runs.
  auto delivery = std::make_shared<incoming>(some_delivery(some_item(34, 6, 2), 2));
  caf::anon_send(product, incoming_ptr{delivery});
  caf::anon_send(product, retire_atom::value);
  run.scheduler.run();
  BOOST_TEST(run.all->committed.find(34)->held.self->value.stock.quantity.value() == 6);
  BOOST_TEST(run.all->context->alive == 2U); // the catalog's own has not been let go in its place
  caf::anon_send_exit(product, caf::exit_reason::user_shutdown);
  run.scheduler.run();
}

BOOST_AUTO_TEST_CASE(no_more_actors_live_than_may) {
  auto run = running_actors{10};
  for (stock::product_id id = 1; id != 200; ++id) {
    run.deliver(some_item(id, 7, 1));
    BOOST_TEST(run.all->context->alive <= 11U);
  }
  for (stock::product_id id = 1; id != 200; ++id)
    BOOST_TEST((run.deliver(some_item(id, 6, 2))->outcome == store::outcome::applied));
}

// With threads: taken later, they would hold up the first deliveries.
BOOST_AUTO_TEST_CASE(what_waited_for_a_target_is_taken_before_the_engine_has_started) {
  constexpr std::uint64_t waiting = 20'000;
  auto settings = config::settings{};
  settings.graphql_url = "http://127.0.0.1:1/graphql";
  settings.revalidate_window = seconds{60}; // nothing is told meanwhile
  settings.targets.emplace_back();
  settings.targets.back().name = "shop";
  settings.targets.back().url = "http://127.0.0.1:1/revalidate";
  auto storage = memory_store{};
  for (std::uint64_t product = 1; product <= waiting; ++product) {
    auto& job = storage.outbox.emplace_back();
    job.target = "shop";
    job.product = product;
    job.version = product;
    job.tags = {"product-" + std::to_string(product)};
  }
  const auto nobody = [](const net::client_request&, const auto& done) {
    done(result<net::client_response>{error{errc::unavailable, "There is no shop.", ""}});
  };
  auto engine = actors::engine::start(settings, storage, nobody).value();
  BOOST_TEST(engine->status().targets.at(0).pending == waiting);
}

// With threads: each says once which policy it runs under.
BOOST_AUTO_TEST_CASE(engine_threads_interrupt_nobody_and_the_ledger_takes_its_turn) {
  struct policy_reply final : reply {
    std::promise<int> policy;

    void done(const result<store::outcome>&) override { policy.set_value(::sched_getscheduler(0)); }
  };

  auto settings = config::settings{};
  settings.graphql_url = "http://127.0.0.1:1/graphql";
  auto storage = memory_store{};
  auto of_engine = std::promise<int>{};
  auto asked = std::atomic<bool>{false};
  const auto shop = [&](const net::client_request&, const auto& done) {
    if (!asked.exchange(true))
      of_engine.set_value(::sched_getscheduler(0));
    done(result<net::client_response>{error{errc::unavailable, "There is no shop.", ""}});
  };
  const auto answer = std::make_shared<policy_reply>();
  auto of_ledger = answer->policy.get_future();
  BOOST_TEST_REQUIRE(::sched_getscheduler(0) == SCHED_OTHER);
  auto engine = actors::engine::start(settings, storage, shop).value();
  BOOST_TEST(::sched_getscheduler(0) == SCHED_OTHER);
  auto delivery = std::make_shared<incoming>(some_delivery(some_item(29, 7, 1)));
  delivery->reply = answer;
  engine->accept({std::move(delivery)});
  BOOST_TEST(of_engine.get_future().get() == SCHED_BATCH);
  BOOST_TEST(of_ledger.get() == SCHED_OTHER);
}

// It purged once a minute, 500 rows each time, whatever was left: the store grew for ever.
BOOST_AUTO_TEST_CASE(what_is_over_the_limits_goes_twenty_times_a_second_until_nothing_is) {
  auto run = running_actors{};
  const auto purges_in = [&](milliseconds time) {
    const auto before = run.storage.purges;
    run.advance_slowly(time, milliseconds{50});
    return run.storage.purges - before;
  };
  run.storage.purges_wanted = 30;
  BOOST_TEST(purges_in(seconds{59}) == 0);
  BOOST_TEST(purges_in(seconds{2}) >= 20);
  BOOST_TEST(purges_in(seconds{58}) <= 10);
  BOOST_TEST(run.storage.purges == 30);
  BOOST_TEST(purges_in(seconds{2}) == 1);
}

BOOST_AUTO_TEST_CASE(the_catalog_forgets_actors_that_are_gone) {
  auto run = running_actors{};
  for (unsigned round = 1; round != 100; ++round) {
    for (stock::product_id id = 1; id != 11; ++id)
      run.deliver(some_item(id, round, round), round);
    run.advance_slowly(2 * run.all->context->idle_period, run.all->context->idle_period);
  }
  const auto* catalog_of_it = dynamic_cast<catalog_actor::stateful_pointer<catalog_state>>(
    caf::actor_cast<caf::abstract_actor*>(run.all->catalog));
  BOOST_TEST_REQUIRE(catalog_of_it != nullptr);
  BOOST_TEST(catalog_of_it->state.by_age.size() <= 64U + 20U);
}

BOOST_AUTO_TEST_SUITE_END()

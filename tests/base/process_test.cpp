// What /proc says of this very process.
#include "base/process.hpp"

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <thread>

BOOST_AUTO_TEST_SUITE(process)

BOOST_AUTO_TEST_CASE(figures_of_a_living_process_are_plausible) {
  const ankkor::process_figures figures = ankkor::read_process_figures();
  const double now =
    std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  BOOST_TEST(figures.resident_bytes > 1'000'000U);
  BOOST_TEST(figures.resident_bytes < 1ULL << 40U);
  BOOST_TEST(figures.threads >= 1U);
  BOOST_TEST(figures.fds_max >= figures.open_fds);
  // Boot time and clock ticks are rounded to a second and a hundredth.
  BOOST_TEST(figures.start_time_seconds < now + 2);
  BOOST_TEST(figures.start_time_seconds > now - 3600);
}

BOOST_AUTO_TEST_CASE(an_opened_descriptor_is_counted) {
  const auto before = ankkor::read_process_figures().open_fds;
  const int opened = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  BOOST_TEST(ankkor::read_process_figures().open_fds == before + 1);
  ::close(opened);
}

BOOST_AUTO_TEST_CASE(cpu_time_only_grows) {
  const double before = ankkor::read_process_figures().cpu_seconds;
  double spent = before;
  while (spent <= before) // the kernel counts CPU time in steps
    spent = ankkor::read_process_figures().cpu_seconds;
  BOOST_TEST(spent > before);
}

// In threads of their own: how this one takes its turns is no test's business.
BOOST_AUTO_TEST_CASE(a_thread_behind_others_keeps_its_weight) {
  int policy = -1;
  int before = 0;
  int after = 0;
  bool taken = false;
  std::thread([&] {
    const sched_param none{};
    ::sched_setscheduler(0, SCHED_OTHER, &none);
    before = ::getpriority(PRIO_PROCESS, 0);
    taken = ankkor::take_turns_behind_others();
    policy = ::sched_getscheduler(0);
    after = ::getpriority(PRIO_PROCESS, 0);
  }).join();
  BOOST_TEST(taken);
  BOOST_TEST(policy == SCHED_BATCH);
  BOOST_TEST(after == before);
}

BOOST_AUTO_TEST_CASE(threads_started_behind_others_are_behind_others_and_who_starts_them_is_not) {
  const auto policy_of_new_thread = [] {
    int policy = -1;
    std::thread([&] { policy = ::sched_getscheduler(0); }).join();
    return policy;
  };
  int started_within = -1;
  int afterwards = -1;
  int started_afterwards = -1;
  std::thread([&] {
    const sched_param none{};
    ::sched_setscheduler(0, SCHED_OTHER, &none);
    {
      const auto polite = ankkor::starting_behind_others{};
      started_within = policy_of_new_thread();
    }
    afterwards = ::sched_getscheduler(0);
    started_afterwards = policy_of_new_thread();
  }).join();
  BOOST_TEST(started_within == SCHED_BATCH);
  BOOST_TEST(afterwards == SCHED_OTHER);
  BOOST_TEST(started_afterwards == SCHED_OTHER);
}

BOOST_AUTO_TEST_CASE(a_policy_that_an_operator_chose_is_left_alone) {
  bool changed = true;
  int policy = -1;
  std::thread([&] {
    const sched_param none{};
    ::sched_setscheduler(0, SCHED_IDLE, &none);
    changed = ankkor::take_turns_behind_others();
    { const auto polite = ankkor::starting_behind_others{}; }
    policy = ::sched_getscheduler(0);
  }).join();
  BOOST_TEST(!changed);
  BOOST_TEST(policy == SCHED_IDLE);
}

BOOST_AUTO_TEST_SUITE_END()

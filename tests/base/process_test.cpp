// What /proc says of this very process.
#include "base/process.hpp"

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>

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

BOOST_AUTO_TEST_SUITE_END()

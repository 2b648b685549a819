// One real daemon for one test, ready, on an empty store. A test program adds what it asks of it.
#pragma once

#include "daemon_process.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace ankkor::testing {

struct fresh_daemon {
  temporary_directory place;
  daemon_process daemon;

  explicit fresh_daemon(const environment& changes = {})
    : daemon(daemon_settings(place.path() + "/data", changes)) {
    BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
  }

  // How many the store has, as the admin API says: "deliveries", "outbox", ...
  [[nodiscard]] std::string count(const std::string& what) const {
    return daemon.ask("/admin/status").at("/store/" + what);
  }
};

} // namespace ankkor::testing

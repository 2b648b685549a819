// A small storefront for the tests: takes revalidation calls of any format, records them, and fails
// when it is told to.
#pragma once

#include "daemon_process.hpp"
#include "net/http/server.hpp"
#include "net/io_pool.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace ankkor::testing {

struct storefront_call {
  std::string method;
  std::string target;
  std::string authorization;
  std::string content_type;
  header_fields fields; // names in lower case
  std::string body;
  std::string id; // of the format "next"
  std::vector<std::string> tags;
  std::vector<std::string> paths;
  unsigned answered = 0; // the status; 0: kept waiting

  // The first field of that lower-case name; "" if there is none.
  [[nodiscard]] std::string field(std::string_view name) const;

  std::chrono::steady_clock::time_point at;
};

class storefront {
public:
  // Decides on the answer to a call, the first being number 0. Status 0 leaves it waiting for ever.
  using policy = std::function<net::response(std::size_t number, const storefront_call&)>;

  storefront(); // open, and answers 200

  void answer_with(policy chosen);
  void answer_with(unsigned status);

  void close(); // connections are refused from now on
  void open();  // at the same port again

  [[nodiscard]] std::string url() const;

  // Settings that make the daemon tell this storefront.
  [[nodiscard]] environment settings(const environment& more = {}) const;

  [[nodiscard]] std::vector<storefront_call> calls() const;

  // All tags of the calls that were answered 2xx.
  [[nodiscard]] std::set<std::string> told() const;

  // Waits until the condition on all calls up to now holds.
  bool wait(const std::function<bool(const std::vector<storefront_call>&)>& holds) const;
  bool wait_for_calls(std::size_t count) const;
  bool wait_for_tag(const std::string& tag) const; // in a call that was answered 2xx

private:
  void take(const std::shared_ptr<net::exchange>& exchange);

  net::io_pool pool_{1};
  std::uint16_t port_ = 0;
  mutable std::mutex guard_;
  mutable std::condition_variable change_;
  policy policy_;
  std::vector<storefront_call> calls_;
  std::vector<std::shared_ptr<net::exchange>> waiting_;
  std::unique_ptr<net::http_server> server_;
};

} // namespace ankkor::testing

// Which pages of other origins may read the public API from a browser: the Fetch standard's CORS
// protocol for the origins that are configured, and for nobody else.
#pragma once

#include "net/http/server.hpp"

#include <memory>
#include <string>
#include <vector>

namespace ankkor::api {

class cors {
public:
  // As browsers write origins; the single "*" means all. Empty: none, and no answer says anything.
  explicit cors(std::vector<std::string> origins);

  // The same exchange, whose answer tells the browser whether its page may read it. Not a
  // preflight's.
  [[nodiscard]] std::shared_ptr<net::exchange>
  guard(const std::shared_ptr<net::exchange>& exchange) const;

  // Answers OPTIONS for an address that takes these methods, e.g. "GET, HEAD".
  void answer_options(net::exchange& exchange, std::string_view methods) const;

  // What an answer to this request says.
  void add_fields(const net::request& request, net::response& answer) const;

private:
  [[nodiscard]] bool allows(std::string_view origin) const;

  std::vector<std::string> origins_;
  bool any_ = false;
};

} // namespace ankkor::api

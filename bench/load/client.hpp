// Single requests, one after another on one connection: for what is looked at before and after a
// load.
#pragma once

#include "bench/load/answer.hpp"
#include "bench/load/deliveries.hpp"
#include "bench/load/socket.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ankkor::load {

class client {
public:
  static result<client> connect(const net::url& where);

  // Sends the request and waits for its answer, at most 10 s; nothing if none came.
  [[nodiscard]] std::optional<answer> ask(const std::string& request);
  [[nodiscard]] std::optional<answer> get(const std::string& target);

  // The value of a field of the last answer.
  [[nodiscard]] std::optional<std::string> last_field(std::string_view name) const;

private:
  client(net::url where, descriptor socket);

  net::url where_;
  descriptor socket_;
  std::string last_;
};

struct verification {
  std::size_t read = 0;
  std::vector<std::string> wrong; // what was found, a line each
};

// Reads products back, all or `sample` of them spread evenly, and says which don't show the state
// that they were answered for. An answer that names no time of modification is judged by its
// quantity.
[[nodiscard]] result<verification>
verify(const net::url& where, const std::vector<product_state>& expected, std::size_t sample);

} // namespace ankkor::load

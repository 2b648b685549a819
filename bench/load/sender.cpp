#include "bench/load/sender.hpp"

#include "net/render_stock.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <simdjson.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <numeric>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace ankkor::load {

namespace {

using clock = std::chrono::steady_clock;

class descriptor {
public:
  explicit descriptor(int value = -1) noexcept : value_(value) {}

  descriptor(descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}

  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }

  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  ~descriptor() {
    if (value_ >= 0)
      ::close(value_);
  }

  [[nodiscard]] int get() const noexcept { return value_; }

private:
  int value_;
};

error system_error(std::string_view what) {
  return {errc::unavailable, fmt::format("{}: {}.", what, std::generic_category().message(errno)),
          "See that the daemon runs and listens there."};
}

result<descriptor> connect_to(const net::url& where) {
  auto wanted = addrinfo{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto port = std::to_string(where.port);
  if (::getaddrinfo(where.host.c_str(), port.c_str(), &wanted, &found) != 0)
    return error{errc::unavailable, where.host + " can't be looked up.", "Give another --url."};
  const auto addresses =
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>{found, &::freeaddrinfo};
  for (const auto* each = addresses.get(); each != nullptr; each = each->ai_next) {
    auto made = descriptor{::socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC, 0)};
    if (made.get() < 0 || ::connect(made.get(), each->ai_addr, each->ai_addrlen) != 0)
      continue;
    const int yes = 1;
    ::setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return made;
  }
  return system_error(fmt::format("No connection to {}:{}", where.host, where.port));
}

struct answer {
  std::size_t size = 0; // of all its bytes
  unsigned status = 0;
  std::string_view body;
  bool close = false;
};

// Reads what this daemon answers: a Content-Length, and no chunks. Nothing while bytes are missing.
std::optional<answer> read_answer(std::string_view bytes) {
  constexpr std::string_view length_field = "\r\nContent-Length: ";
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos || head_end < 12)
    return std::nullopt;
  const auto head = bytes.substr(0, head_end + 2);
  auto read = answer{};
  std::from_chars(head.data() + 9, head.data() + 12, read.status);
  std::size_t length = 0;
  if (const auto at = head.find(length_field); at != std::string_view::npos)
    std::from_chars(head.data() + at + length_field.size(), head.data() + head.size(), length);
  read.size = head_end + 4 + length;
  if (bytes.size() < read.size)
    return std::nullopt;
  read.body = bytes.substr(head_end + 4, length);
  read.close = head.find("\r\nConnection: close\r\n") != std::string_view::npos;
  return read;
}

// "applied" of {"status":"applied"}; nothing of any other body.
std::string_view status_of(std::string_view body) {
  constexpr std::string_view begin = R"({"status":")";
  constexpr std::string_view end = R"("})";
  if (!body.starts_with(begin) || !body.ends_with(end) || body.size() < begin.size() + end.size())
    return {};
  return body.substr(begin.size(), body.size() - begin.size() - end.size());
}

bool is_taken(std::string_view status) {
  constexpr std::array<std::string_view, 4> taken{"applied", "unchanged", "stale", "queued"};
  return std::find(taken.begin(), taken.end(), status) != taken.end();
}

double cpu_seconds() {
  auto used = rusage{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// One connection with the products that are its own, which it takes in turn.
struct lane {
  descriptor socket;
  std::vector<std::size_t> products; // places in load_report::last
  std::size_t turn = 0;
  product_state sent;
  std::string request;
  std::size_t written = 0;
  std::string received;
  clock::time_point started;
  bool waiting = false; // for an answer
};

class loop {
public:
  loop(const load_options& options, delivery_maker& deliveries)
    : options_(options), deliveries_(deliveries), poll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  result<load_report> run() {
    if (auto ready = prepare(); !ready)
      return ready.failure();
    const auto cpu_before = cpu_seconds();
    const auto begun = clock::now();
    const auto end = begun + options_.length;
    for (auto& each : lanes_)
      send_next(each);
    // What is in flight at the end is waited for, and counted with the time it took.
    while (
      std::any_of(lanes_.begin(), lanes_.end(), [](const lane& each) { return each.waiting; })) {
      turn(end);
      give_up_late();
    }
    report_.took = clock::now() - begun;
    report_.cpu_seconds = cpu_seconds() - cpu_before;
    std::sort(report_.latencies.begin(), report_.latencies.end());
    std::erase_if(report_.last, [](const product_state& each) { return each.id == 0; });
    return std::move(report_);
  }

private:
  status prepare() {
    report_.last.resize(options_.products);
    report_.latencies.reserve(1'000'000);
    next_.resize(options_.products, options_.first_modified);
    lanes_.resize(options_.connections);
    for (std::size_t at = 0; at < options_.products; ++at)
      lanes_[at % lanes_.size()].products.push_back(at);
    for (auto& each : lanes_) {
      if (auto made = reconnect(each); !made)
        return made;
    }
    return done{};
  }

  status reconnect(lane& each) {
    auto made = connect_to(options_.where);
    if (!made)
      return made.failure();
    each.socket = std::move(*made);
    each.received.clear();
    auto interest = epoll_event{};
    interest.events = EPOLLIN;
    interest.data.ptr = &each;
    if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, each.socket.get(), &interest) != 0)
      return system_error("epoll_ctl");
    return done{};
  }

  void send_next(lane& each) {
    const auto product = each.products[each.turn++ % each.products.size()];
    // A second later each time: what is newer is never in doubt.
    next_[product] += std::chrono::seconds{1};
    each.sent = {options_.first_product + product, static_cast<std::int64_t>(each.turn % 1'000),
                 next_[product]};
    deliveries_.make(each.sent, each.request);
    each.written = 0;
    each.waiting = true;
    each.started = clock::now();
    write(each);
  }

  // A request is far smaller than a socket's buffer, which is empty whenever one is written.
  void write(lane& each) {
    while (each.written < each.request.size()) {
      const auto count = ::send(each.socket.get(), each.request.data() + each.written,
                                each.request.size() - each.written, MSG_NOSIGNAL);
      if (count <= 0) {
        lose(each, "connection lost while sending");
        return;
      }
      each.written += static_cast<std::size_t>(count);
    }
  }

  void turn(clock::time_point end) {
    std::array<epoll_event, 256> events{};
    const int count =
      ::epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), 100);
    for (int at = 0; at < count; ++at)
      receive(*static_cast<lane*>(events.at(static_cast<std::size_t>(at)).data.ptr), end);
  }

  void receive(lane& each, clock::time_point end) {
    std::array<char, 4096> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): recv fills it
    const auto count = ::recv(each.socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (count <= 0) {
      if (each.waiting)
        lose(each, "connection closed without an answer");
      else
        each.socket = descriptor{};
      if (clock::now() < end && each.socket.get() >= 0)
        send_next(each);
      return;
    }
    each.received.append(bytes.data(), static_cast<std::size_t>(count));
    const auto read = read_answer(each.received);
    if (!read || !each.waiting)
      return;
    take(each, *read);
    const bool close = read->close;
    each.received.erase(0, read->size);
    if (close && !reconnect(each)) {
      ++report_.errors["no connection"];
      return;
    }
    if (clock::now() < end)
      send_next(each);
  }

  void take(lane& each, const answer& read) {
    const auto now = clock::now();
    each.waiting = false;
    const auto outcome = status_of(read.body);
    if (read.status != 200 || !is_taken(outcome)) {
      ++report_.errors[fmt::format("answered {} {}", read.status, outcome)];
      return;
    }
    ++report_.answers[std::string{outcome}];
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - each.started);
    report_.latencies.push_back(static_cast<std::uint32_t>(took.count()));
    report_.last[each.sent.id - options_.first_product] = each.sent;
  }

  // Of a delivery that was not answered nobody knows whether it was taken: its product is not
  // verified until the next one is answered.
  void lose(lane& each, const char* why) {
    ++report_.errors[why];
    each.waiting = false;
    report_.last[each.sent.id - options_.first_product] = {};
    if (!reconnect(each))
      each.socket = descriptor{};
  }

  void give_up_late() {
    const auto now = clock::now();
    for (auto& each : lanes_) {
      if (each.waiting && now - each.started > options_.answer_timeout)
        lose(each, "no answer in time");
    }
  }

  const load_options& options_;
  delivery_maker& deliveries_;
  descriptor poll_;
  std::vector<lane> lanes_;
  std::vector<stock::store_time> next_; // by product: when it was modified last
  load_report report_;
};

// One GET over a connection that waits for the answer; nothing if it is lost.
std::optional<std::string> get(const descriptor& socket, const net::url& where,
                               stock::product_id id) {
  const auto request = fmt::format("GET /api/products/{}/stock HTTP/1.1\r\nHost: {}:{}\r\n\r\n", id,
                                   where.host, where.port);
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    return std::nullopt;
  auto received = std::string{};
  while (true) {
    if (const auto read = read_answer(received))
      return std::string{read->body};
    std::array<char, 4096> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): recv fills it
    const auto count = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
    if (count <= 0)
      return std::nullopt;
    received.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

bool shows(const std::string& body, const product_state& expected) {
  auto parser = simdjson::dom::parser{};
  simdjson::dom::element whole;
  std::int64_t quantity = 0;
  std::string_view modified;
  return parser.parse(body).get(whole) == simdjson::SUCCESS &&
         whole["stockQuantity"].get(quantity) == simdjson::SUCCESS &&
         whole["modified"].get(modified) == simdjson::SUCCESS && quantity == expected.quantity &&
         modified == net::render_time(expected.modified);
}

} // namespace

std::uint64_t load_report::answered() const {
  return latencies.size();
}

std::uint64_t load_report::failed() const {
  return std::accumulate(errors.begin(), errors.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& each) { return sum + each.second; });
}

double load_report::percentile(double share) const {
  if (latencies.empty())
    return 0;
  const auto place = static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1));
  return static_cast<double>(latencies[place]) / 1'000;
}

result<load_report> send_load(const load_options& options, delivery_maker& deliveries) {
  return loop{options, deliveries}.run();
}

result<verification> verify(const load_options& options, const std::vector<product_state>& expected,
                            std::size_t sample) {
  auto connected = connect_to(options.where);
  if (!connected)
    return connected.failure();
  auto found = verification{};
  const auto step = std::max<std::size_t>(1, expected.size() / std::max<std::size_t>(1, sample));
  for (std::size_t at = 0; at < expected.size() && found.read < sample; at += step) {
    const auto body = get(*connected, options.where, expected[at].id);
    if (!body)
      return system_error("The daemon closed the connection");
    ++found.read;
    if (!shows(*body, expected[at])) {
      found.wrong.push_back(fmt::format("product {}: expected {} at {}, got {}", expected[at].id,
                                        expected[at].quantity,
                                        net::render_time(expected[at].modified), *body));
    }
  }
  return found;
}

} // namespace ankkor::load

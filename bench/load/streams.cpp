#include "bench/load/streams.hpp"

#include "bench/load/schedule.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <vector>

namespace ankkor::load {

namespace {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

constexpr std::size_t opened_at_once = 200;
constexpr std::size_t streams_per_address = 5'000;
constexpr std::chrono::seconds opening_patience{30};

struct change {
  std::int64_t quantity = 0;
  std::size_t missing = 0; // streams that don't have it yet
  time_point sent;
  time_point last;
};

struct followed {
  product_state state; // as sent last
  std::size_t followers = 0;
  std::vector<std::size_t> changes; // places in the list of all, in order
};

struct reader {
  descriptor socket;
  std::size_t product = 0;
  std::string received;
  bool head_read = false;
  bool ready = false;   // has the present state
  std::size_t seen = 0; // changes
};

// One connection for deliveries, with one at a time.
struct sender {
  descriptor socket;
  std::string received;
  bool waiting = false; // for an answer
};

std::optional<std::int64_t> quantity_of(std::string_view data) {
  constexpr std::string_view key = R"("stockQuantity":)";
  const auto at = data.find(key);
  std::int64_t value = 0;
  if (at == std::string_view::npos ||
      std::from_chars(data.data() + at + key.size(), data.data() + data.size(), value).ec !=
        std::errc{})
    return std::nullopt;
  return value;
}

class follower {
public:
  follower(const stream_options& options, delivery_maker& deliveries)
    : options_(options), deliveries_(deliveries), poll_(::epoll_create1(EPOLL_CLOEXEC)),
      products_(options.products), readers_(options.streams), senders_(16) {}

  result<stream_report> run() {
    if (auto begun = hold_products(); !begun)
      return begun.failure();
    report_.memory_before = resident_bytes(options_.watched_process);
    if (auto opened = open_all(); !opened)
      return opened.failure();
    report_.memory_open = resident_bytes(options_.watched_process);
    const auto cpu = cpu_of_session(options_.watched_session);
    const auto own = own_cpu_seconds();
    const auto begun = clock::now();
    make_changes(begun);
    report_.took = clock::now() - begun;
    report_.own_cpu_seconds = own_cpu_seconds() - own;
    report_.cpu = used_between(cpu, cpu_of_session(options_.watched_session));
    sum_up();
    return std::move(report_);
  }

private:
  // The present state, that each stream begins with.
  status hold_products() {
    auto first = client::connect(options_.where);
    if (!first)
      return first.failure();
    auto request = std::string{};
    for (std::size_t at = 0; at < products_.size(); ++at) {
      products_[at].state = {at + 1, 0, options_.first_modified};
      deliveries_.make(products_[at].state, request);
      const auto came = first->ask(request);
      if (!came || came->status != 200)
        return error{errc::unavailable, "A first delivery was not taken.", "See the server's log."};
    }
    for (auto& each : senders_) {
      auto made = connect_to(options_.where);
      if (!made)
        return made.failure();
      each.socket = std::move(*made);
      if (!watch(each.socket, readers_.size() + static_cast<std::size_t>(&each - senders_.data())))
        return system_error("epoll_ctl");
    }
    return done{};
  }

  [[nodiscard]] bool watch(const descriptor& socket, std::size_t place) const {
    auto interest = epoll_event{};
    interest.events = EPOLLIN;
    interest.data.u64 = place;
    return ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, socket.get(), &interest) == 0;
  }

  status open_all() {
    const auto begun = clock::now();
    for (std::size_t from = 0; from < readers_.size(); from += opened_at_once) {
      const auto end = std::min(from + opened_at_once, readers_.size());
      for (auto at = from; at < end; ++at) {
        if (auto opened = open(at); !opened)
          return opened;
      }
      while (ready_ < end) {
        if (clock::now() - begun > opening_patience || !report_.errors.empty())
          return error{errc::timed_out,
                       fmt::format("Only {} of {} streams had the present state in time.", ready_,
                                   readers_.size()),
                       "See ANKKOR_STREAMS_MAX, and the limit of open files."};
        turn(std::chrono::milliseconds{10});
      }
    }
    report_.opening = clock::now() - begun;
    return done{};
  }

  status open(std::size_t at) {
    auto& each = readers_[at];
    each.product = at % products_.size();
    auto made = connect_to(options_.where, 1 + static_cast<unsigned>(at / streams_per_address));
    if (!made)
      return made.failure();
    each.socket = std::move(*made);
    const auto request = fmt::format("GET /api/stock-updates?products={} HTTP/1.1\r\nHost: "
                                     "{}:{}\r\nAccept: text/event-stream\r\n\r\n",
                                     each.product + 1, options_.where.host, options_.where.port);
    if (!watch(each.socket, at) || ::send(each.socket.get(), request.data(), request.size(),
                                          MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      return system_error("A stream can't be opened");
    ++products_[each.product].followers;
    return done{};
  }

  void make_changes(time_point begun) {
    auto plan = schedule{begun, begun + options_.length, options_.changes_per_second};
    const auto end = begun + options_.length + options_.patience;
    while (plan.next() || missing_ > 0) {
      const auto now = clock::now();
      if (now > end)
        break;
      if (plan.next() && *plan.next() <= now)
        send_next(plan, now);
      turn(plan.next()
             ? std::min<clock::duration>(*plan.next() - now, std::chrono::milliseconds{10})
             : clock::duration{std::chrono::milliseconds{10}});
    }
  }

  void send_next(schedule& plan, time_point now) {
    const auto free = std::find_if(senders_.begin(), senders_.end(), [](const sender& each) {
      return each.socket.ok() && !each.waiting;
    });
    if (free == senders_.end())
      return;
    const auto intended = *plan.take(now);
    auto& product = products_[(plan.taken() - 1) % products_.size()];
    product.state.quantity = (product.state.quantity + 1) % 1'000;
    product.state.modified += std::chrono::seconds{1};
    deliveries_.make(product.state, request_);
    free->waiting = true;
    product.changes.push_back(changes_.size());
    changes_.push_back({product.state.quantity, product.followers, intended, {}});
    missing_ += product.followers;
    if (::send(free->socket.get(), request_.data(), request_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request_.size()))
      ++report_.errors["a delivery could not be sent"];
  }

  void turn(clock::duration at_most) {
    std::array<epoll_event, 1'024> events{};
    const auto wait = std::max<std::int64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(at_most).count(), 0);
    const auto until = timespec{wait / 1'000'000'000, wait % 1'000'000'000};
    const int count =
      ::epoll_pwait2(poll_.get(), events.data(), static_cast<int>(events.size()), &until, nullptr);
    for (int at = 0; at < count; ++at) {
      const auto place = events.at(static_cast<std::size_t>(at)).data.u64;
      if (place < readers_.size())
        receive(readers_[place]);
      else
        receive(senders_[place - readers_.size()]);
    }
  }

  // False once it is closed.
  bool receive_into(descriptor& socket, std::string& received, const char* lost) {
    std::array<char, 16'384> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): recv fills it
    const auto count = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
      return true;
    if (count <= 0) {
      ++report_.errors[lost];
      socket = descriptor{};
      return false;
    }
    received.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }

  void receive(sender& each) {
    if (!receive_into(each.socket, each.received, "a connection for deliveries was closed"))
      return;
    const auto came = read_answer(each.received);
    if (!came || !each.waiting)
      return;
    if (came->status != 200)
      ++report_.errors[fmt::format("a delivery was answered {}", came->status)];
    each.waiting = false;
    each.received.erase(0, came->size);
  }

  void receive(reader& each) {
    if (!receive_into(each.socket, each.received, "a stream was closed"))
      return;
    if (!each.head_read) {
      const auto end = each.received.find("\r\n\r\n");
      if (end == std::string::npos)
        return;
      if (each.received.find(" 200 ") != 8)
        ++report_.errors["a stream was refused"];
      each.received.erase(0, end + 4);
      each.head_read = true;
    }
    const auto now = clock::now();
    for_each_event(each.received, [&](std::string_view data) { take(each, data, now); });
  }

  void take(reader& each, std::string_view data, time_point now) {
    if (data.find(R"("type":"stock_update")") == std::string_view::npos) {
      if (each.ready)
        ++report_.errors["a stream began anew"];
      return;
    }
    if (!each.ready) {
      each.ready = true;
      ++ready_;
      return;
    }
    auto& product = products_[each.product];
    if (each.seen >= product.changes.size()) {
      ++report_.errors["an event that nothing caused"];
      return;
    }
    auto& about = changes_[product.changes[each.seen++]];
    if (quantity_of(data) != about.quantity)
      ++report_.errors["an event out of its turn"];
    else
      ++report_.events;
    report_.each.add(now - about.sent);
    about.last = now;
    --about.missing;
    --missing_;
  }

  void sum_up() {
    report_.changes = changes_.size();
    for (const auto& each : changes_) {
      if (each.missing == 0)
        report_.last.add(each.last - each.sent);
    }
    for (const auto& each : products_)
      report_.events_wanted += each.followers * each.changes.size();
  }

  const stream_options& options_;
  delivery_maker& deliveries_;
  descriptor poll_;
  std::vector<followed> products_;
  std::vector<reader> readers_;
  std::vector<sender> senders_;
  std::vector<change> changes_;
  std::string request_;
  std::size_t ready_ = 0;
  std::size_t missing_ = 0; // events, of all changes
  stream_report report_;
};

} // namespace

result<stream_report> follow(const stream_options& options, delivery_maker& deliveries) {
  return follower{options, deliveries}.run();
}

} // namespace ankkor::load

#include "bench/load/runner.hpp"

#include "bench/load/schedule.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>

namespace ankkor::load {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_interval{100}; // for answers that are late

struct lane;

// One traffic while it runs.
struct stream {
  traffic what;
  std::optional<schedule> plan; // of an open loop
  std::vector<lane*> idle;
  traffic_report report;
};

// One connection.
struct lane {
  stream* owner = nullptr;
  descriptor socket;
  errand about;
  std::string request;
  std::size_t written = 0;
  std::string received;
  time_point intended;
  time_point sent;
  bool waiting = false; // for an answer
  bool blocked = false; // a part of the request waits for room in the socket
};

timespec until(time_point when, time_point now) {
  const auto left = std::max(std::chrono::nanoseconds{when - now}, std::chrono::nanoseconds{0});
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
}

} // namespace

std::uint64_t traffic_report::failed() const {
  return std::accumulate(errors.begin(), errors.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& each) { return sum + each.second; });
}

struct runner::implementation {
  implementation(run_options given, std::vector<traffic> what)
    : options(std::move(given)), poll(::epoll_create1(EPOLL_CLOEXEC)) {
    for (auto& each : what) {
      auto made = std::make_unique<stream>();
      made->report.name = each.name;
      made->what = std::move(each);
      streams.push_back(std::move(made));
    }
  }

  status prepare() {
    // Sleeps of the loop end when they are to, not some 50 µs later.
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL,
            0UL); // NOLINT(cppcoreguidelines-pro-type-vararg): so declared
    for (auto& each : streams) {
      for (std::size_t at = 0; at < each->what.connections; ++at) {
        auto made = std::make_unique<lane>();
        made->owner = each.get();
        if (auto connected = reconnect(*made); !connected)
          return connected;
        each->idle.push_back(made.get());
        lanes.push_back(std::move(made));
      }
    }
    return done{};
  }

  status reconnect(lane& each) {
    forget(each);
    auto made = connect_to(options.where);
    if (!made)
      return made.failure();
    each.socket = std::move(*made);
    each.received.clear();
    each.blocked = false;
    by_socket[each.socket.get()] = &each;
    return watch(each, EPOLL_CTL_ADD, EPOLLIN);
  }

  void forget(lane& each) {
    by_socket.erase(each.socket.get());
    each.socket = descriptor{};
  }

  status watch(lane& each, int how, std::uint32_t what) const {
    auto interest = epoll_event{};
    interest.events = what;
    interest.data.fd = each.socket.get();
    if (::epoll_ctl(poll.get(), how, each.socket.get(), &interest) != 0)
      return system_error("epoll_ctl");
    return done{};
  }

  result<run_report> run() {
    if (auto ready = prepare(); !ready)
      return ready.failure();
    if (options.warm_up.count() > 0) {
      pass(options.warm_up);
      for (auto& each : streams) {
        each->report.latency = {};
        each->report.answers.clear();
        each->report.unsent = 0;
      }
    }
    if (begun)
      begun();
    auto report = run_report{};
    const auto cpu_before = cpu_of_session(options.watched_session);
    const auto own_before = own_cpu_seconds();
    const auto start = clock::now();
    pass(options.length);
    report.took = clock::now() - start;
    report.own_cpu_seconds = own_cpu_seconds() - own_before;
    report.cpu = used_between(cpu_before, cpu_of_session(options.watched_session));
    for (auto& each : streams)
      report.traffic.push_back(std::move(each->report));
    return report;
  }

  // Sends for that long. What is in flight at the end is waited for, and counted.
  void pass(std::chrono::milliseconds length) {
    const auto start = clock::now();
    const auto end = start + length;
    for (auto& each : streams) {
      if (each->what.rate > 0)
        each->plan.emplace(start, end, each->what.rate);
    }
    auto look = start + look_interval;
    while (true) {
      const auto now = clock::now();
      if (now < end)
        send_due(now);
      else if (!in_flight())
        break;
      if (now >= look) {
        give_up_late(now);
        look = now + look_interval;
      }
      turn(now < end ? std::min({look, end, next_due()}) : look, now);
    }
    for (auto& each : streams) {
      while (each->plan && each->plan->take(end))
        ++each->report.unsent;
    }
  }

  [[nodiscard]] bool in_flight() const {
    return std::any_of(lanes.begin(), lanes.end(), [](const auto& each) { return each->waiting; });
  }

  [[nodiscard]] time_point next_due() const {
    auto due = time_point::max();
    for (const auto& each : streams) {
      if (!each->plan || each->idle.empty())
        continue;
      if (const auto next = each->plan->next())
        due = std::min(due, *next);
    }
    return due;
  }

  void send_due(time_point now) {
    for (auto& each : streams) {
      while (!each->idle.empty()) {
        const auto intended = each->plan ? each->plan->take(now) : std::optional{now};
        if (!intended)
          break;
        auto& free = *each->idle.back();
        each->idle.pop_back();
        send(free, *intended);
      }
    }
  }

  void send(lane& each, time_point intended) {
    if (!each.socket.ok() && !reconnect(each)) {
      ++each.owner->report.errors["no connection"];
      each.owner->idle.push_back(&each);
      return;
    }
    each.sent = clock::now();
    // A closed loop means to send when it sends.
    each.intended = each.owner->plan ? intended : each.sent;
    each.about = each.owner->what.from->make(each.request, each.sent);
    each.written = 0;
    each.waiting = true;
    write(each);
  }

  void write(lane& each) {
    while (each.written < each.request.size()) {
      const auto count = ::send(each.socket.get(), each.request.data() + each.written,
                                each.request.size() - each.written, MSG_NOSIGNAL);
      if (count < 0 && errno == EAGAIN) {
        if (!each.blocked && watch(each, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT))
          each.blocked = true;
        return;
      }
      if (count <= 0) {
        lose(each, "connection lost while sending");
        return;
      }
      each.written += static_cast<std::size_t>(count);
    }
    if (each.blocked && watch(each, EPOLL_CTL_MOD, EPOLLIN))
      each.blocked = false;
  }

  void turn(time_point until_when, time_point now) {
    std::array<epoll_event, 256> events{};
    const auto wait = until(until_when, now);
    const int count =
      ::epoll_pwait2(poll.get(), events.data(), static_cast<int>(events.size()), &wait, nullptr);
    for (int at = 0; at < count; ++at) {
      const auto& event = events.at(static_cast<std::size_t>(at));
      if (shop && shop->handle(event.data.fd, clock::now()))
        continue;
      // One that was given up within this turn is no longer there.
      if (const auto found = by_socket.find(event.data.fd); found != by_socket.end())
        handle(*found->second, event.events);
    }
  }

  void handle(lane& each, std::uint32_t what) {
    if ((what & EPOLLOUT) != 0 && each.waiting)
      write(each);
    if ((what & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && each.socket.ok())
      receive(each);
  }

  void receive(lane& each) {
    std::array<char, 65'536> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): recv fills it
    const auto count = ::recv(each.socket.get(), bytes.data(), bytes.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (count <= 0) {
      if (each.waiting)
        lose(each, "connection closed without an answer");
      else
        forget(each);
      return;
    }
    each.received.append(bytes.data(), static_cast<std::size_t>(count));
    if (each.owner->what.echoed) {
      take_echo(each);
      return;
    }
    if (const auto came = read_answer(each.received); came && each.waiting)
      take(each, *came);
  }

  void take_echo(lane& each) {
    if (each.received.size() < each.request.size())
      return;
    each.received.clear();
    finish(each, {true, "echoed"});
  }

  void take(lane& each, const answer& came) {
    finish(each, each.owner->what.from->take(each.about, came));
    each.received.erase(0, came.size);
    if (came.close)
      forget(each);
  }

  void finish(lane& each, const verdict& judged) {
    auto& report = each.owner->report;
    auto& counts = judged.expected ? report.answers : report.errors;
    auto found = counts.find(judged.what);
    if (found == counts.end())
      found = counts.emplace(std::string{judged.what}, 0).first;
    ++found->second;
    if (judged.expected)
      report.latency.add(clock::now() - each.intended);
    each.waiting = false;
    each.owner->idle.push_back(&each);
  }

  void lose(lane& each, const char* why) {
    ++each.owner->report.errors[why];
    each.owner->what.from->lose(each.about);
    each.waiting = false;
    each.owner->idle.push_back(&each);
    forget(each);
  }

  void give_up_late(time_point now) {
    for (auto& each : lanes) {
      if (each->waiting && now - each->sent > options.answer_timeout)
        lose(*each, "no answer in time");
    }
  }

  run_options options;
  descriptor poll;
  std::vector<std::unique_ptr<stream>> streams;
  std::vector<std::unique_ptr<lane>> lanes;
  std::unordered_map<int, lane*> by_socket;
  std::optional<storefront> shop;
  std::function<void()> begun;
};

runner::runner(run_options options, std::vector<traffic> what)
  : impl_(std::make_unique<implementation>(std::move(options), std::move(what))) {}

runner::~runner() = default;

void runner::attach(descriptor listening, std::string secret, storefront::listener tell) {
  impl_->shop.emplace(std::move(listening), std::move(secret), impl_->poll.get(), std::move(tell));
}

void runner::on_measuring(std::function<void()> begun) {
  impl_->begun = std::move(begun);
}

result<run_report> runner::run() {
  return impl_->run();
}

bool runner::serve_until(const std::function<bool()>& holds, std::chrono::milliseconds at_most) {
  const auto end = clock::now() + at_most;
  while (!holds()) {
    const auto now = clock::now();
    if (now >= end)
      return false;
    impl_->turn(std::min(end, now + look_interval), now);
  }
  return true;
}

const storefront* runner::attached() const noexcept {
  return impl_->shop ? &*impl_->shop : nullptr;
}

} // namespace ankkor::load

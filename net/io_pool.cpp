#include "base/log.hpp"
#include "net/io_pool_impl.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <exception>

namespace ankkor::net {

namespace {

// A task that throws is a mistake of ours, but no reason to drop every connection of its thread.
void run(boost::asio::io_context& context) {
  for (bool again = true; again;) {
    try {
      context.run();
      again = false;
    } catch (const std::exception& failure) {
      log::error("a task on an I/O thread threw an exception", {{"reason", failure.what()}});
    }
  }
}

} // namespace

io_pool::io_pool(std::size_t threads) : impl_(std::make_unique<implementation>()) {
  for (std::size_t i = 0; i < std::clamp<std::size_t>(threads, 1, 64); ++i)
    impl_->loops.push_back(std::make_unique<implementation::loop>());
  for (auto& each : impl_->loops)
    each->thread = std::thread([&context = each->context] { run(context); });
}

io_pool::~io_pool() {
  stop();
}

std::size_t io_pool::size() const noexcept {
  return impl_->loops.size();
}

void io_pool::post(std::size_t thread, std::function<void()> task) {
  boost::asio::post(impl_->context(thread), std::move(task));
}

void io_pool::post_after(std::size_t thread, std::chrono::milliseconds delay,
                         std::function<void()> task) {
  const auto timer =
    std::make_shared<boost::asio::steady_timer>(impl_->context(thread).get_executor(), delay);
  timer->async_wait([timer, task = std::move(task)](const boost::system::error_code& failure) {
    if (!failure)
      task();
  });
}

void io_pool::stop() {
  for (auto& each : impl_->loops)
    each->context.stop();
  for (auto& each : impl_->loops)
    if (each->thread.joinable())
      each->thread.join();
  const std::lock_guard lock(impl_->mutex);
  impl_->stopped = true;
  impl_->changed.notify_all();
}

void io_pool::implementation::run_everywhere(const std::function<void(std::size_t)>& task) {
  struct progress {
    std::function<void(std::size_t)> task;
    std::vector<bool> ran;
    std::size_t left = 0;
  };

  const auto shared = std::make_shared<progress>();
  shared->task = task;
  shared->ran.resize(loops.size());
  shared->left = loops.size();
  for (std::size_t i = 0; i < loops.size(); ++i)
    boost::asio::dispatch(context(i), [this, shared, i] {
      shared->task(i);
      const std::lock_guard lock(mutex);
      shared->ran[i] = true;
      --shared->left;
      changed.notify_all();
    });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return shared->left == 0 || stopped; });
  for (std::size_t i = 0; i < loops.size(); ++i)
    if (!shared->ran[i])
      task(i);
}

} // namespace ankkor::net

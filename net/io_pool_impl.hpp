// What io_pool is made of, for net's own sources.
#pragma once

#include "net/io_pool.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace ankkor::net {

struct io_pool::implementation {
  using executor = boost::asio::io_context::executor_type;

  struct loop {
    boost::asio::io_context context{1}; // run by one thread only
    boost::asio::executor_work_guard<executor> work{context.get_executor()};
    std::thread thread;
  };

  std::vector<std::unique_ptr<loop>> loops;

  boost::asio::io_context& context(std::size_t thread) { return loops[thread]->context; }

  // Runs `task` once for every thread, on it, and returns when all have. When the pool has stopped,
  // no thread can race with the caller any more: then the caller runs what is left. Called on an
  // I/O thread, that thread's share runs at once; two threads that do so wait for each other for
  // ever.
  void run_everywhere(const std::function<void(std::size_t)>& task);

  std::mutex mutex;
  std::condition_variable changed;
  bool stopped = false; // all threads are joined
};

} // namespace ankkor::net

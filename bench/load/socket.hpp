// Sockets of the load generator: owned descriptors, and connections from addresses of one's
// choosing.
#pragma once

#include "base/error.hpp"
#include "net/http/client.hpp"

#include <cstdint>
#include <utility>

namespace ankkor::load {

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
  ~descriptor();

  [[nodiscard]] int get() const noexcept { return value_; }

  [[nodiscard]] bool ok() const noexcept { return value_ >= 0; }

private:
  int value_;
};

// What errno says, as an error.
[[nodiscard]] error system_error(std::string_view what);

// A connected TCP socket that doesn't block. `source`: from 127.0.0.(1 + source); 0 leaves it to
// the system. One address has ports for some 28,000 connections.
[[nodiscard]] result<descriptor> connect_to(const net::url& where, unsigned source = 0);

// Makes it one that doesn't block, and that sends small pieces at once.
void make_ready(const descriptor& socket) noexcept;

} // namespace ankkor::load

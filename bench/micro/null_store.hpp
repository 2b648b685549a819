// A store that takes everything and keeps nothing: what is measured over it is the rest.
#pragma once

#include "store/store.hpp"

#include <atomic>

namespace ankkor::micro {

class null_store final : public store::store {
public:
  result<std::vector<ankkor::store::commit_outcome>>
  commit(std::span<const ankkor::store::entry> entries) override {
    return std::vector<ankkor::store::commit_outcome>(entries.size(),
                                                      ankkor::store::commit_outcome::committed);
  }

  status probe() override { return done{}; }

  status load_products(const std::function<void(const stock::product&)>&) override {
    return done{};
  }

  result<std::vector<ankkor::store::outbox_job>> load_outbox() override {
    return std::vector<ankkor::store::outbox_job>{};
  }

  result<std::vector<ankkor::store::confirmation>> load_confirmations() override {
    return std::vector<ankkor::store::confirmation>{};
  }

  result<std::vector<ankkor::store::live_event>> load_events(std::size_t) override {
    return std::vector<ankkor::store::live_event>{};
  }

  result<std::vector<ankkor::store::bookmark>> load_bookmarks() override {
    return std::vector<ankkor::store::bookmark>{};
  }

  result<std::uint64_t> highest_version() override { return std::uint64_t{0}; }

  result<bool> purge(stock::moment) override { return false; }

  result<std::unique_ptr<ankkor::store::reader>> open_reader() override {
    return error{errc::unavailable, "This store keeps nothing.", ""};
  }
};

} // namespace ankkor::micro

// A store in memory that survives the engine: what a restart finds is what was committed. It keeps
// what the tests of reading look at; dead letters and the outbox are other tests' business.
#pragma once

#include "store/store.hpp"

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ankkor::actors::testing {

class memory_store final : public store::store {
public:
  result<std::vector<ankkor::store::commit_outcome>>
  commit(std::span<const ankkor::store::entry> entries) override {
    if (full)
      return full_disk();
    auto outcomes = std::vector<ankkor::store::commit_outcome>{};
    for (const auto& entry : entries)
      outcomes.push_back(put(entry));
    return outcomes;
  }

  status probe() override {
    if (full)
      return full_disk();
    return done{};
  }

  status load_products(const std::function<void(const stock::product&)>& take) override {
    for (const auto& [id, product] : products)
      take(product);
    return done{};
  }

  result<std::vector<ankkor::store::outbox_job>> load_outbox() override {
    return std::vector<ankkor::store::outbox_job>{};
  }

  result<std::vector<ankkor::store::confirmation>> load_confirmations() override {
    auto questions = std::vector<ankkor::store::confirmation>{};
    for (const auto& [item, question] : wanted)
      questions.push_back(question);
    return questions;
  }

  result<std::vector<ankkor::store::live_event>> load_events(std::size_t) override {
    return std::vector<ankkor::store::live_event>{};
  }

  result<std::vector<ankkor::store::bookmark>> load_bookmarks() override {
    auto marks = std::vector<ankkor::store::bookmark>{};
    for (const auto& [name, value] : bookmarks)
      marks.push_back({name, value});
    return marks;
  }

  result<std::uint64_t> highest_version() override { return version; }

  result<bool> purge(stock::moment) override { return false; }

  result<std::unique_ptr<ankkor::store::reader>> open_reader() override { return full_disk(); }

  bool full = false;
  std::map<stock::product_id, stock::product> products;
  std::map<stock::product_id, ankkor::store::confirmation> wanted;
  std::map<std::string, std::string> bookmarks;
  std::uint64_t version = 0;

private:
  static error full_disk() { return {errc::unavailable, "The disk is full.", "Make room."}; }

  ankkor::store::commit_outcome put(const ankkor::store::entry& entry) {
    const bool is_new =
      !entry.delivery ||
      known_.emplace(entry.delivery->delivery_id, entry.delivery->body_digest).second;
    for (const auto& mark : entry.bookmarks)
      bookmarks[mark.name] = mark.value;
    if (entry.state) {
      products[entry.state->id] = *entry.state;
      version = std::max(version, entry.state->version);
    }
    for (const auto item : entry.settled) {
      const auto found = wanted.find(item);
      if (found != wanted.end() && found->second.wanted < entry.settled_before)
        wanted.erase(found);
    }
    if (!is_new)
      return ankkor::store::commit_outcome::duplicate;
    for (const auto& question : entry.wanted)
      wanted[question.item] = question;
    return ankkor::store::commit_outcome::committed;
  }

  std::set<std::pair<std::string, std::array<std::uint8_t, 16>>> known_;
};

} // namespace ankkor::actors::testing

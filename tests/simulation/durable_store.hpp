// A store in memory that survives crashes, and takes from an entry exactly what the interface says
// that a store keeps: an item that isn't named as changed is not written.
#pragma once

#include "store/store.hpp"

#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ankkor::simulation {

class durable_store final : public store::store {
public:
  // The product as it was (null: unknown) and as it is from now on.
  using change_observer =
    std::function<void(const stock::product* before, const stock::product& after)>;

  explicit durable_store(change_observer observer) : observer_(std::move(observer)) {}

  result<std::vector<ankkor::store::commit_outcome>>
  commit(std::span<const ankkor::store::entry> entries) override;
  status probe() override;
  status load_products(const std::function<void(const stock::product&)>& take) override;
  result<std::vector<ankkor::store::outbox_job>> load_outbox() override;
  result<std::vector<ankkor::store::confirmation>> load_confirmations() override;
  result<std::vector<ankkor::store::live_event>> load_events(std::size_t max) override;
  result<std::vector<ankkor::store::bookmark>> load_bookmarks() override;

  result<std::uint64_t> highest_version() override { return version_; }

  result<bool> purge(stock::moment) override { return false; }

  result<std::unique_ptr<ankkor::store::reader>> open_reader() override { return out_of_reach(); }

  // While set no commit succeeds: the disk is full, or the process is dying.
  bool refuses = false;

  [[nodiscard]] const std::map<stock::product_id, stock::product>& products() const {
    return products_;
  }

  [[nodiscard]] const std::map<stock::product_id, ankkor::store::confirmation>& questions() const {
    return questions_;
  }

  [[nodiscard]] std::size_t jobs() const { return jobs_.size(); }

  [[nodiscard]] bool knows(const std::string& delivery_id,
                           const std::array<std::uint8_t, 16>& digest) const {
    return deliveries_.count({delivery_id, digest}) != 0;
  }

private:
  static error out_of_reach() { return {errc::unavailable, "The disk is full.", "Make room."}; }

  ankkor::store::commit_outcome put(const ankkor::store::entry& what);
  void put_state(const ankkor::store::entry& what);
  void put_jobs(const ankkor::store::entry& what);
  void put_questions(const ankkor::store::entry& what, bool is_new);

  change_observer observer_;
  std::map<stock::product_id, stock::product> products_;
  std::map<stock::product_id, ankkor::store::confirmation> questions_;
  std::map<std::pair<std::string, stock::product_id>, ankkor::store::outbox_job> jobs_;
  std::map<std::string, std::string> bookmarks_;
  std::vector<ankkor::store::live_event> events_;
  std::set<std::pair<std::string, std::array<std::uint8_t, 16>>> deliveries_;
  std::uint64_t version_ = 0;
};

} // namespace ankkor::simulation

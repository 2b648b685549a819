// Small values that the tests of the actors share, and a store that lives in memory and fails when
// it is told to.
#pragma once

#include "actors/change/ledger.hpp"
#include "actors/change/product.hpp"

#include <optional>
#include <set>

namespace ankkor::actors::testing {

inline constexpr auto start_of_time = stock::moment{std::chrono::hours{24 * 20'000}};

// Sold as "tea-{id}" in the category "drinks".
[[nodiscard]] stock::item some_item(stock::product_id id, std::int64_t quantity, unsigned second);

// A delivery of that item, received so many seconds after the start of time.
[[nodiscard]] incoming some_delivery(stock::item item, unsigned received_second = 0);

// Keeps what it was told.
struct recorded_reply final : reply {
  void done(const result<store::outcome>& outcome) override;

  std::optional<store::outcome> outcome;
  std::optional<error> failure;
  int calls = 0;

  [[nodiscard]] bool answered() const { return calls > 0; }
};

class memory_store final : public store::store {
public:
  result<std::vector<ankkor::store::commit_outcome>>
  commit(std::span<const ankkor::store::entry> entries) override;
  result<std::optional<std::vector<ankkor::store::commit_outcome>>> settle() override;
  status probe() override;
  status load_products(const std::function<void(const stock::product&)>& take) override;
  result<std::vector<ankkor::store::outbox_job>> load_outbox() override;
  result<std::vector<ankkor::store::confirmation>> load_confirmations() override;
  result<std::vector<ankkor::store::live_event>> load_events(std::size_t max) override;
  result<std::vector<ankkor::store::bookmark>> load_bookmarks() override;
  result<std::uint64_t> highest_version() override;
  result<bool> purge(stock::moment now) override;
  result<std::unique_ptr<ankkor::store::reader>> open_reader() override;

  bool full = false;                         // fails everything
  std::optional<bool> loses_answer;          // of the next commit, which is stored (true) or isn't
  std::vector<ankkor::store::entry> entries; // all that was committed, in order
  std::vector<std::size_t> groups;           // how many entries each commit took
  std::function<void()> before_commit = [] {};   // runs within a commit
  std::vector<ankkor::store::outbox_job> outbox; // what load_outbox answers
  int purges = 0;
  int purges_wanted = 0; // by then nothing is over the limits any more

private:
  bool in_doubt_ = false;
  std::optional<std::vector<ankkor::store::commit_outcome>> stored_; // of what is in doubt
  std::set<std::pair<std::string, std::array<std::uint8_t, 16>>> identities_;
};

// A product context with one target, "shop".
[[nodiscard]] std::shared_ptr<product_context> one_target(const view& committed);

} // namespace ankkor::actors::testing

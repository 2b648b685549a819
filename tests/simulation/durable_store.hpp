// A store in memory that survives crashes, and takes from an entry exactly what the interface says
// that a store keeps: an item that isn't named as changed is not written. What becomes of a commit
// is somebody else's to say.
#pragma once

#include "store/store.hpp"

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ankkor::simulation {

class durable_store final : public store::store {
public:
  // The product as it was (null: unknown) and as it is from now on.
  using change_observer =
    std::function<void(const stock::product* before, const stock::product& after)>;

  using job_observer = std::function<void(const ankkor::store::outbox_job&)>;

  enum class fate : std::uint8_t { stored, refused, dies_stored, dies_refused, in_doubt };

  struct chance_of_commit {
    std::function<fate()> fate_of;    // called before anything is stored; may take its time
    std::function<void()> dies;       // the process, in the middle of it
    std::function<bool()> is_settled; // whether the store can tell what became of what is in doubt
    std::function<bool()> doubt_ends_stored;
  };

  durable_store(change_observer changes, job_observer jobs, chance_of_commit chance)
    : observer_(std::move(changes)), job_observer_(std::move(jobs)), chance_(std::move(chance)) {}

  result<std::vector<ankkor::store::commit_outcome>>
  commit(std::span<const ankkor::store::entry> entries) override;
  result<std::optional<std::vector<ankkor::store::commit_outcome>>> settle() override;
  status probe() override;
  status load_products(const std::function<void(const stock::product&)>& take) override;
  result<std::vector<ankkor::store::outbox_job>> load_outbox() override;
  result<std::vector<ankkor::store::confirmation>> load_confirmations() override;
  result<std::vector<ankkor::store::live_event>> load_events(std::size_t max) override;
  result<std::vector<ankkor::store::bookmark>> load_bookmarks() override;

  result<std::uint64_t> highest_version() override { return version_; }

  result<bool> purge(stock::moment) override { return false; }

  result<std::unique_ptr<ankkor::store::reader>> open_reader() override { return out_of_reach(); }

  // The process is no more: what was in doubt is stored now, or never will be.
  void process_ends();

  // While set no commit succeeds: the disk is full, or the process is dying.
  bool refuses = false;

  [[nodiscard]] const std::vector<ankkor::store::live_event>& events() const { return events_; }

  // What the engine did that no store allows; "" if nothing.
  [[nodiscard]] const std::string& misuse() const { return misuse_; }

  [[nodiscard]] const std::map<stock::product_id, stock::product>& products() const {
    return products_;
  }

  [[nodiscard]] const std::map<stock::product_id, ankkor::store::confirmation>& questions() const {
    return questions_;
  }

  // Whether a read that began after that moment has settled a question of the item.
  [[nodiscard]] bool settled_since(stock::product_id item, stock::moment wanted) const {
    const auto found = settled_before_.find(item);
    return found != settled_before_.end() && wanted < found->second;
  }

  // An item's of the product; null if nothing is held of it.
  [[nodiscard]] const stock::record* find(stock::product_id product, stock::product_id item) const;

  [[nodiscard]] std::size_t jobs() const { return jobs_.size(); }

  [[nodiscard]] bool knows(const std::string& delivery_id,
                           const std::array<std::uint8_t, 16>& digest) const {
    return deliveries_.count({delivery_id, digest}) != 0;
  }

  [[nodiscard]] bool has_bookmark(std::string_view name) const {
    return bookmarks_.count(std::string{name}) != 0;
  }

private:
  static error out_of_reach() { return {errc::unavailable, "The disk is full.", "Make room."}; }

  std::vector<ankkor::store::commit_outcome> put_all(std::span<const ankkor::store::entry> entries);
  [[nodiscard]] std::uint64_t version_of(stock::product_id product) const;
  void check_use(const ankkor::store::entry& what);
  ankkor::store::commit_outcome put(const ankkor::store::entry& what);
  void put_state(const ankkor::store::entry& what);
  void put_jobs(const ankkor::store::entry& what);
  void put_questions(const ankkor::store::entry& what, bool is_new);

  change_observer observer_;
  job_observer job_observer_;
  chance_of_commit chance_;
  std::optional<std::vector<ankkor::store::entry>> doubtful_;
  std::string misuse_;
  std::map<stock::product_id, stock::product> products_;
  std::map<stock::product_id, ankkor::store::confirmation> questions_;
  std::map<stock::product_id, stock::moment> settled_before_;
  std::map<std::pair<std::string, stock::product_id>, ankkor::store::outbox_job> jobs_;
  std::map<std::string, std::string> bookmarks_;
  std::vector<ankkor::store::live_event> events_;
  std::set<std::pair<std::string, std::array<std::uint8_t, 16>>> deliveries_;
  std::uint64_t version_ = 0;
};

} // namespace ankkor::simulation

#include "api/finding.hpp"

#include <algorithm>

namespace ankkor::api {

namespace {

bool lists(const stock::product& held, stock::product_id variation) {
  const auto& listed = held.self->value.variations;
  return std::binary_search(listed.begin(), listed.end(), variation);
}

found_item as_shown(actors::snapshot_ptr snapshot, const stock::record& item) {
  if (!stock::is_public(snapshot->held, item))
    return {holding::hidden, nullptr, nullptr};
  return {holding::shown, std::move(snapshot), &item};
}

// Answers are gathered on the exchange's thread, so nothing is locked.
struct gathering {
  std::vector<actors::read_answer> answers;
  std::size_t missing = 0;
  std::function<void(std::vector<actors::read_answer>)> done;
};

} // namespace

found_item find_item(const actors::view& held, const wanted_item& wanted) {
  const auto owner = wanted.of ? *wanted.of : held.owner(wanted.item).value_or(wanted.item);
  if (wanted.of == wanted.item)
    return {holding::hidden, nullptr, nullptr}; // a product is no variation of itself
  auto snapshot = held.find(owner);
  if (!snapshot)
    return {};
  const auto& product = snapshot->held;
  if (const auto* item = product.find(wanted.item))
    return as_shown(std::move(snapshot), *item);
  // A product that is described names all of its variations.
  if (wanted.of && product.self && !lists(product, wanted.item))
    return {holding::hidden, nullptr, nullptr};
  return {};
}

found_item find_slug(const actors::view& held, std::string_view slug) {
  auto snapshot = held.find_slug(slug);
  if (!snapshot)
    return {};
  const auto& item = *snapshot->held.self;
  return as_shown(std::move(snapshot), item);
}

void read_missing(actors::engine& engine, const std::shared_ptr<net::exchange>& exchange,
                  const std::vector<stock::product_id>& items,
                  std::function<void(std::vector<actors::read_answer>)> done) {
  if (items.empty())
    return done({});
  const auto shared = std::make_shared<gathering>();
  shared->answers.resize(items.size());
  shared->missing = items.size();
  shared->done = std::move(done);
  for (std::size_t at = 0; at < items.size(); ++at) {
    engine.read(items[at], [shared, exchange, at](const actors::read_answer& answer) {
      exchange->post([shared, at, answer] {
        shared->answers[at] = answer;
        if (--shared->missing == 0)
          std::exchange(shared->done, nullptr)(std::move(shared->answers));
      });
    });
  }
}

} // namespace ankkor::api

#include "actors/reading/withdrawn_items.hpp"

#include "base/metrics.hpp"

#include <algorithm>

namespace ankkor::actors {

namespace {

constexpr auto withdrawn_words = shop_caller_words{
  "withdrawn",
  "WooCommerce's REST API can't list what is no longer published: where that webhook was lost, the "
  "product is shown until the next full pass.",
  "WooCommerce's REST API lists what is no longer published again."};

} // namespace

withdrawn_items::withdrawn_items(const shop_options& options) : caller(options, withdrawn_words) {}

bool withdrawn_items::may_list(const pass_context& around) const {
  return around.options.product_list && around.now() >= rest_until_;
}

void withdrawn_items::look_round(const pass_context& around) {
  const auto now = around.now();
  const auto& committed = *around.options.committed;
  std::erase_if(asked_, [&](const asked_for& each) {
    if (!is_read_since(committed, each.item, each.since))
      return now >= each.since + around.options.confirmation_patience;
    const auto found = committed.find(each.item);
    if (!stock::is_public(found->held, *found->held.self)) {
      around.options.watch->expect(each.item, now);
      metrics::reconcile_drift(stock::to_string(stock::drift::gone)).add(1);
      around.options.board->change(each.pass, [](pass_progress& on) {
        ++on.drift[static_cast<std::size_t>(stock::drift::gone)];
      });
    }
    return true;
  });
}

} // namespace ankkor::actors

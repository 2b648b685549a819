// Faults planted on purpose, to prove that the simulated worlds notice them. Nothing but a test
// plants one (tests/repository looks): no setting and no environment leads here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ankkor {

enum class planted_fault : std::uint8_t {
  none,
  drop_version_check,      // what is older than what is held is applied
  apply_ambiguous,         // what can't be ordered is applied, and not read again
  publish_before_commit,   // readers see what is decided
  answer_before_commit,    // deliveries are answered when they come
  forget_outbox,           // jobs are told and not stored
  outbox_not_restored,     // jobs of the store are not taken up at the start
  forget_told,             // what a target has heard stays in the outbox
  failure_is_success,      // a target that fails counts as told
  cdn_first,               // CDNs don't wait for storefronts
  forget_settled,          // questions are answered and stay
  forget_questions,        // questions are asked and not stored
  lose_rejection,          // a product goes on from what was not stored
  no_read_again,           // what was refused is not read again
  ignore_body_hash,        // a delivery is known by its ID alone
  watermark_early,         // a pass counts as made once its first page is there
  page_read_uncommitted,   // a page counts as read before it is stored
  forget_to_count_tokens,  // every fourth request is free
  budget_full_at_start,    // a restart brings a burst
  drop_retry_after,        // a pause that WooCommerce asks for is not made
  live_gap,                // who comes back misses one event
  live_not_stored,         // events are told and not stored
  mirror_forgets_failures, // what Redis did not take is not written again
};

inline constexpr std::array<std::string_view, 23> planted_fault_names{
  "none",
  "drop_version_check",
  "apply_ambiguous",
  "publish_before_commit",
  "answer_before_commit",
  "forget_outbox",
  "outbox_not_restored",
  "forget_told",
  "failure_is_success",
  "cdn_first",
  "forget_settled",
  "forget_questions",
  "lose_rejection",
  "no_read_again",
  "ignore_body_hash",
  "watermark_early",
  "page_read_uncommitted",
  "forget_to_count_tokens",
  "budget_full_at_start",
  "drop_retry_after",
  "live_gap",
  "live_not_stored",
  "mirror_forgets_failures",
};

namespace for_tests {

// Set before an engine starts, and not while one runs.
inline planted_fault planted = planted_fault::none;

} // namespace for_tests

[[nodiscard]] inline bool is_planted(planted_fault which) noexcept {
  return for_tests::planted == which;
}

[[nodiscard]] inline bool is_any_planted() noexcept {
  return for_tests::planted != planted_fault::none;
}

} // namespace ankkor

// Every actor of the engine in one place: one line an actor, one line a message.
//
// The way of a change (docs/architecture.md): webhook -> catalog -> product -> ledger => view,
// revalidator, answer.
#pragma once

#include "actors/messages.hpp"

#include <caf/all.hpp>

namespace ankkor::actors {

using tick_atom = caf::atom_constant<caf::atom("tick")>;
using idle_atom = caf::atom_constant<caf::atom("idle")>;
using retire_atom = caf::atom_constant<caf::atom("retire")>;
using rejected_atom = caf::atom_constant<caf::atom("rejected")>;
using flush_atom = caf::atom_constant<caf::atom("flush")>;
using purge_atom = caf::atom_constant<caf::atom("purge")>;
using answer_atom = caf::atom_constant<caf::atom("answer")>;
using acquire_atom = caf::atom_constant<caf::atom("acquire")>;
using granted_atom = caf::atom_constant<caf::atom("granted")>;
using released_atom = caf::atom_constant<caf::atom("released")>;
using reconcile_atom = caf::atom_constant<caf::atom("reconcile")>;
using release_atom = caf::atom_constant<caf::atom("release")>;
using give_up_atom = caf::atom_constant<caf::atom("give_up")>;
using committed_atom = caf::atom_constant<caf::atom("committed")>;

/// Owns the stock of one product and its variations: decides what an observation changes (I2, I3).
using product_actor = caf::typed_actor<
  // Decides on one observation and hands the ledger the outcome.
  caf::reacts_to<incoming_ptr>,
  // The ledger could not commit the state of that version: goes back to what is committed.
  caf::reacts_to<rejected_atom, std::uint64_t>,
  // Nothing came for a while, or too many are alive: offers to be let go if nothing of it is in
  // flight.
  caf::reacts_to<retire_atom>>;

/// Routes to product actors, and lets those live that are needed.
using catalog_actor = caf::typed_actor<
  // Hands every observation to its product's actor, which is spawned from the committed snapshot.
  caf::reacts_to<incoming_batch>,
  // A product actor has handled that many messages, and all it decided is committed.
  caf::reacts_to<idle_atom, stock::product_id, std::uint64_t>,
  // Asks the product actors that nothing came for since the last time whether they can go.
  caf::reacts_to<tick_atom>>;

/// Takes verified deliveries and says what is to be done for each.
using webhook_actor = caf::typed_actor<
  // What one turn of an I/O thread's loop has read.
  caf::reacts_to<incoming_batch>>;

/// Writes the store, the only one to do so: commits in groups, and publishes what is committed
/// (I1).
using ledger_actor = caf::typed_actor<
  // Takes one record into the next group.
  caf::reacts_to<ledger_entry_ptr>,
  // Takes several records into the next group.
  caf::reacts_to<ledger_entries>,
  // Commits the group.
  caf::reacts_to<flush_atom>,
  // Deletes a little of what is over the store's limits.
  caf::reacts_to<purge_atom>,
  // Housekeeping: asks a failed store whether it is back.
  caf::reacts_to<tick_atom>>;

/// Tells one revalidation target what has changed, until it has heard (I5).
using revalidator_actor = caf::typed_actor<
  // Committed jobs for this target; also those of the outbox at the start.
  caf::reacts_to<job_batch>,
  // The window is over, or the back-off is.
  caf::reacts_to<tick_atom>,
  // A storefront has answered: what a CDN was not told before may be told now.
  caf::reacts_to<released_atom>,
  // The target's answer to the call in flight.
  caf::reacts_to<answer_atom, call_answer>>;

/// Grants every request to WooCommerce, whatever its purpose: one budget (I4).
using limiter_actor = caf::typed_actor<
  // Waits for its turn; answered when one request may be sent.
  caf::replies_to<acquire_atom, purpose>::with<granted_atom>,
  // A granted request has ended, or is not needed after all. One whose requester dies ends by
  // itself.
  caf::reacts_to<release_atom, feedback>,
  // The sender waits no longer: its places go to others, and what it asked for fails.
  caf::reacts_to<give_up_atom>,
  // A token may be there.
  caf::reacts_to<tick_atom>>;

/// Reads products at WooCommerce, gathered into few requests, and settles what only a fresh read
/// can.
using confirmer_actor = caf::typed_actor<
  // Confirmations that are committed as wanted; also those of the store at the start.
  caf::reacts_to<confirmation_batch>,
  // Something may be due.
  caf::reacts_to<tick_atom>,
  // WooCommerce's answer to the request in flight; the number says nothing.
  caf::reacts_to<answer_atom, std::uint64_t, call_answer>>;

/// Reads at WooCommerce what no webhook told of: what was modified lately, and, over and over, the
/// whole catalog.
using reconciler_actor = caf::typed_actor<
  // Confirmations that are committed as wanted; that of everything (0) is an incremental pass.
  caf::reacts_to<confirmation_batch>,
  // A pass was asked for and is on the board.
  caf::reacts_to<reconcile_atom, reconcile_type, stock::product_id>,
  // Something may be due.
  caf::reacts_to<tick_atom>,
  // WooCommerce's answer to the request in flight of the pass of that reconcile_type.
  caf::reacts_to<answer_atom, std::uint64_t, call_answer>,
  // All that a page showed is committed, or refused.
  caf::reacts_to<committed_atom, receipt_ptr>>;

/// Reads at WooCommerce what readers ask for and isn't held, once for however many ask.
using lookup_actor = caf::typed_actor<
  // A reader who waits, for a few seconds at most.
  caf::reacts_to<open_read_ptr>,
  // What was asked for is gathered, or somebody has waited long enough.
  caf::reacts_to<tick_atom>,
  // WooCommerce's answer to the request with that number.
  caf::reacts_to<answer_atom, std::uint64_t, call_answer>,
  // Everything of the reading with that number is committed, or something could not be (false).
  caf::reacts_to<committed_atom, std::uint64_t, bool>>;

/// Writes products into Redis as they are committed, for storefronts that read them there.
using mirror_actor = caf::typed_actor<
  // Products that were committed and published.
  caf::reacts_to<product_batch>,
  // The next batch may be written, or the server asked whether it is back.
  caf::reacts_to<tick_atom>,
  // Redis's answer to the pipeline in flight.
  caf::reacts_to<answer_atom, redis_answer>>;

} // namespace ankkor::actors

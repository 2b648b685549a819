#include "actors/change/webhook.hpp"

#include "actors/failure.hpp"

namespace ankkor::actors {

namespace {

// Stands for an incremental reconciliation among confirmations.
constexpr stock::product_id everything = 0;

void want(store::entry& entry, stock::product_id item, const std::string& reason,
          stock::moment received) {
  entry.wanted.push_back({item, reason, received, received});
}

void keep_unusable(store::entry& entry, const incoming& delivery, const unusable& content) {
  const auto& facts = *delivery.delivery;
  entry.delivery->result = store::outcome::unusable;
  auto letter = store::dead_letter{};
  letter.at = facts.received;
  letter.kind = "delivery";
  letter.subject = facts.topic;
  letter.reference = facts.delivery_id;
  letter.reason = content.reason;
  letter.body = content.body.substr(0, store::dead_letter_body_max);
  entry.dead = std::move(letter);
  if (content.product_may_be_gone)
    want(entry, everything, "a delivery without its product", facts.received);
}

// A deletion or an order tells of its products, though not what became of them.
void note_hint(const incoming& delivery, missed_webhooks* watch) {
  const auto* content = std::get_if<hint>(&delivery.content);
  if (content == nullptr || watch == nullptr)
    return;
  for (const auto item : content->items)
    watch->told(item);
}

} // namespace

ledger_entry record_without_product(const incoming& delivery) {
  auto record = ledger_entry{};
  record.reply = delivery.reply;
  record.entry.delivery = delivery.delivery;
  if (delivery.dead_letter != 0)
    record.entry.discarded.push_back(delivery.dead_letter);
  if (const auto* content = std::get_if<hint>(&delivery.content)) {
    record.entry.delivery->result = store::outcome::queued;
    for (const auto item : content->items)
      want(record.entry, item, content->reason, delivery.received);
  } else {
    keep_unusable(record.entry, delivery, std::get<unusable>(delivery.content));
  }
  return record;
}

webhook_actor::behavior_type webhook(webhook_actor::stateful_pointer<webhook_state> self,
                                     catalog_actor catalog, ledger_actor ledger,
                                     missed_webhooks* watch) {
  stop_process_on_exception(*self);
  return {
    [=](incoming_batch& batch) {
      auto records = ledger_entries{};
      std::erase_if(batch, [&](const incoming_ptr& delivery) {
        if (std::holds_alternative<stock::observation>(delivery->content))
          return false;
        note_hint(*delivery, watch);
        records.push_back(std::make_shared<ledger_entry>(record_without_product(*delivery)));
        return true;
      });
      if (!batch.empty())
        self->send(catalog, std::move(batch));
      if (!records.empty())
        self->send(ledger, std::move(records));
    },
  };
}

} // namespace ankkor::actors

#include "api/admin/dead_letters.hpp"

#include "api/admin/lists.hpp"
#include "api/webhook_endpoint.hpp"
#include "base/clock.hpp"
#include "net/woocommerce/payload.hpp"

#include <simdjson.h>

#include <optional>

namespace ankkor::api {

namespace {

void write_letter(json::writer& out, const store::dead_letter& letter) {
  out.begin_object()
    .field("id", letter.id)
    .field("at", render_moment(letter.at))
    .field("kind", letter.kind)
    .field("subject", letter.subject)
    .field("reference", letter.reference)
    .field("reason", letter.reason)
    .field("body", letter.body)
    .end_object();
}

// The tags and paths of a revalidation that was given up; nothing if its record can't be read.
std::optional<store::outbox_job> read_job(const store::dead_letter& letter) {
  try {
    auto parser = simdjson::ondemand::parser{};
    const auto text = simdjson::padded_string{letter.body};
    auto document = parser.iterate(text);
    auto job = store::outbox_job{};
    job.target = letter.subject;
    job.product = document["product"].get_uint64();
    job.version = document["version"].get_uint64();
    for (std::string_view tag : document["tags"].get_array())
      job.tags.emplace_back(tag);
    for (std::string_view path : document["paths"].get_array())
      job.paths.emplace_back(path);
    return job;
  } catch (const simdjson::simdjson_error&) {
    return std::nullopt;
  }
}

// Answers the operator once the ledger has committed.
class recorded final : public actors::reply {
public:
  recorded(std::shared_ptr<net::exchange> exchange, std::string_view status)
    : exchange_(std::move(exchange)), status_(status) {}

  void done(const result<store::outcome>& outcome) override {
    if (!outcome) {
      exchange_->respond(unavailable(outcome.failure().message, 5));
      return;
    }
    auto body = std::string{};
    json::writer{body}.begin_object().field("status", status_).end_object();
    exchange_->respond(json_response(200, std::move(body)));
  }

private:
  std::shared_ptr<net::exchange> exchange_;
  std::string_view status_;
};

void retry(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
           const store::dead_letter& letter) {
  if (letter.kind == "revalidation") {
    auto entry = store::entry{};
    entry.discarded.push_back(letter.id);
    auto job = read_job(letter);
    if (!job) {
      exchange->respond(
        error_response(409, "unusable", "What was to be sent can't be read any more."));
      return;
    }
    job->received = wall_clock();
    job->created = job->received;
    entry.jobs.push_back(std::move(*job));
    all.engine.record(std::move(entry), std::make_shared<recorded>(exchange, "queued"));
    return;
  }

  auto payloads = net::payload_reader{};
  auto delivery = std::make_shared<actors::incoming>();
  auto padded = letter.body;
  padded.append(simdjson::SIMDJSON_PADDING, ' ');
  const auto kind = net::classify_topic(letter.subject);
  auto facts = store::delivery{};
  delivery->content =
    read_content(payloads, kind, std::string_view{padded}.substr(0, letter.body.size()), letter.at,
                 facts.resource);
  if (const auto* still = std::get_if<actors::unusable>(&delivery->content)) {
    exchange->respond(error_response(409, "unusable", "It still can't be used. " + still->reason));
    return;
  }
  facts.delivery_id = "retry-" + std::to_string(letter.id);
  facts.topic = letter.subject;
  facts.received = letter.at;
  delivery->received = letter.at;
  delivery->cause = "retried webhook " + letter.subject;
  delivery->delivery = std::move(facts);
  delivery->dead_letter = letter.id;
  delivery->reply = std::make_shared<recorded>(exchange, "queued");
  all.engine.accept({std::move(delivery)});
}

} // namespace

void answer_dead_letters(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                         std::string_view /*rest*/) {
  answer_list(*exchange, "deadletters", all.store.dead_letters(limit_of(exchange->req())),
              write_letter);
}

void answer_dead_letter(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                        std::string_view rest) {
  constexpr std::string_view retry_suffix = "/retry";
  const auto& request = exchange->req();
  const bool is_retry = rest.ends_with(retry_suffix);
  if (is_retry)
    rest.remove_suffix(retry_suffix.size());
  const auto wanted = is_retry ? std::string_view{"POST"} : std::string_view{"DELETE"};
  const auto id = parse_id(rest);
  if (!id) {
    exchange->respond(not_found("There is nothing at this address."));
    return;
  }
  if (request.method != wanted) {
    exchange->respond(method_not_allowed(wanted));
    return;
  }
  const auto letter = all.store.find_dead_letter(static_cast<std::int64_t>(*id));
  if (!letter) {
    exchange->respond(unavailable(letter.failure().message, 5));
  } else if (!*letter) {
    exchange->respond(not_found("There is no such dead letter."));
  } else if (is_retry) {
    retry(all, exchange, **letter);
  } else {
    auto entry = store::entry{};
    entry.discarded.push_back((*letter)->id);
    all.engine.record(std::move(entry), std::make_shared<recorded>(exchange, "discarded"));
  }
}

} // namespace ankkor::api

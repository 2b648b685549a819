#include "api/admin/outbox.hpp"

#include "api/admin/lists.hpp"

namespace ankkor::api {

namespace {

void write_job(json::writer& out, const store::outbox_job& job) {
  out.begin_object()
    .field("target", job.target)
    .field("product", job.product)
    .field("since", render_moment(job.created));
  write_texts(out, "tags", job.tags);
  write_texts(out, "paths", job.paths);
  out.end_object();
}

} // namespace

void answer_outbox(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                   std::string_view /*rest*/) {
  answer_list(*exchange, "outbox", all.store.outbox(limit_of(exchange->req())), write_job);
}

} // namespace ankkor::api

// /admin/deadletters: what could not be used or told, for a person to retry or discard.
#pragma once

#include "api/admin/context.hpp"

namespace ankkor::api {

// GET: the newest of them, ?limit=.
void answer_dead_letters(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                         std::string_view rest);

// POST ID/retry: takes the delivery, or tells the target, once more. DELETE ID: discards it.
void answer_dead_letter(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                        std::string_view rest);

} // namespace ankkor::api

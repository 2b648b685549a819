// WPGraphQL with WooGraphQL as the shop's storefronts and ankkor query it, quirks included
// (tests/recordings/FACTS.md, section 6): zero as null, pages cut at 100, cursors that start over,
// drafts that leave a page short, an ignored dateQuery, HTTP statuses that mean little.
#pragma once

#include "emulator/access.hpp"
#include "emulator/catalog.hpp"
#include "emulator/http.hpp"
#include "emulator/payloads.hpp"

#include <string>

namespace ankkor::emulator {

struct graphql_context {
  const catalog& shop;
  const site& where;
  const access_settings& access;
  // The name of a field whose resolver throws: "Internal server error" with the field null, in each
  // row of a list (error-internal-exception-in-list). Empty: none.
  std::string broken_field;
  std::size_t page_max = 100; // of a list: WPGraphQL's own, which a site's filter may lower
};

// True for the paths that WPGraphQL listens on: /graphql, and any with "?graphql".
[[nodiscard]] bool is_graphql(const http_question& request);

// Answers a GET or POST to it. `now` is for dates without a year in a dateQuery.
[[nodiscard]] http_answer answer_graphql(const graphql_context& on, const http_question& request,
                                         moment now);

// One operation, given as WPGraphQL takes it; answers {"errors":…,"data":…,"extensions":…}.
// `status` becomes the HTTP status that it would have alone.
[[nodiscard]] std::string execute_graphql(const graphql_context& on, const user* viewer,
                                          const json_value& request, moment now, unsigned& status);

} // namespace ankkor::emulator

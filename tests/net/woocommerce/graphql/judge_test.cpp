// Answers judged by what they say: every recorded one, and what servers, caches and cut connections
// make of them.
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

using namespace ankkor;
using namespace ankkor::testing;
using net::answer_kind;

namespace {

net::judgement judge(const net::client_response& response) {
  static auto reader = net::graphql_reader{};
  return reader.judge(response, judged_at);
}

bool is_failure(const net::judgement& made, answer_kind kind) {
  return made.kind == kind && made.failure.kind == kind && made.errors.empty() &&
         !made.failure.what.message.empty() && !made.failure.what.mend.empty() &&
         made.failure.what.message.find('\n') == std::string::npos;
}

constexpr std::string_view page = "<!DOCTYPE html><html><body>Coming soon</body></html>";

} // namespace

BOOST_AUTO_TEST_SUITE(judging)

BOOST_AUTO_TEST_CASE(every_recorded_answer_is_of_its_kind) {
  using enum answer_kind;
  const auto exceptions = std::map<std::string, answer_kind>{
    {"auth-cookie-bad-nonce", permanent},
    {"batch-array-10", transient}, // an answer to something that we never ask
    {"batch-array-11", permanent},
    {"batch-array-2", transient},
    {"batch-array-50", permanent},
    {"error-bad-enum", permanent},
    {"error-empty-body", permanent},
    {"error-empty-query", permanent},
    {"error-get-nothing", permanent},
    {"error-internal-exception", partial},
    {"error-internal-exception-in-list", partial},
    {"error-internal-php-error", partial},
    {"error-maintenance-mode", transient},
    {"error-missing-variable", permanent},
    {"error-multiple-operations-no-name", permanent},
    {"error-no-content-type", permanent},
    {"error-no-query", permanent},
    {"error-not-json", permanent},
    {"error-syntax", permanent},
    {"error-unknown-arg", permanent},
    {"error-unknown-field", permanent},
    {"error-variable-type", permanent},
    {"introspect-anonymous", permanent},
    {"product-alias-one-missing", partial},
    {"product-bad-id", partial},
    {"product-id-of-page", partial},
    {"product-id-of-variation", partial},
    {"product-notfound", partial},
    {"product-notfound-sku", partial},
    {"productVariation-id-of-simple", partial},
    {"productVariation-notfound", partial},
    {"products-first-negative", partial},
  };
  std::size_t met = 0;
  BOOST_TEST(recorded_answers().size() > 150U);
  for (const auto& each : recorded_answers()) {
    const auto exception = exceptions.find(each.file);
    const auto expected = exception == exceptions.end() ? complete : exception->second;
    met += exception == exceptions.end() ? 0U : 1U;
    const auto made = judge(each.response);
    BOOST_TEST((made.kind == expected), each.file << " is " << static_cast<int>(made.kind));
    if (expected == transient || expected == permanent)
      BOOST_TEST(is_failure(made, expected), each.file);
    if (expected == partial)
      BOOST_TEST((!made.errors.empty() && !made.errors.front().path.empty()), each.file);
  }
  BOOST_TEST(met == exceptions.size());
}

BOOST_AUTO_TEST_CASE(maintenance_gets_the_minute_that_its_page_speaks_of) {
  const auto made = judge(recorded("error-maintenance-mode").response);
  BOOST_TEST((made.failure.retry_after == std::chrono::seconds{60}));
  BOOST_TEST(made.failure.what.message.find("Briefly unavailable") != std::string::npos);
  BOOST_TEST((made.failure.what.code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_refused_document_is_told_in_the_shops_words) {
  const auto made = judge(recorded("error-unknown-field").response);
  BOOST_TEST(made.failure.what.message.find("Cannot query field") != std::string::npos);
  BOOST_TEST((made.failure.what.code == errc::invalid_input));
  BOOST_TEST(!made.failure.retry_after.has_value());
}

BOOST_AUTO_TEST_CASE(errors_are_told_with_their_paths) {
  const auto made = judge(recorded("error-internal-exception-in-list").response);
  BOOST_REQUIRE(made.errors.size() == 2U);
  BOOST_TEST(made.errors[0].path == "products/nodes/0/sku");
  BOOST_TEST(made.errors[1].path == "products/nodes/1/sku");
  BOOST_TEST(made.errors[1].message == "Internal server error");
}

BOOST_AUTO_TEST_CASE(the_content_has_the_word_and_not_the_status) {
  constexpr std::string_view data = R"({"data":{"viewer":null}})";
  for (const unsigned status : {200U, 201U, 403U, 404U, 500U, 503U})
    BOOST_TEST((judge(answer(data, status)).kind == answer_kind::complete));
  constexpr std::string_view refusal = R"({"errors":[{"message":"Syntax Error: x"}]})";
  for (const unsigned status : {200U, 400U, 500U})
    BOOST_TEST(is_failure(judge(answer(refusal, status)), answer_kind::permanent));
  for (const unsigned status : {429U, 502U, 503U, 504U})
    BOOST_TEST(is_failure(judge(answer(refusal, status)), answer_kind::transient));
  for (const unsigned status : {200U, 500U})
    BOOST_TEST(is_failure(
      judge(answer(R"({"errors":[{"message":"Internal server error"}],"data":null})", status)),
      answer_kind::transient));
}

BOOST_AUTO_TEST_CASE(what_is_no_graphql_is_judged_by_its_status) {
  for (const auto body :
       {std::string_view{}, page, std::string_view{"null"}, std::string_view{"-1"},
        std::string_view{"{}"}, std::string_view{"[]"}, std::string_view{R"({"data":null})"},
        std::string_view{R"({"data":5})"}, std::string_view{R"({"errors":[]})"},
        std::string_view{R"({"errors":{}})"},
        std::string_view{R"({"code":"x","message":"y","data":{"status":5}})"},
        std::string_view{"{\"data\":{\"viewer\":null}"}}) {
    for (const unsigned status : {200U, 204U, 408U, 429U, 500U, 502U, 503U, 504U, 520U})
      BOOST_TEST(is_failure(judge(answer(body, status)), answer_kind::transient),
                 body << " with " << status);
    for (const unsigned status : {301U, 302U, 307U, 400U, 401U, 403U, 404U, 405U, 410U, 415U})
      BOOST_TEST(is_failure(judge(answer(body, status)), answer_kind::permanent),
                 body << " with " << status);
  }
}

BOOST_AUTO_TEST_CASE(a_redirect_tells_where_to_but_not_its_query) {
  auto response = answer(page, 301);
  response.fields.emplace_back("location", "https://shop.example/graphql?key=geheim#x");
  const auto message = judge(response).failure.what.message;
  BOOST_TEST(message.find("https://shop.example/graphql") != std::string::npos);
  BOOST_TEST(message.find("geheim") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(retry_after_is_heard_with_every_passing_failure) {
  for (const unsigned status : {429U, 503U, 500U, 200U}) {
    auto response = answer(page, status);
    response.fields.emplace_back("retry-after", "7");
    BOOST_TEST((judge(response).failure.retry_after == std::chrono::seconds{7}));
  }
}

BOOST_AUTO_TEST_CASE(an_error_without_a_place_spoils_the_answer) {
  const auto made = judge(data_answer(R"({"viewer":null})", R"([{"message":"odd"}])"));
  BOOST_TEST(is_failure(made, answer_kind::transient));
  BOOST_TEST(is_failure(judge(data_answer(R"({"viewer":null})", R"([{"path":["viewer"]},5])")),
                        answer_kind::transient));
  BOOST_TEST((judge(data_answer(R"({"viewer":null})", R"([{"path":["viewer"]}])")).kind ==
              answer_kind::partial));
}

BOOST_AUTO_TEST_CASE(the_shops_words_cannot_break_a_line_or_fill_a_log) {
  const auto noise = std::string(100'000, 'x');
  const auto made = judge(answer(R"({"errors":[{"message":"a\nb\u001b[31m)" + noise + "\"}]}"));
  BOOST_TEST(is_failure(made, answer_kind::permanent));
  BOOST_TEST(made.failure.what.message.size() < 400U);
  BOOST_TEST(made.failure.what.message.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_no_harm) {
  BOOST_TEST(
    (judge(answer("\xEF\xBB\xBF{\"data\":{\"viewer\":null}}")).kind == answer_kind::complete));
  BOOST_TEST(is_failure(judge(answer("\xEF\xBB\xBF")), answer_kind::transient));
}

BOOST_AUTO_TEST_CASE(no_prefix_of_an_answer_is_taken_for_one) {
  const auto whole = recorded("productVariation-parent-stock").response.body;
  BOOST_REQUIRE((judge(answer(whole)).kind == answer_kind::complete));
  for (std::size_t size = 0; size != whole.size(); ++size)
    BOOST_TEST(
      is_failure(judge(answer(std::string_view{whole}.substr(0, size))), answer_kind::transient));
  for (const auto* more : {"x", "{}", "}", ",", "\"", "<p>Warning</p>"})
    BOOST_TEST(is_failure(judge(answer(whole + more)), answer_kind::transient), more);
}

BOOST_AUTO_TEST_CASE(depth_and_size_are_no_harm) {
  for (const std::size_t depth : {std::size_t{10}, std::size_t{100'000}}) {
    const auto deep = std::string(depth, '[') + std::string(depth, ']');
    const auto made = judge(answer(R"({"extensions":)" + deep + R"(,"data":{"a":1}})"));
    BOOST_TEST((made.kind == (depth < 1000 ? answer_kind::complete : answer_kind::transient)));
  }
  const auto number = std::string(5'000, '9');
  BOOST_TEST(is_failure(judge(answer(R"({"data":{"a":)" + number + "}}")), answer_kind::transient));
}

BOOST_AUTO_TEST_CASE(a_request_without_an_answer_may_be_tried_again) {
  const auto timed_out = net::judge_silence({errc::timed_out, "No answer came.", ""});
  BOOST_TEST((timed_out.kind == answer_kind::transient));
  BOOST_TEST(timed_out.what.message == "No answer came.");
  BOOST_TEST((net::judge_silence({errc::unavailable, "x", ""}).kind == answer_kind::transient));
  BOOST_TEST((net::judge_silence({errc::invalid_input, "x", ""}).kind == answer_kind::permanent));
}

BOOST_AUTO_TEST_SUITE_END()

// What can go wrong between the shop and the reader, on the wire: each fault once as the bytes of
// an HTTP answer, recorded ones where there are, through the client to the judgement.
#include "net/http/client.hpp"
#include "net/io_pool.hpp"
#include "support.hpp"
#include "tests/net/raw_socket.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <string>

using namespace ankkor;
using namespace ankkor::testing;
using net::answer_kind;

namespace {

// An HTTP answer as a recording's shop sent it.
std::string on_the_wire(const net::client_response& recorded) {
  auto bytes = "HTTP/1.1 " + std::to_string(recorded.status) + " Recorded\r\n";
  for (const auto& [name, value] : recorded.fields) {
    if (name != "transfer-encoding" && name != "connection" && name != "content-length")
      bytes += name + ": " + value + "\r\n";
  }
  return bytes + "Content-Length: " + std::to_string(recorded.body.size()) + "\r\n\r\n" +
         recorded.body;
}

std::string page(unsigned status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nContent-Type: text/html\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

struct wire {
  net::test::raw_listener listener;
  net::io_pool pool{1};
  net::http_client client{pool};
  net::graphql_reader reader;

  // The shop answers with these bytes and closes.
  net::judgement judge(const std::string& bytes) {
    auto request = net::client_request{};
    request.where =
      net::parse_url("http://127.0.0.1:" + std::to_string(listener.port()) + "/graphql").value();
    request.body = "{}";
    request.once = true;
    auto done = std::make_shared<std::promise<result<net::client_response>>>();
    client.send(std::move(request), [done](result<net::client_response> answer) {
      done->set_value(std::move(answer));
    });
    auto peer = listener.accept();
    peer.read_head();
    peer.read(2);
    peer.send(bytes);
    peer.half_close();
    const auto answer = done->get_future().get();
    if (answer)
      return reader.judge(*answer, judged_at);
    auto made = net::judgement{};
    made.failure = net::judge_silence(answer.failure());
    made.kind = made.failure.kind;
    return made;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(faults_on_the_wire, wire)

BOOST_AUTO_TEST_CASE(partial_data_keeps_what_is_good_and_says_what_is_not) {
  const auto made = judge(on_the_wire(recorded("error-internal-exception-in-list").response));
  BOOST_TEST((made.kind == answer_kind::partial));
  BOOST_TEST(made.errors.size() == 2U);
}

BOOST_AUTO_TEST_CASE(html_in_place_of_an_answer_is_tried_again) {
  for (const unsigned status : {200U, 500U, 502U})
    BOOST_TEST(
      (judge(page(status, "<!DOCTYPE html><h1>Oops</h1>")).kind == answer_kind::transient));
}

BOOST_AUTO_TEST_CASE(a_pause_is_as_long_as_the_shop_says_unless_it_is_maintenance) {
  const auto made = judge(on_the_wire(recorded("error-maintenance-mode").response));
  BOOST_TEST((made.kind == answer_kind::transient));
  BOOST_TEST((made.failure.retry_after == std::chrono::seconds{60}));
  const auto pause = [](unsigned status, std::string asked) {
    auto answer = net::client_response{};
    answer.status = status;
    answer.fields.emplace_back("retry-after", std::move(asked));
    return net::pause_asked_for(answer, judged_at);
  };
  BOOST_TEST((pause(503, "600") == std::chrono::seconds{60}));
  BOOST_TEST((pause(503, "599") == std::chrono::seconds{599}));
  BOOST_TEST((pause(503, "900") == std::chrono::seconds{900}));
  BOOST_TEST((pause(429, "600") == std::chrono::seconds{600}));
}

BOOST_AUTO_TEST_CASE(an_empty_body_is_tried_again) {
  BOOST_TEST((judge(page(200, "")).kind == answer_kind::transient));
}

BOOST_AUTO_TEST_CASE(a_500_for_a_syntax_error_is_for_a_person_to_mend) {
  const auto answer = recorded("error-syntax").response;
  BOOST_TEST(answer.status == 500U);
  BOOST_TEST((judge(on_the_wire(answer)).kind == answer_kind::permanent));
}

BOOST_AUTO_TEST_CASE(a_connection_cut_anywhere_is_tried_again_and_never_half_an_answer) {
  const auto whole = on_the_wire(recorded("product-by-slug").response);
  BOOST_TEST((judge(whole).kind == answer_kind::complete));
  for (std::size_t size = 0; size < whole.size(); size += 37) {
    const auto made = judge(whole.substr(0, size));
    BOOST_TEST((made.kind == answer_kind::transient), "cut after " << size);
    BOOST_TEST(!made.failure.what.mend.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()

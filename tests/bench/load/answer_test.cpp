// What the generator reads of HTTP, in pieces of every size.
#include "bench/load/answer.hpp"
#include "bench/load/storefront.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace ankkor;

// Nothing before the last byte, and the same whatever follows.
load::answer read_whole(const std::string& bytes) {
  for (std::size_t size = 0; size < bytes.size(); ++size)
    BOOST_TEST(!load::read_answer(std::string_view{bytes}.substr(0, size)));
  const auto followed = load::read_answer(bytes + "HTTP/1.1 500 ");
  BOOST_REQUIRE(followed);
  BOOST_TEST(followed->size == bytes.size());
  return *followed;
}

} // namespace

BOOST_AUTO_TEST_CASE(an_answer_with_a_length_is_read_once_it_is_whole) {
  const auto read = read_whole("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
  BOOST_TEST(read.status == 200U);
  BOOST_TEST(read.body == "hello");
  BOOST_TEST(!read.close);
}

BOOST_AUTO_TEST_CASE(chunks_are_put_together) {
  const auto read = read_whole("HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n"
                               "Connection: Close\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n");
  BOOST_TEST(read.status == 401U);
  BOOST_TEST(read.body == "abc0123456789");
  BOOST_TEST(read.close);
}

BOOST_AUTO_TEST_CASE(an_unchanged_answer_has_no_body_whatever_its_length_says) {
  const auto read = read_whole("HTTP/1.1 304 Not Modified\r\nContent-Length: 200\r\n\r\n");
  BOOST_TEST(read.status == 304U);
  BOOST_TEST(read.body.empty());
}

BOOST_AUTO_TEST_CASE(a_field_is_found_by_its_whole_name) {
  constexpr auto head = "HTTP/1.1 200 OK\r\nX-ETag: no\r\nETag:  \"1-2\"\r\nETagged: no\r\n\r\n";
  BOOST_TEST(load::find_field(head, "etag").value_or("") == "\"1-2\"");
  BOOST_TEST(!load::find_field(head, "tag"));
  BOOST_TEST(!load::find_field(head, "HTTP/1.1 200 OK"));
}

BOOST_AUTO_TEST_CASE(a_call_is_read_once_it_is_whole) {
  const auto call = std::string{"POST /api/revalidate HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"};
  for (std::size_t size = 0; size < call.size(); ++size)
    BOOST_TEST(!load::read_question(std::string_view{call}.substr(0, size)));
  const auto read = load::read_question(call);
  BOOST_REQUIRE(read);
  BOOST_TEST(read->body == "{}");
  BOOST_TEST(read->size == call.size());
}

BOOST_AUTO_TEST_CASE(a_call_tells_of_the_products_of_its_tags) {
  auto told = std::vector<stock::product_id>{};
  load::for_each_told(R"({"id":"product-9","tags":["product-7","product-simple-product-5",)"
                      R"("category-product-3","product-12","product-"],"paths":["/product/4"]})",
                      [&](stock::product_id id) { told.push_back(id); });
  BOOST_TEST(told == (std::vector<stock::product_id>{9, 7, 12}), boost::test_tools::per_element());
}

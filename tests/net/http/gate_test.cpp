// The strict reader alone: its table of cases, however the bytes are split, and Beast's second
// opinion.
#include "net/http/beast_check.hpp"
#include "net/http/grammar.hpp"
#include "net/http/request_gate.hpp"
#include "tests/net/http/request_cases.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace ankkor::net;

namespace {

using state = request_gate::state;

// Everything that a reader of the request could be told, in one line.
std::string verdict(const request_gate& gate, std::string_view bytes) {
  std::ostringstream out;
  out << static_cast<int>(gate.now()) << ' ' << gate.why().status << ' ' << gate.why().code << ' '
      << gate.why().message;
  if (gate.now() != state::complete)
    return out.str();
  out << ' ' << gate.method().in(bytes) << ' ' << gate.target().in(bytes) << ' ' << gate.http_1_1()
      << gate.keep_alive() << gate.chunked() << gate.expects_continue() << ' ' << gate.head_begin()
      << ' ' << gate.head_end() << ' ' << gate.message_size() << ' ' << gate.body_size() << ' '
      << gate.trailer_fields();
  for (const auto& f : gate.fields())
    out << '|' << f.name.in(bytes) << '=' << f.value.in(bytes);
  return out.str();
}

std::string verdict_of(std::string_view bytes) {
  request_gate gate(gate_limits{});
  gate.advance(bytes);
  return verdict(gate, bytes);
}

struct outcome {
  state now;
  unsigned status;
  std::string body;
  bool beast_agrees;
};

outcome read(std::string bytes, const gate_limits& limits = {}) {
  request_gate gate(limits);
  outcome result{gate.advance(bytes), gate.why().status, {}, false};
  if (result.now != state::complete)
    return result;
  result.beast_agrees = beast_agrees(bytes.data(), gate);
  result.body = bytes.substr(gate.head_end(), gate.body_size());
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(gate)

BOOST_AUTO_TEST_CASE(each_request_of_the_table_gets_its_status) {
  for (const auto& each : test::request_cases()) {
    const auto result = read(each.bytes);
    BOOST_TEST((result.now == (each.status == 200 ? state::complete : state::rejected)), each.name);
    BOOST_TEST(result.status == (each.status == 200 ? 0U : each.status), each.name);
    if (each.status == 200)
      BOOST_TEST(result.beast_agrees, each.name);
  }
}

BOOST_AUTO_TEST_CASE(the_verdict_is_the_same_at_every_split_point) {
  for (const auto& each : test::request_cases()) {
    const std::string expected = verdict_of(each.bytes);
    // The long ones are long for a limit's sake: their middles are all alike.
    const std::size_t size = each.bytes.size();
    for (std::size_t split = 0; split <= size;
         split += size > 2000 && split > 200 && split + 1000 < size ? 97 : 1) {
      request_gate gate(gate_limits{});
      gate.advance(std::string_view(each.bytes).substr(0, split));
      gate.advance(each.bytes);
      if (verdict(gate, each.bytes) != expected)
        BOOST_ERROR(each.name << ", split at " << split << ": " << verdict(gate, each.bytes)
                              << " is not " << expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_verdict_is_the_same_byte_by_byte) {
  for (const auto& each : test::request_cases()) {
    request_gate gate(gate_limits{});
    for (std::size_t size = 0; size <= each.bytes.size(); ++size)
      gate.advance(std::string_view(each.bytes).substr(0, size));
    BOOST_TEST(verdict(gate, each.bytes) == verdict_of(each.bytes), each.name);
  }
}

BOOST_AUTO_TEST_CASE(a_good_request_is_not_complete_before_its_last_byte) {
  for (const auto& each : test::request_cases()) {
    if (each.status != 200)
      continue;
    request_gate gate(gate_limits{});
    const auto before = gate.advance(std::string_view(each.bytes).substr(0, each.bytes.size() - 1));
    BOOST_TEST((before == state::head || before == state::body), each.name);
  }
}

BOOST_AUTO_TEST_CASE(what_follows_a_request_is_not_taken_for_a_part_of_it) {
  for (const auto& each : test::request_cases()) {
    if (each.status != 200)
      continue;
    for (const std::string_view next : {"GET / HTTP/1.1\r\n", "\r\n", "0\r\n\r\n", "\x01"}) {
      auto both = each.bytes + std::string(next);
      request_gate gate(gate_limits{});
      BOOST_TEST((gate.advance(both) == state::complete), each.name);
      BOOST_TEST(gate.message_size() == each.bytes.size(), each.name);
      BOOST_TEST(beast_agrees(both.data(), gate), each.name);
    }
  }
}

BOOST_AUTO_TEST_CASE(chunks_are_decoded_in_place) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  BOOST_TEST(read(head + "0\r\n\r\n").body.empty());
  BOOST_TEST(read(head + "3\r\nabc\r\n0\r\n\r\n").body == "abc");
  BOOST_TEST(
    read(head + "1;x=\"\\\"\"\r\na\r\n002\r\n\r\n\r\n4\r\n0\r\n\r\r\n0\r\nX: y\r\n\r\n").body ==
    "a\r\n0\r\n\r");
  std::string chunks;
  std::string whole;
  for (int i = 0; i < 1000; ++i) {
    const std::string part(static_cast<std::size_t>(i % 17 + 1), static_cast<char>('a' + i % 26));
    std::ostringstream size;
    size << std::hex << part.size();
    chunks += size.str() + "\r\n" + part + "\r\n";
    whole += part;
  }
  const auto result = read(head + chunks + "0\r\n\r\n");
  BOOST_TEST(result.beast_agrees);
  BOOST_TEST(result.body == whole);
}

BOOST_AUTO_TEST_CASE(a_trailer_field_is_not_a_header_field) {
  const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "0\r\nX-WC-Webhook-Signature: a\r\n\r\n";
  request_gate gate(gate_limits{});
  BOOST_REQUIRE((gate.advance(bytes) == state::complete));
  BOOST_TEST(gate.fields().size() == 2U);
  BOOST_TEST(gate.trailer_fields() == 1U);
}

BOOST_AUTO_TEST_CASE(an_absolute_target_is_given_as_its_path_and_query) {
  const auto target = [](std::string_view line) {
    const std::string bytes = std::string(line) + "\r\nHost: a\r\n\r\n";
    request_gate gate(gate_limits{});
    BOOST_REQUIRE((gate.advance(bytes) == state::complete));
    return std::string(gate.target().in(bytes));
  };
  BOOST_TEST(target("GET http://a/b?c HTTP/1.1") == "/b?c");
  BOOST_TEST(target("GET http://a HTTP/1.1").empty());
  BOOST_TEST(target("OPTIONS * HTTP/1.1") == "*");
}

BOOST_AUTO_TEST_CASE(connection_and_version_decide_on_keeping_the_connection) {
  const auto kept = [](std::string_view version, std::string_view connection) {
    const std::string bytes = "GET / " + std::string(version) +
                              "\r\nHost: a\r\nConnection: " + std::string(connection) + "\r\n\r\n";
    request_gate gate(gate_limits{});
    BOOST_REQUIRE((gate.advance(bytes) == state::complete));
    return gate.keep_alive();
  };
  BOOST_TEST(kept("HTTP/1.1", "x"));
  BOOST_TEST(!kept("HTTP/1.1", "close"));
  BOOST_TEST(!kept("HTTP/1.1", "x, CLOSE"));
  BOOST_TEST(!kept("HTTP/1.1", "keep-alive, close"));
  BOOST_TEST(!kept("HTTP/1.0", "x"));
  BOOST_TEST(kept("HTTP/1.0", "Keep-Alive"));
}

BOOST_AUTO_TEST_CASE(each_limit_holds_to_the_byte) {
  const std::string start = "POST /abc HTTP/1.1\r\nHost: a\r\n";
  const std::string sized = start + "Content-Length: 3\r\n\r\nabc";
  const std::string chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
  const auto status = [](const std::string& bytes, auto change) {
    gate_limits limits;
    change(limits);
    return read(bytes, limits).status;
  };
  const std::size_t head = sized.size() - 3;
  BOOST_TEST(status(sized, [&](auto& l) { l.header_bytes_max = head; }) == 0U);
  BOOST_TEST(status(sized, [&](auto& l) { l.header_bytes_max = head - 1; }) == 431U);
  BOOST_TEST(status(sized, [](auto& l) { l.header_fields_max = 2; }) == 0U);
  BOOST_TEST(status(sized, [](auto& l) { l.header_fields_max = 1; }) == 431U);
  BOOST_TEST(status(sized, [](auto& l) { l.target_bytes_max = 4; }) == 0U);
  BOOST_TEST(status(sized, [](auto& l) { l.target_bytes_max = 3; }) == 414U);
  BOOST_TEST(status(sized, [](auto& l) { l.body_bytes_max = 3; }) == 0U);
  BOOST_TEST(status(sized, [](auto& l) { l.body_bytes_max = 2; }) == 413U);
  const auto three = [](auto& l) { l.body_bytes_max = 3; };
  BOOST_TEST(status(chunked + "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", three) == 0U);
  BOOST_TEST(status(chunked + "1\r\na\r\n2\r\nbc\r\n1\r\nd\r\n0\r\n\r\n", three) == 413U);
}

BOOST_AUTO_TEST_CASE(chunk_framing_can_not_outgrow_the_body_by_far) {
  std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string plain = bytes;
  for (int i = 0; i < 1000; ++i)
    bytes += "1;" + std::string(100, 'x') + "\r\na\r\n";
  BOOST_TEST(read(bytes).status == 400U); // extensions
  gate_limits limits;
  limits.body_bytes_max = 1000;
  limits.header_bytes_max = 1000;
  bytes = plain;
  for (int i = 0; i < 1000; ++i)
    bytes += "1\r\na\r\n";
  BOOST_TEST(read(bytes + "0\r\n\r\n", limits).status == 413U);
  limits.header_bytes_max = 4096;
  BOOST_TEST(read(bytes + "0\r\n\r\n", limits).body.size() == 1000U);
}

BOOST_AUTO_TEST_CASE(a_reader_is_ready_for_the_next_request_after_reset) {
  request_gate gate(gate_limits{});
  const std::string first = "POST /a HTTP/1.0\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc";
  const std::string second = "GET /b HTTP/1.1\r\nHost: a\r\n\r\n";
  BOOST_REQUIRE((gate.advance(first) == state::complete));
  gate.reset();
  BOOST_REQUIRE((gate.advance(second) == state::complete));
  BOOST_TEST(verdict(gate, second) == verdict_of(second));
}

BOOST_AUTO_TEST_CASE(beast_disagrees_when_it_reads_something_else_than_the_gate_did) {
  const auto agrees = [](const std::string& seen_by_gate, std::string seen_by_beast) {
    BOOST_REQUIRE(seen_by_gate.size() == seen_by_beast.size());
    request_gate gate(gate_limits{});
    BOOST_REQUIRE((gate.advance(seen_by_gate) == state::complete));
    return beast_agrees(seen_by_beast.data(), gate);
  };
  const std::string sized = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  BOOST_TEST(agrees(sized, sized));
  const auto other = [](std::string text, std::string_view from, std::string_view to) {
    return text.replace(text.find(from), from.size(), to);
  };
  BOOST_TEST(!agrees(sized, other(sized, "POST /a", "POS /aa")));
  BOOST_TEST(!agrees(sized, other(sized, "HTTP/1.1", "HTTP/1.0")));
  BOOST_TEST(!agrees(sized, other(sized, ": 3", ": 4")));
  BOOST_TEST(!agrees(sized, other(sized, "Content-Length", "Content-Longth")));
  BOOST_TEST(!agrees(sized, other(sized, "Host: a", "Hos: aa")));
  BOOST_TEST(!agrees(sized, other(sized, "Host: a\r\nContent", "Host: a\r\n\r\nntent")));
  BOOST_TEST(!agrees(sized, other(sized, "3\r\n\r\n", "3\r\nX:")));

  const std::string chunked = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "4\r\nabcd\r\n00;x=y\r\nX: y\r\n\r\n";
  BOOST_TEST(agrees(chunked, chunked));
  BOOST_TEST(!agrees(chunked, other(chunked, "Transfer", "Transfor")));
  BOOST_TEST(!agrees(chunked, other(chunked, "4\r\n", "3\r\n")));
  BOOST_TEST(!agrees(chunked, other(chunked, "4\r\n", "5\r\n")));
  BOOST_TEST(!agrees(chunked, other(chunked, "X: y\r\n", "\r\nX: y")));
  BOOST_TEST(!agrees(chunked, other(chunked, "x=y\r\nX: y", "x\r\nY:\r\nZ:")));
}

// The gate passes over text eight bytes at a time: no byte may slip through beside any other.
BOOST_AUTO_TEST_CASE(text_ends_at_the_same_byte_whatever_stands_beside_it) {
  constexpr std::size_t size = 19; // two words of eight, and some
  for (const char around : {'a', ' ', '\t', '~', '\x80', '\xff'}) {
    for (unsigned c = 0; c < 256; ++c) {
      for (std::size_t at = 0; at < size; ++at) {
        auto bytes = std::string(size, around);
        bytes[at] = static_cast<char>(c);
        const auto expected = grammar::is_text(bytes[at]) ? size : at;
        BOOST_REQUIRE_EQUAL(grammar::text_run(bytes), expected);
        BOOST_REQUIRE_EQUAL(grammar::text_run(std::string_view{bytes}.substr(at)), expected - at);
      }
    }
  }
  BOOST_TEST(grammar::text_run("") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

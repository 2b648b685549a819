// Requests and what the strict reader says to each: one table for the reader itself and for a
// running server.
#pragma once

#include <string>
#include <vector>

namespace ankkor::net::test {

struct request_case {
  std::string name;
  std::string bytes;
  unsigned status; // 200: accepted
};

// The cases that must be refused, and those that look odd but are good; for the default limits.
inline std::vector<request_case> request_cases() {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  const auto with = [&](const std::string& fields) { return get + fields + "\r\n\r\n"; };
  const auto framed = [&](const std::string& fields, const std::string& body = "abc") {
    return post + fields + "\r\n\r\n" + body;
  };
  const auto line = [](const std::string& text) { return text + "\r\nHost: a\r\n\r\n"; };
  const auto host = [](const std::string& value) {
    return "GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n";
  };
  const std::string nul(1, '\0');
  std::string many_fields;
  for (int i = 0; i < 100; ++i)
    many_fields += "X-" + std::to_string(i) + ": 1\r\n";

  return {
    // --- framing: Transfer-Encoding
    {"Transfer-Encoding identity", framed("Transfer-Encoding: identity"), 400},
    {"Transfer-Encoding gzip", framed("Transfer-Encoding: gzip"), 400},
    {"Transfer-Encoding gzip, chunked", framed("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
     400},
    {"Transfer-Encoding chunked, gzip", framed("Transfer-Encoding: chunked, gzip", "0\r\n\r\n"),
     400},
    {"Transfer-Encoding chunked, chunked",
     framed("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"), 400},
    {"Transfer-Encoding with an empty element", framed("Transfer-Encoding: chunked,", "0\r\n\r\n"),
     400},
    {"Transfer-Encoding twice",
     framed("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400},
    {"Transfer-Encoding chunked after identity",
     framed("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400},
    {"Transfer-Encoding with a parameter", framed("Transfer-Encoding: chunked;a=b", "0\r\n\r\n"),
     400},
    {"Transfer-Encoding xchunked", framed("Transfer-Encoding: xchunked", "0\r\n\r\n"), 400},
    {"Transfer-Encoding quoted", framed("Transfer-Encoding: \"chunked\"", "0\r\n\r\n"), 400},
    {"Transfer-Encoding with vertical tab",
     framed("Transfer-Encoding: \x0b"
            "chunked",
            "0\r\n\r\n"),
     400},
    {"Transfer-Encoding empty", framed("Transfer-Encoding:", "0\r\n\r\n"), 400},
    {"Transfer-Encoding then Content-Length",
     framed("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"), 400},
    {"Content-Length then Transfer-Encoding",
     framed("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400},
    {"Transfer-Encoding in HTTP/1.0",
     "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"Transfer-Encoding with GET and Content-Length",
     with("Transfer-Encoding: chunked\r\nContent-Length: 0"), 400},
    {"Transfer_Encoding is another field, so no length",
     framed("Transfer_Encoding: chunked", "0\r\n\r\n"), 400},

    // --- framing: Content-Length
    {"Content-Length list", framed("Content-Length: 3, 3"), 400},
    {"Content-Length list of different", framed("Content-Length: 3, 4"), 400},
    {"Content-Length with an empty element", framed("Content-Length: 3,"), 400},
    {"Content-Length twice the same", framed("Content-Length: 3\r\nContent-Length: 3"), 400},
    {"Content-Length twice different", framed("Content-Length: 3\r\nContent-Length: 4"), 400},
    {"Content-Length twice in different case", framed("Content-Length: 3\r\ncontent-length: 3"),
     400},
    {"Content-Length with plus", framed("Content-Length: +3"), 400},
    {"Content-Length with minus", framed("Content-Length: -3"), 400},
    {"Content-Length minus zero", framed("Content-Length: -0", ""), 400},
    {"Content-Length with space inside", framed("Content-Length: 1 3"), 400},
    {"Content-Length with tab inside", framed("Content-Length: 1\t3"), 400},
    {"Content-Length hexadecimal", framed("Content-Length: 0x3"), 400},
    {"Content-Length with fraction", framed("Content-Length: 3.0"), 400},
    {"Content-Length with underscore", framed("Content-Length: 1_0"), 400},
    {"Content-Length over 64 bits", framed("Content-Length: 18446744073709551616"), 400},
    {"Content-Length far over 64 bits", framed("Content-Length: " + std::string(60, '9')), 400},
    {"Content-Length empty", framed("Content-Length:"), 400},
    {"Content-Length of spaces", framed("Content-Length:   "), 400},
    {"Content-Length over the limit", framed("Content-Length: 4194305"), 413},
    {"Content-Length of all 64 bits", framed("Content-Length: 18446744073709551615"), 413},
    {"POST without length", post + "\r\n", 400},
    {"PUT without length", "PUT / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"PATCH without length", "PATCH / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"POST without length in HTTP/1.0", "POST / HTTP/1.0\r\n\r\n", 400},

    // --- Host
    {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"two Hosts", with("Host: a"), 400},
    {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"Host empty", host(""), 400},
    {"Host list", host("a, b"), 400},
    {"Host with space", host("a b"), 400},
    {"Host with path", host("a/b"), 400},
    {"Host with user", host("u@a"), 400},
    {"Host with port that is none", host("a:80x"), 400},
    {"Host with port out of range", host("a:65536"), 400},
    {"Host with two ports", host("a:1:2"), 400},
    {"Host that is only a port", host(":80"), 400},
    {"Host with bad percent-encoding", host("a%zz"), 400},
    {"Host with non-ASCII", host("\xc3\xa4.example"), 400},
    {"Host with unclosed bracket", host("[::1"), 400},
    {"Host with bad IPv6", host("[::1::]"), 400},
    {"Host with text behind the bracket", host("[::1]a"), 400},

    // --- lines and bytes
    {"folded line", with("X: a\r\n b"), 400},
    {"line folded with tab", with("X: a\r\n\tb"), 400},
    {"whitespace before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"folded framing", framed("Transfer-Encoding:\r\n chunked", "0\r\n\r\n"), 400},
    {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
    {"bare LF after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
    {"bare LF at the end of the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
    {"only LFs", "GET / HTTP/1.1\nHost: a\n\n", 400},
    {"bare CR in a value", with("X: a\rb"), 400},
    {"bare CR in the request line", line("GET /\r HTTP/1.1"), 400},
    {"CR CR LF", with("X: a\r"), 400},
    {"NUL in a value", with("X: a" + nul + "b"), 400},
    {"NUL in a name", with("X" + nul + ": a"), 400},
    {"NUL in the request line", line("GET /" + nul + " HTTP/1.1"), 400},
    {"control character in a value", with("X: a\x01"), 400},
    {"DEL in a value", with("X: a\x7f"), 400},
    {"non-ASCII in a name", with("X\xc3\xa4: a"), 400},
    {"non-ASCII in the target", line("GET /\xc3\xa4 HTTP/1.1"), 400},
    {"non-ASCII in the method", line("G\xc3\x84T / HTTP/1.1"), 400},
    {"space before the colon", with("X : a"), 400},
    {"tab before the colon", with("X\t: a"), 400},
    {"space before the colon of Content-Length", framed("Content-Length : 3"), 400},
    {"space within a name", with("X Y: a"), 400},
    {"empty name", with(": a"), 400},
    {"no colon", with("X"), 400},
    {"name with a bracket", with("X[]: a"), 400},
    {"name with a quote", with("\"X\": a"), 400},
    {"Connection that is no list of tokens", with("Connection: a b"), 400},

    // --- request line
    {"two empty lines first", "\r\n\r\n" + get + "\r\n", 400},
    {"LF first", "\n" + get + "\r\n", 400},
    {"space first", " " + get + "\r\n", 400},
    {"HTTP/0.9", "GET /\r\n", 400},
    {"two spaces after the method", line("GET  / HTTP/1.1"), 400},
    {"two spaces before the version", line("GET /  HTTP/1.1"), 400},
    {"tab in place of space", line("GET\t/ HTTP/1.1"), 400},
    {"space after the version", line("GET / HTTP/1.1 "), 400},
    {"space in the target", line("GET /a b HTTP/1.1"), 400},
    {"no target", line("GET HTTP/1.1"), 400},
    {"method with a bad character", line("GE(T / HTTP/1.1"), 400},
    {"lower case version", line("GET / http/1.1"), 400},
    {"version with two digits", line("GET / HTTP/1.10"), 400},
    {"version without minor", line("GET / HTTP/1"), 400},
    {"another protocol", line("GET / RTSP/1.0"), 400},
    {"HTTP/1.2", line("GET / HTTP/1.2"), 505},
    {"HTTP/2.0", line("GET / HTTP/2.0"), 505},
    {"HTTP/0.9 spelled out", line("GET / HTTP/0.9"), 505},
    {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"the start of TLS", std::string("\x16\x03\x01\x02", 4), 400},
    {"CONNECT", line("CONNECT a:443 HTTP/1.1"), 501},
    {"TRACE", line("TRACE / HTTP/1.1"), 501},
    {"lower case method", line("get / HTTP/1.1"), 501},
    {"unknown method", line("BREW / HTTP/1.1"), 501},
    {"target without slash", line("GET a HTTP/1.1"), 400},
    {"target with fragment", line("GET /#a HTTP/1.1"), 400},
    {"target with quote", line("GET /\" HTTP/1.1"), 400},
    {"target with backslash", line("GET /\\ HTTP/1.1"), 400},
    {"target with angle bracket", line("GET /< HTTP/1.1"), 400},
    {"target with bad percent-encoding", line("GET /%4 HTTP/1.1"), 400},
    {"target with worse percent-encoding", line("GET /%zz HTTP/1.1"), 400},
    {"asterisk without OPTIONS", line("GET * HTTP/1.1"), 400},
    {"absolute target for another host", line("GET http://b/ HTTP/1.1"), 400},
    {"absolute target for another port", line("GET http://a:81/ HTTP/1.1"), 400},
    {"absolute target with https for port 80", "GET https://a/ HTTP/1.1\r\nHost: a:80\r\n\r\n",
     400},
    {"absolute target with user", line("GET http://u@a/ HTTP/1.1"), 400},
    {"absolute target with another scheme", line("GET ftp://a/ HTTP/1.1"), 400},
    {"absolute target without host", line("GET http:/// HTTP/1.1"), 400},
    {"absolute target without Host field", "GET http://a/ HTTP/1.1\r\n\r\n", 400},

    // --- expectations
    {"unknown expectation", framed("Content-Length: 3\r\nExpect: magic"), 417},
    {"two expectations", framed("Content-Length: 3\r\nExpect: 100-continue, magic"), 417},
    {"body over the limit that waits for 100",
     framed("Content-Length: 9999999\r\nExpect: 100-continue", ""), 413},

    // --- limits
    {"target too long", line("GET /" + std::string(8192, 'a') + " HTTP/1.1"), 414},
    {"target far too long", line("GET /" + std::string(12000, 'a') + " HTTP/1.1"), 414},
    {"header too large by one field", with("X: " + std::string(17000, 'a')), 431},
    {"endless field name", get + std::string(17000, 'a'), 431},
    {"too many fields", get + many_fields + "\r\n", 431},

    // --- chunks
    {"chunk size missing", chunked + "\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk size negative", chunked + "-3\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk size with plus", chunked + "+3\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk size with 0x", chunked + "0x3\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk size with space before", chunked + " 3\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk size with space behind", chunked + "3 \r\nabc\r\n0\r\n\r\n", 400},
    {"chunk size with tab behind", chunked + "3\t\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk size that is no number", chunked + "g\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk size over 64 bits", chunked + "10000000000000003\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk size over the limit", chunked + "400001\r\n", 413},
    {"chunk size of all 64 bits", chunked + "ffffffffffffffff\r\n", 413},
    {"chunk line with bare LF", chunked + "3\nabc\r\n0\r\n\r\n", 400},
    {"chunk line with bare CR", chunked + "3\rabc\r\n0\r\n\r\n", 400},
    {"chunk data with bare LF behind", chunked + "3\r\nabc\n0\r\n\r\n", 400},
    {"chunk data longer than said", chunked + "3\r\nabcd\r\n0\r\n\r\n", 400},
    {"chunk data shorter than said", chunked + "4\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk extension with control character", chunked + "3;a=\x01\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk extension with NUL", chunked + "3;a" + nul + "\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk extension with bare LF", chunked + "3;a\nbc\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk extension without name", chunked + "3;\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk extension with empty value", chunked + "3;a=\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk extension with open quote", chunked + "3;a=\"b\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk extension with spaces", chunked + "3 ; a = b\r\nabc\r\n0\r\n\r\n", 400},
    {"chunk extension too long", chunked + "3;" + std::string(300, 'a') + "\r\nabc\r\n0\r\n\r\n",
     400},
    {"last chunk with bare LF", chunked + "0\n\n", 400},
    {"last chunk with text behind", chunked + "0\r\nabc\r\n\r\n", 400},
    {"trailer folded", chunked + "0\r\nX: a\r\n b\r\n\r\n", 400},
    {"trailer with bare LF", chunked + "0\r\nX: a\n\r\n", 400},
    {"trailer with space before the colon", chunked + "0\r\nX : a\r\n\r\n", 400},
    {"trailer with Content-Length", chunked + "0\r\nContent-Length: 3\r\n\r\n", 400},
    {"trailer with Transfer-Encoding", chunked + "0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"trailer with Host", chunked + "0\r\nHost: b\r\n\r\n", 400},
    {"trailer too large", chunked + "0\r\nX: " + std::string(17000, 'a') + "\r\n\r\n", 431},
    {"trailer with too many fields", chunked + "0\r\n" + many_fields + "X: 1\r\n\r\n", 431},

    // --- good
    {"GET", get + "\r\n", 200},
    {"one empty line first", "\r\n" + get + "\r\n", 200},
    {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 200},
    {"HTTP/1.0 with a body", "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", 200},
    {"POST with a length", framed("Content-Length: 3"), 200},
    {"POST with length 0", framed("Content-Length: 0", ""), 200},
    {"length with leading zeros", framed("Content-Length: 0003"), 200},
    {"field names in any case", framed("cONTENT-lENGTH:3"), 200},
    {"spaces and tabs around a value", framed("Content-Length: \t 3 \t "), 200},
    {"GET with a body", get + "Content-Length: 3\r\n\r\nabc", 200},
    {"GET with chunks", get + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200},
    {"empty field value", with("X:"), 200},
    {"non-ASCII in a value", with("X: \xc3\xa4"), 200},
    {"a hundred fields", "GET / HTTP/1.0\r\n" + many_fields + "\r\n", 200},
    {"target as long as allowed", line("GET /" + std::string(8191, 'a') + " HTTP/1.1"), 200},
    {"target with everything allowed", line("GET /a-._~!$&'()*+,;=:@%C3%a4/?b=/?&c HTTP/1.1"), 200},
    {"OPTIONS *", line("OPTIONS * HTTP/1.1"), 200},
    {"DELETE", line("DELETE /a HTTP/1.1"), 200},
    {"absolute target", line("GET http://a/b?c HTTP/1.1"), 200},
    {"absolute target without path", line("GET http://a HTTP/1.1"), 200},
    {"absolute target in other case and with port", line("GET HTTP://A:80/b HTTP/1.1"), 200},
    {"absolute target with https", "GET https://a/ HTTP/1.1\r\nHost: a:443\r\n\r\n", 200},
    {"absolute target in HTTP/1.0 without Host", "GET http://a/ HTTP/1.0\r\n\r\n", 200},
    {"Host with port", host("a.example:8080"), 200},
    {"Host with empty port", host("a:"), 200},
    {"Host with IPv4", host("127.0.0.1:1"), 200},
    {"Host with IPv6", host("[::1]:8080"), 200},
    {"Connection with empty elements", with("Connection: , keep-alive,, x"), 200},
    {"WooCommerce's Expect", framed("Content-Length: 3\r\nExpect: 100-Continue"), 200},
    {"Transfer-Encoding in any case", framed("Transfer-Encoding: CHUNKED", "3\r\nabc\r\n0\r\n\r\n"),
     200},
    {"chunks", chunked + "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", 200},
    {"chunk sizes with leading zeros", chunked + "0003\r\nabc\r\n000\r\n\r\n", 200},
    {"chunk extensions", chunked + "3;a;b=c;d=\"e \\\" f\"\r\nabc\r\n0;g\r\n\r\n", 200},
    {"chunks that hold line ends", chunked + "4\r\n\r\n\r\n\r\n0\r\n\r\n", 200},
    {"no chunk but the last", chunked + "0\r\n\r\n", 200},
    {"trailers", chunked + "3\r\nabc\r\n0\r\nX-WC-Webhook-Signature: a\r\nY:\r\n\r\n", 200},
  };
}

} // namespace ankkor::net::test

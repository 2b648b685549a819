#include "net/http/beast_check.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <cstring>
#include <limits>

namespace ankkor::net {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using text = boost::beast::string_view;

bool same(text ours, std::string_view theirs) {
  return std::string_view(ours.data(), ours.size()) == theirs;
}

// Compares each event of Beast's parser with what the gate has seen; any difference is made an
// error.
class checker final : public http::basic_parser<true> {
public:
  checker(char* message, const request_gate& gate)
    : message_(message), gate_(gate), chunks_(message, gate.head_end()),
      decoded_end_(message + gate.head_end()) {
    header_limit(std::numeric_limits<std::uint32_t>::max()); // the gate has its own
    body_limit(boost::none);
  }

  bool agrees() {
    // A body of known length needs no parsing: where it ends follows from the head.
    const std::size_t end = gate_.chunked() ? gate_.message_size() : gate_.head_end();
    skip(!gate_.chunked());
    eager(true);
    error_code failure;
    const std::size_t size = end - gate_.head_begin();
    const auto used = put(boost::asio::const_buffer(message_ + gate_.head_begin(), size), failure);
    return !failure && used == size && is_done() && trailers_ == gate_.trailer_fields() &&
           decoded_end_ == message_ + gate_.head_end() + (gate_.chunked() ? gate_.body_size() : 0);
  }

private:
  [[nodiscard]] std::string_view at(request_gate::span where) const {
    return {message_ + where.begin, where.size};
  }

  static void require(bool condition, error_code& failure) {
    if (!condition)
      failure = http::error::bad_value;
  }

  void on_request_impl(http::verb, text method, text target, int version,
                       error_code& failure) override {
    require(same(method, at(gate_.method())) && same(target, at(gate_.request_target())) &&
              version == (gate_.http_1_1() ? 11 : 10),
            failure);
  }

  void on_response_impl(int, text, int, error_code& failure) override { require(false, failure); }

  void on_field_impl(http::field, text name, text value, error_code& failure) override {
    if (head_done_) {
      ++trailers_;
      return;
    }
    const bool known = fields_ < gate_.fields().size();
    require(known && same(name, at(gate_.fields()[fields_].name)) &&
              same(value, at(gate_.fields()[fields_].value)),
            failure);
    ++fields_;
  }

  void on_header_impl(error_code& failure) override {
    head_done_ = true;
    const auto length = content_length();
    const auto expected = gate_.content_length();
    require(fields_ == gate_.fields().size() && chunked() == gate_.chunked() &&
              length.has_value() == expected.has_value() && (!length || *length == *expected),
            failure);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(text, error_code& failure) override {
    require(false, failure);
    return 0;
  }

  void on_chunk_header_impl(std::uint64_t size, text, error_code& failure) override {
    require(expected_.empty(), failure);
    expected_ = chunks_.next();
    require(size == expected_.size(), failure);
  }

  std::size_t on_chunk_body_impl(std::uint64_t, text data, error_code& failure) override {
    require(data.data() == expected_.data() && data.size() <= expected_.size(), failure);
    if (failure)
      return 0;
    expected_.remove_prefix(data.size());
    std::memmove(decoded_end_, data.data(),
                 data.size()); // to the left of all that is still to be read
    decoded_end_ += data.size();
    return data.size();
  }

  void on_finish_impl(error_code& failure) override { require(expected_.empty(), failure); }

  char* message_;
  const request_gate& gate_;
  chunk_walker chunks_;
  std::string_view expected_; // what is left of the present chunk
  char* decoded_end_;
  std::size_t fields_ = 0;
  std::size_t trailers_ = 0;
  bool head_done_ = false;
};

} // namespace

bool beast_agrees(char* message, const request_gate& gate) {
  return checker(message, gate).agrees();
}

} // namespace ankkor::net

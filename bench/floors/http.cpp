// The floor under ankkor's HTTP: a bare Boost.Beast server, as a careful programmer writes it in an
// evening. One thread, keep-alive; every request is read whole and answered 200 with the same
// bytes. With --secret it also checks WooCommerce's signature and reads the fields of a product
// that ankkor reads. It keeps nothing, decides nothing, and enforces no limit but the body's size.
#include "bench/floors/product.hpp"
#include "bench/floors/usage.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

// The concrete executor in place of any_io_executor: no virtual call for each operation.
using executor = asio::io_context::executor_type;
using stream = asio::basic_stream_socket<tcp, executor>;
using acceptor = asio::basic_socket_acceptor<tcp, executor>;
using answer = http::response<http::span_body<const char>>;

constexpr std::uint64_t body_bytes_max = 4 * 1024 * 1024;

struct site {
  answer good;
  answer refused;
  std::optional<ankkor::floors::product_reader> products; // with a secret
  std::uint64_t requests = 0;
};

// As ankkor answers a delivery.
answer make_answer(http::status status, std::string_view body) {
  auto made = answer{status, 11};
  made.set(http::field::server, "floor");
  made.set(http::field::date, "Sun, 22 Nov 2026 16:36:11 GMT");
  made.set(http::field::content_type, "application/json");
  made.set(http::field::cache_control, "no-store");
  made.body() = {body.data(), body.size()};
  made.content_length(body.size());
  return made;
}

// As the answer that is in `recorded`, head and body. Keeps views of it.
answer make_answer(const std::string& recorded) {
  auto parser = http::response_parser<http::string_body>{};
  parser.eager(false);
  error_code failure;
  const auto head = parser.put(asio::buffer(recorded), failure);
  if (failure || !parser.is_header_done())
    throw std::runtime_error{"the file of --answer holds no HTTP answer"};
  const auto body = std::string_view{recorded}.substr(head);
  auto made = answer{parser.get().base()};
  made.body() = {body.data(), body.size()};
  made.content_length(body.size());
  return made;
}

class session : public std::enable_shared_from_this<session> {
public:
  session(stream peer, site& served) : stream_(std::move(peer)), site_(served) {}

  void read() {
    parser_.emplace();
    parser_->body_limit(body_bytes_max);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code failure, std::size_t) {
                       if (!failure)
                         self->reply();
                     });
  }

private:
  void reply() {
    const auto& request = parser_->get();
    auto& body = parser_->get().body();
    const bool good =
      !site_.products || site_.products->read(body, request["X-WC-Webhook-Signature"]);
    ++site_.requests;
    http::async_write(stream_, good ? site_.good : site_.refused,
                      [self = shared_from_this()](error_code failure, std::size_t) {
                        if (!failure && self->parser_->keep_alive())
                          self->read();
                      });
  }

  stream stream_;
  site& site_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
};

void accept(acceptor& listener, site& served) {
  listener.async_accept([&listener, &served](error_code failure, stream peer) {
    if (failure)
      return;
    peer.set_option(tcp::no_delay(true), failure);
    std::make_shared<session>(std::move(peer), served)->read();
    accept(listener, served);
  });
}

std::string content_of(const std::string& file) {
  auto in = std::ifstream{file, std::ios::binary};
  if (!in)
    throw std::runtime_error{"can't read " + file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

struct arguments {
  std::string mode = "answer";
  std::uint16_t port = 0;
  std::string answer_file;
};

std::string secret() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread only
  const char* value = std::getenv("BENCH_WEBHOOK_SECRET");
  if (value == nullptr)
    throw std::runtime_error{"mode hmac wants BENCH_WEBHOOK_SECRET in the environment"};
  return value;
}

void serve(const arguments& given) {
  const std::string recorded = given.mode == "static" ? content_of(given.answer_file) : "";
  auto served = site{};
  served.good = given.mode == "static" ? make_answer(recorded)
                                       : make_answer(http::status::ok, R"({"status":"applied"})");
  served.refused = make_answer(http::status::unauthorized, "{}");
  if (given.mode == "hmac")
    served.products.emplace(secret());

  asio::io_context context{1};
  acceptor listener{context, tcp::endpoint{asio::ip::address_v4::loopback(), given.port}};
  asio::signal_set signals{context, SIGINT, SIGTERM};
  signals.async_wait([&context](error_code, int) { context.stop(); });
  accept(listener, served);
  ankkor::floors::say_listening(listener.local_endpoint().port());
  context.run();
  ankkor::floors::say_used(served.requests);
}

} // namespace

int main(int argc, char** argv) {
  try {
    arguments given;
    CLI::App app("A bare Boost.Beast server that answers every request alike: a floor for ankkor's "
                 "HTTP.");
    app
      .add_option("--mode", given.mode,
                  "answer: as ankkor answers a delivery; hmac: and check and read it; "
                  "static: as --answer says")
      ->capture_default_str()
      ->check(CLI::IsMember({"answer", "hmac", "static"}));
    app.add_option("--port", given.port, "On 127.0.0.1; 0: any that is free")
      ->capture_default_str();
    app.add_option("--answer", given.answer_file, "A file with a whole HTTP answer, as recorded");
    CLI11_PARSE(app, argc, argv);
    serve(given);
    return 0;
  } catch (const std::exception& problem) {
    static_cast<void>(std::fprintf(stderr, "ankkor-floor-http: %s\n", problem.what()));
    return 1;
  }
}

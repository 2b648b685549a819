// Writes what the fuzz targets start from: seeds FOLDER makes FOLDER/request, FOLDER/product and so
// on, of the recordings and of what the emulated shop answers to our documents.
#include "config/describe.hpp"
#include "emulator/store.hpp"
#include "net/woocommerce/graphql_documents.hpp"
#include "net/woocommerce/signature.hpp"
#include "tests/recordings.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace ankkor;

namespace {

constexpr auto opening = stock::moment{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};

class seed_folder {
public:
  seed_folder(const std::filesystem::path& root, std::string_view target) : where_(root / target) {
    std::filesystem::create_directories(where_);
  }

  void add(const std::string& bytes) {
    auto out = std::ofstream{where_ / ("seed-" + std::to_string(++count_)), std::ios::binary};
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

private:
  std::filesystem::path where_;
  int count_ = 0;
};

std::string chosen(char choice, std::string_view bytes) {
  return std::string(1, choice).append(bytes);
}

void add_recordings(const std::filesystem::path& root) {
  auto requests = seed_folder{root, "request"};
  auto products = seed_folder{root, "product"};
  auto signatures = seed_folder{root, "signature"};
  constexpr std::size_t long_enough = 8'000;
  for (const auto& recorded : testing::recorded_deliveries()) {
    if (recorded.body.size() > long_enough)
      continue;
    requests.add(chosen('\x20', recorded.wire()));
    char kind = '\0';
    if (recorded.topic == "product.deleted")
      kind = '\1';
    else if (recorded.topic.starts_with("action."))
      kind = '\2';
    else if (recorded.topic.starts_with("order."))
      kind = '\3';
    products.add(chosen(kind, recorded.body));
  }
  requests.add(chosen('\3',
                      "POST /api/webhooks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                      "\r\n3;x=\"y\"\r\nabc\r\n0\r\nTrailer: z\r\n\r\n"));
  requests.add(
    chosen('\7', "GET http://a/b?c HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"));
  requests.add(chosen('\1',
                      "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                      "POST /b HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "a\r\n0123456789\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  for (const auto* body : {"", "{}", "webhook_id=7"}) {
    signatures.add(chosen('\0', net::sign(body, "one") + "\n" + body));
    signatures.add(chosen('\1', std::string{"\3\x20\n"} + body));
    signatures.add(chosen('\2', std::string{"\3==\n"} + body));
  }
}

void add_replies(const std::filesystem::path& root) {
  auto replies = seed_folder{root, "redis"};
  replies.add(chosen('\6', "*3\r\n$5\r\nhello\r\n:42\r\n*2\r\n$-1\r\n*-1\r\n+OK\r\n-ERR no\r\n"));
  replies.add(chosen('\0', "1:12:342:-11:23:abc2:de2:no"));
  replies.add(chosen('\0', "1:15:order1:52:-4"));
  replies.add(chosen('\1', "rediss://user:pass%20word@[::1]:6380/3?db=4"));
  replies.add(chosen('\1', "unix:///run/redis.sock?db=2"));
}

void add_readers(const std::filesystem::path& root) {
  auto readers = seed_folder{root, "reader"};
  readers.add(chosen('\0', R"({"items":[{"productId":34,"variationId":null,"quantity":3}]})"));
  readers.add(chosen('\0', R"({"items":[{"productId":"34","variationId":"35","quantity":1},)"
                           R"({"productId":1,"variationId":0,"quantity":1000000000}]})"));
  readers.add(chosen('\1', "1,2,3,9223372036854775807"));
  readers.add(chosen('\2', "M%C3%BCtze"));
  readers.add(chosen('\2', "m%25c3%25bctze"));
  readers.add(chosen('\3', "products=34,35&lastEventId=110\n"));
  readers.add(chosen('\3', "\n104"));
  readers.add(chosen('\3', "lastEventId=%31%30+\n18446744073709551615"));
  readers.add(chosen('\4', "W/\"a\", \"b\"\n\"b\""));
}

std::string ask(emulator::store& shop, const std::string& body) {
  auto question = emulator::http_question{};
  question.method = "POST";
  question.path = "/graphql";
  question.body = body;
  question.content_type = "application/json";
  return shop.handle(question, opening + std::chrono::hours{1}).body;
}

void add_answers(const std::filesystem::path& root) {
  auto shop = emulator::store{{}};
  auto size = emulator::catalog_size{};
  size.products = 6;
  shop.fill(size, opening);
  const auto wanted = std::vector<net::wanted_item>{
    {10, net::item_kind::product}, {11, net::item_kind::variation}, {12, net::item_kind::unknown}};
  auto query = net::modified_query{};
  query.since = std::chrono::floor<std::chrono::seconds>(opening) - std::chrono::hours{1};
  query.until = query.since + std::chrono::hours{3};
  auto answers = seed_folder{root, "graphql"};
  answers.add(chosen('\0', ask(shop, net::items_by_id_body(wanted))));
  answers.add(chosen('\1', ask(shop, net::more_variations_body(10, ""))));
  answers.add(chosen('\2', ask(shop, net::modified_since_body(query))));
  answers.add(chosen('\3', ask(shop, net::catalog_page_body(""))));
  answers.add(chosen('\4', ask(shop, net::viewer_body())));
}

// The example has every setting as a comment, which would tell the fuzzer nothing: each is given
// alone, since a small seed is tried and changed more often, and all of them together.
void add_settings(const std::filesystem::path& root) {
  auto settings = seed_folder{root, "configuration"};
  auto all = std::string{};
  auto lines = std::istringstream{config::example_toml()};
  for (auto line = std::string{}; std::getline(lines, line);) {
    if (!line.starts_with("# ") || line.find_first_of("=[") == std::string::npos)
      continue;
    line.erase(0, 2);
    const bool is_table = line.starts_with("[[");
    const bool is_setting =
      line.substr(0, line.find(' ')).find_first_of(".,:;") == std::string::npos &&
      line.find(" = ") == line.find(' ');
    if (!is_table && !is_setting)
      continue;
    all += line + "\n";
    if (is_setting)
      settings.add(line);
  }
  settings.add(all);
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2)
    return 2;
  const auto root = std::filesystem::path{argv[1]};
  add_recordings(root);
  add_answers(root);
  add_replies(root);
  add_readers(root);
  add_settings(root);
  return 0;
}

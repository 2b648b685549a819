// The format `varnish` against a real Varnish with the very VCL that examples/varnish gives: a page
// cached there is gone after a change, another is not.
#include "daemon_process.hpp"
#include "deliveries.hpp"
#include "net/http/server.hpp"
#include "net/io_pool.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>

using namespace ankkor;
using namespace ankkor::testing;

namespace {

// A storefront that renders its pages anew at every request, and says how often it did.
class origin {
public:
  origin() {
    auto options = net::server_options{};
    options.name = "origin";
    auto started =
      net::http_server::start(pool_, options, [this](const auto& exchange) { answer(exchange); });
    BOOST_TEST_REQUIRE(static_cast<bool>(started));
    server_ = std::move(*started);
  }

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

private:
  void answer(const std::shared_ptr<net::exchange>& exchange) {
    const auto path = std::string{exchange->req().path};
    auto page = net::response{};
    page.body = path + " rendering " + std::to_string(++renderings_[path]);
    page.fields = {{"Cache-Control", "s-maxage=3600"}, {"Surrogate-Key", tags_of(path)}};
    exchange->respond(std::move(page));
  }

  // As a storefront tags its pages: /product/tea-34, /category/hot-drinks.
  static std::string tags_of(const std::string& path) {
    if (path == "/product/tea-34")
      return "product-34 product-tea-34";
    if (path == "/product/tea-35")
      return "product-35 product-tea-35";
    return "category-hot-drinks";
  }

  net::io_pool pool_{1};
  std::map<std::string, int> renderings_; // on the pool's one thread
  std::unique_ptr<net::http_server> server_;
};

// A program that is ended with the test.
class child {
public:
  explicit child(std::vector<std::string> words) {
    auto pointers = std::vector<char*>{};
    for (auto& word : words)
      pointers.push_back(word.data());
    pointers.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      ::execvp(pointers[0], pointers.data());
      ::_exit(127);
    }
  }

  ~child() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }

  child(const child&) = delete;
  child& operator=(const child&) = delete;

private:
  pid_t pid_ = -1;
};

// What a command writes to its standard output.
std::string output_of(const std::string& command) {
  auto text = std::string{};
  auto* const pipe = ::popen(command.c_str(), "r");
  auto buffer = std::array<char, 512>{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr)
    text += buffer.data();
  ::pclose(pipe);
  return text;
}

class varnish {
public:
  varnish(const std::string& directory, std::uint16_t backend)
    : directory_(directory + "/varnish"), vcl_(directory + "/main.vcl") {
    std::ofstream{vcl_} << "vcl 4.1;\ninclude \"" ANKKOR_SOURCE_DIR
                           "/examples/varnish/ankkor.vcl\";\n"
                           "backend default { .host = \"127.0.0.1\"; .port = \""
                        << backend << "\"; }\n";
    child_ = std::make_unique<child>(std::vector<std::string>{
      "varnishd", "-F", "-j", "none", "-n", directory_, "-a", "127.0.0.1:0", "-f", vcl_, "-s",
      "malloc,8m", "-p", "thread_pools=1", "-p", "thread_pool_min=5"});
    BOOST_TEST_REQUIRE(eventually([this] { return find_port(); }));
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  // The page, and whether it came from the cache.
  [[nodiscard]] std::string page(std::string_view path) const { return get(port_, path).body; }

private:
  // "a0 127.0.0.1 41234": the address that the system chose.
  bool find_port() {
    auto listed = std::istringstream{
      output_of("varnishadm -n " + directory_ + " debug.listen_address 2>/dev/null")};
    auto name = std::string{};
    auto address = std::string{};
    return static_cast<bool>(listed >> name >> address >> port_) && get(port_, "/").status == 200;
  }

  std::string directory_;
  std::string vcl_;
  std::uint16_t port_ = 0;
  std::unique_ptr<child> child_;
};

std::string purge_url(const varnish& cache) {
  return "http://127.0.0.1:" + std::to_string(cache.port()) + "/";
}

} // namespace

BOOST_AUTO_TEST_SUITE(a_real_varnish)

BOOST_AUTO_TEST_CASE(a_changed_products_page_is_gone_and_others_stay) {
  const auto place = temporary_directory{};
  const auto shop = origin{};
  const auto cache = varnish{place.path(), shop.port()};
  auto daemon = daemon_process{
    daemon_settings(place.path() + "/data", {{"ANKKOR_REVALIDATE_URL", purge_url(cache)},
                                             {"ANKKOR_REVALIDATE_FORMAT", "varnish"}})};
  BOOST_TEST_REQUIRE(daemon.ready());
  const auto told = [&] { return daemon.ask("/admin/outbox").body == R"({"outbox":[]})"; };
  BOOST_TEST(deliver(daemon.port(), made_product{.quantity = 7, .second = 1}) == "applied");
  BOOST_TEST(eventually(told));

  for (const std::string path : {"/product/tea-34", "/product/tea-35", "/category/hot-drinks"}) {
    BOOST_TEST(cache.page(path) == path + " rendering 1");
    BOOST_TEST(cache.page(path) == path + " rendering 1");
  }
  // Another quantity: the product's page shows it, no listing does.
  BOOST_TEST(deliver(daemon.port(), made_product{.quantity = 6, .second = 2}) == "applied");
  BOOST_TEST(eventually(told));
  BOOST_TEST(cache.page("/product/tea-34") == "/product/tea-34 rendering 2");
  BOOST_TEST(cache.page("/product/tea-35") == "/product/tea-35 rendering 1");
  BOOST_TEST(cache.page("/category/hot-drinks") == "/category/hot-drinks rendering 1");
  // Another name: listings show that.
  BOOST_TEST(deliver(daemon.port(),
                     made_product{.quantity = 6, .second = 3, .name = "Green tea"}) == "applied");
  BOOST_TEST(eventually(told));
  BOOST_TEST(cache.page("/product/tea-34") == "/product/tea-34 rendering 3");
  BOOST_TEST(cache.page("/product/tea-35") == "/product/tea-35 rendering 1");
  BOOST_TEST(cache.page("/category/hot-drinks") == "/category/hot-drinks rendering 2");
  BOOST_TEST(daemon.metric("ankkor_revalidations_total{outcome=\"failed\",target=\"next\"}") <= 0);
}

BOOST_AUTO_TEST_CASE(tags_stay_inside_and_a_purge_says_which_keys) {
  const auto place = temporary_directory{};
  const auto shop = origin{};
  const auto cache = varnish{place.path(), shop.port()};
  const auto page = get(cache.port(), "/product/tea-34");
  BOOST_TEST(page.field("xkey").empty());
  BOOST_TEST(page.field("surrogate-key").empty());
  auto connection = raw_connection{cache.port()};
  connection.send("PURGE / HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(connection.receive().status == 400U);
}

BOOST_AUTO_TEST_SUITE_END()

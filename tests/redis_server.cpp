#include "tests/redis_server.hpp"

#include "config/redis_url.hpp"
#include "net/io_pool.hpp"
#include "net/redis/client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace ankkor::testing {

namespace {

namespace fs = std::filesystem;

constexpr auto patience = std::chrono::seconds{20};

// Debian's package redis-tools has the server's program already: it is redis-check-rdb called by
// another name. So no service needs to be installed.
std::string find_program() {
  for (const auto* path :
       {"/usr/bin/redis-server", "/usr/local/bin/redis-server", "/usr/bin/redis-check-rdb"})
    if (::access(path, X_OK) == 0)
      return path;
  throw std::runtime_error("there is no redis-server: install Debian's package redis-tools");
}

// Free a moment ago: Redis can't let the system choose. start() tries again should it be taken.
std::uint16_t free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  auto* const raw = reinterpret_cast<sockaddr*>(&where);
  const bool bound = ::bind(probe, raw, size) == 0 && ::getsockname(probe, raw, &size) == 0;
  ::close(probe);
  if (!bound)
    throw std::runtime_error("no port is free");
  return ntohs(where.sin_port);
}

fs::path make_directory() {
  std::string pattern = (fs::temp_directory_path() / "ankkor-redis-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("can't make a directory");
  return pattern;
}

} // namespace

redis_server::redis_server(redis_server_options options)
  : options_(std::move(options)), directory_(make_directory()) {
  start();
}

redis_server::~redis_server() {
  kill();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::string redis_server::configuration() const {
  const auto data = (directory_ / "data").string();
  std::string text = "port " + std::to_string(port_) + "\nbind 127.0.0.1\nunixsocket " + socket() +
                     "\ndir " + data + "\nsave \"\"\nappendonly yes\nappendfsync always\n" +
                     "loglevel warning\nlogfile " + (directory_ / "log").string() + "\n";
  if (!options_.password.empty())
    text += "requirepass " + options_.password + "\n";
  if (!options_.certificate.empty())
    text += "tls-port " + std::to_string(tls_port_) + "\ntls-cert-file " + options_.certificate +
            "\ntls-key-file " + options_.key + "\ntls-auth-clients no\ntls-ca-cert-file " +
            options_.certificate + "\n";
  return text + options_.more + "\n";
}

void redis_server::start() {
  fs::create_directories(directory_ / "data");
  const bool first = port_ == 0 && tls_port_ == 0;
  for (int attempt = 0; attempt != 5; ++attempt) {
    if (first && options_.tcp)
      port_ = free_port();
    if (first && !options_.certificate.empty())
      tls_port_ = free_port();
    if (launch())
      return;
  }
  std::ifstream log{directory_ / "log"};
  throw std::runtime_error("redis-server does not start: " +
                           std::string{std::istreambuf_iterator<char>{log}, {}});
}

bool redis_server::launch() {
  const auto file = (directory_ / "redis.conf").string();
  std::ofstream{file} << configuration();
  const auto program = find_program();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == parent)
      ::execl(program.c_str(), "redis-server", file.c_str(), nullptr);
    ::_exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!answers()) {
    if (has_ended() || std::chrono::steady_clock::now() > deadline) {
      kill();
      return false;
    }
    ::poll(nullptr, 0, 3);
  }
  return true;
}

// Whatever it says, it has loaded its data then, or wants a password first.
bool redis_server::answers() const {
  const auto said = ask({"PING"});
  return said.type == redis::reply::kind::status || said.code() == "NOAUTH";
}

bool redis_server::has_ended() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_)
    pid_ = -1;
  return pid_ < 0;
}

void redis_server::kill() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
}

void redis_server::stop() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
}

void redis_server::freeze() const {
  ::kill(pid_, SIGSTOP);
}

void redis_server::thaw() const {
  ::kill(pid_, SIGCONT);
}

void redis_server::forget() {
  fs::remove_all(directory_ / "data");
}

std::string redis_server::url() const {
  return "unix://" + (options_.password.empty() ? "" : ":" + options_.password + "@") + socket();
}

redis::reply redis_server::ask(const redis::command& command) const {
  net::io_pool pool{1};
  net::redis_client client{pool, *config::parse_redis_url(url())};
  auto answer = client.exchange({command});
  if (answer)
    return std::move(answer->replies.front());
  redis::reply failed;
  failed.type = redis::reply::kind::error;
  failed.text = "AWAY " + answer.failure().message;
  return failed;
}

} // namespace ankkor::testing

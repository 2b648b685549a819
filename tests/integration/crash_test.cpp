// 200 means durable: kill -9 at random moments, a full disk, and files cut at random places. Issue
// 2, "Shown by" 3. Every run is the same run: the seeds are fixed, though not the machine's timing.
#include "storm.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/mount.h>

#include <fstream>
#include <iterator>

using namespace ankkor;
using namespace ankkor::testing;

namespace {

// One call in four fails, so that there is always something in the outbox.
void fail_now_and_then(storefront& receiver) {
  receiver.answer_with([](std::size_t number, const storefront_call&) {
    auto answer = net::response{};
    answer.status = number % 4 == 3 ? 500 : 200;
    return answer;
  });
}

// In the end the storefront takes everything again, and hears of all that is held.
void check_storefront(const daemon_process& daemon, storefront& receiver, const storm& sent) {
  receiver.answer_with(200);
  BOOST_TEST(eventually([&] { return sent.is_told(daemon, receiver); }),
             "the storefront was not told of every change");
  BOOST_TEST(eventually([&] { return daemon.ask("/admin/outbox").body == R"({"outbox":[]})"; }));
}

// A small file system of memory where this user may mount one, else nothing. It has room for the
// log that SQLite keeps before it is carried over (8 MiB).
class tiny_disk {
public:
  tiny_disk() { mounted_ = ::mount("tmpfs", place_.path().c_str(), "tmpfs", 0, "size=24m") == 0; }

  ~tiny_disk() {
    if (mounted_)
      ::umount2(place_.path().c_str(), MNT_DETACH);
  }

  tiny_disk(const tiny_disk&) = delete;
  tiny_disk& operator=(const tiny_disk&) = delete;

  [[nodiscard]] bool mounted() const { return mounted_; }

  [[nodiscard]] std::string data() const { return place_.path() + "/data"; }

  // Takes all of its room but so many bytes.
  void fill(std::uint64_t left) const {
    auto file = std::ofstream{place_ / "filler", std::ios::binary};
    const auto room = std::filesystem::space(place_.path()).available;
    if (room > left)
      file << std::string(room - left, 'x');
  }

  void empty() const { std::filesystem::remove(place_ / "filler"); }

private:
  temporary_directory place_;
  bool mounted_ = false;
};

using file_contents = std::map<std::string, std::string>;

file_contents read_files(const std::string& directory) {
  auto files = file_contents{};
  for (const auto& entry : std::filesystem::directory_iterator{directory}) {
    auto& content = files[entry.path().string()];
    content.resize(entry.file_size());
    std::ifstream{entry.path(), std::ios::binary}.read(
      content.data(), static_cast<std::streamsize>(content.size()));
  }
  return files;
}

void write_files(const std::string& directory, const file_contents& files) {
  for (const auto& entry : std::filesystem::directory_iterator{directory})
    std::filesystem::remove(entry.path());
  for (const auto& [path, content] : files)
    std::ofstream{path, std::ios::binary} << content;
}

// A daemon that does not start says why and how to mend it, and ends with status 1.
void check_refusal(daemon_process& daemon) {
  BOOST_TEST(daemon.wait() == 1);
  const auto output = daemon.output();
  BOOST_TEST(output.find("ankkor: ") != std::string::npos, output);
  BOOST_TEST(output.find("\n  ") != std::string::npos, output);
}

// The log has its full length from the start: behind what is written there are zeros.
std::size_t written_part(const std::string& content) {
  return content.find_last_not_of('\0') + 1; // 0 if there is nothing else
}

// Of the log's present run: behind it there may be frames of an earlier one, up to 32 MiB. Each
// frame has the header's salts (https://www.sqlite.org/fileformat2.html#walformat).
std::size_t written_run(const std::string& log) {
  constexpr std::size_t header = 32;
  constexpr std::size_t frame = 24 + 4096;
  if (log.size() < header)
    return 0;
  const auto salts = std::string_view{log}.substr(16, 8);
  auto end = header;
  while (end + frame <= log.size() && log.compare(end + 8, salts.size(), salts) == 0)
    end += frame;
  return end;
}

// From some size on that the log will have soon. It may have begun anew meanwhile, and be far from
// that: then once more.
bool refuses_where_files_can_not_grow(daemon_process& daemon, storm& sent,
                                      const std::filesystem::path& log) {
  constexpr int attempts = 12;
  const auto wanted = sent.refusals() + sent.random(20);
  const auto refused = [&] { return sent.refusals() > wanted; };
  for (int attempt = 0; attempt != attempts && !refused(); ++attempt) {
    auto file = std::ifstream{log, std::ios::binary};
    const auto content = std::string{std::istreambuf_iterator<char>{file}, {}};
    daemon.limit_file_size(written_run(content) + sent.random(40'000));
    static_cast<void>(eventually(refused, std::chrono::seconds{5}));
  }
  return refused();
}

} // namespace

BOOST_AUTO_TEST_SUITE(crash)

BOOST_AUTO_TEST_CASE(after_kill_9_at_fifty_random_moments_every_promise_is_kept) {
  const auto place = temporary_directory{};
  auto receiver = storefront{};
  fail_now_and_then(receiver);
  const auto settings = daemon_settings(place.path() + "/data",
                                        receiver.settings({{"ANKKOR_REVALIDATE_WINDOW", "20ms"}}));
  auto sent = storm{20261122};
  for (int round = 0; round != 50; ++round) {
    auto daemon = daemon_process{settings};
    if (sent.random(8) == 0) {
      daemon.kill(); // in its start
      continue;
    }
    BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
    sent.check(daemon);
    sent.blow(daemon, sent.random(120), [&daemon] { daemon.kill(); });
  }
  BOOST_TEST(sent.promises() > 1000U);
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready());
  sent.check(daemon);
  check_storefront(daemon, receiver, sent);
}

BOOST_AUTO_TEST_CASE(killed_on_a_full_disk_it_has_kept_every_promise,
                     *boost::unit_test::precondition([](auto) { return tiny_disk{}.mounted(); })) {
  const auto disk = tiny_disk{};
  auto receiver = storefront{};
  fail_now_and_then(receiver);
  const auto settings =
    daemon_settings(disk.data(), receiver.settings({{"ANKKOR_REVALIDATE_WINDOW", "20ms"}}));
  auto sent = storm{7};
  for (int round = 0; round != 8; ++round) {
    auto daemon = daemon_process{settings};
    BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
    sent.check(daemon);
    const auto refusals = sent.refusals();
    sent.blow(daemon, 30, [&] {
      disk.fill(sent.random(40'000));
      BOOST_TEST(eventually([&] { return sent.refusals() > refusals + sent.random(20); }));
      daemon.kill();
    });
    // Where there is no room, it starts with all of it or says why it doesn't. Whether it is ready
    // depends on what it has tried to commit by then.
    auto cramped = daemon_process{settings};
    if (cramped.ready() || cramped.port() != 0)
      sent.check_held(cramped);
    else
      check_refusal(cramped);
    cramped.kill();
    disk.empty();
  }
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
  sent.check(daemon);
  check_storefront(daemon, receiver, sent);
}

// The same without any right to mount: the daemon's files may not grow, from a random size on.
BOOST_AUTO_TEST_CASE(killed_where_its_files_can_not_grow_it_has_kept_every_promise) {
  const auto place = temporary_directory{};
  auto receiver = storefront{};
  fail_now_and_then(receiver);
  const auto settings = daemon_settings(place.path() + "/data",
                                        receiver.settings({{"ANKKOR_REVALIDATE_WINDOW", "20ms"}}));
  auto sent = storm{8};
  for (int round = 0; round != 8; ++round) {
    auto daemon = daemon_process{settings};
    BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
    sent.check(daemon);
    sent.blow(daemon, 30, [&] {
      BOOST_TEST(refuses_where_files_can_not_grow(daemon, sent, place / "data/ankkor.db-wal"));
      if (round % 2 == 0) {
        // And once more with room in between.
        daemon.limit_file_size(std::nullopt);
        const auto promises = sent.promises();
        BOOST_TEST(eventually([&] { return sent.promises() > promises + 5; }));
      }
      daemon.kill();
    });
  }
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
  sent.check(daemon);
  check_storefront(daemon, receiver, sent);
}

BOOST_AUTO_TEST_CASE(with_a_file_cut_anywhere_it_starts_with_everything_or_not_at_all) {
  const auto place = temporary_directory{};
  const auto data = place.path() + "/data";
  auto receiver = storefront{};
  const auto settings = daemon_settings(data, receiver.settings());
  auto sent = storm{9};
  {
    auto daemon = daemon_process{settings};
    BOOST_TEST_REQUIRE(daemon.ready());
    sent.blow(daemon, 300, [&daemon] { daemon.kill(); });
  }
  std::size_t refused = 0;
  for (int round = 0; round != 24; ++round) {
    const auto whole = read_files(data);
    auto victim = whole.begin();
    std::advance(victim, sent.random(static_cast<unsigned>(whole.size())));
    const auto left = sent.random(static_cast<unsigned>(written_part(victim->second)) + 1);
    BOOST_TEST_CONTEXT(victim->first << " cut to " << left << " of " << victim->second.size()) {
      std::filesystem::resize_file(victim->first, left);
      auto cut = daemon_process{settings};
      if (cut.ready()) {
        sent.check(cut);
        sent.blow(cut, 20, [&cut] { cut.kill(); });
        continue;
      }
      ++refused;
      check_refusal(cut);
      // Nothing was touched: with the file back, all is there.
      write_files(data, whole);
      auto mended = daemon_process{settings};
      BOOST_TEST_REQUIRE(mended.ready(), mended.output());
      sent.check(mended);
      sent.blow(mended, 20, [&mended] { mended.kill(); });
    }
  }
  BOOST_TEST(refused > 3U);
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready());
  sent.check(daemon);
  check_storefront(daemon, receiver, sent);
}

BOOST_AUTO_TEST_SUITE_END()

// Certificates made on the spot, so that none expires and no key is kept in the repository.
#pragma once

#include <filesystem>
#include <string>

namespace ankkor::net::test {

struct certificate {
  std::string certificate_file;
  std::string key_file;
};

// A directory of its own that goes when it does, with what was made in it.
class certificate_maker {
public:
  certificate_maker();
  ~certificate_maker();
  certificate_maker(const certificate_maker&) = delete;
  certificate_maker& operator=(const certificate_maker&) = delete;

  // Signed by itself. `names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1".
  certificate make(const std::string& names, bool expired = false);

private:
  std::filesystem::path directory_;
  int made_ = 0;
};

} // namespace ankkor::net::test

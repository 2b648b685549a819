// Which hosts are called without the proxy, see dial_options.hpp.
#include "net/tls/dial_options.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <string_view>

namespace ankkor::net {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

bool is_in_network(std::string_view network, const asio::ip::address& address) {
  const auto slash = network.find('/');
  const auto base = std::string{network.substr(0, slash)};
  const auto length = std::string{network.substr(slash + 1)};
  error_code bad;
  if (address.is_v4()) {
    const auto range = asio::ip::make_network_v4(base + "/" + length, bad);
    return !bad && range.canonical() ==
                     asio::ip::make_network_v4(address.to_v4(), range.prefix_length()).canonical();
  }
  const auto range = asio::ip::make_network_v6(base + "/" + length, bad);
  return !bad && range.canonical() ==
                   asio::ip::make_network_v6(address.to_v6(), range.prefix_length()).canonical();
}

bool is_named_by(std::string_view entry, const std::string& host, std::uint16_t port) {
  error_code not_an_address;
  const auto address = asio::ip::make_address(host, not_an_address);
  if (entry == "*")
    return true;
  if (!not_an_address && entry.find('/') != std::string_view::npos)
    return is_in_network(entry, address);
  if (const auto colon = entry.rfind(':');
      colon != std::string_view::npos && entry.find(':') == colon) { // one: not an IPv6 address
    if (entry.substr(colon + 1) != std::to_string(port))
      return false;
    entry = entry.substr(0, colon);
  }
  if (!entry.empty() && entry.front() == '[' && entry.back() == ']')
    entry = entry.substr(1, entry.size() - 2);
  if (!entry.empty() && entry.front() == '.')
    entry.remove_prefix(1);
  if (entry.empty())
    return false;
  if (entry == host)
    return true;
  return not_an_address && host.size() > entry.size() && host.ends_with(entry) &&
         host[host.size() - entry.size() - 1] == '.';
}

bool is_this_machine(const std::string& host) {
  error_code not_an_address;
  const auto address = asio::ip::make_address(host, not_an_address);
  return not_an_address ? host == "localhost" : address.is_loopback();
}

} // namespace

bool is_exempt(const std::vector<std::string>& exceptions, const std::string& host,
               std::uint16_t port) {
  return is_this_machine(host) ||
         std::any_of(exceptions.begin(), exceptions.end(),
                     [&](const std::string& each) { return is_named_by(each, host, port); });
}

} // namespace ankkor::net

#include "net/tls/public_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace ankkor::net {

namespace {

namespace ip = boost::asio::ip;

struct range_v4 {
  std::uint32_t first;
  unsigned bits;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c = 0, unsigned d = 0) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array<range_v4, 14> special_v4{{
  {v4(0, 0), 8},          // this network; 0.0.0.0 leads to this machine
  {v4(10, 0), 8},         // private
  {v4(100, 64), 10},      // shared by a carrier's customers; a cloud's metadata too
  {v4(127, 0), 8},        // loopback
  {v4(169, 254), 16},     // link-local; the metadata of most clouds
  {v4(172, 16), 12},      // private
  {v4(192, 0, 0), 24},    // protocol assignments; a cloud's metadata too
  {v4(192, 0, 2), 24},    // documentation
  {v4(192, 88, 99), 24},  // relays of 6to4, given up
  {v4(192, 168), 16},     // private
  {v4(198, 18), 15},      // benchmarks
  {v4(198, 51, 100), 24}, // documentation
  {v4(203, 0, 113), 24},  // documentation
  {v4(224, 0), 3},        // multicast, reserved, broadcast
}};

bool is_public_v4(std::uint32_t address) {
  return std::none_of(special_v4.begin(), special_v4.end(), [address](const range_v4& range) {
    return (address ^ range.first) >> (32 - range.bits) == 0;
  });
}

using bytes_v6 = ip::address_v6::bytes_type;

struct range_v6 {
  bytes_v6 first;
  unsigned bits;
};

bool is_within(const bytes_v6& address, const range_v6& range) {
  for (unsigned bit = 0; bit < range.bits; ++bit) {
    const unsigned different = address[bit / 8] ^ range.first[bit / 8];
    if ((different >> (7 - bit % 8) & 1) != 0)
      return false;
  }
  return true;
}

constexpr range_v6 global_unicast{{0x20}, 3};
constexpr range_v6 translated{{0x00, 0x64, 0xff, 0x9b}, 96}; // NAT64: the last 32 bits are IPv4
constexpr range_v6 six_to_four{{0x20, 0x02}, 16};            // the next 32 bits are IPv4
constexpr range_v6 mapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};

// Within what is global otherwise.
constexpr std::array<range_v6, 3> special_v6{{
  {{0x20, 0x01}, 23},             // protocol assignments, Teredo among them
  {{0x20, 0x01, 0x0d, 0xb8}, 32}, // documentation
  {{0x3f, 0xff}, 20},             // documentation
}};

std::uint32_t v4_at(const bytes_v6& address, std::size_t at) {
  return v4(address[at], address[at + 1], address[at + 2], address[at + 3]);
}

bool is_public_v6(const bytes_v6& address) {
  if (is_within(address, mapped) || is_within(address, translated))
    return is_public_v4(v4_at(address, 12));
  if (is_within(address, six_to_four))
    return is_public_v4(v4_at(address, 2));
  return is_within(address, global_unicast) &&
         std::none_of(special_v6.begin(), special_v6.end(),
                      [&](const range_v6& range) { return is_within(address, range); });
}

} // namespace

bool is_public(const ip::address& address) noexcept {
  return address.is_v4() ? is_public_v4(address.to_v4().to_uint())
                         : is_public_v6(address.to_v6().to_bytes());
}

} // namespace ankkor::net

// Which addresses are of the open Internet, for who calls nothing else (ANKKOR_OUTGOING_ADDRESSES):
// not this machine's, not a private network's, and not those where clouds answer with credentials.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace ankkor::net {

// False for what IANA's special-purpose registries list as not globally reachable (RFC 6890), for
// multicast, and for IPv6 addresses that stand for an IPv4 address of that kind.
[[nodiscard]] bool is_public(const boost::asio::ip::address& address) noexcept;

} // namespace ankkor::net

#include "comm/watchdog/datagram_socket.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace cellsweep::comm {
namespace {

constexpr std::size_t longest_datagram = 65536;

[[noreturn]] void fail(const char* call) {
  throw Error(std::string(call) + " failed: " + std::strerror(errno));
}

sockaddr_in to_ipv4(const sockaddr_in6& address) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = address.sin6_port;
  std::memcpy(&result.sin_addr, address.sin6_addr.s6_addr + 12, sizeof result.sin_addr);
  return result;
}

sockaddr_in6 to_mapped(const in_addr& host, in_port_t port) {
  sockaddr_in6 result{};
  result.sin6_family = AF_INET6;
  result.sin6_port = port;
  result.sin6_addr.s6_addr[10] = result.sin6_addr.s6_addr[11] = 0xff;
  std::memcpy(result.sin6_addr.s6_addr + 12, &host, sizeof host);
  return result;
}

// An IPv6 socket that takes IPv4 too, or -1 if this host has no IPv6.
int open_ipv6() {
  const int descriptor = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  const int off = 0;
  sockaddr_in6 any{};  // of any address and port
  any.sin6_family = AF_INET6;
  if (setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0 &&
      bind(descriptor, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0)
    return descriptor;
  close(descriptor);
  return -1;
}

int open_ipv4(in_addr_t host) {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) fail("socket");
  sockaddr_in own{};  // of any port
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(host);
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0) return descriptor;
  close(descriptor);
  fail("bind");
}

}  // namespace

DatagramSocket::DatagramSocket(Reach reach)
    : descriptor_(reach == Reach::network ? open_ipv6() : -1),
      has_ipv6_(descriptor_ >= 0),
      buffer_(longest_datagram) {
  if (!has_ipv6_) descriptor_ = open_ipv4(reach == Reach::network ? INADDR_ANY : INADDR_LOOPBACK);
}

DatagramSocket::~DatagramSocket() {
  close(descriptor_);
}

std::uint16_t DatagramSocket::port() const {
  sockaddr_in6 own{};
  socklen_t size = sizeof own;
  if (getsockname(descriptor_, reinterpret_cast<sockaddr*>(&own), &size) != 0) fail("getsockname");
  return ntohs(own.sin6_port);  // at the same offset as IPv4's
}

void DatagramSocket::send(std::span<const std::byte> datagram, const Address& to) {
  if (has_ipv6_) {
    sendto(descriptor_, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&to),
           sizeof to);
    return;
  }
  if (!IN6_IS_ADDR_V4MAPPED(&to.sin6_addr)) return;
  const sockaddr_in ipv4 = to_ipv4(to);
  sendto(descriptor_, datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&ipv4),
         sizeof ipv4);
}

std::optional<std::span<const std::byte>> DatagramSocket::receive(Address& from) {
  socklen_t size = sizeof from;
  from = {};
  const ssize_t received =
      recvfrom(descriptor_, buffer_.data(), buffer_.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
  if (received < 0) return std::nullopt;
  if (from.sin6_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &from, sizeof ipv4);
    from = to_mapped(ipv4.sin_addr, ipv4.sin_port);
  }
  return std::span<const std::byte>(buffer_).first(received);
}

DatagramSocket::Address numeric_address(const std::string& host, std::uint16_t port) {
  in_addr ipv4{};
  if (inet_pton(AF_INET, host.c_str(), &ipv4) == 1) return to_mapped(ipv4, htons(port));
  DatagramSocket::Address address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  if (inet_pton(AF_INET6, host.c_str(), &address.sin6_addr) != 1) throw Error("'" + host + "' is no address");
  return address;
}

std::vector<std::string> own_addresses() {
  std::vector<std::string> addresses = {"127.0.0.1"};
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return addresses;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    const bool is_of_others = (entry->ifa_flags & IFF_UP) != 0 && (entry->ifa_flags & IFF_LOOPBACK) == 0;
    if (entry->ifa_addr == nullptr || !is_of_others) continue;
    char text[INET6_ADDRSTRLEN] = "";
    if (entry->ifa_addr->sa_family == AF_INET) {
      inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr, text, sizeof text);
    } else if (entry->ifa_addr->sa_family == AF_INET6) {
      const in6_addr& host = reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr;
      // A link-local address means nothing without the interface's name, which differs between hosts.
      if (!IN6_IS_ADDR_LINKLOCAL(&host)) inet_ntop(AF_INET6, &host, text, sizeof text);
    }
    if (*text != '\0') addresses.emplace_back(text);
  }
  freeifaddrs(first);
  return addresses;
}

}  // namespace cellsweep::comm

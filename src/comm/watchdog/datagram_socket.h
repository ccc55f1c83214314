// A UDP socket of this host.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cellsweep::comm {

// Nothing here waits. One thread at a time.
class DatagramSocket {
 public:
  using Address = sockaddr_in6;  // of IPv4, too, in IPv6's form for it

  // Who can send to it: processes of this host (127.0.0.1 alone), or others, too (all addresses of this host,
  // of IPv6 and IPv4).
  enum class Reach { host, network };

  // Any free port. Throws Error if there is none.
  explicit DatagramSocket(Reach reach);
  ~DatagramSocket();
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  int descriptor() const { return descriptor_; }
  std::uint16_t port() const;
  // What could not be sent is lost, as any datagram may be.
  void send(std::span<const std::byte> datagram, const Address& to);
  // The next datagram that has arrived, and its sender; valid until the next call.
  std::optional<std::span<const std::byte>> receive(Address& from);

 private:
  int descriptor_;
  bool has_ipv6_;
  std::vector<std::byte> buffer_;
};

// `host` as a number, such as 10.0.0.1 or fd00::1. Throws Error if it is none.
DatagramSocket::Address numeric_address(const std::string& host, std::uint16_t port);
// This host's addresses that others can reach, as numbers, with 127.0.0.1 as the first.
std::vector<std::string> own_addresses();

}  // namespace cellsweep::comm

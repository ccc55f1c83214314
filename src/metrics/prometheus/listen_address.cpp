#include "metrics/prometheus/listen_address.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <memory>

#include "base/descriptor.h"
#include "base/error.h"
#include "metrics/prometheus/address_checks.h"

namespace cellsweep::metrics {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

// At least one. Throws Error.
Addresses look_up(const std::string& address, std::int64_t port, int flags) {
  const bool has_brackets = address.starts_with('[') && address.ends_with(']');
  const std::string bare = has_brackets ? address.substr(1, address.size() - 2) : address;
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV | flags;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(bare.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) throw Error("metrics.prometheus.address " + address + ": " + gai_strerror(code));
  return {found, &freeaddrinfo};
}

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET)
    return ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

bool is_any(const sockaddr& address) {
  if (address.sa_family == AF_INET)
    return reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr == htonl(INADDR_ANY);
  return IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

}  // namespace

ListenAddress find_listen_address(const std::string& address) {
  // A name server would be asked for a wrong address, and the server's own parser makes another one of it.
  if (const std::string problem = listen_address_problem(address); !problem.empty())
    throw Error("metrics.prometheus.address: " + problem);
  const Addresses all = look_up(address, 0, 0);
  const addrinfo* chosen = all.get();
  for (const addrinfo* each = all.get(); each != nullptr && chosen->ai_family != AF_INET;
       each = each->ai_next)
    if (each->ai_family == AF_INET) chosen = each;
  std::array<char, NI_MAXHOST> text{};
  const int code =
      getnameinfo(chosen->ai_addr, chosen->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  if (code != 0) throw Error("metrics.prometheus.address " + address + ": " + gai_strerror(code));
  const std::string host = text.data();
  return {.host = chosen->ai_family == AF_INET6 ? "[" + host + "]" : host,
          .is_loopback = is_loopback(*chosen->ai_addr),
          .is_any = is_any(*chosen->ai_addr)};
}

std::string family_problem(const ListenAddress& address) {
  if (!address.host.starts_with('[') || mg_check_feature(MG_FEATURES_IPV6) != 0) return "";
  const std::string right = address.is_loopback ? "127.0.0.1, which this host alone reaches"
                            : address.is_any    ? "0.0.0.0, all IPv4 addresses of this host"
                                                : "an IPv4 address of this host, or a name that has one";
  return "the web server of this build (civetweb) was built without IPv6; right would be " + right;
}

std::string listen_problem(const ListenAddress& address, std::int64_t port) {
  const Addresses found = look_up(address.host, port, AI_NUMERICHOST);
  const Descriptor server(socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol));
  const int yes = 1;  // as the server has it: a connection that just ended does not count
  setsockopt(server.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const bool listens =
      bind(server.get(), found->ai_addr, found->ai_addrlen) == 0 && listen(server.get(), 1) == 0;
  return listens ? "" : system_reason();
}

// On Linux the address that means all of them is, to connect to, this host's loopback address.
void wake_server(const ListenAddress& address, std::int64_t port) {
  const Addresses found = look_up(address.host, port, AI_NUMERICHOST);
  const Descriptor connection(
      socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, found->ai_protocol));
  static_cast<void>(connect(connection.get(), found->ai_addr, found->ai_addrlen));
}

}  // namespace cellsweep::metrics

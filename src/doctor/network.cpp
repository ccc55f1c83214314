#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "comm/gather_texts.h"
#include "doctor/checks.h"

namespace cellsweep::doctor {
namespace {

// The name of the interface that has this address.
std::optional<std::string> interface_of(in_addr address) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return std::nullopt;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next)
    if (entry->ifa_addr != nullptr && entry->ifa_addr->sa_family == AF_INET &&
        reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr.s_addr == address.s_addr)
      return entry->ifa_name;
  return std::nullopt;
}

// The interface by which packets to `host` leave; nothing if its name or a route is not known. A connected
// UDP socket asks the routing table, and sends nothing.
std::optional<std::string> interface_to(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), "9", &hints, &found) != 0) return std::nullopt;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  const int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
  if (descriptor < 0) return std::nullopt;
  sockaddr_in mine{};
  socklen_t length = sizeof mine;
  const bool known = connect(descriptor, found->ai_addr, found->ai_addrlen) == 0 &&
                     getsockname(descriptor, reinterpret_cast<sockaddr*>(&mine), &length) == 0;
  close(descriptor);
  return known ? interface_of(mine.sin_addr) : std::nullopt;
}

}  // namespace

CheckResult check_network(const JobTopology& topology) {
  if (topology.has_one_host()) return {Verdict::ok, "one host: none", ""};
  std::string mine;
  const int host = topology.host_of[topology.world.rank()];
  const std::string& other = topology.host_names[topology.first_ranks[host == 0 ? 1 : 0]];
  if (topology.leads_host()) mine = interface_to(other).value_or("");
  const auto interfaces = comm::gather_texts(topology.world, mine);
  std::string found, lost;
  for (const int first : topology.first_ranks) {
    if (interfaces[first].empty()) lost += (lost.empty() ? "" : ", ") + topology.host_names[first];
    found += fmt::format("{}{}: {}", found.empty() ? "" : ", ", topology.host_names[first],
                         interfaces[first].empty() ? "unknown" : interfaces[first]);
  }
  const char* const include = std::getenv("OMPI_MCA_btl_tcp_if_include");
  found += include == nullptr ? "; Open MPI chooses" : fmt::format("; Open MPI is set to use {}", include);
  if (lost.empty() || include != nullptr) return {Verdict::ok, found, ""};
  return {Verdict::warning, found,
          "the hosts' names should be known on each other, or OMPI_MCA_btl_tcp_if_include name the network"};
}

}  // namespace cellsweep::doctor

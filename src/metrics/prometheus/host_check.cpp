#include "metrics/prometheus/host_check.h"

#include <arpa/inet.h>
#include <civetweb.h>

#include <algorithm>
#include <string>

#include "base/lower_case.h"
#include "base/process.h"

namespace cellsweep::metrics {
bool is_own_host(std::string_view host, std::string_view own) {
  in6_addr address{};
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end != std::string_view::npos &&
           inet_pton(AF_INET6, std::string(host.substr(1, end - 1)).c_str(), &address) == 1;
  }
  std::string name = lower_case(host.substr(0, host.find(':')));
  if (name.ends_with('.')) name.pop_back();
  return name.empty() || name == "localhost" || name == lower_case(own) ||
         inet_pton(AF_INET, name.c_str(), &address) == 1;
}

int refuse_other_hosts(mg_connection* connection) {
  constexpr int forbidden = 403;
  const char* const host = mg_get_header(connection, "Host");
  if (host == nullptr || is_own_host(host, host_name())) return 0;
  constexpr std::string_view reason =
      "These metrics are for this host alone: ask for an IP address, localhost or the host's name.\n";
  mg_printf(connection,
            "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
            "Connection: close\r\n\r\n%s",
            reason.size(), reason.data());
  return forbidden;
}

}  // namespace cellsweep::metrics

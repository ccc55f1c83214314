// Where a server of this host can listen.
#pragma once

#include <cstdint>
#include <string>

namespace cellsweep::metrics {

struct ListenAddress {
  std::string host;          // numeric, as in a URL: IPv6 in brackets
  bool is_loopback = false;  // only processes of this host reach it
  bool is_any = false;       // all addresses of this host
};

// The address of an IP address, in brackets or not, or of a host's name: its IPv4 address if it has one.
// May wait for a name server. Throws Error that says why there is none. Thread-safe.
ListenAddress find_listen_address(const std::string& address);

// Why the web server can listen on no such address, and which would be right; empty if it can. Thread-safe.
std::string family_problem(const ListenAddress& address);

// Why this process cannot listen there now; empty if it can. Thread-safe.
std::string listen_problem(const ListenAddress& address, std::int64_t port);

// Connects to a server there and hangs up at once: it wakes a server that waits for a connection. Does not
// wait, and does nothing if no server listens. Thread-safe.
void wake_server(const ListenAddress& address, std::int64_t port);

}  // namespace cellsweep::metrics

// What addresses of MetricsOptions must look like.
#pragma once

#include <string>

namespace cellsweep::metrics {

// What is wrong with such an address to listen on, and what would be right; empty if it has the form of an
// IP address or of a host's name. Names are not looked up.
std::string listen_address_problem(const std::string& address);

// The same for a Pushgateway's address. The answer never has the address, which may hold a password.
std::string gateway_address_problem(const std::string& address);

}  // namespace cellsweep::metrics

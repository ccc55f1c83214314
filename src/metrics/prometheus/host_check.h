// Which hosts' names a request may be for.
#pragma once

#include <string_view>

struct mg_connection;

namespace cellsweep::metrics {

// Whether a browser that asks for this Host, with or without a port, means this host: an IP address,
// localhost, or this host's name `own`. A name of another site that resolves to a loopback address (DNS
// rebinding) would give that site's scripts the answer.
bool is_own_host(std::string_view host, std::string_view own);

// civetweb's begin_request: answers 403 if the request is for another host, and says what would be right.
int refuse_other_hosts(mg_connection* connection);

}  // namespace cellsweep::metrics

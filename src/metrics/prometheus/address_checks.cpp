#include "metrics/prometheus/address_checks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/lower_case.h"
#include "base/parse_number.h"
#include "base/text.h"

namespace cellsweep::metrics {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view name_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
constexpr std::size_t longest_name = 253;  // RFC 1035

bool is_numeric(int family, const std::string& address) {
  in6_addr parsed{};
  return inet_pton(family, address.c_str(), &parsed) == 1;
}

// The form of an IPv4 address or of a host's name.
bool is_host(const std::string& host) {
  if (host.find_first_not_of(std::string(digits) + ".") == std::string::npos)
    return is_numeric(AF_INET, host);
  return host.size() <= longest_name && host.find_first_not_of(name_characters) == std::string::npos;
}

// "host", "host:port", "[IPv6]" or "[IPv6]:port".
bool is_authority(const std::string& text) {
  const bool has_brackets = text.starts_with('[');
  std::size_t host_end = std::min(text.find(has_brackets ? ']' : ':'), text.size());
  if (has_brackets) {
    if (host_end == text.size() || !is_numeric(AF_INET6, text.substr(1, host_end - 1))) return false;
    ++host_end;
  } else if (!is_host(text.substr(0, host_end))) {
    return false;
  }
  const std::string port = text.substr(host_end);
  return port.empty() ||
         (port.starts_with(':') && parse_number<std::uint16_t>(port.substr(1)).value_or(0) > 0);
}

}  // namespace

std::string listen_address_problem(const std::string& address) {
  const std::string got = ", got " + shown(address);
  if (address.find_first_not_of(std::string(digits) + ".") == std::string::npos)
    return is_numeric(AF_INET, address)
               ? ""
               : "expected an IPv4 address, four numbers from 0 to 255 such as 127.0.0.1" + got;
  if (address.find(':') != std::string::npos || address.starts_with('[')) {
    const bool has_brackets = address.starts_with('[') && address.ends_with(']');
    return is_numeric(AF_INET6, has_brackets ? address.substr(1, address.size() - 2) : address)
               ? ""
               : "expected an IP address without a port, which is metrics.prometheus.port" + got;
  }
  return is_host(address) ? "" : "expected an IP address or the name of a host" + got;
}

std::string gateway_address_problem(const std::string& address) {
  if (address.find('@') != std::string::npos)
    return "must not have a user and a password in it, which would be in every file of a run; give them as "
           "metrics.pushgateway.basic_auth.username and metrics.pushgateway.basic_auth.password_file";
  const std::size_t mark = address.find("://");
  const std::string scheme = mark == std::string::npos ? "http" : lower_case(address.substr(0, mark));
  if (scheme != "http" && scheme != "https")
    return "expected a URL of http or https, got one of " + shown(scheme);
  if (address.find_first_of("?#") != std::string::npos)
    return "expected a URL without a query and a fragment: /metrics/job/JOB comes after it";
  const std::string rest = mark == std::string::npos ? address : address.substr(mark + 3);
  const auto is_blank = [](unsigned char character) { return character <= ' ' || character == 127; };
  if (!is_authority(rest.substr(0, rest.find('/'))) || std::ranges::any_of(rest, is_blank))
    return "expected host:port or a URL such as https://gateway.example:9091";
  return "";
}

}  // namespace cellsweep::metrics

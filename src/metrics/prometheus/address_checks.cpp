#include "metrics/prometheus/address_checks.h"

#include <arpa/inet.h>

#include <memory>
#include <string_view>

#include "base/text.h"
#include "metrics/prometheus/curl_library.h"

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

// A part of the URL, empty if it has none.
std::string part_of(const CurlLibrary& curl, const CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl.url_get(const_cast<CURLU*>(url), part, &text, 0) != CURLUE_OK) return "";
  std::string copy = text;
  curl.free(text);
  return copy;
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
  const bool is_name =
      address.size() <= longest_name && address.find_first_not_of(name_characters) == std::string::npos;
  return is_name ? "" : "expected an IP address or the name of a host" + got;
}

std::string gateway_address_problem(const std::string& address) {
  if (address.find('@') != std::string::npos)
    return "must not have a user and a password in it, which would be in every file of a run; give them as "
           "metrics.pushgateway.basic_auth.username and metrics.pushgateway.basic_auth.password_file";
  const CurlLibrary curl;
  if (!curl.problem().empty()) return curl.problem();
  const std::unique_ptr<CURLU, decltype(curl.url_cleanup)> url(curl.url(), curl.url_cleanup);
  const std::string whole = (address.find("://") == std::string::npos ? "http://" : "") + address;
  if (!url || curl.url_set(url.get(), CURLUPART_URL, whole.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return "expected host:port or a URL such as https://gateway.example:9091";
  const std::string scheme = part_of(curl, url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return "expected a URL of http or https, got one of " + shown(scheme);
  if (address.find_first_of("?#") != std::string::npos)
    return "expected a URL without a query and a fragment: /metrics/job/JOB comes after it";
  return "";
}

}  // namespace cellsweep::metrics

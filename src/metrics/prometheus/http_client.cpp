#include "metrics/prometheus/http_client.h"

#include <utility>

#include "base/error.h"

namespace cellsweep::metrics {
namespace {

constexpr long connect_milliseconds = 2000;
constexpr long request_milliseconds = 3000;

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

}  // namespace

HttpClient::HttpClient(std::string username, std::string password)
    : username_(std::move(username)), password_(std::move(password)) {
  if (!curl_.problem().empty()) throw UserError("metrics.pushgateway.address " + curl_.problem());
  curl_.global_init(CURL_GLOBAL_DEFAULT);
}

HttpClient::~HttpClient() {
  curl_.global_cleanup();
}

bool HttpClient::request(const char* method, const std::string& url, const std::string& body) const {
  CURL* const request = curl_.easy_init();
  if (request == nullptr) return false;
  const auto set = curl_.easy_setopt;
  set(request, CURLOPT_URL, url.c_str());
  set(request, CURLOPT_CUSTOMREQUEST, method);
  if (!username_.empty()) {
    set(request, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(request, CURLOPT_USERNAME, username_.c_str());
    set(request, CURLOPT_PASSWORD, password_.c_str());
  }
  if (!body.empty()) {
    set(request, CURLOPT_POSTFIELDS, body.data());
    set(request, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  }
  set(request, CURLOPT_CONNECTTIMEOUT_MS, connect_milliseconds);
  set(request, CURLOPT_TIMEOUT_MS, request_milliseconds);
  set(request, CURLOPT_NOSIGNAL, 1L);  // signals belong to the process
  set(request, CURLOPT_WRITEFUNCTION, &ignore);
  set(request, CURLOPT_FAILONERROR, 1L);
  const CURLcode result = curl_.easy_perform(request);
  curl_.easy_cleanup(request);
  return result == CURLE_OK;
}

}  // namespace cellsweep::metrics

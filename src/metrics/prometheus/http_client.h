// Requests to a web server, by libcurl.
#pragma once

#include <string>

#include "metrics/prometheus/curl_library.h"

namespace cellsweep::metrics {

class HttpClient {
 public:
  // `username` empty: the server asks for none. Throws a UserError if there is no libcurl here.
  HttpClient(std::string username, std::string password);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Whether the server did as asked within 3 s. Thread-safe.
  bool request(const char* method, const std::string& url, const std::string& body) const;

 private:
  const CurlLibrary curl_;
  const std::string username_;
  const std::string password_;
};

}  // namespace cellsweep::metrics

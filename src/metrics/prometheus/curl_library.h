// The functions of libcurl that are used, loaded when they are.
#pragma once

#include <curl/curl.h>

#include <string>

#include "base/shared_library.h"

namespace cellsweep::metrics {

// libcurl brings some thirty libraries with it, more than all the rest of the program, and few runs push
// metrics: only those load it. Members are named as libcurl names its functions, without the prefix curl_.
class CurlLibrary {
 public:
  CurlLibrary();
  // Why libcurl cannot be used here, and the remedy; empty if it can. Members are then set.
  const std::string& problem() const { return problem_; }

  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_global_cleanup) global_cleanup = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;

 private:
  SharedLibrary library_;
  std::string problem_;
};

}  // namespace cellsweep::metrics

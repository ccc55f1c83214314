#include "metrics/prometheus/curl_library.h"

namespace cellsweep::metrics {

// The name has been that of libcurl's interface since 2006.
CurlLibrary::CurlLibrary() : library_("libcurl.so.4") {
  const bool is_complete =
      library_.find(global_init, "curl_global_init") &&
      library_.find(global_cleanup, "curl_global_cleanup") && library_.find(easy_init, "curl_easy_init") &&
      library_.find(easy_setopt, "curl_easy_setopt") && library_.find(easy_perform, "curl_easy_perform") &&
      library_.find(easy_cleanup, "curl_easy_cleanup");
  if (!is_complete)
    problem_ = "needs libcurl: " + library_.error() + "; install it (Debian, Ubuntu: libcurl4)";
}

}  // namespace cellsweep::metrics

#include "metrics/prometheus/server.h"

#include <curl/curl.h>
#include <spdlog/fmt/fmt.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"

namespace cellsweep::metrics {
namespace {

// Opens a connection and closes it; no matter whether that works.
void connect_to(const std::string& target) {
  CURL* const curl = curl_easy_init();
  if (curl == nullptr) return;
  curl_easy_setopt(curl, CURLOPT_URL, ("http://" + target).c_str());
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 100L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_perform(curl);
  curl_easy_cleanup(curl);
}

// Takes as long for a wrong text as for a right one of its length.
bool is_equal(const std::string& given, const std::string& wanted) {
  unsigned difference = given.size() == wanted.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size() && i < wanted.size(); ++i)
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(wanted[i]);
  return difference == 0;
}

}  // namespace

Server::Server(const PrometheusOptions& options, const std::string& password,
               const std::shared_ptr<Page>& page) {
  const bool bare_ipv6 = options.address.find(':') != std::string::npos && !options.address.starts_with('[');
  const std::string host = bare_ipv6 ? "[" + options.address + "]" : options.address;
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(
        std::vector<std::string>{"listening_ports", fmt::format("{}:{}", host, options.port), "num_threads",
                                 "4", "request_timeout_ms", "2000"});
  } catch (const std::exception&) {
    throw Error(
        fmt::format("{}:{} cannot be listened on, perhaps another process does. metrics.prometheus.port: 0 "
                    "takes any free "
                    "port",
                    host, options.port));
  }
  if (!options.basic_auth.username.empty())
    exposer_->RegisterAuth(
        [username = options.basic_auth.username, password](const std::string& name, const std::string& word) {
          const bool is_name = is_equal(name, username), is_word = is_equal(word, password);
          return is_name && is_word;
        },
        "cellsweep");
  exposer_->RegisterCollectable(page);
  const bool is_any = host == "0.0.0.0" || host == "[::]";
  target_ = fmt::format("{}:{}", is_any ? host_name() : host, exposer_->GetListeningPorts().at(0));
}

// The library's accepting thread looks up at each connection, else every two seconds: it is woken, so that no
// run ends so much later.
Server::~Server() {
  std::atomic<bool> is_closed = false;
  std::thread closing([&] {
    exposer_.reset();
    is_closed = true;
  });
  while (!is_closed) {
    connect_to(target_);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  closing.join();
}

std::string read_password(const BasicAuthOptions& options) {
  if (options.username.empty()) return "";
  constexpr std::uint64_t longest = 4096;
  const std::string text = read_file(options.password_file, longest);
  const std::string password = text.substr(0, text.find_first_of("\r\n"));
  if (password.empty())
    throw UserError(options.password_file +
                    ": its first line must be the password (metrics.prometheus.basic_auth.password_file)");
  return password;
}

}  // namespace cellsweep::metrics

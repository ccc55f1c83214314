#include "metrics/prometheus/server.h"

#include <CivetServer.h>
#include <spdlog/fmt/fmt.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/process.h"
#include "metrics/prometheus/host_check.h"
#include "metrics/prometheus/listen_address.h"

namespace cellsweep::metrics {
namespace {

// Connections that send their request byte by byte, or not at all, each take a thread until the patience is
// over: 64 of them delay a scrape by two seconds.
constexpr const char* threads = "32";
constexpr const char* patience_milliseconds = "1000";

// Takes as long for a wrong text as for a right one of its length.
bool is_equal(const std::string& given, const std::string& wanted) {
  unsigned difference = given.size() == wanted.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size() && i < wanted.size(); ++i)
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(wanted[i]);
  return difference == 0;
}

bool listens_on_name(const std::string& given, const std::string& host) {
  return given != host && "[" + given + "]" != host && given != "localhost";
}

}  // namespace

Server::Server(const PrometheusOptions& options, const std::string& password,
               const std::shared_ptr<ScrapeSource>& source)
    : address_(find_listen_address(options.address)) {
  if (const std::string problem = family_problem(address_); !problem.empty())
    throw Error("metrics.prometheus.address " + options.address + ": " + problem);
  CivetCallbacks callbacks;
  // No other site has the password; and a name that was given is one to ask for.
  const bool has_name = listens_on_name(options.address, address_.host);
  if (address_.is_loopback && password.empty() && !has_name) callbacks.begin_request = &refuse_other_hosts;
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(
        std::vector<std::string>{"listening_ports", fmt::format("{}:{}", address_.host, options.port),
                                 "num_threads", threads, "request_timeout_ms", patience_milliseconds},
        &callbacks);
  } catch (const std::exception& error) {
    const std::string problem = listen_problem(address_, options.port);
    throw Error(fmt::format("{}:{} cannot be listened on: {}. metrics.prometheus.port: 0 takes any free port",
                            address_.host, options.port, problem.empty() ? error.what() : problem));
  }
  if (!options.basic_auth.username.empty())
    exposer_->RegisterAuth(
        [username = options.basic_auth.username, password](const std::string& name, const std::string& word) {
          const bool is_name = is_equal(name, username), is_word = is_equal(word, password);
          return is_name && is_word;
        },
        "cellsweep");
  exposer_->RegisterCollectable(source);
  port_ = exposer_->GetListeningPorts().at(0);
  target_ = fmt::format("{}:{}", address_.is_any ? host_name() : address_.host, port_);
  is_open_to_others_ = !address_.is_loopback && password.empty();
}

// The library's accepting thread looks up at each connection, else every two seconds: it is woken, so that no
// run ends so much later.
Server::~Server() {
  std::atomic<bool> is_closed = false;
  std::thread closing([&] {
    exposer_.reset();
    is_closed = true;
  });
  for (; !is_closed; std::this_thread::sleep_for(std::chrono::milliseconds(5))) try {
      wake_server(address_, port_);
    } catch (const std::exception&) {
      continue;  // without memory to wake it, the thread looks up by itself
    }
  closing.join();
}

}  // namespace cellsweep::metrics

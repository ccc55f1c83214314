// An exporter that serves, and what it answers over HTTP.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <regex>
#include <string>
#include <thread>

#include "metrics/prometheus/exporter.h"
#include "unit/metrics/metrics_reports.h"

namespace cellsweep::metrics {

// The whole answer.
inline std::string http_answer(int port, const std::string& host) {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET /metrics HTTP/1.0\r\n" + host + "\r\n";
    EXPECT_EQ(send(client, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    char buffer[4096];
    for (ssize_t got; (got = recv(client, buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, got);
  }
  close(client);
  return answer;
}

inline std::string http_get(int port) {
  const std::string answer = http_answer(port, "Host: localhost\r\n");
  const auto body = answer.find("\r\n\r\n");
  return body == std::string::npos ? "" : answer.substr(body + 4);
}

// Serves on `port`, 0: any free one.
inline MetricsOptions options_for(int port = 0) {
  MetricsOptions options;
  options.prometheus.port = port;
  return options;
}

struct Server {
  explicit Server(const MetricsOptions& options = options_for()) {
    const LogCapture log;
    observer = make_exporter(options, "cells", 0);
    std::smatch match;
    const std::string text = log.text();
    if (std::regex_match(text, match, std::regex("info: metrics at http://127.0.0.1:(\\d+)/metrics\n")))
      port = std::stoi(match[1]);
  }
  bool has(const std::string& line) const {
    return ("\n" + http_get(port)).find("\n" + line + "\n") != std::string::npos;
  }
  std::unique_ptr<Exporter> observer;
  int port = 0;
};

// Asks until the exporter no longer waits; how often it did.
inline int wait_for_end(Exporter& exporter, const std::function<void()>& meanwhile) {
  int asked = 0;
  for (; exporter.awaits_final_scrape(); ++asked) {
    meanwhile();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return asked;
}

}  // namespace cellsweep::metrics

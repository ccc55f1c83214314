#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

namespace cellsweep {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void start_log(LogLevel level, bool speak, std::string_view who) {
  auto logger =
      std::make_shared<spdlog::logger>("cellsweep", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern(speak ? "%H:%M:%S %l: %v" : "%H:%M:%S %l: [" + std::string(who) + "] %v");
  logger->set_level(speak ? to_spdlog(level) : spdlog::level::err);
  spdlog::set_default_logger(std::move(logger));
}

void log_info(const std::string& message) {
  spdlog::info("{}", message);
}

void log_warning(const std::string& message) {
  spdlog::warn("{}", message);
}

}  // namespace cellsweep

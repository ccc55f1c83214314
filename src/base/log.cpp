#include "base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>
#include <utility>

#include "base/text.h"

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

// The flag of a pattern that stands for the message as printable_lines() shows it.
class PrintableMessage final : public spdlog::custom_flag_formatter {
 public:
  static constexpr char flag = '*';
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    const std::string text = printable_lines({message.payload.data(), message.payload.size()});
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<PrintableMessage>();
  }
};

}  // namespace

void start_log(LogLevel level, bool logs_all, std::string_view who) {
  auto logger =
      std::make_shared<spdlog::logger>("cellsweep", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PrintableMessage>(PrintableMessage::flag)
      .set_pattern(logs_all ? "%H:%M:%S %l: %*" : "%H:%M:%S %l: [" + std::string(who) + "] %*");
  logger->set_formatter(std::move(formatter));
  logger->set_level(logs_all ? to_spdlog(level) : spdlog::level::err);
  spdlog::set_default_logger(std::move(logger));
}

void log_info(const std::string& message) {
  spdlog::info("{}", message);
}

void log_warning(const std::string& message) {
  spdlog::warn("{}", message);
}

}  // namespace cellsweep

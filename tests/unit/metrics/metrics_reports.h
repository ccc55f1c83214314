// Reports of a run as tests make them, and a way to read the log.
#pragma once

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

#include "metrics/observer.h"

namespace cellsweep::metrics {

// Everything logged while it lives.
class LogCapture {
 public:
  LogCapture() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
    spdlog::set_pattern("%l: %v");
  }
  ~LogCapture() { spdlog::set_default_logger(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

inline RunInfo usual_run() {
  RunInfo info;
  info.sweep = "cells";
  info.run_id = "001-lstm";
  info.cell = "lstm";
  info.engine = "torch";
  info.version = "1.2.3";
  info.parameters = {{"model.cell", "lstm"}, {"train.optimizer.learning_rate", "0.01"}};
  info.ranks = 2;
  info.epochs = 10;
  info.steps_per_epoch = 938;
  info.batch_size = 64;
  info.trainable_parameters = 24586;
  info.metrics = {{"loss", "Mean loss"}, {"accuracy", "Share of hits"}};
  return info;
}

inline StepReport step(std::int64_t number, double seconds = 0.005) {
  StepReport report;
  report.epoch = 1;
  report.step = report.global_step = number;
  report.samples = 64;
  report.seconds = seconds;
  report.all_reduce_seconds = 0.0004;
  report.learning_rate = 0.01;
  report.metrics = std::make_shared<MetricValues>(MetricValues{{"loss", 2.5}, {"accuracy", 0.125}});
  return report;
}

inline EpochReport guide_epoch() {
  EpochReport report;
  report.epoch = 1;
  report.step = 938;
  report.metrics = {{"loss", 0.9472}, {"accuracy", 0.7026}, {"val_loss", 0.6152}, {"val_accuracy", 0.7999}};
  report.learning_rate = 0.01;
  report.seconds = 5.25;
  report.samples_per_second = 12000;
  return report;
}

}  // namespace cellsweep::metrics

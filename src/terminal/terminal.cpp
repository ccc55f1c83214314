#include "terminal/terminal.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/stopwatch.h"
#include "base/text.h"
#include "base/with_commas.h"
#include "terminal/output.h"
#include "terminal/progress_bar.h"

namespace cellsweep::terminal {
namespace {

constexpr double seconds_between_redraws = 0.05;

// Open MPI gives each rank a pseudo terminal and forwards what it writes, even into a file; its
// parent knows where that ends.
bool shows_on_terminal(std::FILE* out) {
  if (isatty(fileno(out)) == 0) return false;
  if (std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr) return true;
  std::error_code error;
  const auto target = std::filesystem::read_symlink(fmt::format("/proc/{}/fd/1", getppid()), error).string();
  return target.starts_with("/dev/pts/") || target.starts_with("/dev/tty");
}

std::string head_line(const metrics::RunInfo& info) {
  std::string text = fmt::format("Run {}: {}, {} engine, {} {}, {} trainable parameters", info.run_id,
                                 info.cell, info.engine, info.ranks, info.ranks == 1 ? "rank" : "ranks",
                                 with_commas(info.trainable_parameters));
  for (const auto& [key, value] : info.parameters) text += fmt::format(", {}={}", key, value);
  if (info.steps_done > 0) text += fmt::format(", resumes from step {}", with_commas(info.steps_done));
  return printable(text) + "\n";
}

// Where a training epoch is.
struct EpochProgress {
  std::int64_t epoch = 0;
  std::int64_t steps = 0;
  std::int64_t steps_before = 0;  // of them, before the run was resumed
  double first_step_seconds = 0;
};

class TerminalObserver : public metrics::Observer {
 public:
  explicit TerminalObserver(std::FILE* out) : out_(out) {}
  std::string name() const override { return "progress"; }

  void on_run_begin(const metrics::RunInfo& info) override {
    info_ = info;
    progress_ = {};
    clock_.restart();
    print(head_line(info));
  }

  void on_step(const metrics::StepReport& report) override {
    if (report.epoch != progress_.epoch) {
      // A fast run does not report every step, perhaps not even the first one.
      progress_ = {.epoch = report.epoch,
                   .steps_before = std::max<std::int64_t>(0, info_.steps_done - steps_before(report.epoch)),
                   .first_step_seconds = report.step == 1 ? report.seconds : 0};
      begin_epoch();
    }
    progress_.steps = report.step;
    show_step(report);
  }

  void on_epoch_end(const metrics::EpochReport& report) override {
    const double per_step = seconds_per_step(report.seconds, progress_.first_step_seconds,
                                             report.step - steps_before(report.epoch));
    print(epoch_line(report, format_step_time(per_step), format_metrics(report.metrics)));
    clock_.restart();
  }

  void on_run_end(const metrics::RunSummary& summary) override {
    if (summary.reason.empty()) return;
    // An error is reported on stderr, by the code that knows whether the job continues.
    if (summary.state == RunState::failed || summary.state == RunState::diverged) return print(end_of_line());
    print(end_of_line() +
          printable_lines(fmt::format("Run {} ended early: {}", info_.run_id, summary.reason)) + "\n");
  }

 protected:
  // The steps of all epochs before this one.
  std::int64_t steps_before(std::int64_t epoch) const { return (epoch - 1) * info_.steps_per_epoch; }

  virtual void begin_epoch() {}
  virtual void show_step(const metrics::StepReport&) {}
  virtual std::string end_of_line() { return ""; }
  virtual std::string epoch_line(const metrics::EpochReport& report, const std::string& step_time,
                                 const std::string& metrics) {
    return fmt::format("Epoch {}/{} - {:.0f}s - {}{}\n", report.epoch, info_.epochs, report.seconds,
                       step_time, metrics);
  }

  void print(const std::string& text) { out_.print(text); }

  Output out_;
  metrics::RunInfo info_;
  EpochProgress progress_;
  Stopwatch clock_;  // since the epoch began
};

class BarObserver final : public TerminalObserver {
 public:
  explicit BarObserver(std::FILE* out) : TerminalObserver(out), colour_(isatty(fileno(out)) != 0) {}

 private:
  void begin_epoch() override {
    print(fmt::format("Epoch {}/{}\n", progress_.epoch, info_.epochs));
    width_ = 0;
    drawn_ = -seconds_between_redraws;
  }

  void show_step(const metrics::StepReport& report) override {
    const double now = clock_.seconds();
    if (now - drawn_ < seconds_between_redraws) return;
    drawn_ = now;
    const double per_step =
        seconds_per_step(now, progress_.first_step_seconds, progress_.steps - progress_.steps_before);
    const double left =
        per_step * static_cast<double>(std::max<std::int64_t>(0, info_.steps_per_epoch - report.step));
    const std::string metrics = report.metrics ? format_metrics(*report.metrics) : "";
    print(redraw(format_time_left(left) + " " + format_step_time(per_step) + metrics));
  }

  std::string epoch_line(const metrics::EpochReport& report, const std::string& step_time,
                         const std::string& metrics) override {
    std::string line = redraw(fmt::format("{:.0f}s {}{}", report.seconds, step_time, metrics)) + "\n";
    width_ = 0;
    return line;
  }

  std::string end_of_line() override { return width_ > 0 ? "\n" : ""; }

  // Redraws the line in place and clears the rest of the old one.
  std::string redraw(const std::string& rest) {
    const std::size_t width = rest.size();
    const std::size_t blank = width_ > width ? width_ - width : 0;
    width_ = width;
    return "\r" + format_bar(progress_.steps, info_.steps_per_epoch, colour_) + " " + rest +
           std::string(blank, ' ');
  }

  bool colour_;
  double drawn_ = 0;       // when, on the epoch's clock
  std::size_t width_ = 0;  // of what follows the bar, which itself keeps its width; 0: no line is open
};

}  // namespace

Progress resolve(Progress progress, std::FILE* out) {
  if (progress != Progress::automatic) return progress;
  return shows_on_terminal(out) ? Progress::bar : Progress::line;
}

std::unique_ptr<metrics::Observer> make_terminal_observer(Progress progress, std::FILE* out) {
  assert(progress != Progress::none);
  if (resolve(progress, out) == Progress::bar) return std::make_unique<BarObserver>(out);
  return std::make_unique<TerminalObserver>(out);
}

}  // namespace cellsweep::terminal

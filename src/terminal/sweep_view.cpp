#include "terminal/sweep_view.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <vector>

#include "base/stopwatch.h"
#include "base/text.h"
#include "terminal/output.h"
#include "terminal/progress_bar.h"

namespace cellsweep::terminal {
namespace {

constexpr double seconds_between_redraws = 0.1;

// One group: its runs as if they were all there is.
class OneGroupView final : public metrics::SweepView {
 public:
  OneGroupView(Progress progress, std::FILE* out)
      : out_(out), observer_(make_terminal_observer(progress, out)) {}
  metrics::Observer& of_group(std::size_t) override { return *observer_; }
  void on_progress(const metrics::SweepProgress&) override {}
  void on_event(const std::string& line) override { out_.print(printable_lines(line) + "\n"); }

 private:
  Output out_;
  std::unique_ptr<metrics::Observer> observer_;
};

// What is known of the run that a group trains.
struct GroupRow {
  metrics::RunInfo info;
  metrics::StepReport step;
  std::optional<metrics::EpochReport> epoch;  // the last whole one
  bool is_running = false;
  Stopwatch clock;  // since the run began

  std::string time_left() const {
    const auto done = static_cast<double>(step.global_step - info.steps_done);  // since the run was resumed
    if (done <= 0) return "";
    const auto all = static_cast<double>(info.epochs * info.steps_per_epoch);
    return format_time_left(clock.seconds() * (all - static_cast<double>(step.global_step)) / done);
  }
};

// Keeps a row for each group; its kinds show them.
class ManyGroupsView : public metrics::SweepView {
 public:
  ManyGroupsView(std::size_t groups, std::FILE* out) : out_(out), rows_(groups) {
    for (std::size_t group = 0; group < groups; ++group) watchers_.emplace_back(*this, group);
  }
  metrics::Observer& of_group(std::size_t group) override { return watchers_[group]; }
  void on_progress(const metrics::SweepProgress& progress) override {
    progress_ = progress;
    if (!ended_before_) ended_before_ = progress.counts.over();
  }

 protected:
  virtual void begun(const GroupRow&) {}
  virtual void stepped() {}
  virtual void epoch_ended(const GroupRow&) {}
  virtual void ended(const GroupRow&, const metrics::RunSummary&) = 0;

  Output out_;
  std::vector<GroupRow> rows_;
  metrics::SweepProgress progress_;
  std::size_t ended_here_ = 0;               // runs that were seen to end
  std::optional<std::size_t> ended_before_;  // before this job

 private:
  class Watcher final : public metrics::Observer {
   public:
    Watcher(ManyGroupsView& view, std::size_t group) : view_(&view), group_(group) {}
    std::string name() const override { return "progress"; }
    void on_run_begin(const metrics::RunInfo& info) override {
      row() = {.info = info, .step = {}, .epoch = {}, .is_running = true, .clock = {}};
      view_->begun(row());
    }
    void on_step(const metrics::StepReport& report) override {
      row().step = report;
      view_->stepped();
    }
    void on_epoch_end(const metrics::EpochReport& report) override {
      row().epoch = report;
      view_->epoch_ended(row());
    }
    void on_run_end(const metrics::RunSummary& summary) override {
      row().is_running = false;
      ++view_->ended_here_;
      view_->ended(row(), summary);
    }

   private:
    GroupRow& row() { return view_->rows_[group_]; }
    ManyGroupsView* view_;
    std::size_t group_;
  };
  std::vector<Watcher> watchers_;
};

// "8 finished, 1 pruned".
std::string endings_text(const RunCounts& counts) {
  std::string text;
  for (const RunState state :
       {RunState::finished, RunState::pruned, RunState::diverged, RunState::failed, RunState::interrupted})
    if (counts[state] > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[state], to_name(state));
  return text;
}

std::string ending_line(const GroupRow& row, const metrics::RunSummary& summary) {
  return fmt::format("Run {} {} after {} {} in {:.1f}s{}{}", row.info.run_id, to_name(summary.state),
                     summary.epochs, summary.epochs == 1 ? "epoch" : "epochs", summary.seconds,
                     summary.reason.empty() ? "" : ": ", summary.reason);
}

// For a log: a line an event.
class LinesView final : public ManyGroupsView {
 public:
  using ManyGroupsView::ManyGroupsView;
  void on_event(const std::string& line) override { out_.print(printable_lines(line) + "\n"); }

 private:
  void begun(const GroupRow& row) override {
    std::string line = fmt::format("Run {} begun", row.info.run_id);
    for (const auto& [key, value] : row.info.parameters) line += fmt::format(", {}={}", key, value);
    on_event(line);
  }
  void epoch_ended(const GroupRow& row) override {
    on_event(fmt::format("Run {} epoch {}/{} - {:.1f}s{}", row.info.run_id, row.epoch->epoch, row.info.epochs,
                         row.epoch->seconds, format_metrics(row.epoch->metrics)));
  }
  void ended(const GroupRow& row, const metrics::RunSummary& summary) override {
    on_event(ending_line(row, summary) +
             fmt::format(" [{}/{} runs]", ended_before_.value_or(0) + ended_here_, progress_.counts.total()));
  }
};

// For a terminal: finished runs scroll away above a table of those under way.
class TableView final : public ManyGroupsView {
 public:
  using ManyGroupsView::ManyGroupsView;

  void on_progress(const metrics::SweepProgress& progress) override {
    ManyGroupsView::on_progress(progress);
    draw("");
  }
  void on_event(const std::string& line) override { draw(line + "\n"); }

 private:
  void stepped() override {
    if (since_drawn_.seconds() >= seconds_between_redraws) draw("");
  }
  void epoch_ended(const GroupRow&) override { stepped(); }
  void ended(const GroupRow& row, const metrics::RunSummary& summary) override {
    const std::string metrics = row.epoch ? format_metrics(row.epoch->metrics) : "";
    draw(ending_line(row, summary) + metrics + "\n");
  }

  // `above` stays, the table below it is drawn anew over the one before.
  void draw(const std::string& above) {
    since_drawn_.restart();
    constexpr const char* end = "\x1b[K\n";  // whatever stood further right goes
    std::string text = drawn_lines_ > 0 ? fmt::format("\x1b[{}A\r", drawn_lines_) : "";
    for (const char c : printable_lines(above)) text += c == '\n' ? end : std::string(1, c);
    std::vector<std::string> lines{table_line("run", "cell", "epoch", "loss", progress_.metric, "left")};
    for (const GroupRow& row : rows_)
      if (row.is_running) lines.push_back(line_of(row));
    lines.push_back(fmt::format("{} runs  {}",
                                format_bar(static_cast<std::int64_t>(progress_.counts.over()),
                                           static_cast<std::int64_t>(progress_.counts.total()), true),
                                endings_text(progress_.counts)));
    for (const std::string& line : lines) text += line + end;
    // A table that became shorter leaves lines below.
    text += "\x1b[J";
    drawn_lines_ = lines.size();
    out_.print(text);
  }

  // The column of the sweep's metric is as wide as its name.
  std::string table_line(const std::string& run, const std::string& cell, const std::string& epoch,
                         const std::string& loss, const std::string& metric, const std::string& left) const {
    return fmt::format("{:28.28} {:10} {:>9} {:>8} {:>{}} {:>8}", run, cell, epoch, loss, metric,
                       std::max<std::size_t>(12, progress_.metric.size()), left);
  }

  std::string line_of(const GroupRow& row) const {
    const auto number = [](const std::optional<double>& value) {
      return value ? fmt::format("{:.4f}", *value) : std::string("-");
    };
    std::optional<double> loss;
    if (row.step.metrics) loss = row.step.metrics->find("loss");
    if (!loss && row.epoch) loss = row.epoch->metrics.find("loss");
    return table_line(
        printable(row.info.run_id), printable(row.info.cell),
        fmt::format("{}/{}", std::max<std::int64_t>(1, row.step.epoch), row.info.epochs), number(loss),
        number(row.epoch ? row.epoch->metrics.find(progress_.metric) : std::nullopt), row.time_left());
  }

  std::size_t drawn_lines_ = 0;
  Stopwatch since_drawn_;
};

// Says nothing.
class SilentView final : public metrics::SweepView {
 public:
  metrics::Observer& of_group(std::size_t) override { return list_; }
  void on_progress(const metrics::SweepProgress&) override {}
  void on_event(const std::string&) override {}

 private:
  metrics::ObserverList list_;
};

}  // namespace

std::unique_ptr<metrics::SweepView> make_sweep_view(Progress progress, std::size_t groups, std::FILE* out) {
  progress = resolve(progress, out);
  if (progress == Progress::none) return std::make_unique<SilentView>();
  if (groups == 1) return std::make_unique<OneGroupView>(progress, out);
  if (progress == Progress::bar) return std::make_unique<TableView>(groups, out);
  return std::make_unique<LinesView>(groups, out);
}

}  // namespace cellsweep::terminal

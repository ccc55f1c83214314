#include "metrics/prometheus/exported_view.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "unit/metrics/prometheus/exporter_server.h"

namespace cellsweep::metrics {
namespace {

// Shows nothing.
class SilentView final : public SweepView {
 public:
  Observer& of_group(std::size_t) override { return list_; }
  void on_progress(const SweepProgress&) override {}
  void on_event(const std::string&) override {}

 private:
  ObserverList list_;
};

TEST(ExportedView, IsTheViewItselfWithoutAnExporter) {
  std::unique_ptr<SweepView> view = std::make_unique<SilentView>();
  const SweepView* const bare = view.get();
  EXPECT_EQ(make_exported_view(std::move(view), nullptr).get(), bare);
}

TEST(ExportedView, ReportsProgressToTheExporter) {
  const Server server;
  const auto view = make_exported_view(std::make_unique<SilentView>(), server.observer.get());
  SweepProgress progress;
  progress.counts[RunState::planned] = 3;
  view->on_progress(progress);
  EXPECT_TRUE(server.has(R"(cellsweep_sweep_runs{sweep="cells",state="planned"} 3)"));
}

}  // namespace
}  // namespace cellsweep::metrics

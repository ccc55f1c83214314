#include "metrics/prometheus/exported_view.h"

#include <string>
#include <utility>

namespace cellsweep::metrics {
namespace {

class ExportedView final : public SweepView {
 public:
  ExportedView(std::unique_ptr<SweepView> view, Exporter& exporter)
      : view_(std::move(view)), exporter_(exporter) {}
  Observer& of_group(std::size_t group) override { return view_->of_group(group); }
  void on_progress(const SweepProgress& progress) override {
    view_->on_progress(progress);
    exporter_.on_progress(progress);
  }
  void on_event(const std::string& line) override { view_->on_event(line); }

 private:
  std::unique_ptr<SweepView> view_;
  Exporter& exporter_;
};

}  // namespace

std::unique_ptr<SweepView> make_exported_view(std::unique_ptr<SweepView> view, Exporter* exporter) {
  if (exporter == nullptr) return view;
  return std::make_unique<ExportedView>(std::move(view), *exporter);
}

}  // namespace cellsweep::metrics

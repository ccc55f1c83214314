// history.jsonl: one JSON object a line, one line an epoch, Keras' names.
#pragma once

#include <filesystem>
#include <vector>

#include "base/file.h"
#include "metrics/observer.h"

namespace cellsweep::metrics {

class HistoryWriter final : public Observer {
 public:
  // Opens (and creates) the file. Throws Error.
  explicit HistoryWriter(const std::filesystem::path& path) : file_(path) {}
  std::string name() const override { return "history"; }
  void on_epoch_end(const EpochReport& report) override;

 private:
  AppendFile file_;
};

// The epochs of a history file, in order. A last line that was cut off is passed over. Throws UserError
// naming file and line.
std::vector<EpochReport> read_history(const std::filesystem::path& path);

}  // namespace cellsweep::metrics

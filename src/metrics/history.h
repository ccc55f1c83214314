// history.jsonl: one JSON object a line, one line an epoch, Keras' names.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/append_file.h"
#include "metrics/observer.h"

namespace cellsweep::metrics {

class HistoryWriter final : public Observer {
 public:
  // Makes the file anew, with the epochs that are over; those of the run that are to come are added. Throws
  // Error.
  HistoryWriter(const std::filesystem::path& path, std::span<const EpochReport> past);
  std::string name() const override { return "history"; }
  void on_epoch_end(const EpochReport& report) override;

 private:
  AppendFile file_;
};

// The epochs of a history file, in order. A last line that was cut off is passed over. Throws UserError
// naming file and line.
std::vector<EpochReport> read_history(const std::filesystem::path& path);
// The same for the content of a file; `path` stands for it in messages.
std::vector<EpochReport> parse_history(const std::filesystem::path& path, std::string_view content);

}  // namespace cellsweep::metrics

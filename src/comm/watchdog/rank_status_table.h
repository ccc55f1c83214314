// Who is missing: what a rank's watchdog knows of the other ranks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "comm/watchdog/rank_status.h"

namespace cellsweep::comm {

// Times are seconds on the caller's clock, which need not run while the job is suspended. Not thread-safe.
class RankStatusTable {
 public:
  // `hosts` of all ranks. `rank` is this process's; rank 0 knows about all ranks, the others about rank 0 and
  // themselves.
  RankStatusTable(int rank, std::vector<std::string> hosts);

  int rank() const { return rank_; }
  const std::vector<std::string>& hosts() const { return hosts_; }

  // Sets what `rank`, about which this one knows, does at the time `now`.
  void update(int rank, RankStatus status, double now);
  // When `rank` was last seen.
  std::optional<double> last_seen(int rank) const;
  // Ranks about which this one should know, and which it has never seen.
  std::vector<int> never_seen() const;
  // A rank whose wait is overdue: this one if its is, else the lowest.
  std::optional<int> overdue() const;
  // How long after a rank is overdue this one may report it (see deadlines.h).
  double seconds_before_reporting() const;
  // Which rank waits where, and a line for each rank, or alike ranks, that it waits for: its host, the
  // operation it was last seen in, and whether it is silent, which means not seen for
  // `silence_seconds`.
  std::string hang_report(int waiting, double now, double silence_seconds) const;

 private:
  struct Entry {
    std::optional<RankStatus> status;
    double time = 0;
  };
  // Why a rank is missing. Ranks whose reason and place are the same share a line.
  struct Absence {
    int order = 0;       // lines with a lower one come first
    std::string reason;  // {} stands for the seconds
    double seconds = 0;
  };

  bool knows_about(int other) const { return rank_ == 0 || other == 0 || other == rank_; }
  std::optional<Absence> absence(const RankStatus& waiting, const Entry& other, double now,
                                 double silence_seconds) const;
  std::string on_hosts(const std::vector<int>& ranks) const;

  int rank_;
  std::vector<std::string> hosts_;
  std::vector<Entry> entries_;
};

// What there is to say of a wait that is overdue.
std::string overdue_text(const RankStatus& wait);

}  // namespace cellsweep::comm

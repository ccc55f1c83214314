#include "comm/watchdog/rank_status_table.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include "comm/rank_list.h"
#include "comm/watchdog/deadlines.h"

namespace cellsweep::comm {
namespace {

// From this order on, a rank is not missing, but has moved on.
constexpr int first_ahead = 4;
constexpr std::size_t most_hosts = 4, most_lines = 8;

std::string to_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

std::string place(const RankStatus& status, bool is_same_group) {
  if (status.operation.empty()) return "none";
  return status.operation + " (operation " + std::to_string(status.sequence) +
         (is_same_group ? ")" : " of another group)");
}

std::vector<int> members_of(const RankStatus& status) {
  std::vector<int> ranks;
  for (std::size_t rank = 0; rank < status.members.size(); ++rank)
    if (status.members[rank]) ranks.push_back(static_cast<int>(rank));
  return ranks;
}

}  // namespace

std::string overdue_text(const RankStatus& wait) {
  const std::vector<int> members = members_of(wait);
  const std::string ranks = members.empty() ? "" : " of " + rank_list(members);
  const std::string number =
      wait.sequence == 0 ? "" : " (operation " + std::to_string(wait.sequence) + ranks + ")";
  return wait.operation + number + " has waited " + to_text(wait.seconds) +
         " for other ranks, longer than parallel.timeout_seconds permits; ending this job";
}

RankStatusTable::RankStatusTable(int rank, std::vector<std::string> hosts)
    : rank_(rank), hosts_(std::move(hosts)), entries_(hosts_.size()) {}

void RankStatusTable::update(int rank, RankStatus status, double now) {
  entries_[rank] = {std::move(status), now};
}

std::optional<double> RankStatusTable::last_seen(int rank) const {
  const Entry& entry = entries_[rank];
  return entry.status ? std::optional(entry.time) : std::nullopt;
}

std::vector<int> RankStatusTable::never_seen() const {
  std::vector<int> ranks;
  const int end = rank_ == 0 ? static_cast<int>(hosts_.size()) : 1;
  for (int rank = 0; rank < end; ++rank)
    if (!last_seen(rank)) ranks.push_back(rank);
  return ranks;
}

std::optional<int> RankStatusTable::overdue() const {
  const auto is_overdue = [](const Entry& entry) { return entry.status && entry.status->is_overdue; };
  if (is_overdue(entries_[rank_])) return rank_;
  const auto first = std::ranges::find_if(entries_, is_overdue);
  if (rank_ != 0 || first == entries_.end()) return std::nullopt;
  return static_cast<int>(first - entries_.begin());
}

double RankStatusTable::seconds_before_reporting() const {
  if (rank_ == 0) return deadlines::before_rank_0_reports;
  if (rank_ == 1) return deadlines::before_rank_1_reports;
  const auto other = std::ranges::find_if(hosts_, [&](const auto& host) { return host != hosts_.front(); });
  return other - hosts_.begin() == rank_ ? deadlines::before_another_host_reports
                                         : deadlines::before_all_report;
}

std::optional<RankStatusTable::Absence> RankStatusTable::absence(const RankStatus& waiting,
                                                                 const Entry& other, double now,
                                                                 double silence_seconds) const {
  if (!other.status) return Absence{1, "which has never reported", 0};
  const RankStatus& seen = *other.status;
  const bool same_group = seen.group == waiting.group;
  const std::string where = place(seen, same_group);
  const double silence = now - other.time;
  if (silence >= silence_seconds)
    return Absence{0, "which has reported nothing for {}, last seen in " + where, silence};
  if (same_group && seen.sequence > waiting.sequence)
    return Absence{first_ahead, "already past it, in " + where, 0};
  if (!seen.is_waiting) {
    if (same_group && seen.sequence == waiting.sequence)
      return Absence{first_ahead + 1, "which has left it", 0};
    return Absence{2, "which has been computing for {} since " + where, seen.seconds};
  }
  if (same_group && seen.sequence == waiting.sequence && seen.operation == waiting.operation)
    return std::nullopt;
  return Absence{3, "which has been for {} in " + where, seen.seconds};
}

std::string RankStatusTable::on_hosts(const std::vector<int>& ranks) const {
  std::vector<std::string> names;
  for (const int rank : ranks) {
    const std::string& host = hosts_[rank];
    if (std::ranges::find(names, host) == names.end()) names.push_back(host);
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most_hosts); ++i)
    text += (i == 0 ? " on " : ", ") + names[i];
  if (names.size() > most_hosts) text += " and " + std::to_string(names.size() - most_hosts) + " more hosts";
  return text;
}

std::string RankStatusTable::hang_report(int waiting, double now, double silence_seconds) const {
  const RankStatus& wait = *entries_[waiting].status;
  std::string text = "rank " + std::to_string(waiting) + " of " + std::to_string(hosts_.size()) + " on " +
                     hosts_[waiting] + ": " + overdue_text(wait);

  std::map<std::pair<int, std::string>, std::pair<std::vector<int>, double>> lines;
  for (int rank = 0; rank < static_cast<int>(hosts_.size()); ++rank) {
    const std::size_t place = rank;
    const bool is_outside = !wait.members.empty() && (place >= wait.members.size() || !wait.members[place]);
    if (rank == waiting || !knows_about(rank) || (is_outside && rank_ == 0)) continue;
    if (const auto missing = absence(wait, entries_[place], now, silence_seconds)) {
      auto& [ranks, seconds] = lines[{missing->order, missing->reason}];
      ranks.push_back(rank);
      seconds = std::max(seconds, missing->seconds);
    }
  }
  const bool is_any_missing = !lines.empty() && lines.begin()->first.first < first_ahead;
  std::size_t written = 0;
  for (const auto& [key, line] : lines) {
    const bool is_ahead = key.first >= first_ahead;
    if (is_ahead && is_any_missing) break;
    if (++written > most_lines) return text + "\n  and others";
    std::string reason = key.second;
    if (const auto mark = reason.find("{}"); mark != std::string::npos)
      reason.replace(mark, 2, to_text(line.second));
    text += (is_ahead ? "\n  ahead: " : "\n  missing: ") + rank_list(line.first) + on_hosts(line.first) +
            ", " + reason;
  }
  if (lines.empty())
    text +=
        rank_ == 0
            ? "\n  no rank is missing: all are in this operation, so look at the network, and on each host "
              "at the room in /dev/shm, where its ranks share memory"
            : "\n  rank 0 is in this operation, too, and has named no missing rank";
  return text;
}

}  // namespace cellsweep::comm

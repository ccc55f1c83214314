// Statuses of ranks as tests make them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

#include "comm/watchdog/peer_monitor.h"
#include "comm/watchdog/rank_status.h"

namespace cellsweep::comm {

inline RankStatus in(std::string operation, std::uint64_t sequence, double seconds = 1) {
  return {.operation = std::move(operation),
          .is_waiting = true,
          .is_overdue = false,
          .group = 5,
          .sequence = sequence,
          .seconds = seconds,
          .members = {true, true, true, true}};
}

inline RankStatus overdue(RankStatus status) {
  status.is_overdue = true;
  return status;
}

inline RankStatus after(RankStatus status) {
  status.is_waiting = false;
  return status;
}

inline constexpr double silence = 2;
inline constexpr auto reach = PeerMonitor::Reach::network;

}  // namespace cellsweep::comm

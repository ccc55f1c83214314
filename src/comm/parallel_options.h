// How ranks work together on a run.
#pragma once

#include <string>

#include "base/enum_names.h"

namespace cellsweep::comm {

enum class Device { automatic, cpu, cuda };

struct ParallelOptions {
  Device device = Device::automatic;
  int threads = 1;               // compute threads of each rank
  double timeout_seconds = 300;  // longest wait for other ranks before the job is ended
  bool synchronize_batch_norm = true;
};

}  // namespace cellsweep::comm

namespace cellsweep {
template <>
inline constexpr auto enum_names<comm::Device> = std::to_array<std::string_view>({"auto", "cpu", "cuda"});
}  // namespace cellsweep

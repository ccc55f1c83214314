#include "train/replicas.h"

#include <array>
#include <cstdint>

#include "base/checksum.h"

namespace cellsweep::train {
bool replicas_equal(std::span<const float> parameters, std::span<const float> moving_statistics,
                    comm::Communicator& group) {
  Checksum checksum;
  checksum.add(std::as_bytes(parameters));
  checksum.add(std::as_bytes(moving_statistics));
  const auto mine = static_cast<std::int64_t>(checksum.value());
  std::array lowest{mine};
  std::array highest{mine};
  group.all_reduce(std::span<std::int64_t>(lowest), comm::Reduction::min);
  group.all_reduce(std::span<std::int64_t>(highest), comm::Reduction::max);
  return lowest == highest;
}

}  // namespace cellsweep::train

#include <spdlog/fmt/fmt.h>

#include "base/error.h"
#include "comm/gather_texts.h"
#include "comm/gpu/device.h"
#include "doctor/checks.h"

namespace cellsweep::doctor {
namespace {

std::string map_of_devices(const JobTopology& topology, const comm::ParallelOptions& options) {
  const auto device = comm::choose_device(topology.world, options);
  const auto numbers = comm::gather_texts(topology.world, device ? std::to_string(*device) : "none");
  std::string map;
  for (std::size_t rank = 0; rank < numbers.size(); ++rank)
    map += fmt::format("{}rank {} on {}: GPU {}", rank == 0 ? "" : ", ", rank, topology.host_names[rank],
                       numbers[rank]);
  return map;
}

}  // namespace

CheckResult check_devices(const JobTopology& topology, const comm::ParallelOptions& options) {
  if (options.device == comm::Device::cpu) return {Verdict::ok, "none asked for: parallel.device is cpu", ""};
  const std::int64_t most_visible = topology.most_visible_devices();
  comm::ParallelOptions insisting = options;
  insisting.device = comm::Device::cuda;
  try {
    return {Verdict::ok, map_of_devices(topology, insisting), ""};
  } catch (const Error& error) {
    // With auto, training takes place without GPUs: that is worth a warning only if there are some.
    if (options.device == comm::Device::cuda)
      return {Verdict::error, error.what(), "a GPU for each rank, or another parallel.device"};
    if (most_visible == 0) return {Verdict::ok, std::string("ranks compute on CPUs: ") + error.what(), ""};
    return {Verdict::warning, error.what(),
            "as it is, all ranks compute on CPUs, since parallel.device is auto"};
  }
}

}  // namespace cellsweep::doctor

#include <spdlog/fmt/fmt.h>

#include "base/version.h"
#include "comm/agreement.h"
#include "comm/gather_texts.h"
#include "comm/gpu/nccl_version.h"
#include "comm/mpi/mpi_version.h"
#include "doctor/checks.h"

namespace cellsweep::doctor {

CheckResult check_versions(const JobTopology& topology) {
  std::string mine;
  comm::run_collectively(topology.world, [&] {
    mine = fmt::format("cellsweep {}, {}", version, comm::mpi_version());
    if (const std::string nccl = comm::nccl_version(); !nccl.empty()) mine += ", " + nccl;
  });
  const auto versions = comm::gather_texts(topology.world, mine);
  for (std::size_t rank = 1; rank < versions.size(); ++rank)
    if (versions[rank] != versions[0])
      return {Verdict::error,
              fmt::format("{} has {}, but {} has {}", topology.host_names[0], versions[0],
                          topology.host_names[rank], versions[rank]),
              "install the same cellsweep and MPI on all hosts"};
  return {Verdict::ok, versions[0], ""};
}

}  // namespace cellsweep::doctor

#include "comm/versions.h"

#include <spdlog/fmt/fmt.h>

#include "cli/doctor/checks.h"
#include "comm/agreement.h"
#include "comm/gather_texts.h"

namespace cellsweep::cli {

Row check_versions(const Site& site) {
  std::string mine;
  comm::together(site.world, [&] {
    mine = std::string("cellsweep ") + CELLSWEEP_VERSION + ", " + comm::library_versions();
  });
  const auto versions = comm::gather_texts(site.world, mine);
  for (std::size_t rank = 1; rank < versions.size(); ++rank)
    if (versions[rank] != versions[0])
      return {Verdict::error,
              fmt::format("{} has {}, but {} has {}", site.host_names[0], versions[0], site.host_names[rank],
                          versions[rank]),
              "install the same cellsweep and MPI on all hosts"};
  return {Verdict::ok, versions[0], ""};
}

}  // namespace cellsweep::cli

// The data of a run, once in a host's memory however many ranks it has.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "comm/communicator.h"
#include "data/dataset.h"

namespace cellsweep::job {

// Collective: the first rank of each host loads the data into memory that the host's ranks share; if
// options.shared is false, or, with a warning, that memory has no room, each rank loads its own. Throws
// comm::CollectiveError.
data::Splits load_shared_splits(const data::DataOptions& options, comm::Communicator& group);

// Keeps what was loaded last, and what was loaded first: mostly all runs of a sweep learn from the same data.
// Logs what was done to the data (Splits::notices), if this process logs them.
class SplitsCache {
 public:
  // Collective over all ranks, before the first get(): what most runs want. Stays valid.
  const data::Splits& load(const data::DataOptions& options, comm::Communicator& world);
  // Collective over `group`. Valid until the next call. Throws comm::CollectiveError.
  const data::Splits& get(const data::DataOptions& options, comm::Communicator& group);

 private:
  struct Entry {
    data::DataOptions options;
    data::Splits splits;
  };
  void log_notices(const data::Splits& splits);

  std::set<std::string> logged_;  // notices, so that each is logged once
  std::optional<Entry> for_world_;
  std::optional<Entry> for_group_;
};

}  // namespace cellsweep::job

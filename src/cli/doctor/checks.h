// What is looked at before a long job. Each check is collective over the site's world, and gives rank 0 its
// row (other ranks' may say less). Those that fail throw on all ranks alike: AgreedError or UserError.
#pragma once

#include <optional>
#include <string>

#include "cli/doctor/row.h"
#include "cli/doctor/site.h"
#include "config/config.h"

namespace cellsweep::cli {

// The number of ranks, as `expected`, and the hosts that have them.
Row check_ranks(const Site& site, std::optional<int> expected);
// cellsweep, MPI and NCCL are the same on all ranks.
Row check_versions(const Site& site);
// Each rank has a GPU of its own, where GPUs are asked for.
Row check_devices(const Site& site, const comm::ParallelOptions& options);
// The hosts share the folder, a rename there is atomic, and the disk has room. Leaves nothing. No wait for
// another host to see a file lasts more than ten seconds, or half the deadline of waits for ranks.
Row check_directory(const Site& site, const config::Config& config);
// The hosts have the memory that the largest run of the file needs; without a file, only how much they have.
Row check_host_memory(const Site& site, const config::Config& config, const std::string& file);
// Clocks of the hosts agree.
Row check_clocks(const Site& site);
// The ports of metrics can be listened on.
Row check_ports(const Site& site, const config::Config& config);
// How fast ranks add up.
Row check_all_reduce(const Site& site);
// The ranks of a host have a core each, and no core is idle.
Row check_binding(const Site& site, const comm::ParallelOptions& options);
// Each host has room for the memory that its ranks share.
Row check_shared_memory(const Site& site, const config::Config& config);
// By which interface hosts reach each other.
Row check_network(const Site& site);

}  // namespace cellsweep::cli

// What is looked at before a long job. Each check is collective over the topology's world, and gives rank 0
// its result (other ranks' may say less). Those that fail throw on all ranks alike: CollectiveError or
// UserError.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "doctor/check_result.h"
#include "doctor/topology.h"

namespace cellsweep::doctor {

// The number of ranks, as `expected`, and the hosts that have them.
CheckResult check_ranks(const JobTopology& topology, std::optional<int> expected);
// cellsweep, MPI and NCCL are the same on all ranks.
CheckResult check_versions(const JobTopology& topology);
// Each rank has a GPU of its own, if GPUs are asked for.
CheckResult check_devices(const JobTopology& topology, const comm::ParallelOptions& options);
// The hosts share the folder, a rename there is atomic, and the disk has room. Leaves nothing. No wait for
// another host to see a file lasts more than ten seconds, or half the deadline of waits for ranks.
CheckResult check_directory(const JobTopology& topology, const config::Config& config);
// Whether the runs compute on GPUs of this rank's host, if each rank can have one. Not collective.
bool computes_on_gpu(const config::Config& config);
// The runs can be planned, and one of them can begin: its engine, its numbers, its files, the passwords of
// metrics. Whether its data can be read is for check_host_memory().
CheckResult check_runs(const JobTopology& topology, const config::Config& config, const std::string& file);
// The hosts have the memory that the largest run of the file needs; without a file, only how much they have.
CheckResult check_host_memory(const JobTopology& topology, const config::Config& config,
                              const std::string& file);
// Clocks of the hosts agree.
CheckResult check_clocks(const JobTopology& topology);
// The ports of metrics can be listened on.
CheckResult check_ports(const JobTopology& topology, const config::Config& config);
// How fast ranks sum.
CheckResult check_all_reduce(const JobTopology& topology);
// The ranks of a host have a core each, and no core is idle.
CheckResult check_binding(const JobTopology& topology, const comm::ParallelOptions& options);
// Each host has room for the memory that its ranks share.
CheckResult check_shared_memory(const JobTopology& topology, const config::Config& config);
// By which interface hosts reach each other.
CheckResult check_network(const JobTopology& topology);

}  // namespace cellsweep::doctor

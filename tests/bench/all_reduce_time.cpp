// Times the all-reduce of cellsweep's communicator against MPI_Allreduce, in turns, on float buffers of
// several sizes, the BYTES that are named or else those of some models' gradients, and prints the medians in
// microseconds on rank 0:
//
//   cmake --build build/release --target all_reduce_time
//   mpirun -np 2 build/release/tests/bench/all_reduce_time [BYTES...]
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "comm/mpi/mpi_session.h"

namespace {

using Clock = std::chrono::steady_clock;

double microseconds(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + std::ssize(values) / 2);
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  cellsweep::comm::MpiSession session;
  auto& world = session.world();
  if (world.rank() == 0) std::printf("%10s %12s %12s %8s\n", "bytes", "cellsweep us", "MPI us", "ratio");
  std::vector<std::size_t> sizes;
  for (int i = 1; i < count; ++i) sizes.push_back(std::stoul(arguments[i]));
  if (sizes.empty()) sizes = {1024, 26920, 75304, 98344, 400000, 1000000};
  for (const std::size_t bytes : sizes) {
    std::vector<float> values(bytes / sizeof(float));
    std::vector<double> ours, theirs;
    const int rounds = bytes > 1'000'000 ? 200 : 4000;
    for (int round = 0; round < rounds; ++round) {
      // Written anew, as a training step does.
      std::ranges::fill(values, 1.0f);
      world.barrier();
      const bool first = round % 4 == 0 || round % 4 == 3;  // A B B A
      if (first)
        ours.push_back(microseconds([&] { world.all_reduce(values); }));
      else
        theirs.push_back(microseconds([&] {
          MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_FLOAT, MPI_SUM,
                        MPI_COMM_WORLD);
        }));
    }
    if (world.rank() == 0)
      std::printf("%10zu %12.1f %12.1f %8.2f\n", bytes, median(ours), median(theirs),
                  median(theirs) / median(ours));
  }
}

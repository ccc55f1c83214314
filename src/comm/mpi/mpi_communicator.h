// A group of MPI ranks.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "comm/communicator.h"
#include "comm/mpi/host_reduction.h"
#include "comm/watchdog/watchdog.h"

namespace cellsweep::comm {

// Sizes beyond what MPI's int counts can say are handled. `watchdog` watches every wait. Lives inside
// the MpiSession.
class MpiCommunicator final : public Communicator {
 public:
  enum class Ownership { borrowed, owned };

  // Sets MPI_ERRORS_RETURN on `handle`, and frees it at the end if it is owned. `watchdog`, to which the
  // group is `number` (see Watchdog::Group), outlives this.
  MpiCommunicator(MPI_Comm handle, Ownership ownership, Watchdog& watchdog, std::uint64_t number);
  ~MpiCommunicator() override;
  MpiCommunicator(const MpiCommunicator&) = delete;
  MpiCommunicator& operator=(const MpiCommunicator&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  void all_reduce(std::span<float> values, Reduction reduction) override;
  void all_reduce(std::span<double> values, Reduction reduction) override;
  void all_reduce(std::span<std::int64_t> values, Reduction reduction) override;
  void broadcast(std::span<std::byte> bytes, int root) override;
  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override;
  void barrier() override;
  std::unique_ptr<Communicator> split(int color, int key) override;
  std::unique_ptr<Communicator> split_by_host() override;
  std::shared_ptr<std::byte> allocate_shared(std::size_t bytes) override;

 private:
  template <class Value>
  void reduce_to_all(std::span<Value> values, MPI_Datatype type, Reduction reduction);
  std::unique_ptr<Communicator> make_part(MPI_Comm handle, std::uint64_t split) const;

  MPI_Comm handle_;
  Ownership ownership_;
  Watchdog& watchdog_;
  Watchdog::Group group_;
  int rank_ = 0;
  int size_ = 0;
  // Made when first needed; null if it cannot be had.
  std::unique_ptr<HostReduction> host_reduction_;
  bool looked_for_host_reduction_ = false;
};

}  // namespace cellsweep::comm

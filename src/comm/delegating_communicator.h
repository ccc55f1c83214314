// For groups that add something to another one.
#pragma once

#include "comm/communicator.h"

namespace cellsweep::comm {

// The group `inner`, which outlives it, but for the reductions.
class DelegatingCommunicator : public Communicator {
 public:
  explicit DelegatingCommunicator(Communicator& inner) : inner_(inner) {}

  int rank() const override { return inner_.rank(); }
  int size() const override { return inner_.size(); }
  void broadcast(std::span<std::byte> bytes, int root) override { inner_.broadcast(bytes, root); }
  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    inner_.all_gather(mine, all);
  }
  void barrier() override { inner_.barrier(); }
  void verify_collective(const char* operation, std::size_t count, const char* type) override {
    inner_.verify_collective(operation, count, type);
  }
  std::unique_ptr<Communicator> split(int color, int key) override { return inner_.split(color, key); }
  std::unique_ptr<Communicator> split_by_host() override { return inner_.split_by_host(); }
  std::shared_ptr<std::byte> allocate_shared(std::size_t bytes) override {
    return inner_.allocate_shared(bytes);
  }

 protected:
  Communicator& inner_;
};

}  // namespace cellsweep::comm

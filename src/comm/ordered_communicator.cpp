#include "comm/ordered_communicator.h"

#include <algorithm>
#include <vector>

#include "comm/pairwise.h"

namespace cellsweep::comm {
namespace {

class OrderedCommunicator final : public Communicator {
 public:
  explicit OrderedCommunicator(Communicator& inner) : inner_(inner) {}

  int rank() const override { return inner_.rank(); }
  int size() const override { return inner_.size(); }
  void all_reduce(std::span<float> values, Reduction reduction) override {
    reduce(values, reduction, gathered_floats_);
  }
  void all_reduce(std::span<double> values, Reduction reduction) override {
    reduce(values, reduction, gathered_doubles_);
  }
  // Integers add up to the same in any order.
  void all_reduce(std::span<std::int64_t> values, Reduction reduction) override {
    inner_.all_reduce(values, reduction);
  }
  void broadcast(std::span<std::byte> bytes, int root) override { inner_.broadcast(bytes, root); }
  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    inner_.all_gather(mine, all);
  }
  void barrier() override { inner_.barrier(); }
  std::unique_ptr<Communicator> split(int color, int key) override { return inner_.split(color, key); }
  std::unique_ptr<Communicator> split_by_host() override { return inner_.split_by_host(); }
  std::shared_ptr<std::byte> allocate_shared(std::size_t bytes) override {
    return inner_.allocate_shared(bytes);
  }

 private:
  template <class Value>
  void reduce(std::span<Value> values, Reduction reduction, std::vector<Value>& gathered) {
    const auto ranks = static_cast<std::size_t>(size());
    if (reduction != Reduction::sum || ranks == 1) return inner_.all_reduce(values, reduction);
    gathered.resize(values.size() * ranks);
    inner_.all_gather(std::as_bytes(values), std::as_writable_bytes(std::span(gathered)));
    add_pairwise(std::span(gathered), ranks);
    std::copy_n(gathered.begin(), values.size(), values.begin());
  }

  Communicator& inner_;
  std::vector<float> gathered_floats_;
  std::vector<double> gathered_doubles_;
};

}  // namespace

std::unique_ptr<Communicator> make_ordered_communicator(Communicator& inner) {
  return std::make_unique<OrderedCommunicator>(inner);
}

}  // namespace cellsweep::comm

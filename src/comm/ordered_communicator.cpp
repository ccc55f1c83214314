#include "comm/ordered_communicator.h"

#include <algorithm>
#include <vector>

#include "comm/delegating_communicator.h"
#include "comm/pairwise.h"

namespace cellsweep::comm {
namespace {

class OrderedCommunicator final : public DelegatingCommunicator {
 public:
  using DelegatingCommunicator::DelegatingCommunicator;

  void all_reduce(std::span<float> values, Reduction reduction) override {
    reduce(values, reduction, gathered_floats_);
  }
  void all_reduce(std::span<double> values, Reduction reduction) override {
    reduce(values, reduction, gathered_doubles_);
  }
  // Integers have the same sum in any order.
  void all_reduce(std::span<std::int64_t> values, Reduction reduction) override {
    inner_.all_reduce(values, reduction);
  }

 private:
  template <class Value>
  void reduce(std::span<Value> values, Reduction reduction, std::vector<Value>& gathered) {
    const std::size_t ranks = size();
    if (reduction != Reduction::sum || ranks == 1) return inner_.all_reduce(values, reduction);
    gathered.resize(values.size() * ranks);
    inner_.all_gather(std::as_bytes(values), std::as_writable_bytes(std::span(gathered)));
    add_pairwise(std::span(gathered), ranks);
    std::copy_n(gathered.begin(), values.size(), values.begin());
  }

  std::vector<float> gathered_floats_;
  std::vector<double> gathered_doubles_;
};

}  // namespace

std::unique_ptr<Communicator> make_ordered_communicator(Communicator& inner) {
  return std::make_unique<OrderedCommunicator>(inner);
}

}  // namespace cellsweep::comm

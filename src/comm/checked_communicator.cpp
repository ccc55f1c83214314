#include "comm/checked_communicator.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "comm/agreement.h"
#include "comm/delegating_communicator.h"
#include "comm/rank_list.h"

namespace cellsweep::comm {
namespace {

// What a rank is about to do. No padding: ranks exchange and compare the bytes.
struct Intent {
  enum class Operation : std::int32_t {
    all_reduce,
    broadcast,
    all_gather,
    barrier,
    split,
    split_by_host,
    allocate_shared
  };
  enum class Type : std::int32_t { byte, float32, float64, int64 };

  Operation operation;
  Type type = Type::byte;
  std::uint64_t count = 0;
  std::int32_t reduction = 0;
  std::int32_t root = 0;

  auto operator<=>(const Intent&) const = default;
};
static_assert(sizeof(Intent) == 24);

std::string describe(const Intent& intent) {
  static constexpr const char* types[] = {"bytes", "float32", "float64", "int64"};
  static constexpr const char* reductions[] = {"sum", "min", "max"};
  const std::string values =
      " of " + std::to_string(intent.count) + " " + types[static_cast<int>(intent.type)];
  switch (intent.operation) {
    case Intent::Operation::all_reduce:
      return "all_reduce (" + std::string(reductions[intent.reduction]) + ")" + values;
    case Intent::Operation::broadcast:
      return "broadcast" + values + " from rank " + std::to_string(intent.root);
    case Intent::Operation::all_gather:
      return "all_gather" + values;
    case Intent::Operation::barrier:
      return "barrier";
    case Intent::Operation::split:
      return "split";
    case Intent::Operation::split_by_host:
      return "split_by_host";
    case Intent::Operation::allocate_shared:
      return "allocate_shared" + values;
  }
  return "unknown";
}

class CheckedCommunicator final : public DelegatingCommunicator {
 public:
  explicit CheckedCommunicator(Communicator& inner) : DelegatingCommunicator(inner) {}
  explicit CheckedCommunicator(std::unique_ptr<Communicator> inner)
      : DelegatingCommunicator(*inner), owned_(std::move(inner)) {}

  void all_reduce(std::span<float> values, Reduction reduction) override {
    reduce(values, Intent::Type::float32, reduction);
  }
  void all_reduce(std::span<double> values, Reduction reduction) override {
    reduce(values, Intent::Type::float64, reduction);
  }
  void all_reduce(std::span<std::int64_t> values, Reduction reduction) override {
    reduce(values, Intent::Type::int64, reduction);
  }
  void broadcast(std::span<std::byte> bytes, int root) override {
    check({.operation = Intent::Operation::broadcast, .count = bytes.size(), .root = root});
    inner_.broadcast(bytes, root);
  }
  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    check({.operation = Intent::Operation::all_gather, .count = mine.size()});
    inner_.all_gather(mine, all);
  }
  void barrier() override {
    check({.operation = Intent::Operation::barrier});
    inner_.barrier();
  }
  std::unique_ptr<Communicator> split(int color, int key) override {
    check({.operation = Intent::Operation::split});
    return make_checked_communicator(inner_.split(color, key));
  }
  std::unique_ptr<Communicator> split_by_host() override {
    check({.operation = Intent::Operation::split_by_host});
    return make_checked_communicator(inner_.split_by_host());
  }
  std::shared_ptr<std::byte> allocate_shared(std::size_t bytes) override {
    check({.operation = Intent::Operation::allocate_shared, .count = bytes});
    return inner_.allocate_shared(bytes);
  }

 private:
  template <class Value>
  void reduce(std::span<Value> values, Intent::Type type, Reduction reduction) {
    check({.operation = Intent::Operation::all_reduce,
           .type = type,
           .count = values.size(),
           .reduction = static_cast<std::int32_t>(reduction)});
    inner_.all_reduce(values, reduction);
  }

  // Whatever the ranks are about to do, this is the same operation on all of them.
  void check(const Intent& mine) {
    ++operations_;
    std::vector<Intent> all(static_cast<std::size_t>(size()), mine);
    inner_.all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(all)));
    if (std::ranges::all_of(all, [&](const Intent& intent) { return intent == all.front(); })) return;
    std::map<Intent, std::vector<int>> ranks_of;
    for (int rank = 0; rank < size(); ++rank) ranks_of[all[static_cast<std::size_t>(rank)]].push_back(rank);
    std::string text = "the ranks of a group of " + std::to_string(size()) + " differ in its operation " +
                       std::to_string(operations_) + ":";
    for (const auto& [intent, ranks] : ranks_of)
      text += (text.ends_with(':') ? " " : "; ") + rank_list(ranks) + " wanted " + describe(intent);
    throw AgreedError(text, ExitCode::failure);
  }

  std::unique_ptr<Communicator> owned_;
  std::uint64_t operations_ = 0;
};

}  // namespace

std::unique_ptr<Communicator> make_checked_communicator(std::unique_ptr<Communicator> inner) {
  return std::make_unique<CheckedCommunicator>(std::move(inner));
}

std::unique_ptr<Communicator> make_checked_communicator(Communicator& inner) {
  return std::make_unique<CheckedCommunicator>(inner);
}

}  // namespace cellsweep::comm

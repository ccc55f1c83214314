#include "comm/checked_communicator.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "comm/agreement.h"
#include "comm/delegating_communicator.h"
#include "comm/rank_list.h"

namespace cellsweep::comm {
namespace {

using Name = std::array<char, 24>;

Name to_name(std::string_view text) {
  assert(text.size() < Name().size());
  Name name = {};
  std::ranges::copy(text, name.begin());
  return name;
}

// What a rank is about to do. No padding: ranks exchange and compare the bytes.
struct Intent {
  Name operation;
  Name type = to_name("");
  std::uint64_t count = 0;
  std::int32_t reduction = -1;  // -1: it has none
  std::int32_t root = -1;

  auto operator<=>(const Intent&) const = default;
};
static_assert(sizeof(Intent) == 64);

std::string describe(const Intent& intent) {
  static constexpr const char* reductions[] = {"sum", "min", "max"};
  std::string text = intent.operation.data();
  if (intent.reduction >= 0) text += std::string(" (") + reductions[intent.reduction] + ")";
  if (intent.type.front() != '\0') text += " of " + std::to_string(intent.count) + " " + intent.type.data();
  if (intent.root >= 0) text += " from rank " + std::to_string(intent.root);
  return text;
}

class CheckedCommunicator final : public DelegatingCommunicator {
 public:
  explicit CheckedCommunicator(Communicator& inner) : DelegatingCommunicator(inner) {}
  explicit CheckedCommunicator(std::unique_ptr<Communicator> inner)
      : DelegatingCommunicator(*inner), owned_(std::move(inner)) {}

  void all_reduce(std::span<float> values, Reduction reduction) override {
    reduce(values, "float32", reduction);
  }
  void all_reduce(std::span<double> values, Reduction reduction) override {
    reduce(values, "float64", reduction);
  }
  void all_reduce(std::span<std::int64_t> values, Reduction reduction) override {
    reduce(values, "int64", reduction);
  }
  void broadcast(std::span<std::byte> bytes, int root) override {
    check({.operation = to_name("broadcast"), .type = to_name("bytes"), .count = bytes.size(), .root = root});
    inner_.broadcast(bytes, root);
  }
  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    verify_collective("all_gather", mine.size(), "bytes");
    inner_.all_gather(mine, all);
  }
  void barrier() override {
    verify_collective("barrier", 0, "");
    inner_.barrier();
  }
  void verify_collective(const char* operation, std::size_t count, const char* type) override {
    check({.operation = to_name(operation), .type = to_name(type), .count = count});
  }
  std::unique_ptr<Communicator> split(int color, int key) override {
    verify_collective("split", 0, "");
    return make_checked_communicator(inner_.split(color, key));
  }
  std::unique_ptr<Communicator> split_by_host() override {
    verify_collective("split_by_host", 0, "");
    return make_checked_communicator(inner_.split_by_host());
  }
  std::shared_ptr<std::byte> allocate_shared(std::size_t bytes) override {
    verify_collective("allocate_shared", bytes, "bytes");
    return inner_.allocate_shared(bytes);
  }

 private:
  template <class Value>
  void reduce(std::span<Value> values, const char* type, Reduction reduction) {
    check({.operation = to_name("all_reduce"),
           .type = to_name(type),
           .count = values.size(),
           .reduction = static_cast<std::int32_t>(reduction)});
    inner_.all_reduce(values, reduction);
  }

  // Whatever the ranks are about to do, this is the same operation on all of them.
  void check(const Intent& mine) {
    ++operations_;
    std::vector<Intent> all(size(), mine);
    inner_.all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(all)));
    if (std::ranges::all_of(all, [&](const Intent& intent) { return intent == all.front(); })) return;
    std::map<Intent, std::vector<int>> ranks_of;
    for (int rank = 0; rank < size(); ++rank) ranks_of[all[rank]].push_back(rank);
    std::string text = "the ranks of a group of " + std::to_string(size()) + " differ in its operation " +
                       std::to_string(operations_) + ":";
    for (const auto& [intent, ranks] : ranks_of)
      text += (text.ends_with(':') ? " " : "; ") + rank_list(ranks) + " wanted " + describe(intent);
    throw CollectiveError(text, ExitCode::failure);
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

#include "comm/communicator.h"

#include <algorithm>
#include <cassert>
#include <vector>

namespace cellsweep::comm {

namespace {

class SelfCommunicator final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void all_reduce(std::span<float>, Reduction) override {}
  void all_reduce(std::span<double>, Reduction) override {}
  void all_reduce(std::span<std::int64_t>, Reduction) override {}
  void broadcast(std::span<std::byte>, [[maybe_unused]] int root) override { assert(root == 0); }
  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    assert(all.size() == mine.size());
    std::ranges::copy(mine, all.begin());
  }
  void barrier() override {}
  std::unique_ptr<Communicator> split(int, int) override { return make_self_communicator(); }
};

}  // namespace

std::unique_ptr<Communicator> Communicator::split_by_host() {
  return make_self_communicator();
}

void Communicator::verify_collective(const char*, std::size_t, const char*) {}

std::shared_ptr<std::byte> Communicator::allocate_shared(std::size_t bytes) {
  if (size() > 1) return nullptr;
  const auto memory = std::make_shared<std::vector<std::byte>>(bytes);
  return {memory, memory->data()};
}

std::unique_ptr<Communicator> make_self_communicator() {
  return std::make_unique<SelfCommunicator>();
}

std::string broadcast_text(Communicator& group, std::string text, int root) {
  auto length = static_cast<std::int64_t>(text.size());
  group.broadcast(std::as_writable_bytes(std::span(&length, 1)), root);
  text.resize(length);
  group.broadcast(std::as_writable_bytes(std::span(text)), root);
  return text;
}

}  // namespace cellsweep::comm

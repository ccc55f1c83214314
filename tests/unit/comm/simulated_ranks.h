// Rank 0 of a group whose other ranks are not there: they do as it does, and say what a test lets them say.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "comm/communicator.h"

namespace cellsweep::comm {

class SimulatedRanks final : public Communicator {
 public:
  explicit SimulatedRanks(int size) : size_(static_cast<std::size_t>(size)) {}

  // What the ranks from 1 on say when texts are gathered (gather_texts): the first call answers the first
  // gathering, and so on. In further gatherings, and on ranks without a text here, each gives rank 0's text.
  void answer_texts(std::vector<std::string> texts) { texts_.push_back(std::move(texts)); }
  // Changes what each other gathering gives, the bytes of every rank.
  std::function<void(std::span<std::byte> all)> change_gathered = [](std::span<std::byte>) {};

  // How long a sum of floats takes.
  double seconds_of_reduction = 0;

  int rank() const override { return 0; }
  int size() const override { return static_cast<int>(size_); }
  // Sums of equal values, which no test looks at.
  void all_reduce(std::span<float>, Reduction) override {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds_of_reduction));
  }
  void all_reduce(std::span<double>, Reduction) override {}
  void all_reduce(std::span<std::int64_t>, Reduction) override {}
  void broadcast(std::span<std::byte>, int) override {}
  void barrier() override {}
  std::unique_ptr<Communicator> split(int, int) override { return make_self_communicator(); }
  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    for (std::size_t rank = 0; rank < size_; ++rank)
      std::ranges::copy(mine, all.begin() + static_cast<std::ptrdiff_t>(rank * mine.size()));
    if (texts_.empty()) return change_gathered(all);
    // gather_texts() asks for the lengths first, then for the texts.
    const std::vector<std::string>& texts = texts_.front();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      std::byte* const there = all.data() + (i + 1) * mine.size();
      const std::uint64_t length = texts[i].size();
      if (is_at_lengths_)
        std::memcpy(there, &length, sizeof length);
      else
        std::memcpy(there, texts[i].data(), std::min<std::size_t>(length, mine.size()));
    }
    if (!is_at_lengths_) texts_.pop_front();
    is_at_lengths_ = !is_at_lengths_;
  }

 private:
  std::size_t size_;
  std::deque<std::vector<std::string>> texts_;
  bool is_at_lengths_ = true;
};

}  // namespace cellsweep::comm

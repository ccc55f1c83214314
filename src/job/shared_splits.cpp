#include "job/shared_splits.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/memory.h"
#include "base/process.h"
#include "comm/agreement.h"
#include "comm/gather_texts.h"
#include "comm/shared_memory_space.h"

namespace cellsweep::job {
namespace {

// What a rank has to know of the splits to find their values in memory.
struct Outline {
  struct Set {
    std::int64_t samples, time, features, labels, targets;
    bool is_float;
    float byte_divisor;
  };
  Set sets[2];
  std::int64_t classes;
};

Outline outline(const data::Splits& splits) {
  const auto of_set = [](const data::Dataset& set) -> Outline::Set {
    return {set.samples,
            set.time,
            set.features,
            static_cast<std::int64_t>(set.labels.size()),
            static_cast<std::int64_t>(set.targets.size()),
            std::holds_alternative<data::Array<float>>(set.inputs),
            set.byte_divisor};
  };
  return {{of_set(splits.train), of_set(splits.validation)}, splits.classes};
}

// Lays arrays out one after the other in shared memory. Without memory it only counts the bytes; with it, the
// rank that fills copies the arrays there, and every rank's arrays then refer to it.
class SharedLayout {
 public:
  SharedLayout(std::shared_ptr<std::byte> memory, bool fills) : memory_(std::move(memory)), fills_(fills) {}

  template <class Value>
  void visit(data::Array<Value>& array, std::int64_t count) {
    constexpr std::size_t cache_line = 64;
    const std::size_t bytes = count * sizeof(Value);
    if (memory_) {
      Value* const values = reinterpret_cast<Value*>(memory_.get() + used_);
      if (fills_) std::ranges::copy(array, values);
      array = data::Array<Value>(std::span<const Value>(values, count), memory_);
    }
    used_ += (bytes + cache_line - 1) / cache_line * cache_line;
  }

  void visit(data::Splits& splits, const Outline& shape) {
    data::Dataset* const sets[] = {&splits.train, &splits.validation};
    for (int i = 0; i < 2; ++i) {
      data::Dataset& set = *sets[i];
      const Outline::Set& wanted = shape.sets[i];
      set.samples = wanted.samples, set.time = wanted.time, set.features = wanted.features;
      set.byte_divisor = wanted.byte_divisor;
      if (wanted.is_float && !std::holds_alternative<data::Array<float>>(set.inputs))
        set.inputs = data::Array<float>();
      std::visit([&](auto& inputs) { visit(inputs, wanted.samples * wanted.time * wanted.features); },
                 set.inputs);
      visit(set.labels, wanted.labels);
      visit(set.targets, wanted.targets);
    }
    splits.classes = shape.classes;
  }

  std::size_t used() const { return used_; }

 private:
  std::shared_ptr<std::byte> memory_;
  bool fills_;
  std::size_t used_ = 0;
};

// Collective. Gives all ranks of a host the splits of its first rank. Returns an empty text or, if there is
// no memory to share, the reason, the same on all.
std::string share_on_host(data::Splits& splits, comm::Communicator& host) {
  Outline shape = outline(splits);
  host.broadcast(std::as_writable_bytes(std::span(&shape, 1)), 0);
  data::Splits measured;
  SharedLayout sizes(nullptr, false);
  sizes.visit(measured, shape);
  const auto space = comm::shared_memory_space();
  const auto memory = host.allocate_shared(sizes.used());
  if (!memory) {
    const auto megabytes = [](std::size_t bytes) { return bytes / 1'000'000 + 1; };
    return fmt::format("{}, and {} MB of data and {} MB for sums would lie there",
                       comm::shared_memory_text(space, host_name()), megabytes(sizes.used()),
                       megabytes(comm::shared_memory_spare * host.size()));
  }
  SharedLayout(memory, host.rank() == 0).visit(splits, shape);
  std::string names;
  for (const std::string& name : splits.class_names) names += name + '\n';
  std::istringstream lines(comm::broadcast_text(host, names, 0));
  splits.class_names.clear();
  for (std::string name; std::getline(lines, name);) splits.class_names.push_back(name);
  host.barrier();  // all is in place
  return "";
}

// Collective. One line for the reasons of all hosts; `reason` is this rank's, or empty.
void warn_of_copies(const std::string& reason, comm::Communicator& group) {
  const std::vector<std::string> gathered = comm::gather_texts(group, reason);
  const std::set<std::string> reasons(gathered.begin(), gathered.end());
  std::string text;
  for (const std::string& one : reasons)
    if (!one.empty()) text += (text.empty() ? "" : "; ") + one;
  if (!text.empty() && group.rank() == 0)
    spdlog::warn("each rank keeps a copy of the data: {}; {}, or set data.shared: false", text,
                 comm::shared_memory_remedy);
}

}  // namespace

data::Splits load_shared_splits(const data::DataOptions& options, comm::Communicator& group) {
  const auto host = group.split_by_host();
  data::Splits splits;
  comm::run_collectively(group, [&] {
    if (host->rank() == 0) splits = data::load_splits(options);
  });
  std::string reason_for_copies;
  const bool wants_to_share = options.shared && host->size() > 1;
  if (wants_to_share) reason_for_copies = share_on_host(splits, *host);
  warn_of_copies(host->rank() == 0 ? reason_for_copies : "", group);
  const bool wants_copy = host->size() > 1 && !(wants_to_share && reason_for_copies.empty());
  comm::run_collectively(group, [&] {
    if (wants_copy && host->rank() == 0)
      require_memory(
          host->size() * (data::memory_of(splits.train) + data::memory_of(splits.validation)),
          fmt::format("a copy of the data in each of the {} ranks of this host needs", host->size()),
          "start fewer ranks, or let them share it (data.shared, and room in /dev/shm)");
  });
  comm::run_collectively(group, [&] {
    if (wants_copy && host->rank() != 0) splits = data::load_splits(options);
  });
  return splits;
}

const data::Splits& SplitsCache::load(const data::DataOptions& options, comm::Communicator& world) {
  for_world_.emplace(options, load_shared_splits(options, world));
  log_notices(for_world_->splits);
  return for_world_->splits;
}

const data::Splits& SplitsCache::get(const data::DataOptions& options, comm::Communicator& group) {
  if (for_world_ && for_world_->options == options) return for_world_->splits;
  if (!for_group_ || for_group_->options != options) {
    for_group_.reset();
    for_group_.emplace(options, load_shared_splits(options, group));
    log_notices(for_group_->splits);
  }
  return for_group_->splits;
}

void SplitsCache::log_notices(const data::Splits& splits) {
  for (const std::string& notice : splits.notices)
    if (logged_.insert(notice).second) spdlog::info("{}", notice);
}

}  // namespace cellsweep::job

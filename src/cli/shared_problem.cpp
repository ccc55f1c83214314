#include "cli/shared_problem.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <variant>

#include "comm/agreement.h"

namespace cellsweep::cli {
namespace {

// What a rank has to know of a problem to find its values in memory.
struct Outline {
  struct Set {
    std::int64_t samples, time, features, labels, targets;
    bool is_float;
  };
  Set sets[2];
  std::int64_t classes;
};

Outline outline(const data::Problem& problem) {
  const auto of_set = [](const data::Dataset& set) -> Outline::Set {
    return {set.samples,
            set.time,
            set.features,
            static_cast<std::int64_t>(set.labels.size()),
            static_cast<std::int64_t>(set.targets.size()),
            std::holds_alternative<data::Array<float>>(set.inputs)};
  };
  return {{of_set(problem.train), of_set(problem.validation)}, problem.classes};
}

// Lays arrays out one after the other in shared memory: first to learn how much that takes, then to fill it,
// then, on each rank, to find them.
class Cursor {
 public:
  Cursor(std::shared_ptr<std::byte> memory, bool fills) : memory_(std::move(memory)), fills_(fills) {}

  template <class Value>
  void visit(data::Array<Value>& array, std::int64_t count) {
    constexpr std::size_t cache_line = 64;
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(Value);
    if (memory_) {
      Value* const values = reinterpret_cast<Value*>(memory_.get() + used_);
      if (fills_) std::ranges::copy(array, values);
      array = data::Array<Value>(std::span<const Value>(values, static_cast<std::size_t>(count)), memory_);
    }
    used_ += (bytes + cache_line - 1) / cache_line * cache_line;
  }

  void visit(data::Problem& problem, const Outline& shape) {
    data::Dataset* const sets[] = {&problem.train, &problem.validation};
    for (int i = 0; i < 2; ++i) {
      data::Dataset& set = *sets[i];
      const Outline::Set& of = shape.sets[i];
      set.samples = of.samples, set.time = of.time, set.features = of.features;
      if (of.is_float && !std::holds_alternative<data::Array<float>>(set.inputs))
        set.inputs = data::Array<float>();
      std::visit([&](auto& inputs) { visit(inputs, of.samples * of.time * of.features); }, set.inputs);
      visit(set.labels, of.labels);
      visit(set.targets, of.targets);
    }
    problem.classes = shape.classes;
  }

  std::size_t used() const { return used_; }

 private:
  std::shared_ptr<std::byte> memory_;
  bool fills_;
  std::size_t used_ = 0;
};

// Gives all ranks of a host the problem of its first rank. False, on all alike, where there is no memory to
// share.
bool share(data::Problem& problem, comm::Communicator& host) {
  Outline shape = outline(problem);
  host.broadcast(std::as_writable_bytes(std::span(&shape, 1)), 0);
  data::Problem measured;
  Cursor ruler(nullptr, false);
  ruler.visit(measured, shape);
  const std::shared_ptr<std::byte> memory = host.allocate_shared(ruler.used());
  if (!memory) return false;
  Cursor(memory, host.rank() == 0).visit(problem, shape);
  host.barrier();  // all is in place
  return true;
}

}  // namespace

data::Problem load_shared_problem(const data::DataOptions& options, comm::Communicator& group) {
  const auto host = group.split_by_host();
  data::Problem problem;
  comm::together(group, [&] {
    if (host->rank() == 0) problem = data::load_problem(options);
  });
  const bool is_shared = host->size() > 1 && share(problem, *host);
  comm::together(group, [&] {
    if (host->rank() != 0 && !is_shared) problem = data::load_problem(options);
  });
  return problem;
}

void ProblemCache::load(const data::DataOptions& options, comm::Communicator& world) {
  of_world_.emplace(options, load_shared_problem(options, world));
}

const data::Problem& ProblemCache::get(const data::DataOptions& options, comm::Communicator& group) {
  if (of_world_ && of_world_->options == options) return of_world_->problem;
  if (!of_group_ || of_group_->options != options) {
    of_group_.reset();
    of_group_.emplace(options, load_shared_problem(options, group));
  }
  return of_group_->problem;
}

}  // namespace cellsweep::cli

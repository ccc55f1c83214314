// A group of ranks that work together. It is passed to whoever needs it and is never global. One process is a
// group of one (SelfCommunicator), for which nothing has to be done, so no caller checks whether a run is
// distributed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace cellsweep::comm {

enum class Reduction { sum, min, max };

// All members but rank() and size() are collective: every rank of the group calls them in the same order with
// the same sizes. They wait for the others, no longer than the watchdog's deadline. One thread at a time.
// Failures are Errors that name the operation. The result of a reduction is bitwise the same on every rank.
class Communicator {
 public:
  virtual ~Communicator() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  // Replaces `values` by their element-wise reduction over the group.
  virtual void all_reduce(std::span<float> values, Reduction reduction = Reduction::sum) = 0;
  virtual void all_reduce(std::span<double> values, Reduction reduction = Reduction::sum) = 0;
  virtual void all_reduce(std::span<std::int64_t> values, Reduction reduction = Reduction::sum) = 0;
  // Replaces `bytes` by those of rank `root`.
  virtual void broadcast(std::span<std::byte> bytes, int root) = 0;
  // Lays the `mine` of all ranks, in rank order, into `all` (size() * mine.size() bytes).
  virtual void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) = 0;
  virtual void barrier() = 0;
  // For an operation over the group that follows and does not use this object, such as NCCL's, on `count`
  // values of `type`: a checked communicator (make_checked_communicator) compares it, others do nothing.
  // Names of up to 23 characters.
  virtual void verify_collective(const char* operation, std::size_t count, const char* type);
  // The group of the ranks that gave the same `color`, ordered by `key`.
  virtual std::unique_ptr<Communicator> split(int color, int key) = 0;
  // The ranks of this group that share this one's host, and so its memory; this rank alone if that is
  // unknown.
  virtual std::unique_ptr<Communicator> split_by_host();
  // `bytes` of memory, the same number on all ranks, that all ranks of this group share; they are of one
  // host. It is zero, and all of it is there from the start. Null on all of them alike if there is no room
  // for it, with shared_memory_spare beside it.
  virtual std::shared_ptr<std::byte> allocate_shared(std::size_t bytes);
};

// A group of one.
std::unique_ptr<Communicator> make_self_communicator();

// Gives every rank the text of rank `root`.
std::string broadcast_text(Communicator& group, std::string text, int root);

}  // namespace cellsweep::comm

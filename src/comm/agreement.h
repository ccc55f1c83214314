// Failing together: an exception on one rank becomes the same exception on all, so no rank is left waiting
// for another.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "comm/communicator.h"

namespace cellsweep::comm {

// Thrown on every rank of a group alike, with the message of the first rank that failed. Nobody needs to
// abort the others.
class CollectiveError : public Error {
 public:
  // `may_pass`: another attempt may succeed, see StorageError; a failure that is no user's mistake always
  // may.
  CollectiveError(const std::string& message, ExitCode code, bool may_pass = false)
      : Error(message), code_(code), may_pass_(may_pass || code != ExitCode::bad_input) {}
  ExitCode code() const { return code_; }
  bool may_pass() const { return may_pass_; }

 private:
  ExitCode code_;
  bool may_pass_;
};

// Collective: calls `work` on every rank, then agrees on the outcome. Returns if all succeeded; else throws
// the CollectiveError of the lowest rank that failed, on all. If that is not rank 0, the rank and its host
// stand before the message. `work` itself must not be collective, unless it fails on all ranks alike.
void run_collectively(Communicator& group, const std::function<void()>& work);

// Collective: calls `work` on rank 0 alone, then agrees on the outcome as run_collectively() does.
void on_rank_0(Communicator& group, const std::function<void()>& work);

// Collective: calls `work` on rank 0 alone, and gives its result, a text or plain bytes, to every rank.
// Throws the CollectiveError of rank 0 on all.
template <class Work>
auto on_rank_0_for_all(Communicator& group, const Work& work) {
  using Result = std::invoke_result_t<const Work&>;
  Result result{};
  on_rank_0(group, [&] { result = work(); });
  if constexpr (std::is_same_v<Result, std::string>) {
    return broadcast_text(group, std::move(result), 0);
  } else {
    static_assert(std::is_trivially_copyable_v<Result>);
    group.broadcast(std::as_writable_bytes(std::span(&result, 1)), 0);
    return result;
  }
}

}  // namespace cellsweep::comm

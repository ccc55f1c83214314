#include "comm/agreement.h"

#include <cstdint>
#include <exception>
#include <span>
#include <string>

#include "base/process.h"
#include "comm/error_text.h"

namespace cellsweep::comm {

namespace {

struct Outcome {
  ExitCode code = ExitCode::done;
  std::string message;
  bool may_pass = false;
};

Outcome attempt(const std::function<void()>& work) {
  try {
    work();
    return {};
  } catch (const CollectiveError& error) {
    return {error.code(), error.what(), error.may_pass()};
  } catch (const StorageError& error) {
    return {ExitCode::bad_input, error.what(), true};
  } catch (const UserError& error) {
    return {ExitCode::bad_input, error.what()};
  } catch (const std::exception& error) {
    return {ExitCode::failure, error_text(error)};
  }
}

}  // namespace

void run_collectively(Communicator& group, const std::function<void()>& work) {
  Outcome outcome = attempt(work);
  std::int64_t first = outcome.code == ExitCode::done ? group.size() : group.rank();
  group.all_reduce(std::span(&first, 1), Reduction::min);
  if (first == group.size()) return;
  const int root = static_cast<int>(first);
  // What rank 0 fails in, all would fail in: mostly it is a user's mistake, which is of no rank.
  if (root != 0 && root == group.rank())
    outcome.message = "rank " + std::to_string(root) + " of " + std::to_string(group.size()) + " on " +
                      host_name() + ": " + outcome.message;
  group.broadcast(std::as_writable_bytes(std::span(&outcome.code, 1)), root);
  group.broadcast(std::as_writable_bytes(std::span(&outcome.may_pass, 1)), root);
  throw CollectiveError(broadcast_text(group, outcome.message, root), outcome.code, outcome.may_pass);
}

void on_rank_0(Communicator& group, const std::function<void()>& work) {
  run_collectively(group, [&] {
    if (group.rank() == 0) work();
  });
}

}  // namespace cellsweep::comm

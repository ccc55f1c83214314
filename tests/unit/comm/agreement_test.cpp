#include "comm/agreement.h"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "base/error.h"

namespace cellsweep::comm {
namespace {

ExitCode agreed_code(const std::function<void()>& work) {
  try {
    run_collectively(*make_self_communicator(), work);
  } catch (const CollectiveError& error) {
    EXPECT_STREQ(error.what(), "why");
    return error.code();
  }
  return ExitCode::done;
}

TEST(RunCollectively, KeepsTheKindOfError) {
  EXPECT_EQ(agreed_code([] {}), ExitCode::done);
  EXPECT_EQ(agreed_code([] { throw UserError("why"); }), ExitCode::bad_input);
  EXPECT_EQ(agreed_code([] { throw Error("why"); }), ExitCode::failure);
  EXPECT_EQ(agreed_code([] { throw std::runtime_error("why"); }), ExitCode::failure);
  EXPECT_EQ(agreed_code([] { throw CollectiveError("why", ExitCode::some_runs_failed); }),
            ExitCode::some_runs_failed);
}

bool may_pass(const std::function<void()>& work) {
  try {
    run_collectively(*make_self_communicator(), [&] { run_collectively(*make_self_communicator(), work); });
  } catch (const CollectiveError& error) {
    return error.may_pass();
  }
  ADD_FAILURE() << "nothing failed";
  return false;
}

TEST(RunCollectively, KnowsWhatAnotherAttemptMayMend) {
  EXPECT_FALSE(may_pass([] { throw UserError("why"); }));
  EXPECT_TRUE(may_pass([] { throw StorageError("why"); }));
  EXPECT_TRUE(may_pass([] { throw Error("why"); }));
  EXPECT_EQ(agreed_code([] { throw StorageError("why"); }), ExitCode::bad_input);
}

}  // namespace
}  // namespace cellsweep::comm

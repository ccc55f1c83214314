// Runs the tests of a program on all ranks at once. Rank 0 prints the results; the others print only their
// failures.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>

#include "comm/mpi/mpi_session.h"
#include "parallel/world.h"

namespace cellsweep {

namespace {

comm::MpiSession* the_session = nullptr;

class FailurePrinter final : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed())
      std::fprintf(stderr, "rank %d: %s:%d: %s\n", world().rank(), result.file_name(), result.line_number(),
                   result.message());
  }
};

}  // namespace

comm::Communicator& world() {
  return the_session->world();
}
std::unique_ptr<comm::Mailbox> make_mailbox() {
  return the_session->make_mailbox();
}
comm::Watchdog& watchdog() {
  return the_session->watchdog();
}

}  // namespace cellsweep

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  cellsweep::comm::MpiSession session;
  session.set_timeout(30);
  cellsweep::the_session = &session;
  if (session.world().rank() != 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new cellsweep::FailurePrinter);
  }
  std::array<std::int64_t, 1> failed = {RUN_ALL_TESTS()};
  session.world().all_reduce(failed, cellsweep::comm::Reduction::max);
  return static_cast<int>(failed[0]);
}

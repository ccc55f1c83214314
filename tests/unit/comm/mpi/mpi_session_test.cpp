#include "comm/mpi/mpi_session.h"

#include <gtest/gtest.h>

namespace cellsweep::comm {
namespace {

TEST(MpiSession, WithoutALauncherIsThisProcessAlone) {
  MpiSession session;
  EXPECT_EQ(session.world().size(), 1);
}

}  // namespace
}  // namespace cellsweep::comm

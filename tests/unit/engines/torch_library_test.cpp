// LibTorch's part. What is said if it is missing, foreign or of another version is in
// tests/integration/run/test_install.py, as a process has it once.
#include "engines/torch_library.h"

#include <gtest/gtest.h>

#include <string>

#include "base/version.h"
#include "unit/user_error.h"

namespace cellsweep::engines {
namespace {

#if CELLSWEEP_TORCH
TEST(TorchLibrary, IsOfThisVersionAndLoadedOnce) {
  const TorchLibrary& library = load_torch_library();
  EXPECT_STREQ(library.version, version);
  EXPECT_NE(library.make_recurrent, nullptr);
  EXPECT_NE(library.make_cuda_stepper, nullptr);
  EXPECT_EQ(&load_torch_library(), &library);
}
#else
TEST(TorchLibrary, ABuildWithoutItSaysWhatWouldBeRight) {
  EXPECT_NE(user_error([] { load_torch_library(); }).find("use parallel.engine fused or auto"),
            std::string::npos);
}
#endif

}  // namespace
}  // namespace cellsweep::engines

#include "base/shared_library.h"

#include <gtest/gtest.h>

namespace cellsweep {
namespace {

TEST(SharedLibraryTest, FindsItsFunctions) {
  SharedLibrary library("libm.so.6");
  double (*cosine)(double) = nullptr;
  ASSERT_TRUE(library.find(cosine, "cos")) << library.error();
  EXPECT_EQ(cosine(0.0), 1.0);
  EXPECT_EQ(library.error(), "");
}

TEST(SharedLibraryTest, SaysWhichFunctionItLacks) {
  SharedLibrary library("libm.so.6");
  void (*none)() = nullptr;
  EXPECT_FALSE(library.find(none, "no_such_function"));
  EXPECT_EQ(none, nullptr);
  EXPECT_NE(library.error().find("no_such_function"), std::string::npos) << library.error();
}

TEST(SharedLibraryTest, SaysThatThereIsNone) {
  SharedLibrary library("libno_such_library.so.1");
  void (*none)() = nullptr;
  EXPECT_FALSE(library.find(none, "cos"));
  EXPECT_NE(library.error().find("libno_such_library.so.1"), std::string::npos) << library.error();
}

}  // namespace
}  // namespace cellsweep

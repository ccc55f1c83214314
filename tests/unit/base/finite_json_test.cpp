#include "base/finite_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace cellsweep {
namespace {

TEST(FiniteJson, HasNeitherNanNorInfinity) {
  using nlohmann::json;
  EXPECT_EQ(finite_or_null<json>(0.5), json(0.5));
  for (const double value : {NAN, INFINITY, -INFINITY}) EXPECT_TRUE(finite_or_null<json>(value).is_null());
  EXPECT_TRUE(finite_or_null<json>(std::optional<double>()).is_null());
}

}  // namespace
}  // namespace cellsweep

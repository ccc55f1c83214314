#include "job/outlines.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cellsweep::job {
namespace {

TEST(Outlines, AreReadOnceForEachData) {
  Outlines outlines;
  data::DataOptions options{.format = data::Format::synthetic};
  const data::Splits& first = outlines.get(options);
  EXPECT_EQ(first.train.samples, options.synthetic.train_samples);
  data::DataOptions smaller = options;
  smaller.synthetic.train_samples = 7;
  EXPECT_EQ(outlines.get(smaller).train.samples, 7);
  EXPECT_EQ(&outlines.get(options), &first) << "it stays valid";
}

TEST(Outlines, WhatIsWrongIsSaidEachTime) {
  Outlines outlines;
  const data::DataOptions options{.format = data::Format::idx, .directory = "/none"};
  EXPECT_THROW(outlines.get(options), UserError);
  EXPECT_THROW(outlines.get(options), UserError);
}

}  // namespace
}  // namespace cellsweep::job

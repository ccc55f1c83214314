// The sizes of data sets, without their samples.
#pragma once

#include <list>
#include <utility>

#include "data/dataset.h"

namespace cellsweep::job {

// Keeps what it has read: mostly all runs of a sweep learn from the same data.
class Outlines {
 public:
  // Valid as long as this lives. Throws UserError as data::outline_splits() does.
  const data::Splits& get(const data::DataOptions& options);

 private:
  std::list<std::pair<data::DataOptions, data::Splits>> read_;
};

}  // namespace cellsweep::job

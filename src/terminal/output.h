// Text for people, who may not be reading it.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string_view>

#include "base/descriptor.h"

namespace cellsweep::terminal {

// A closed or full output must not stop a run, nor may one that nobody reads from, such as a launcher's that
// is about to end the job: it is waited for once, for 0.3 seconds, and what is printed until it takes text
// again is lost. Not thread-safe.
class Output {
 public:
  // `out` outlives it.
  explicit Output(std::FILE* out);
  void print(std::string_view text);

 private:
  // Writes what is taken without waiting; how much that was.
  std::size_t write_ready(std::string_view text);

  std::FILE* out_;
  Descriptor terminal_;  // the same as `out_`, if that is a terminal
  bool is_stuck_ = false;
};

}  // namespace cellsweep::terminal

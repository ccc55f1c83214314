// Text for people, who may not be reading it.
#pragma once

#include <cstdio>
#include <string_view>

namespace cellsweep::metrics {

// A closed or full output must not stop a run, nor may one that nobody reads from, such as a launcher's that
// is about to end the job: it is waited for once, for 0.3 seconds, and what is printed until it takes text
// again is lost. Not thread-safe.
class Output {
 public:
  // `out` outlives it.
  explicit Output(std::FILE* out) : out_(out) {}
  void print(std::string_view text);

 private:
  std::FILE* out_;
  bool is_stuck_ = false;
};

}  // namespace cellsweep::metrics

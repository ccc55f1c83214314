// Histories of runs.
#include "input.h"
#include "metrics/history.h"

using namespace cellsweep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::reads([&] { metrics::parse_history("file", fuzz::text_of(data, size)); });
  return 0;
}

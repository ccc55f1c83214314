// Histories of runs.
#include "input.h"
#include "metrics/history.h"

using namespace cellsweep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::MemoryFile file;
  file.write(fuzz::text_of(data, size));
  fuzz::reads([] { metrics::read_history(file.path()); });
  return 0;
}

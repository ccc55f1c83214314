// Ledgers of sweeps.
#include "input.h"
#include "sweep/ledger.h"

using namespace cellsweep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::MemoryFile file;
  file.write(fuzz::text_of(data, size));
  fuzz::reads([] { sweep::read_ledger(file.path()); });
  return 0;
}

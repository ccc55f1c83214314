// Ledgers of sweeps.
#include "input.h"
#include "sweep/ledger.h"

using namespace cellsweep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::reads([&] { sweep::parse_ledger("file", fuzz::text_of(data, size)); });
  return 0;
}

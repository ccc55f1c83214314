// Config files. One that is accepted must be written by to_yaml so that it is read as the same again.
#include "config/config.h"
#include "input.h"

using namespace cellsweep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::reads([&] {
    const config::Config config = config::parse_config(fuzz::text_of(data, size), "input");
    const std::string written = config::to_yaml(config);
    config::Config again;
    fuzz::require(fuzz::reads([&] { again = config::parse_config(written, "to_yaml"); }));
    fuzz::require(config::differences(config, again).empty() && config::to_yaml(again) == written);
  });
  return 0;
}

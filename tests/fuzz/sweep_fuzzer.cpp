// Sweep files of W&B's kind, beside a config file without a sweep.
#include <spdlog/spdlog.h>

#include "config/config.h"
#include "input.h"

using namespace cellsweep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::MemoryFile config, sweep;
  spdlog::set_level(spdlog::level::off);
  config.write("train: {epochs: 9}\n");
  sweep.write(fuzz::text_of(data, size));
  const config::Sources sources{.path = config.path(), .sweep_path = sweep.path()};
  fuzz::reads([&] { config::load_config(sources); });
  fuzz::reads([&] { config::suggest_renames(sources); });
  return 0;
}

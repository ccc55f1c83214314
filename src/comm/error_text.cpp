#include "comm/error_text.h"

#include <cstdint>
#include <cstdio>
#include <new>
#include <stdexcept>

#include "base/process.h"

namespace cellsweep::comm {

// The language does not say what could not be had.
std::string error_text(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) == nullptr &&
      dynamic_cast<const std::length_error*>(&error) == nullptr)
    return error.what();
  const auto gigabytes = [](std::int64_t bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f GB", static_cast<double>(bytes) / 1e9);
    return std::string(text);
  };
  return "out of memory: this process has " + gigabytes(resident_memory_bytes()) +
         ", and the system gives it no more; what needs less: a smaller model.hidden_size, model.layers, "
         "train.batch_size or data.limit, or fewer ranks on a host";
}

}  // namespace cellsweep::comm

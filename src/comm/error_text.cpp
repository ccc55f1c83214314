#include "comm/error_text.h"

#include <new>
#include <stdexcept>

#include "base/memory.h"
#include "base/process.h"

namespace cellsweep::comm {

// The language does not say what could not be had.
std::string error_text(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) == nullptr &&
      dynamic_cast<const std::length_error*>(&error) == nullptr)
    return error.what();
  return "out of memory: this process has " + memory_text(static_cast<double>(resident_memory_bytes())) +
         ", and the system gives it no more; what needs less: a smaller model.hidden_size, model.layers, "
         "train.batch_size or data.limit, or fewer ranks on a host";
}

}  // namespace cellsweep::comm

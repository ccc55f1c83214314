#include "base/shared_library.h"

#include <dlfcn.h>

namespace cellsweep {

// All of its own symbols at once: one that this machine lacks must not end a run later.
SharedLibrary::SharedLibrary(const char* name) : handle_(dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) error_ = dlerror();
}

void* SharedLibrary::symbol(const char* name) {
  if (handle_ == nullptr) return nullptr;
  void* const found = dlsym(handle_, name);
  if (found == nullptr) error_ = dlerror();
  return found;
}

}  // namespace cellsweep

#include "base/shared_library.h"

#include <dlfcn.h>

namespace cellsweep {
namespace {

// A symbol can be found and be null: then there is no reason.
std::string reason(const char* name) {
  const char* const text = dlerror();
  return text != nullptr ? text : std::string(name) + ": is null";
}

}  // namespace

// All of its own symbols at once: one that this machine lacks must not end a run later.
SharedLibrary::SharedLibrary(const char* name) : handle_(dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) error_ = reason(name);
}

void* SharedLibrary::symbol(const char* name) {
  if (handle_ == nullptr) return nullptr;
  void* const found = dlsym(handle_, name);
  if (found == nullptr) error_ = reason(name);
  return found;
}

}  // namespace cellsweep

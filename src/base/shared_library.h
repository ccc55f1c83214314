// A library that is loaded when it is used: a start does not pay for it, and a machine may lack it.
#pragma once

#include <string>

namespace cellsweep {

// A library stays loaded until the process ends: it may have threads, and functions that run at the end. Not
// thread-safe.
class SharedLibrary {
 public:
  // `name`: as the dynamic linker finds it, "libcurl.so.4".
  explicit SharedLibrary(const char* name);

  // Sets `function` to the library's function of that name, if the library was found and has one. Its type is
  // taken on trust. Returns false, and keeps why, if not.
  template <class Function>
  bool find(Function*& function, const char* name) {
    function = reinterpret_cast<Function*>(symbol(name));
    return function != nullptr;
  }
  // Why the library, or the latest function that was asked for, was not found; empty if nothing is missing.
  const std::string& error() const { return error_; }

 private:
  void* symbol(const char* name);

  std::string error_;
  void* handle_;
};

}  // namespace cellsweep

// What a refusal says.
#pragma once

#include <string>

#include "base/error.h"

namespace cellsweep {

// What the UserError that `action` throws says; empty if it throws none.
template <class Action>
std::string user_error(Action action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace cellsweep

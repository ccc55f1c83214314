#pragma once

#include <exception>
#include <string>

namespace cellsweep::comm {

// What an exception says to people: what(), except when memory has run out. Thread-safe.
std::string error_text(const std::exception& error);

}  // namespace cellsweep::comm

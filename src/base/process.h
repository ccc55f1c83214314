// What the system knows of this process and its host. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace cellsweep {

// Bytes of memory that it has; 0 if the system does not say.
std::int64_t resident_memory_bytes();

// Seconds of processor time that all of its threads have used.
double cpu_seconds();

// When it was started, in seconds since 1970; 0 if the system does not say.
double start_time_seconds();

// The name of the host it runs on; "localhost" if the system does not say. The system takes any bytes for
// a name; what is no letter, digit, dot, hyphen or underscore is an underscore here, for the name gets into
// file names, JSON and labels.
std::string host_name();

}  // namespace cellsweep

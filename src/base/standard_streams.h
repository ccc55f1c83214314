// The three descriptors that every process is started with.
#pragma once

namespace cellsweep {

// Opens /dev/null in the place of each of stdin, stdout and stderr that is closed. A file or socket that is
// opened later would take its number else, and get what is printed. Call it first in main().
void secure_standard_streams();

// Throws Error unless all that was printed to stdout so far was taken. For commands whose result is what they
// print: without it a full disk would cut the result short and nobody would know.
void check_standard_output();

}  // namespace cellsweep

// The kinds of exception of this program. A user's mistake (configuration, data, command line) is a
// UserError; anything else that goes wrong at run time (disk, network, a diverged run) is an Error. A broken
// invariant is neither: it is an assert.
#pragma once

#include <stdexcept>
#include <string>

namespace cellsweep {

// Exit codes of the program, beside those of ended_by_signal().
enum class ExitCode : int { done = 0, failure = 1, bad_input = 2, some_runs_failed = 3 };

// 128 + number, as a shell has it.
constexpr ExitCode ended_by_signal(int number) {
  return static_cast<ExitCode>(128 + number);
}

// Something failed that the user could not have known: exit code 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The user gave something wrong. The message says what, where (file:line:column, or file and byte offset) and
// what would be right. Exit code 2.
class UserError : public Error {
 public:
  using Error::Error;
};

// A file cannot be written as things are: the disk is full, the folder read-only. It is the user's to mend,
// and another attempt may succeed then.
class StorageError : public UserError {
 public:
  using UserError::UserError;
};

}  // namespace cellsweep

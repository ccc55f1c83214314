// A command line of one process, and what became of it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/commands.h"

namespace cellsweep::cli {

struct CallResult {
  ExitCode code;
  std::string out, err;
};

// Calls `cellsweep WORDS...`. What the command throws passes.
inline CallResult call(std::vector<std::string> words) {
  comm::MpiSession session;
  words.insert(words.begin(), "cellsweep");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  ExitCode code{};
  try {
    code = run_command_line(static_cast<int>(arguments.size()), arguments.data(), session);
  } catch (...) {
    testing::internal::GetCapturedStdout();
    testing::internal::GetCapturedStderr();
    throw;
  }
  const std::string out = testing::internal::GetCapturedStdout();
  return {code, out, testing::internal::GetCapturedStderr()};
}

}  // namespace cellsweep::cli

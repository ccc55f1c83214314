// Everything that is wrong with one configuration, reported at once.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"

namespace cellsweep::config {

// Where something was written. Lines and columns count from 1; line 0 is the configuration as a whole.
struct SourceLocation {
  int line = 0;
  int column = 0;
  std::string assignment;             // "--set key=value", or of a sweep "key=value", if it was not in a file
  std::optional<std::size_t> file{};  // of Diagnostics, if that is not the one it reads
};

class Diagnostics {
 public:
  // `origin` is the name of the file in messages.
  explicit Diagnostics(const std::string& origin);

  // Locations that are added from now on are of this file.
  void begin_file(const std::string& origin);
  // The location for later, when another file is read.
  SourceLocation kept(SourceLocation location) const;

  // A diagnostic that is added twice, as one of a node that an alias repeats, is reported once.
  void add(const SourceLocation& location, std::string message);
  // A line for the end, which helps with several diagnostics; added twice, it is reported once.
  void add_note(std::string note);
  std::size_t count() const { return diagnostics_.size(); }
  // Without its location; there are count().
  const std::string& message(std::size_t index) const { return diagnostics_[index].message; }
  // Throws one UserError with a line for each diagnostic, in the order of the files, then of the assignments,
  // and the notes. Does nothing if there are no diagnostics. After 100 lines the rest is only counted.
  void throw_if_any() const;

 private:
  struct Diagnostic {
    std::size_t file;  // index in origins_
    SourceLocation location;
    std::string message;
  };

  std::vector<std::string> origins_;
  std::vector<Diagnostic> diagnostics_;
  std::set<std::string> known_;  // places and messages of diagnostics_
  std::vector<std::string> notes_;
};

using cellsweep::shown;

}  // namespace cellsweep::config

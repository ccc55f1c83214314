#include "config/diagnostics.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace cellsweep::config {
namespace {

constexpr std::size_t shown_diagnostics = 100;

}  // namespace

Diagnostics::Diagnostics(const std::string& origin) : origins_{printable(origin)} {}

void Diagnostics::begin_file(const std::string& origin) {
  origins_.push_back(printable(origin));
}

SourceLocation Diagnostics::kept(SourceLocation location) const {
  location.file = origins_.size() - 1;
  return location;
}

void Diagnostics::add(const SourceLocation& location, std::string message) {
  const std::size_t file = location.file.value_or(origins_.size() - 1);
  const std::string numbers = std::to_string(file) + ":" + std::to_string(location.line) + ":" +
                              std::to_string(location.column) + ":" + location.assignment + ":";
  if (!known_.insert(numbers + message).second) return;
  diagnostics_.push_back({file, location, std::move(message)});
}

void Diagnostics::add_note(std::string note) {
  if (std::ranges::find(notes_, note) == notes_.end()) notes_.push_back(std::move(note));
}

void Diagnostics::throw_if_any() const {
  if (diagnostics_.empty()) return;
  std::vector<const Diagnostic*> order;
  for (const Diagnostic& diagnostic : diagnostics_) order.push_back(&diagnostic);
  std::stable_sort(order.begin(), order.end(), [](const Diagnostic* a, const Diagnostic* b) {
    const auto rank = [](const Diagnostic& p) {
      return std::tuple(!p.location.assignment.empty(), p.file, p.location.line, p.location.column);
    };
    return rank(*a) < rank(*b);
  });
  std::string lines;
  for (std::size_t i = 0; i < std::min(order.size(), shown_diagnostics); ++i) {
    const SourceLocation& location = order[i]->location;
    if (i > 0) lines += '\n';
    lines += location.assignment.empty() ? origins_[order[i]->file] : location.assignment;
    if (location.line > 0)
      lines += ":" + std::to_string(location.line) + ":" + std::to_string(location.column);
    lines += ": " + order[i]->message;
  }
  if (order.size() > shown_diagnostics)
    lines += "\n" + origins_.front() + ": and " + std::to_string(order.size() - shown_diagnostics) +
             " more errors";
  for (const std::string& note : notes_) lines += "\n" + note;
  throw UserError(lines);
}

}  // namespace cellsweep::config

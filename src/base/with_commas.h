#pragma once

#include <cstdint>
#include <string>

namespace cellsweep {

// A count with separators of thousands: "24,586".
inline std::string with_commas(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, 1, ',');
  return text;
}

}  // namespace cellsweep

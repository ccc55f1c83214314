// A checksum of bytes, against accidents, not against malice.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace cellsweep {

// FNV-1a (Fowler, Noll and Vo; IETF draft-eastlake-fnv), 64 bits wide, over words of 32 bits; what is left at
// the end is filled up with zeros. The value is the same for the same bytes on every little-endian machine.
class Checksum {
 public:
  void add(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      std::uint32_t word = 0;
      const std::size_t count = bytes.size() < sizeof(word) ? bytes.size() : sizeof(word);
      std::memcpy(&word, bytes.data(), count);
      value_ = (value_ ^ word) * 0x100000001b3ull;
      bytes = bytes.subspan(count);
    }
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ull;
};

}  // namespace cellsweep

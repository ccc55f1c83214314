// A hash that only who knows the key can make.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace cellsweep {

using SipHashKey = std::array<std::uint64_t, 2>;  // the first and the last 8 bytes, little-endian

// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) of `bytes`: 64 bits.
// Thread-safe.
std::uint64_t siphash(const SipHashKey& key, std::span<const std::byte> bytes);

}  // namespace cellsweep

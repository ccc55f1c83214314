#include "base/siphash.h"

#include <gtest/gtest.h>

#include <vector>

namespace cellsweep {
namespace {

// Appendix A of the paper, and the first of the vectors that its authors publish (vectors_sip64).
TEST(SipHash, GivesThePublishedVectors) {
  const SipHashKey key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::vector<std::byte> message(15);
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::byte>(i);
  const auto hash = [&](std::size_t size) { return siphash(key, std::span(message).first(size)); };
  EXPECT_EQ(hash(15), 0xa129ca6149be45e5);
  EXPECT_EQ(hash(0), 0x726fdb47dd0e0e31);
  EXPECT_EQ(hash(1), 0x74f839c593dc67fd);
  EXPECT_EQ(hash(2), 0x0d6c8009d9a94f5a);
  EXPECT_EQ(hash(8), 0x93f5f5799a932462);
}

TEST(SipHash, DependsOnEachByteAndTheKey) {
  std::vector<std::byte> message(100);
  const auto hash = siphash({1, 2}, message);
  EXPECT_NE(siphash({1, 3}, message), hash);
  EXPECT_NE(siphash({1, 2}, std::span(message).first(99)), hash);
  for (std::byte& byte : message) {
    byte = std::byte{1};
    EXPECT_NE(siphash({1, 2}, message), hash);
    byte = std::byte{0};
  }
}

}  // namespace
}  // namespace cellsweep

// Files of data for the tests, whole and broken.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <string>
#include <vector>

#include "unit/temporary_folder.h"
#include "unit/user_error.h"

namespace cellsweep::data {

inline void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline void write_gz(const std::string& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb9");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

inline std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

// An idx file with this magic number, these dimensions and this body.
inline std::string idx(std::uint32_t magic, const std::vector<std::uint32_t>& shape,
                       const std::string& body) {
  std::string bytes = big_endian(magic);
  for (const auto dimension : shape) bytes += big_endian(dimension);
  return bytes + body;
}

// The bytes of values as they stand in memory.
template <class Value>
std::string raw(const std::vector<Value>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value)};
}

// A .npy file with this dictionary and body.
inline std::string npy_with(const std::string& dictionary, const std::string& body, int version = 1) {
  const std::string text = dictionary + "\n";
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) bytes += static_cast<char>(text.size() >> (8 * i));
  return bytes + text + body;
}

inline std::string npy(const std::string& type, const std::string& shape, const std::string& body,
                       int version = 1) {
  return npy_with("{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }", body,
                  version);
}

// Whether a message holds every one of the parts.
inline testing::AssertionResult has(const std::string& message, std::initializer_list<std::string> parts) {
  for (const auto& part : parts)
    if (message.find(part) == std::string::npos)
      return testing::AssertionFailure() << "no '" << part << "' in '" << message << "'";
  return testing::AssertionSuccess();
}

}  // namespace cellsweep::data

// Files cut at every length and with every header byte changed: a UserError or success, never a crash (run it
// under ASan).
#pragma once

#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "unit/data/data_files.h"

namespace cellsweep::data {

inline std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Cuts and changes the file, and loads each time. Anything thrown but a UserError fails the test.
inline void break_file(const std::string& path, const std::function<void()>& load) {
  const std::string whole = content(path);
  ASSERT_EQ(user_error(load), "") << "the whole file is right";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write(path, whole.substr(0, length));
    EXPECT_NE(user_error(load), "") << path << " cut to " << length << " bytes";
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int value :
         {0x00, 0x01, 0x20, 0x28, 0x30, 0x39, 0x7f, 0x80, 0xff, whole[i] ^ 1, whole[i] ^ 0x40}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(value);
      write(path, changed);
      EXPECT_NO_THROW(user_error(load)) << path << " byte " << i << " is " << value;
    }
    std::string doubled = whole;
    doubled.insert(i, 1, whole[i]);
    write(path, doubled);
    EXPECT_NO_THROW(user_error(load)) << path << " byte " << i << " twice";
  }
  write(path, whole);
}

}  // namespace cellsweep::data

// Foreign text on its way to people.
#include "base/text.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace cellsweep {
namespace {

TEST(Printable, HasNoControlCharacters) {
  EXPECT_EQ(printable("a\x1b]0;title\x07z\x1b[31m\r\n\t\x7f"),
            R"(a\x1b]0;title\x07z\x1b[31m\x0d\x0a\x09\x7f)");
  EXPECT_EQ(printable("next\u0085line \u009b31m"), R"(next\x85line \x9b31m)");
  EXPECT_EQ(printable("a\u202eb\u2066c\u200f\u061c\u2028\ufeff"),
            R"(a\u202eb\u2066c\u200f\u061c\u2028\ufeff)");
  EXPECT_EQ(printable(std::string("a\0b", 3)), R"(a\x00b)");
  EXPECT_EQ(printable("bad \xff\xc3( \xe2\x80"), R"(bad \xff\xc3( \xe2\x80)");
  EXPECT_EQ(printable("\U000e0041"), R"(\U000e0041)");
}

TEST(Printable, LeavesWhatCanBeRead) {
  for (const char* text : {"", "plain", "Größe ≤ 3 µs", "日本語", "😀", "\u00a0\u2027\u202f"}) {
    EXPECT_EQ(printable(text), text);
    EXPECT_EQ(escape_unprintable(text), text);
  }
}

TEST(Printable, LinesKeepTheirEndsAndTabs) {
  EXPECT_EQ(printable_lines("a\n\tb\x1b\r\n"), "a\n\tb\\x1b\\x0d\n");
}

TEST(Printable, ShownIsShortAndWhole) {
  EXPECT_EQ(shown("a\nb"), "'a\\x0ab'");
  const std::string cut = shown(std::string(59, 'x') + "ééé");
  EXPECT_EQ(cut, "'" + std::string(59, 'x') + "é…'");
}

TEST(Printable, EscapesAreReadBackAsTheSame) {
  EXPECT_EQ(escape_unprintable("[\"\u0085\u202e\x7f é\"]\n"), "[\"\\u0085\\u202e\\u007f é\"]\n");
}

TEST(Secrets, UserAndPasswordOfUrlsAreLeftOut) {
  EXPECT_EQ(without_userinfo("at http://me:hunter2@gw:9091/x, then https://a@b"),
            "at http://***@gw:9091/x, then https://***@b");
  EXPECT_EQ(without_userinfo("http://me:p@ss/w:rd#@gw"), "http://***@gw");
  EXPECT_EQ(without_userinfo("http://gw:9091 me@example"), "http://gw:9091 me@example");
  EXPECT_EQ(without_userinfo("'http://me:pw@gw'", ""), "'http://gw'");
  EXPECT_EQ(printable("http://me:" + std::string(1000, 'x') + "@gw"), "http://***@gw");
  EXPECT_EQ(shown("http://me:" + std::string(1000, 'x') + "@gw"), "'http://***@gw'");
}

TEST(Secrets, AreKnownByTheirNames) {
  for (const char* name :
       {"password", "a.b.Password", "auth_token", "metrics.pushgateway.basic_auth.password"})
    EXPECT_TRUE(names_a_secret(name)) << name;
  for (const char* name : {"password_file", "a.password_file", "username", "password.port"})
    EXPECT_FALSE(names_a_secret(name)) << name;
}

}  // namespace
}  // namespace cellsweep

#include "report/names.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/report/rows.h"

namespace cellsweep::report {
namespace {

TEST(FolderNames, AreAsShortAsTheyCanBe) {
  const auto names = folder_names({"/r/array_1", "/r/array_2", "/r/array_1", "/r/a/1/s", "/r/b/1/s", "/s"});
  EXPECT_EQ(names, (std::map<std::filesystem::path, std::string>{{"/r/array_1", "array_1"},
                                                                 {"/r/array_2", "array_2"},
                                                                 {"/r/a/1/s", "a/1/s"},
                                                                 {"/r/b/1/s", "b/1/s"},
                                                                 {"/s", "/s"}}));
}

TEST(ParameterHeadings, SayWhatTheyAreAndAreAsShortAsTheyCanBe) {
  Comparison comparison;
  comparison.rows = {row("a", "lstm", "0.1", 0.5)};
  comparison.rows[0].parameters = {{"train.optimizer.name", "adam"},
                                   {"train.optimizer.learning_rate", "0.1"},
                                   {"data.train.labels", "x"},
                                   {"data.validation.labels", "y"},
                                   {"a.b.c", "1"},
                                   {"b.c", "2"}};
  const std::map<std::string, std::string> expected{{"train.optimizer.name", "optimizer.name"},
                                                    {"train.optimizer.learning_rate", "learning_rate"},
                                                    {"data.train.labels", "train.labels"},
                                                    {"data.validation.labels", "validation.labels"},
                                                    {"a.b.c", "a.b.c"},
                                                    {"b.c", "b.c"}};
  EXPECT_EQ(parameter_headings(comparison), expected);
}

TEST(NameOf, HasTheFolderIfThereAreSeveral) {
  Comparison comparison;
  comparison.rows = {row("a", "lstm", "0.1", 0.5), row("a", "lstm", "0.1", 0.5)};
  EXPECT_EQ(name_of(comparison, comparison.rows[1]), "a");
  comparison.rows[0].sweep_folder = "array_2";
  comparison.has_several_sweeps = true;
  EXPECT_EQ(name_of(comparison, comparison.rows[0]), "array_2/a");
}

}  // namespace
}  // namespace cellsweep::report

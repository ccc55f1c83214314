// By what a reader distinguishes the sweeps, runs and parameters of a comparison.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "report/comparison.h"

namespace cellsweep::report {

// Each folder's name: the shortest end of its path with which no other path ends ("b", "2/b").
std::map<std::filesystem::path, std::string> folder_names(const std::vector<std::filesystem::path>& folders);

// Whether the rows are of several sweeps, equally named ones too: Comparison::has_several_sweeps.
bool spans_several_sweeps(const std::vector<ComparisonRow>& rows);

// The run's id, after the folder of its sweep if there are several sweeps: "array_1/001-gru".
std::string name_of(const Comparison& comparison, const ComparisonRow& row);

// The heading of each parameter of the rows, by its key: the shortest end of the key with which no other key
// ends. `name` alone is the sweep's, so that of train.optimizer.name is "optimizer.name".
std::map<std::string, std::string> parameter_headings(const Comparison& comparison);

}  // namespace cellsweep::report

// Records as JSON arrays of their fields, in the order of for_each_field(): the bodies of messages.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

namespace cellsweep {

// `for_each_field(record, visit)` calls visit(name, field) for each field; each field is one that
// nlohmann::json converts.
template <class Record>
nlohmann::json fields_to_json(const Record& record) {
  nlohmann::json array = nlohmann::json::array();
  for_each_field(record, [&](const char*, const auto& field) { array.push_back(field); });
  return array;
}

// Throws nlohmann::json::exception if a field is missing or of another type.
template <class Record>
Record fields_from_json(const nlohmann::json& array) {
  Record record{};
  std::size_t at = 0;
  for_each_field(record, [&](const char*, auto& field) { array.at(at++).get_to(field); });
  return record;
}

}  // namespace cellsweep

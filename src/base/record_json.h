// Records as JSON arrays of their fields, in the order of for_each_field(): the bodies of messages.
// Enumerators go by their names.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>

#include "base/enum_names.h"
#include "base/error.h"

namespace cellsweep {

// `for_each_field(record, visit)` calls visit(name, field) for each field; each field is one that
// nlohmann::json converts.
template <class Record>
nlohmann::json fields_to_json(const Record& record) {
  nlohmann::json array = nlohmann::json::array();
  for_each_field(record, [&](const char*, const auto& field) {
    if constexpr (std::is_enum_v<std::remove_cvref_t<decltype(field)>>)
      array.push_back(to_name(field));
    else
      array.push_back(field);
  });
  return array;
}

// Throws nlohmann::json::exception if a field is missing or of another type, and Error if there is no
// enumerator of a name.
template <class Record>
Record fields_from_json(const nlohmann::json& array) {
  Record record{};
  std::size_t at = 0;
  for_each_field(record, [&](const char* name, auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_enum_v<Field>) {
      const auto value = from_name<Field>(array.at(at++).template get<std::string>());
      if (!value) throw Error(std::string(name) + " has no such value");
      field = *value;
    } else {
      array.at(at++).get_to(field);
    }
  });
  return record;
}

}  // namespace cellsweep

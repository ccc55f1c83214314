// Records as JSON arrays of their fields, in the order of for_each_field(): the bodies of messages.
// Enumerators go by their names, and alternatives of a variant by their places in it: whoever reads is of the
// same version as whoever wrote.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

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

// [place of the alternative, body_of(alternative)].
template <class Variant, class BodyOf>
nlohmann::json alternative_to_json(const Variant& variant, BodyOf body_of) {
  return nlohmann::json::array({variant.index(), std::visit(body_of, variant)});
}

// Calls read(body, alternative) for the alternative that `json` has; alternatives begin with their default
// values. Throws what `read` throws, nlohmann::json::exception if `json` is no such array, and Error, which
// calls it a `what`, if there is no alternative of that place.
template <class Variant, class Read>
Variant alternative_from_json(const nlohmann::json& json, const char* what, Read read) {
  const auto index = json.at(0).get<std::size_t>();
  Variant variant;
  const auto is_read = [&]<std::size_t place>() {
    if (place != index) return false;
    read(json.at(1), variant.template emplace<place>());
    return true;
  };
  const bool is_known = [&]<std::size_t... places>(std::index_sequence<places...>) {
    return (is_read.template operator()<places>() || ...);
  }(std::make_index_sequence<std::variant_size_v<Variant>>());
  if (!is_known) throw Error(std::string(what) + " of an unknown kind");
  return variant;
}

}  // namespace cellsweep

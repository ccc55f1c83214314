#include <nlohmann/json.hpp>

#include "config/config.h"
#include "config/option.h"

namespace cellsweep::config {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Value& value) {
  return std::visit(
      [](const auto& held) -> Json {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(held)>, std::monostate>)
          return nullptr;
        else
          return held;
      },
      value);
}

Json option_schema(const Option& option) {
  Json schema;
  if (option.kind == ValueKind::choices)
    return {{"type", {"array", "null"}},
            {"items", {{"enum", option.choices}}},
            {"uniqueItems", true},
            {"default", to_json(option.get(Config{}))},
            {"description", option.meaning}};
  const char* type = option.kind == ValueKind::boolean   ? "boolean"
                     : option.kind == ValueKind::integer ? "integer"
                     : option.kind == ValueKind::number  ? "number"
                                                         : "string";
  // A number without quotes is a string too, if the pattern takes one.
  const bool may_be_number = !option.pattern.empty() && matches(option, "1");
  schema["type"] = may_be_number     ? Json::array({"string", "integer"})
                   : option.nullable ? Json::array({type, "null"})
                                     : Json(type);
  if (!option.choices.empty()) schema["enum"] = option.choices;
  if (!option.pattern.empty()) schema["pattern"] = "^(" + option.pattern + ")$";
  if (option.kind == ValueKind::string && option.pattern.empty()) schema["minLength"] = 1;
  const auto bound = [&](const char* name, const std::optional<double>& value) {
    if (value)
      schema[name] =
          option.kind == ValueKind::integer ? Json(static_cast<std::int64_t>(*value)) : Json(*value);
  };
  bound(option.limits.minimum_excluded ? "exclusiveMinimum" : "minimum", option.limits.minimum);
  bound(option.limits.maximum_excluded ? "exclusiveMaximum" : "maximum", option.limits.maximum);
  if (option.default_words.empty()) schema["default"] = to_json(option.get(Config{}));
  schema["description"] = option.meaning;
  return schema;
}

// A map, or nothing if all its keys are commented out.
Json map_schema() {
  return {{"type", {"object", "null"}}, {"additionalProperties", false}, {"properties", Json::object()}};
}

// The schema object of a dotted key, made with its sections.
Json& at_key(Json& root, const std::string& key) {
  Json* node = &root;
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = key.find('.', begin);
    if (node->is_null()) *node = map_schema();
    node = &(*node)["properties"][key.substr(begin, end - begin)];
  }
  return *node;
}

std::string pointer(std::string key) {
  for (std::size_t dot; (dot = key.find('.')) != std::string::npos;) key.replace(dot, 1, "/properties/");
  return "#/properties/" + key;
}

// The words of all distributions; which go together is left to the program.
Json parameter_properties(const Json& value) {
  Json properties{{"value", value}, {"values", {{"type", "array"}, {"minItems", 1}, {"items", value}}}};
  properties["probabilities"] = {{"type", "array"}, {"items", {{"type", "number"}, {"minimum", 0}}}};
  properties["distribution"] = {{"enum", enum_names<sweep::Distribution>}};
  for (const char* word : {"min", "max", "mu", "sigma", "a", "b", "q"})
    properties[word] = {{"type", "number"}};
  return properties;
}

// What sweep.parameters takes below `prefix`: dotted keys with values, and sections with parameters of their
// own. Definitions of those sections go to `definitions`.
Json parameters_schema(const std::string& prefix, Json& definitions) {
  Json map = map_schema();
  for (const Option& option : options()) {
    if (!option.key.starts_with(prefix) || !is_sweepable(option.key)) continue;
    const Json value{{"$ref", pointer(option.key)}};
    map["properties"][option.key.substr(prefix.size())] = {{"type", "object"},
                                                           {"additionalProperties", false},
                                                           {"properties", parameter_properties(value)},
                                                           {"minProperties", 1},
                                                           {"description", option.meaning}};
    for (std::size_t dot = prefix.size(); (dot = option.key.find('.', dot)) != std::string::npos; ++dot) {
      const std::string section = option.key.substr(0, dot);
      Json& nested = map["properties"][section.substr(prefix.size())];
      if (!nested.is_null()) continue;
      nested = {{"type", "object"},
                {"additionalProperties", false},
                {"properties", {{"parameters", {{"$ref", "#/$defs/" + section}}}}},
                {"required", {"parameters"}}};
      if (!definitions.contains(section)) {
        definitions[section] = nullptr;
        Json below = parameters_schema(section + ".", definitions);
        definitions[section] = std::move(below);
      }
    }
  }
  return map;
}

}  // namespace

std::string json_schema() {
  Json root{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
            {"title", "cellsweep configuration"},
            {"type", "object"},
            {"additionalProperties", false},
            {"properties", Json::object()}};
  for (const Option& option : options()) at_key(root, option.key) = option_schema(option);
  Json definitions = Json::object();
  at_key(root, "sweep.parameters") = parameters_schema("", definitions);
  Json conditions = map_schema();
  for (const Option& option : options())
    if (is_sweepable(option.key)) conditions["properties"][option.key] = {{"type", "array"}, {"minItems", 1}};
  at_key(root, "sweep.conditions") = {{"type", {"object", "null"}}, {"additionalProperties", conditions}};
  at_key(root, "map") = {{"type", {"object", "null"}},
                         {"additionalProperties", {{"type", {"string", "null"}}}},
                         {"description", map_meaning}};
  root["$defs"] = std::move(definitions);
  return root.dump(2) + "\n";
}

}  // namespace cellsweep::config

#include "model/safetensors.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/text.h"

static_assert(std::endian::native == std::endian::little, "safetensors holds little-endian values");

namespace cellsweep::model {
namespace {

using nlohmann::json;

constexpr std::uint64_t length_bytes = sizeof(std::uint64_t);
// {"name": {"shape": [1]}} is the deepest that the format has.
constexpr int deepest_json = 3;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
  throw UserError(fmt::format("{}: {}", path.string(), what));
}

// The header as JSON: shallow, and no name twice (of which JSON parsers otherwise keep only the last).
json parse_header(const std::filesystem::path& path, std::string_view text) {
  std::set<std::string> names;
  const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > deepest_json) refuse(path, "the JSON header is nested too deeply for a safetensors file");
    if (depth == 1 && event == json::parse_event_t::key && !names.insert(parsed.get<std::string>()).second)
      refuse(path, fmt::format("weight {} occurs twice in the header", shown(parsed.get<std::string>())));
    return true;
  };
  json header;
  try {
    header = json::parse(text, check);
  } catch (const json::exception& problem) {
    refuse(path, fmt::format("the header at byte {} is not JSON: {}", length_bytes, problem.what()));
  }
  if (!header.is_object()) refuse(path, "the header of a safetensors file must be a JSON object");
  return header;
}

bool are_naturals(const json& list) {
  return list.is_array() &&
         std::ranges::all_of(list, [](const json& value) { return value.is_number_unsigned(); });
}

// Bytes of a value of each type whose tensors are held against their shape.
constexpr auto value_bytes = std::to_array<std::pair<std::string_view, std::uint64_t>>({{"F64", 8},
                                                                                        {"I64", 8},
                                                                                        {"U64", 8},
                                                                                        {"F32", 4},
                                                                                        {"I32", 4},
                                                                                        {"U32", 4},
                                                                                        {"F16", 2},
                                                                                        {"BF16", 2},
                                                                                        {"I16", 2},
                                                                                        {"U16", 2},
                                                                                        {"I8", 1},
                                                                                        {"U8", 1},
                                                                                        {"BOOL", 1}});

// Whether `bytes` are those of so many values; the product of a shape may be larger than any number here.
bool fits(const std::vector<std::uint64_t>& shape, std::uint64_t bytes, std::uint64_t& needed) {
  for (const std::uint64_t size : shape)
    if (__builtin_mul_overflow(needed, size, &needed)) {
      needed = std::numeric_limits<std::uint64_t>::max();
      return false;
    }
  return needed == bytes;
}

Tensor read_entry(const std::filesystem::path& path, const std::string& name, const json& entry,
                  std::string_view data) {
  const auto bad = [&](const std::string& what) {
    refuse(path, fmt::format("weight {} {}", shown(name), what));
  };
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets"))
    bad("must have dtype, shape and data_offsets");
  if (!entry["dtype"].is_string())
    bad("has dtype " + shown(entry["dtype"].dump()) + ", which must be a string");
  if (!are_naturals(entry["shape"]))
    bad("has shape " + shown(entry["shape"].dump()) + ", which must be a list of sizes");
  const json& offsets = entry["data_offsets"];
  if (!are_naturals(offsets) || offsets.size() != 2) bad("needs two data_offsets, begin and end, in bytes");
  const auto begin = offsets[0].get<std::uint64_t>();
  const auto end = offsets[1].get<std::uint64_t>();
  if (begin > end || end > data.size())
    bad(fmt::format("lies at data bytes {} to {}, but the data has {}", begin, end, data.size()));
  Tensor tensor{.type = entry["dtype"],
                .shape = entry["shape"],
                .bytes = std::as_bytes(std::span(data.substr(begin, end - begin)))};
  const auto known = std::ranges::find(value_bytes, tensor.type, [](const auto& each) { return each.first; });
  std::uint64_t needed = known == value_bytes.end() ? 0 : known->second;
  if (needed > 0 && !fits(tensor.shape, tensor.bytes.size(), needed))
    bad(fmt::format("has {} bytes of data, but its shape needs {}", tensor.bytes.size(), needed));
  return tensor;
}

Metadata read_metadata(const std::filesystem::path& path, const json& entry) {
  const bool is_right =
      entry.is_object() && std::ranges::all_of(entry, [](const json& value) { return value.is_string(); });
  if (!is_right) refuse(path, "__metadata__ must be a JSON object of strings");
  return entry;
}

// Together the tensors must fill the data without a gap or an overlap.
void check_extents(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors,
                   std::string_view data) {
  std::vector<const std::pair<const std::string, Tensor>*> ordered;
  for (const auto& named : tensors) ordered.push_back(&named);
  const auto begin_of = [&](const auto* named) {
    return static_cast<std::uint64_t>(reinterpret_cast<const char*>(named->second.bytes.data()) -
                                      data.data());
  };
  std::ranges::stable_sort(
      ordered, {}, [&](const auto* named) { return std::pair(begin_of(named), named->second.bytes.size()); });
  std::uint64_t position = 0;
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    const std::uint64_t begin = begin_of(ordered[i]);
    if (begin < position)
      refuse(path, fmt::format("weights {} and {} overlap", shown(ordered[i - 1]->first),
                               shown(ordered[i]->first)));
    if (begin > position)
      refuse(path, fmt::format("weight {} begins at data byte {}, but the one before ends at {}",
                               shown(ordered[i]->first), begin, position));
    position = begin + ordered[i]->second.bytes.size();
  }
  if (position != data.size())
    refuse(path, fmt::format("there are {} bytes after the last weight", data.size() - position));
}

}  // namespace

std::string to_safetensors(const Metadata& metadata,
                           std::span<const std::pair<std::string, Tensor>> tensors) {
  auto header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t position = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::uint64_t end = position + tensor.bytes.size();
    header[name] = {{"dtype", tensor.type}, {"shape", tensor.shape}, {"data_offsets", {position, end}}};
    position = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the values start aligned
  const std::uint64_t length = text.size();
  std::string content(reinterpret_cast<const char*>(&length), length_bytes);
  content.reserve(length_bytes + length + position);
  content += text;
  for (const auto& [name, tensor] : tensors)
    content.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  return content;
}

Safetensors parse_safetensors(const std::filesystem::path& path, std::string_view content) {
  std::uint64_t length = 0;
  if (content.size() < length_bytes) refuse(path, "is too short to be a safetensors file");
  std::memcpy(&length, content.data(), length_bytes);
  if (length > std::min(largest_header, content.size() - length_bytes))
    refuse(path, fmt::format("the header length at byte 0 is {}, but the file has {} bytes", length,
                             content.size()));
  const json header = parse_header(path, content.substr(length_bytes, length));
  const std::string_view data = content.substr(length_bytes + length);
  Safetensors file;
  for (const auto& [name, entry] : header.items())
    if (name == "__metadata__")
      file.metadata = read_metadata(path, entry);
    else
      file.tensors.emplace(name, read_entry(path, name, entry, data));
  check_extents(path, file.tensors, data);
  return file;
}

}  // namespace cellsweep::model

#include "model/weights_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/error.h"
#include "base/file.h"

static_assert(std::endian::native == std::endian::little, "safetensors holds little-endian values");

namespace cellsweep::model {
namespace {

using nlohmann::json;

constexpr std::uint64_t length_bytes = sizeof(std::uint64_t);
constexpr std::uint64_t largest_header = 1 << 20;
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
      refuse(path, fmt::format("weight '{}' occurs twice in the header", parsed.get<std::string>()));
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

struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Where a weight's values lie in the data, by its header entry, which must describe `weight`.
Extent read_entry(const std::filesystem::path& path, const Weight& weight, const json& entry,
                  std::uint64_t data_bytes) {
  const auto bad = [&](const std::string& what) {
    refuse(path, fmt::format("weight '{}' {}", weight.name, what));
  };
  const auto naturals = [](const json& list) {
    return list.is_array() && std::all_of(list.begin(), list.end(),
                                          [](const json& value) { return value.is_number_unsigned(); });
  };
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets"))
    bad("must have dtype, shape and data_offsets");
  if (entry["dtype"] != "F32") bad("has dtype " + entry["dtype"].dump() + ", but must be \"F32\"");
  if (!naturals(entry["shape"]) || entry["shape"] != json(weight.shape))
    bad(fmt::format("has shape {}, but this model needs [{}]", entry["shape"].dump(),
                    fmt::join(weight.shape, ",")));
  const json& offsets = entry["data_offsets"];
  if (!naturals(offsets) || offsets.size() != 2) bad("needs two data_offsets, begin and end, in bytes");
  const Extent extent{offsets[0].get<std::uint64_t>(), offsets[1].get<std::uint64_t>()};
  if (extent.begin > extent.end || extent.end > data_bytes)
    bad(fmt::format("lies at data bytes {} to {}, but the data has {}", extent.begin, extent.end,
                    data_bytes));
  if (extent.end - extent.begin != sizeof(float) * static_cast<std::uint64_t>(weight.size))
    bad(fmt::format("has {} bytes of data, but its shape needs {}", extent.end - extent.begin,
                    sizeof(float) * static_cast<std::uint64_t>(weight.size)));
  return extent;
}

// Where each weight of the layout lies. Together they must fill the data without a gap or an overlap.
std::map<std::string, Extent> read_entries(const std::filesystem::path& path, const Layout& layout,
                                           const json& header, std::uint64_t data_bytes) {
  std::map<std::string, Extent> extents;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const Weight* weight = layout.find(name);
    if (weight == nullptr) refuse(path, fmt::format("weight '{}' is not one of this model's", name));
    extents[name] = read_entry(path, *weight, entry, data_bytes);
  }
  std::map<std::uint64_t, std::pair<std::string, Extent>> by_position;
  for (const auto* weights : {&layout.trainable, &layout.moving})
    for (const Weight& weight : *weights) {
      const auto found = extents.find(weight.name);
      if (found == extents.end())
        refuse(path, fmt::format("weight '{}' of this model is missing", weight.name));
      const auto [other, fresh] = by_position.emplace(found->second.begin, *found);
      if (!fresh)
        refuse(path, fmt::format("weights '{}' and '{}' overlap", other->second.first, weight.name));
    }
  std::uint64_t position = 0;
  for (const auto& [begin, named] : by_position) {
    if (begin != position)
      refuse(path, fmt::format("weight '{}' begins at data byte {}, but the one before ends at {}",
                               named.first, begin, position));
    position = named.second.end;
  }
  if (position != data_bytes)
    refuse(path, fmt::format("there are {} bytes after the last weight", data_bytes - position));
  return extents;
}

}  // namespace

void write_weights(const std::filesystem::path& path, const Layout& layout, std::span<const float> parameters,
                   std::span<const float> moving) {
  auto header = nlohmann::ordered_json::object();
  std::uint64_t position = 0;
  for (const auto* weights : {&layout.trainable, &layout.moving})
    for (const Weight& weight : *weights) {
      const std::uint64_t end = position + sizeof(float) * static_cast<std::uint64_t>(weight.size);
      header[weight.name] = {{"dtype", "F32"}, {"shape", weight.shape}, {"data_offsets", {position, end}}};
      position = end;
    }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the values start aligned
  const std::uint64_t length = text.size();
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(text);
  // The buffers are contiguous in the order of the layout.
  file.write(std::as_bytes(parameters));
  file.write(std::as_bytes(moving));
  file.commit();
}

void read_weights(const std::filesystem::path& path, const Layout& layout, std::span<float> parameters,
                  std::span<float> moving) {
  const std::uint64_t values = parameters.size() + moving.size();
  const std::string bytes = read_file(path, length_bytes + largest_header + sizeof(float) * values);
  std::uint64_t length = 0;
  if (bytes.size() < length_bytes) refuse(path, "is too short to be a safetensors file");
  std::memcpy(&length, bytes.data(), length_bytes);
  if (length > std::min(largest_header, bytes.size() - length_bytes))
    refuse(path,
           fmt::format("the header length at byte 0 is {}, but the file has {} bytes", length, bytes.size()));
  const json header = parse_header(path, std::string_view(bytes).substr(length_bytes, length));
  const std::string_view data = std::string_view(bytes).substr(length_bytes + length);
  const auto extents = read_entries(path, layout, header, data.size());
  for (const auto& [weights, buffer] :
       {std::pair(&layout.trainable, parameters), std::pair(&layout.moving, moving)})
    for (const Weight& weight : *weights) {
      const Extent& extent = extents.at(weight.name);
      std::memcpy(buffer.data() + weight.offset, data.data() + extent.begin, extent.end - extent.begin);
    }
}

}  // namespace cellsweep::model

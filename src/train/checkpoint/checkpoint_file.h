// A checkpoint as a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "model/layout.h"
#include "train/checkpoint/checkpoint.h"

namespace cellsweep::train {

// The largest file that is read for a model of that layout.
std::uint64_t largest_checkpoint(const model::Layout& layout);

// A safetensors file: the weights under their names in a weights file, which makes it one, and beside them
// "resume.*"; its metadata has the format's name and version, the config, and a checksum of all that.
std::string to_bytes(const Checkpoint& checkpoint, const model::Layout& layout);

// The checkpoint of a file's content. Throws UserError that names `path` and why it is refused: it is torn,
// damaged, of a newer format, of another model, or no checkpoint at all.
Checkpoint checkpoint_from_bytes(const std::filesystem::path& path, std::string_view content,
                                 const model::Layout& layout);

}  // namespace cellsweep::train

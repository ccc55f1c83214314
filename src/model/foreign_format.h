// Files of weights in other formats than safetensors.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cellsweep::model {

// The first bytes of a regular file, enough for foreign_format(); nothing if it cannot be read.
std::string front_of(const std::filesystem::path& path);

// What a file is that begins so: "is a PyTorch file (torch.save)"; empty if it may be safetensors, or is
// nothing known.
std::string foreign_format(std::string_view front);

// Whether a weight's name is one of PyTorch's recurrent layers, such as lstm.weight_ih_l0_reverse.
bool is_pytorch_name(std::string_view name);

// How PyTorch's weights become those of this program, for people.
std::string pytorch_mapping();

}  // namespace cellsweep::model

// Checkpoints, whose checksum is put right first: no input that libFuzzer makes would get beyond it. One that
// is accepted must be written so that it is read as the same again.
#include <spdlog/fmt/fmt.h>

#include <map>
#include <utility>
#include <vector>

#include "base/checksum.h"
#include "input.h"
#include "model/safetensors.h"
#include "train/checkpoint/checkpoint_file.h"

using namespace cellsweep;

namespace {

const model::Layout& layout() {
  static const model::Layout made =
      model::make_layout({.cell = model::Cell::simple_rnn, .hidden_size = 1, .batch_norm = false},
                         {.features = 1, .outputs = 1});
  return made;
}

// The file with the checksum that its metadata and tensors have.
std::string with_checksum(std::string_view content) {
  auto file = model::parse_safetensors("input", content);
  Checksum checksum;
  const auto add = [&](std::string_view text) { checksum.add(std::as_bytes(std::span(text))); };
  file.metadata.erase("checksum");
  for (const auto& [key, value] : file.metadata) add(key + "=" + value);
  for (const auto& [name, tensor] : file.tensors) {
    add(name);
    checksum.add(tensor.bytes);
  }
  file.metadata["checksum"] = fmt::format("{:016x}", checksum.value());
  const std::vector<std::pair<std::string, model::Tensor>> tensors(file.tensors.begin(), file.tensors.end());
  return model::to_safetensors(file.metadata, tensors);
}

train::Checkpoint read(std::string_view content) {
  return train::checkpoint_from_bytes("input", content, layout());
}

// Were the checksum not made as the reader wants it, every input would end there.
void require_same_checksum() {
  train::Checkpoint checkpoint;
  checkpoint.stepper.parameters.resize(layout().trainable_size);
  checkpoint.stepper.shards.metrics.resize(1);
  fuzz::require(fuzz::reads([&] { read(with_checksum(train::to_bytes(checkpoint, layout()))); }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool is_checked = (require_same_checksum(), true);
  fuzz::require(is_checked);
  fuzz::reads([&] {
    const std::string written = train::to_bytes(read(with_checksum(fuzz::text_of(data, size))), layout());
    std::string again;
    fuzz::require(fuzz::reads([&] { again = train::to_bytes(read(written), layout()); }));
    fuzz::require(again == written);
  });
  return 0;
}

#include "device/samples.h"

#include <span>
#include <string>
#include <variant>

#include "base/log.h"

namespace cellsweep::device {
namespace {

// What the data may take of the memory that is free; the model needs some, too.
constexpr double share_of_memory = 0.7;

template <class Value>
at::Tensor copy(std::span<const Value> values, at::ScalarType type, const ExecutionTarget& target) {
  const at::Tensor tensor = target.make({std::ssize(values)}, type);
  upload(values, tensor);
  return tensor;
}

}  // namespace

ResidentSamples::ResidentSamples(const data::Dataset& dataset, const ExecutionTarget& target) {
  samples_.time = dataset.time;
  samples_.features = dataset.features;
  samples_.byte_divisor = dataset.byte_divisor;
  if (dataset.targets.empty()) {
    labels_ = copy<std::int32_t>(dataset.labels, at::kInt, target);
    samples_.labels = labels_.const_data_ptr<std::int32_t>();
  } else {
    labels_ = copy<float>(dataset.targets, at::kFloat, target);
    samples_.targets = labels_.const_data_ptr<float>();
  }
  const auto upload_inputs = [&]<class Value>(const data::Array<Value>& values, const Value*& address) {
    const std::size_t bytes = values.size_bytes();
    if (!target.stream.is_host &&
        static_cast<double>(bytes) > share_of_memory * static_cast<double>(free_device_memory())) {
      log_info("the samples (" + std::to_string(bytes >> 20) +
               " MB) stay in the host's memory: the GPU has no room for them");
      const PinnedMemory memory = pin(values.data(), bytes);
      pinned_ = memory.pin;
      address = static_cast<const Value*>(memory.on_device);
      return;
    }
    inputs_ = copy<Value>(values, std::is_same_v<Value, float> ? at::kFloat : at::kByte, target);
    address = inputs_.const_data_ptr<Value>();
  };
  if (const auto* bytes = std::get_if<data::Array<std::uint8_t>>(&dataset.inputs))
    upload_inputs(*bytes, samples_.bytes);
  else
    upload_inputs(std::get<data::Array<float>>(dataset.inputs), samples_.values);
}

}  // namespace cellsweep::device

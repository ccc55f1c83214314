#include "metrics/prometheus/gpu_metrics.h"

#include <array>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/shared_library.h"
#include "base/stopwatch.h"

namespace cellsweep::metrics {
namespace {

constexpr double seconds_between_questions = 1;

// The part of nvml.h that is used; its values are part of the library's ABI.
using Device = void*;
constexpr int success = 0;
constexpr int temperature_of_gpu = 0;
struct Memory {
  unsigned long long total, free, used;
};
struct Utilization {
  unsigned int gpu, memory;
};

// The library's functions. Null members: it lacks one, and is not used.
class Library {
 public:
  explicit Library(const char* name) : library_(name) {
    is_complete_ = library_.find(init, "nvmlInit_v2") && library_.find(count, "nvmlDeviceGetCount_v2") &&
                   library_.find(device, "nvmlDeviceGetHandleByIndex_v2") &&
                   library_.find(uuid, "nvmlDeviceGetUUID") &&
                   library_.find(memory, "nvmlDeviceGetMemoryInfo") &&
                   library_.find(utilization, "nvmlDeviceGetUtilizationRates") &&
                   library_.find(temperature, "nvmlDeviceGetTemperature") &&
                   library_.find(power, "nvmlDeviceGetPowerUsage") &&
                   library_.find(shutdown, "nvmlShutdown") && init() == success;
  }
  ~Library() {
    if (is_complete_) shutdown();
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  explicit operator bool() const { return is_complete_; }

  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*count)(unsigned int*) = nullptr;
  int (*device)(unsigned int, Device*) = nullptr;
  int (*uuid)(Device, char*, unsigned int) = nullptr;
  int (*memory)(Device, Memory*) = nullptr;
  int (*utilization)(Device, Utilization*) = nullptr;
  int (*temperature)(Device, int, unsigned int*) = nullptr;
  int (*power)(Device, unsigned int*) = nullptr;

 private:
  SharedLibrary library_;
  bool is_complete_ = false;
};

struct Gpu {
  Device device;
  std::vector<prometheus::ClientMetric::Label> labels;
};

class GpuMetrics final : public prometheus::Collectable {
 public:
  explicit GpuMetrics(const char* library) : nvml_(library) {
    unsigned int count = 0;
    if (!nvml_ || nvml_.count(&count) != success) return;
    for (unsigned int index = 0; index < count; ++index) {
      Device device = nullptr;
      std::array<char, 96> uuid{};
      if (nvml_.device(index, &device) == success &&
          nvml_.uuid(device, uuid.data(), static_cast<unsigned int>(uuid.size())) == success)
        gpus_.push_back({device, {{"gpu", std::to_string(index)}, {"uuid", uuid.data()}}});
    }
  }
  bool has_gpus() const { return !gpus_.empty(); }

  std::vector<prometheus::MetricFamily> Collect() const override {
    const std::lock_guard lock(mutex_);
    if (answers_.empty() || since_asked_.seconds() >= seconds_between_questions) {
      answers_ = ask();
      since_asked_.restart();
    }
    return answers_;
  }

 private:
  std::vector<prometheus::MetricFamily> ask() const {
    using prometheus::MetricType;
    std::vector<prometheus::MetricFamily> families{
        {"cellsweep_gpu_memory_used_bytes", "Memory in use on the GPU.", MetricType::Gauge, {}},
        {"cellsweep_gpu_memory_total_bytes", "Memory of the GPU.", MetricType::Gauge, {}},
        {"cellsweep_gpu_utilization_ratio", "Share of time in which a kernel ran.", MetricType::Gauge, {}},
        {"cellsweep_gpu_temperature_celsius", "Temperature of the GPU.", MetricType::Gauge, {}},
        {"cellsweep_gpu_power_watts", "Power that the GPU draws.", MetricType::Gauge, {}}};
    for (const Gpu& gpu : gpus_) {
      const auto set = [&](std::size_t family, double value) {
        prometheus::ClientMetric metric;
        metric.label = gpu.labels;
        metric.gauge.value = value;
        families[family].metric.push_back(std::move(metric));
      };
      Memory memory{};
      if (nvml_.memory(gpu.device, &memory) == success) {
        set(0, static_cast<double>(memory.used));
        set(1, static_cast<double>(memory.total));
      }
      Utilization utilization{};
      if (nvml_.utilization(gpu.device, &utilization) == success) set(2, utilization.gpu / 100.0);
      unsigned int value = 0;
      if (nvml_.temperature(gpu.device, temperature_of_gpu, &value) == success) set(3, value);
      if (nvml_.power(gpu.device, &value) == success) set(4, value / 1000.0);  // of milliwatts
    }
    std::erase_if(families, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
    return families;
  }

  Library nvml_;
  std::vector<Gpu> gpus_;
  mutable std::mutex mutex_;
  mutable std::vector<prometheus::MetricFamily> answers_;
  mutable Stopwatch since_asked_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_gpu_metrics(const char* library) {
  auto metrics = std::make_shared<GpuMetrics>(library);
  return metrics->has_gpus() ? metrics : nullptr;
}

}  // namespace cellsweep::metrics

// A host with two GPUs, as NVIDIA's management library reports them. The second one does not report its power.
#include <string.h>

typedef struct {
  unsigned long long total, free, used;
} Memory;
typedef struct {
  unsigned int gpu, memory;
} Utilization;
static int gpus[2];

int nvmlInit_v2(void) {
  return 0;
}
int nvmlShutdown(void) {
  return 0;
}
int nvmlDeviceGetCount_v2(unsigned int* count) {
  *count = 2;
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void** device) {
  *device = &gpus[index];
  return 0;
}
int nvmlDeviceGetUUID(void* device, char* uuid, unsigned int length) {
  strncpy(uuid, device == &gpus[0] ? "GPU-a" : "GPU-b", length);
  return 0;
}
int nvmlDeviceGetMemoryInfo(void* device, Memory* memory) {
  *memory = (Memory){.total = 1000, .free = 400, .used = device == &gpus[0] ? 600 : 601};
  return 0;
}
int nvmlDeviceGetUtilizationRates(void* device, Utilization* utilization) {
  *utilization = (Utilization){.gpu = device == &gpus[0] ? 75 : 50, .memory = 5};
  return 0;
}
int nvmlDeviceGetTemperature(void* device, int sensor, unsigned int* celsius) {
  *celsius = device == &gpus[0] ? 41 : 42;
  return sensor;
}
int nvmlDeviceGetPowerUsage(void* device, unsigned int* milliwatts) {
  if (device != &gpus[0]) return 3;  // not supported
  *milliwatts = 71500;
  return 0;
}

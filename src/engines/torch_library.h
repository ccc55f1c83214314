// All that uses LibTorch is in a shared library, libcellsweep_torch.so, which is loaded when an engine asks
// for it: LibTorch takes 117 MB of a process, and the fused engine needs none of it.
#pragma once

#include <memory>
#include <span>

#include "comm/communicator.h"
#include "comm/parallel_options.h"
#include "comm/watchdog/watchdog.h"
#include "data/dataset.h"
#include "model/network.h"
#include "model/recurrent.h"
#include "train/stepper.h"
#include "train/train_options.h"

namespace cellsweep::engines {

// What a stepper on a device is made of; what it refers to outlives the stepper.
struct DeviceSetup {
  const train::TrainOptions& options;
  const model::NetworkOptions& network;  // its engine is torch or cudnn
  const comm::ParallelOptions& parallel;
  const data::Splits& splits;
  comm::Communicator& group;
  comm::Watchdog& watchdog;
};

// What the library makes. Each function may throw what this program's own code throws.
struct TorchLibrary {
  // The version of the cellsweep that the library was built with. It stays the first member, so that a
  // library of another version can be recognised.
  const char* version;
  // model::make_torch_recurrent
  std::unique_ptr<model::Recurrent> (*make_recurrent)(const model::NetworkOptions& options,
                                                      const model::Layout& layout,
                                                      std::span<float> parameters,
                                                      std::span<float> gradients);
  // device::make_cuda_stepper
  std::unique_ptr<train::Stepper> (*make_cuda_stepper)(const DeviceSetup& setup, int device);
};

// The name of the library's one C function, `const TorchLibrary* cellsweep_torch_library()`.
inline constexpr const char* torch_library_entry = "cellsweep_torch_library";

// Loads the library, unless that is done; it stays until the process ends. It is looked for as the system
// does: in LD_LIBRARY_PATH, beside the program, in ../lib/cellsweep. Thread-safe. Throws UserError if it is
// not there, cannot be loaded or is another version's, and in builds without LibTorch.
const TorchLibrary& load_torch_library();

}  // namespace cellsweep::engines

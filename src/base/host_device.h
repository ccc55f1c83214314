#pragma once

// Marks what also runs on a GPU, if CUDA's compiler compiles it; for others it is an ordinary function.
#ifdef __CUDACC__
#define CELLSWEEP_HOST_DEVICE __host__ __device__
#else
#define CELLSWEEP_HOST_DEVICE
#endif

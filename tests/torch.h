// What tests do without LibTorch: those of its engine are skipped.
#pragma once

#include <gtest/gtest.h>

#if CELLSWEEP_TORCH
#define SKIP_WITHOUT_TORCH(engine) static_cast<void>(engine)
#else
#define SKIP_WITHOUT_TORCH(engine) \
  if ((engine) == model::Engine::torch) GTEST_SKIP() << "this build is without LibTorch"
#endif

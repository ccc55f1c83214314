# The language CUDA, for the .cu files. Needs find_package(LibTorch) before it; gives CUDA::cudart. nvcc comes from CUDACXX or the
# PATH; ./launch/build --cuda sees to that. CMAKE_CUDA_ARCHITECTURES (CUDAARCHS in the environment) names the GPUs.
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES AND "$ENV{CUDAARCHS}" STREQUAL "")
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90)  # A100 and H100; newer ones compile 90's PTX when they load it
endif()
if(NOT DEFINED CMAKE_CUDA_HOST_COMPILER AND "$ENV{CUDAHOSTCXX}" STREQUAL "")
  set(CMAKE_CUDA_HOST_COMPILER ${CMAKE_CXX_COMPILER})
endif()
set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)  # LibTorch's, so that a process has one
enable_language(CUDA)
find_package(CUDAToolkit REQUIRED)

# Two CUDA runtimes in one process would not know of each other's streams.
file(STRINGS "${LibTorch_c10_cuda_LIBRARY}" _runtime REGEX "^libcudart\\.so\\.[0-9]+$" LIMIT_COUNT 1)
string(REGEX REPLACE ".*\\." "" _major "${_runtime}")
if(NOT CUDAToolkit_VERSION_MAJOR EQUAL _major OR CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.8)
  message(FATAL_ERROR
    "${CMAKE_CUDA_COMPILER} is of CUDA ${CMAKE_CUDA_COMPILER_VERSION}, and LibTorch is built for CUDA ${_major}. Name an nvcc of "
    "CUDA ${_major}, 12.8 or newer, in CUDACXX, and remove the build folder.")
endif()

if(CCACHE)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE})
endif()
# Older CMakes do not know that nvcc has C++20.
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
endif()
# Kernels are written as functions of an index, that run on the host too.
add_compile_options($<$<COMPILE_LANGUAGE:CUDA>:--extended-lambda>)
# What nvcc makes of a .cu file is not pedantic, so the host's compiler is not asked to be. Line numbers are for
# compute-sanitizer.
set(_host_warnings -Wall,-Wextra,-Wconversion,-Wno-sign-conversion,-Wshadow,-Werror)
add_compile_options("$<$<COMPILE_LANGUAGE:CUDA>:-lineinfo;SHELL:--Werror all-warnings;-Xcompiler=${_host_warnings}>")

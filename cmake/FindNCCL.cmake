# The CUDA runtime and NCCL, for their headers and libraries only (no nvcc). Looks in CUDA_HOME and NCCL_HOME (variables or
# environment), then in the `nvidia` folder beside the LibTorch wheel (LibTorch_ROOT, Torch_DIR in the environment, or where
# launch/deps puts it), whose names have versions, then in the system. Makes NCCL::NCCL.
if(DEFINED ENV{XDG_CACHE_HOME})
  set(_nccl_cache $ENV{XDG_CACHE_HOME})
else()
  set(_nccl_cache $ENV{HOME}/.cache)
endif()
set(_nccl_wheels "")
if(LibTorch_ROOT)
  list(APPEND _nccl_wheels ${LibTorch_ROOT}/nvidia ${LibTorch_ROOT}/../nvidia)
endif()
if(DEFINED ENV{Torch_DIR})  # <site-packages>/torch/share/cmake/Torch
  list(APPEND _nccl_wheels $ENV{Torch_DIR}/../../../../nvidia)
endif()
list(APPEND _nccl_wheels ${_nccl_cache}/cellsweep/torch-2.11.0/nvidia)
set(_cuda_roots ${CUDA_HOME} $ENV{CUDA_HOME})
set(_nccl_roots ${NCCL_HOME} $ENV{NCCL_HOME} ${CUDA_HOME} $ENV{CUDA_HOME})
foreach(wheels IN LISTS _nccl_wheels)
  list(APPEND _cuda_roots ${wheels}/cu13)
  list(APPEND _nccl_roots ${wheels}/nccl)
endforeach()

find_path(NCCL_INCLUDE_DIR nccl.h HINTS ${_nccl_roots} PATH_SUFFIXES include)
find_path(NCCL_CUDA_INCLUDE_DIR cuda_runtime.h HINTS ${_cuda_roots} PATHS /usr/local/cuda PATH_SUFFIXES include)
find_library(NCCL_LIBRARY NAMES nccl libnccl.so.2 HINTS ${_nccl_roots} PATH_SUFFIXES lib lib64)
find_library(NCCL_CUDART_LIBRARY NAMES cudart libcudart.so.13 HINTS ${_cuda_roots} PATHS /usr/local/cuda
  PATH_SUFFIXES lib lib64)

if(NCCL_INCLUDE_DIR)
  file(STRINGS ${NCCL_INCLUDE_DIR}/nccl.h _nccl_numbers REGEX "#define NCCL_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9]+" "." NCCL_VERSION "${_nccl_numbers}")
  string(REGEX REPLACE "^\\.|\\.$" "" NCCL_VERSION "${NCCL_VERSION}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(NCCL
  REQUIRED_VARS NCCL_LIBRARY NCCL_CUDART_LIBRARY NCCL_INCLUDE_DIR NCCL_CUDA_INCLUDE_DIR
  VERSION_VAR NCCL_VERSION
  REASON_FAILURE_MESSAGE "give CUDA_HOME and NCCL_HOME, the folders that hold include/ and lib/ of each")
mark_as_advanced(NCCL_LIBRARY NCCL_CUDART_LIBRARY NCCL_INCLUDE_DIR NCCL_CUDA_INCLUDE_DIR)

if(NCCL_FOUND AND NOT TARGET NCCL::NCCL)
  add_library(NCCL::NCCL INTERFACE IMPORTED)
  target_include_directories(NCCL::NCCL INTERFACE ${NCCL_INCLUDE_DIR} ${NCCL_CUDA_INCLUDE_DIR})
  target_link_libraries(NCCL::NCCL INTERFACE ${NCCL_LIBRARY} ${NCCL_CUDART_LIBRARY})
endif()

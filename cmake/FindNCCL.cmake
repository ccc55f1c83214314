# Finds NCCL as NCCL::NCCL: in NCCL_HOME (variable or environment), then beside LibTorch, whose wheel brings the version it was
# built with under a name with a version, then in CUDA's folder and the system. Needs find_package(LibTorch) and
# find_package(CUDAToolkit) before it.
set(_nccl_roots ${NCCL_HOME} $ENV{NCCL_HOME} "${LibTorch_NVIDIA_DIR}/nccl")
find_path(NCCL_INCLUDE_DIR nccl.h HINTS ${_nccl_roots} ${CUDAToolkit_INCLUDE_DIRS} PATH_SUFFIXES include)
find_library(NCCL_LIBRARY NAMES nccl libnccl.so.2 HINTS ${_nccl_roots} ${CUDAToolkit_LIBRARY_DIR} PATH_SUFFIXES lib lib64)
mark_as_advanced(NCCL_INCLUDE_DIR NCCL_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(NCCL
  REQUIRED_VARS NCCL_LIBRARY NCCL_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "NCCL is not in ${LibTorch_NVIDIA_DIR}. Run ./launch/deps --cuda, or set NCCL_HOME.")

if(NCCL_FOUND AND NOT TARGET NCCL::NCCL)
  add_library(NCCL::NCCL UNKNOWN IMPORTED)
  set_target_properties(NCCL::NCCL PROPERTIES IMPORTED_LOCATION "${NCCL_LIBRARY}")
  target_include_directories(NCCL::NCCL INTERFACE "${NCCL_INCLUDE_DIR}")
  target_link_libraries(NCCL::NCCL INTERFACE CUDA::cudart)
endif()

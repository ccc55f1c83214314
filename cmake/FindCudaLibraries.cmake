# Finds what the GPU engine uses besides CUDA itself, as NCCL::NCCL and CUDNN::CUDNN. Each is looked for in NCCL_HOME or
# CUDNN_HOME (variable or environment), then beside LibTorch, whose wheel brings the versions it was built with under names with
# versions, then in CUDA's folder and the system. Needs find_package(LibTorch) and find_package(CUDAToolkit) before it.
function(_find_cuda_library name header library versioned)
  set(roots ${${name}_HOME} $ENV{${name}_HOME} "${LibTorch_NVIDIA_DIR}/${library}")
  find_path(${name}_INCLUDE_DIR ${header} HINTS ${roots} ${CUDAToolkit_INCLUDE_DIRS} PATH_SUFFIXES include)
  find_library(${name}_LIBRARY NAMES ${library} ${versioned} HINTS ${roots} ${CUDAToolkit_LIBRARY_DIR} PATH_SUFFIXES lib lib64)
  mark_as_advanced(${name}_INCLUDE_DIR ${name}_LIBRARY)
endfunction()

_find_cuda_library(NCCL nccl.h nccl libnccl.so.2)
_find_cuda_library(CUDNN cudnn.h cudnn libcudnn.so.9)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CudaLibraries
  REQUIRED_VARS NCCL_LIBRARY NCCL_INCLUDE_DIR CUDNN_LIBRARY CUDNN_INCLUDE_DIR
  REASON_FAILURE_MESSAGE
    "NCCL and cuDNN are not in ${LibTorch_NVIDIA_DIR}. Run ./launch/deps --cuda, or set NCCL_HOME and CUDNN_HOME.")

foreach(name IN ITEMS NCCL CUDNN)
  if(CudaLibraries_FOUND AND NOT TARGET ${name}::${name})
    add_library(${name}::${name} UNKNOWN IMPORTED)
    set_target_properties(${name}::${name} PROPERTIES IMPORTED_LOCATION "${${name}_LIBRARY}")
    target_include_directories(${name}::${name} INTERFACE "${${name}_INCLUDE_DIR}")
    target_link_libraries(${name}::${name} INTERFACE CUDA::cudart)
  endif()
endforeach()

# Finds LibTorch as the imported target LibTorch::LibTorch: the C++ part of a torch wheel, or a libtorch archive.
# It is looked for in Torch_DIR (variable or environment; the folder itself, or the share/cmake/Torch inside it), else where
# ./launch/deps puts it. LibTorch_NVIDIA_DIR is where the CUDA libraries of a wheel lie. The wheel's own package file is not used,
# because it insists on a CUDA toolkit even for the CPU.
set(_libtorch_cache "$ENV{XDG_CACHE_HOME}")
if(NOT _libtorch_cache)
  set(_libtorch_cache "$ENV{HOME}/.cache")
endif()
set(_libtorch_roots "${_libtorch_cache}/cellsweep/torch-2.11.0/torch")
foreach(_given IN ITEMS "$ENV{Torch_DIR}" "${Torch_DIR}")
  if(_given)
    string(REGEX REPLACE "/share/cmake/Torch/?$" "" _given "${_given}")
    set(_libtorch_roots "${_given}" "${_given}/torch")
  endif()
endforeach()

find_path(LibTorch_INCLUDE_DIR ATen/ATen.h PATHS ${_libtorch_roots} PATH_SUFFIXES include NO_DEFAULT_PATH)
set(_libtorch_libraries torch_cpu c10)
if(CELLSWEEP_CUDA)
  list(APPEND _libtorch_libraries torch_cuda c10_cuda)
endif()
set(_libtorch_needed LibTorch_INCLUDE_DIR)
foreach(_library IN LISTS _libtorch_libraries)
  find_library(LibTorch_${_library}_LIBRARY ${_library} PATHS ${_libtorch_roots} PATH_SUFFIXES lib NO_DEFAULT_PATH)
  mark_as_advanced(LibTorch_${_library}_LIBRARY)
  list(APPEND _libtorch_needed LibTorch_${_library}_LIBRARY)
endforeach()
mark_as_advanced(LibTorch_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
list(JOIN _libtorch_roots ", " _libtorch_text)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS ${_libtorch_needed}
  REASON_FAILURE_MESSAGE
    "LibTorch is not in ${_libtorch_text}. Run ./launch/deps, or set Torch_DIR to a folder with include/ and lib/ of PyTorch.")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  get_filename_component(_libtorch_lib "${LibTorch_torch_cpu_LIBRARY}" DIRECTORY)
  get_filename_component(LibTorch_NVIDIA_DIR "${_libtorch_lib}/../../nvidia" ABSOLUTE)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE "${LibTorch_INCLUDE_DIR}")
  # Operators register themselves when libtorch_cpu is loaded, which the linker must therefore not drop as unused.
  target_link_libraries(LibTorch::LibTorch INTERFACE
    -Wl,--no-as-needed "${LibTorch_torch_cpu_LIBRARY}" "${LibTorch_c10_LIBRARY}")
  if(CELLSWEEP_CUDA)
    # The CUDA libraries behind libtorch_cuda are needed to run, not to link.
    target_link_libraries(LibTorch::LibTorch INTERFACE
      "${LibTorch_torch_cuda_LIBRARY}" "${LibTorch_c10_cuda_LIBRARY}"
      -Wl,--unresolved-symbols=ignore-in-shared-libs)
  endif()
  target_link_libraries(LibTorch::LibTorch INTERFACE -Wl,--as-needed)
  target_link_options(LibTorch::LibTorch INTERFACE "LINKER:-rpath-link,${_libtorch_lib}")
  # Whether it is launch/deps' own, in the cache of whoever builds, where other hosts and users do not find it.
  cmake_path(IS_PREFIX _libtorch_cache "${_libtorch_lib}" NORMALIZE LibTorch_IN_CACHE)
  # What a program loads of it, on CPUs.
  set(LibTorch_RUNTIME_FILES "${LibTorch_torch_cpu_LIBRARY}" "${LibTorch_c10_LIBRARY}")
  foreach(_library IN ITEMS "${_libtorch_lib}/libgomp.so.1" "${LibTorch_NVIDIA_DIR}/cu13/lib/libcudart.so.13"
          "${LibTorch_NVIDIA_DIR}/cu13/lib/libcupti.so.13")
    if(EXISTS "${_library}")
      list(APPEND LibTorch_RUNTIME_FILES "${_library}")
    endif()
  endforeach()
endif()

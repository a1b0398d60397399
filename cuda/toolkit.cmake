# Finds a CUDA toolkit: $CUDA_HOME, $CUDA_PATH, the one whose nvcc is on the PATH, /usr/local/cuda,
# else NVIDIA's wheels where the set-up puts them. Sets
#   TBPROF_CUDA_FOUND     compiler, runtime, CUPTI and NVML headers are all there
#   TBPROF_CUDA_ROOT      the toolkit's folder
#   TBPROF_CUDA_NVCC      the compiler
#   TBPROF_CUDA_INCLUDES  include folders (as system folders: their warnings are not ours)
#   TBPROF_CUDA_CUPTI     libcupti.so.N, to be opened at run time, never linked
#   TBPROF_CUDA_RUNTIME   libcudart_static.a
#   TBPROF_CUDA_CUBLAS    libcublas.so, empty where there is none
# and defines tbprof_cuda_source(target file.cu), which compiles with nvcc and adds the object.
# TBPROF_CUDA=OFF finds nothing; ON makes a missing toolkit an error.
include_guard(GLOBAL)

set(TBPROF_CUDA_FOUND FALSE)
set(TBPROF_CUDA_CUBLAS "")
if(NOT DEFINED TBPROF_CUDA)
  set(TBPROF_CUDA AUTO)
endif()
set(candidates $ENV{CUDA_HOME} $ENV{CUDA_PATH})
find_program(TBPROF_NVCC_ON_PATH nvcc)
mark_as_advanced(TBPROF_NVCC_ON_PATH)
if(TBPROF_NVCC_ON_PATH)
  file(REAL_PATH ${TBPROF_NVCC_ON_PATH} nvcc)
  cmake_path(GET nvcc PARENT_PATH folder)
  cmake_path(GET folder PARENT_PATH folder)
  list(APPEND candidates ${folder})
endif()
list(APPEND candidates /usr/local/cuda ${TBPROF_TOOLS_DIR}/cuda/nvidia/cu13)
if(TBPROF_CUDA STREQUAL "OFF")
  set(candidates "")
endif()

foreach(root ${candidates})
  set(libraries ${root}/lib64 ${root}/lib ${root}/targets/${CMAKE_SYSTEM_PROCESSOR}-linux/lib
    ${root}/extras/CUPTI/lib64)
  set(includes "")
  foreach(header cuda.h cupti.h nvml.h)
    set(found found-NOTFOUND)
    find_path(found ${header} NO_DEFAULT_PATH NO_CACHE PATHS ${root}/include
      ${root}/targets/${CMAKE_SYSTEM_PROCESSOR}-linux/include ${root}/extras/CUPTI/include)
    list(APPEND includes ${found})
  endforeach()
  list(REMOVE_DUPLICATES includes)
  set(cupti "")
  foreach(folder ${libraries})
    file(GLOB files ${folder}/libcupti.so.[0-9][0-9])
    list(APPEND cupti ${files})
  endforeach()
  set(runtime runtime-NOTFOUND)
  find_library(runtime libcudart_static.a NO_DEFAULT_PATH NO_CACHE PATHS ${libraries})
  if(NOT EXISTS ${root}/bin/nvcc OR "${includes}" MATCHES "NOTFOUND" OR NOT cupti OR NOT runtime)
    continue()
  endif()
  set(TBPROF_CUDA_FOUND TRUE)
  set(TBPROF_CUDA_ROOT ${root})
  set(TBPROF_CUDA_NVCC ${root}/bin/nvcc)
  set(TBPROF_CUDA_INCLUDES ${includes})
  list(GET cupti 0 TBPROF_CUDA_CUPTI)
  set(TBPROF_CUDA_RUNTIME ${runtime})
  set(cublas cublas-NOTFOUND)
  find_library(cublas NAMES libcublas.so libcublas.so.13 libcublas.so.12
    NO_DEFAULT_PATH NO_CACHE PATHS ${libraries})
  find_path(cublas_header cublas_v2.h NO_DEFAULT_PATH NO_CACHE PATHS ${includes})
  if(cublas AND cublas_header)
    set(TBPROF_CUDA_CUBLAS ${cublas})
  endif()
  message(STATUS "CUDA: ${root}")
  break()
endforeach()

if(NOT TBPROF_CUDA_FOUND)
  if(TBPROF_CUDA STREQUAL "ON")
    message(FATAL_ERROR "CUDA: no toolkit found; set CUDA_HOME, or run ./setup.sh, which brings one")
  endif()
  message(STATUS "CUDA: no toolkit, cuda/ is not built (./setup.sh brings one)")
endif()

# GPUs since Turing; PTX of the newest for what comes after it. nvcc's host compiler is always g++.
set(TBPROF_CUDA_ARCHITECTURES "75;80;86;90" CACHE STRING "Compute capabilities nvcc compiles for")
find_program(TBPROF_CUDA_HOST_COMPILER NAMES g++-12 g++-13 g++)
mark_as_advanced(TBPROF_CUDA_HOST_COMPILER)

function(tbprof_cuda_source target source)
  cmake_path(ABSOLUTE_PATH source)
  cmake_path(GET source STEM stem)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${target}_${stem}.cu.o)
  set(flags -std=c++17 -O2 --threads 0 -ccbin ${TBPROF_CUDA_HOST_COMPILER} -Xcompiler -fPIC
    -Xcompiler -Wall -I${CMAKE_SOURCE_DIR})
  foreach(folder ${TBPROF_CUDA_INCLUDES})
    list(APPEND flags -isystem ${folder})
  endforeach()
  foreach(architecture ${TBPROF_CUDA_ARCHITECTURES})
    list(APPEND flags -gencode arch=compute_${architecture},code=sm_${architecture})
  endforeach()
  list(GET TBPROF_CUDA_ARCHITECTURES -1 newest)
  list(APPEND flags -gencode arch=compute_${newest},code=compute_${newest})
  add_custom_command(OUTPUT ${object}
    COMMAND ${TBPROF_CUDA_NVCC} ${flags} ${ARGN} -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} DEPFILE ${object}.d COMMENT "Compiling ${stem}.cu with nvcc" VERBATIM)
  target_sources(${target} PRIVATE ${object})
  set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  target_link_libraries(${target} PRIVATE ${TBPROF_CUDA_RUNTIME} rt ${CMAKE_DL_LIBS})
endfunction()

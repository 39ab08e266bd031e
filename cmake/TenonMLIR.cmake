# Finds MLIR and LLVM 22 and declares the helpers for libraries that use them.

find_program(LLVM_CONFIG NAMES llvm-config-22 REQUIRED)
execute_process(COMMAND ${LLVM_CONFIG} --cmakedir OUTPUT_VARIABLE TENON_LLVM_CMAKE_DIR
                OUTPUT_STRIP_TRAILING_WHITESPACE)
execute_process(COMMAND ${LLVM_CONFIG} --bindir OUTPUT_VARIABLE TENON_LLVM_BIN_DIR
                OUTPUT_STRIP_TRAILING_WHITESPACE)
find_package(MLIR REQUIRED CONFIG HINTS ${TENON_LLVM_CMAKE_DIR}/../mlir)
find_package(LLD REQUIRED CONFIG HINTS ${TENON_LLVM_CMAKE_DIR}/../lld)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# The precompiled header that every source file which touches MLIR shares.
tenon_precompile(TenonPch Pch)
target_include_directories(TenonPch SYSTEM PRIVATE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_compile_definitions(TenonPch PRIVATE ${LLVM_DEFINITIONS_LIST})

function(tenon_mlir_target_options target)
  tenon_use_precompiled(${target} TenonPch)
  target_include_directories(${target} SYSTEM PRIVATE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  tenon_target_options(${target})
endfunction()

# tenon_add_mlir_library(NAME sources... [LINK libs...] [DEPENDS targets...])
function(tenon_add_mlir_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  tenon_mlir_target_options(${name})
endfunction()

# Helpers that declare Tenon's own libraries, so that warnings, sanitizers and
# include paths are said once.

function(tenon_target_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-unused-parameter)
  if(TENON_SANITIZE)
    string(REPLACE ";" "," sanitizers "${TENON_SANITIZE}")
    target_compile_options(${target} PRIVATE -fsanitize=${sanitizers}
                           -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${sanitizers})
  endif()
  if(TENON_BUILD_FUZZERS)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# tenon_precompile(TARGET NAME): an object library that precompiles NAME.h of this
# folder for others (tenon_use_precompiled). It serves only files built like it:
# as PIC, never as PIE, and with the same optimization.
function(tenon_precompile target name)
  add_library(${target} OBJECT ${CMAKE_SOURCE_DIR}/cmake/${name}.cpp)
  tenon_compile_like_precompiled(${target})
  tenon_target_options(${target})
  target_precompile_headers(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/${name}.h)
endfunction()

function(tenon_compile_like_precompiled target)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC -Xclang -fno-pch-timestamp)
endfunction()

function(tenon_use_precompiled target from)
  tenon_compile_like_precompiled(${target})
  target_precompile_headers(${target} REUSE_FROM ${from})
endfunction()

# tenon_make_small(FILE...): for size, as they run rarely, and so without what is
# precompiled for speed.
function(tenon_make_small)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-Os>)
  if(NOT TENON_SANITIZE)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()

# tenon_embed_files(OUTPUT FILE...): writes OUTPUT, which holds `{"NAME", "TEXT"},`
# for each text file.
function(tenon_embed_files output)
  set(literals "")
  foreach(file ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(name ${file} NAME)
    file(READ ${file} text)
    string(APPEND literals "{\"${name}\", R\"text(${text})text\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} CONTENT "@literals@" @ONLY)
endfunction()

# tenon_keep_small(TARGET): what is shipped as the runtime has each of its files
# compiled alone, as several at once (CMAKE_UNITY_BUILD) invite more inlining: a
# tenth more code.
function(tenon_keep_small target)
  if(NOT TENON_SANITIZE)
    set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  endif()
endfunction()

# tenon_add_library(NAME sources... [LINK libs...] [SMALL]): a static library without
# MLIR, made for size if it is SMALL.
function(tenon_add_library name)
  cmake_parse_arguments(ARG "SMALL" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  tenon_keep_small(${name})
  if(ARG_SMALL)
    tenon_use_precompiled(${name} TenonSmallRuntimePch)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-Os>)
  else()
    tenon_use_precompiled(${name} TenonRuntimePch)
  endif()
  tenon_target_options(${name})
endfunction()

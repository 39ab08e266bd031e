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

# tenon_add_library(NAME sources... [LINK libs...]): a static library without MLIR.
function(tenon_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  tenon_target_options(${name})
endfunction()

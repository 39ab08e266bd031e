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

# tenon_add_library(NAME sources... [LINK libs...]): a static library without MLIR.
function(tenon_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  tenon_target_options(${name})
endfunction()

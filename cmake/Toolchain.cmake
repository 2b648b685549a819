# Language level, warnings, sanitizers, ccache and mold: for our own code only.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set_property(GLOBAL PROPERTY USE_FOLDERS ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

set(ANKKOR_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them (address,undefined or thread)")
if(ANKKOR_SANITIZE)
  add_compile_options(-fsanitize=${ANKKOR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ANKKOR_SANITIZE})
endif()
# Appended to what the test programs' own sources are compiled with, not the rooms they test.
set(ANKKOR_TEST_FLAGS "" CACHE STRING "More compiler flags for the test programs, such as -O0 to build them faster")

# libFuzzer is led by the code it has reached, for which a room has to be compiled so. It costs compile time: only the
# rooms that read what strangers send.
set(ANKKOR_FUZZED_ROOMS api base config net stock store)

option(ANKKOR_BATCHES "Compile several sources of a room as one" OFF)

add_library(ankkor_warnings INTERFACE)
target_compile_options(ankkor_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough -Werror)
# In a batch what one source calls a constant may be another's parameter.
if(ANKKOR_BATCHES)
  target_compile_options(ankkor_warnings INTERFACE -Wno-shadow)
endif()
# GCC 12 reports members of a std::variant's inactive alternatives (GCC bug 105562 and its kin).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(ankkor_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

# Compiles a target's sources a few at a time (ANKKOR_BATCHES), which spares reading the same headers and instantiating the
# same templates for each. For builds that are made once, from nothing: a changed source has its whole batch compiled.
function(ankkor_in_batches target)
  if(NOT ANKKOR_BATCHES)
    return()
  endif()
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  get_target_property(sources ${target} SOURCES)
  execute_process(COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/batches.py ${sources}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE batches COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
  string(REPLACE ";" " " batches "${batches}")
  string(REGEX MATCHALL "[^\n]+" batches "${batches}")
  set(number 0)
  foreach(batch IN LISTS batches)
    separate_arguments(batch)
    set_source_files_properties(${batch} PROPERTIES UNITY_GROUP ${number})
    math(EXPR number "${number} + 1")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# ankkor_library(NAME SOURCES ... USES ...): one room of the house. Its headers are included from
# the repository's root ("stock/product.hpp"), so an include names the room it comes from.
function(ankkor_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(ankkor_${name} STATIC ${ARG_SOURCES})
  target_include_directories(ankkor_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(ankkor_${name} PUBLIC ${ARG_USES} PRIVATE ${ARG_PRIVATE_USES} ankkor_warnings)
  if(ANKKOR_FUZZ AND name IN_LIST ANKKOR_FUZZED_ROOMS)
    target_compile_options(ankkor_${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  ankkor_in_batches(ankkor_${name})
  add_library(ankkor::${name} ALIAS ankkor_${name})
endfunction()

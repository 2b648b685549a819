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

add_library(ankkor_warnings INTERFACE)
target_compile_options(ankkor_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough -Werror)
# GCC 12 reports members of a std::variant's inactive alternatives (GCC bug 105562 and its kin).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(ankkor_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

# ankkor_library(NAME SOURCES ... USES ...): one room of the house. Its headers are included from
# the repository's root ("stock/product.hpp"), so an include names the room it comes from.
function(ankkor_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(ankkor_${name} STATIC ${ARG_SOURCES})
  target_include_directories(ankkor_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(ankkor_${name} PUBLIC ${ARG_USES} PRIVATE ${ARG_PRIVATE_USES} ankkor_warnings)
  add_library(ankkor::${name} ALIAS ankkor_${name})
endfunction()

# Finds the C++ Actor Framework as Debian packages it: headers and shared libraries without a CMake
# package of their own. Defines CAF::core, CAF::io and CAF::openssl. With CAF_ROOT it takes the core from there.
if(CAF_ROOT AND NOT EXISTS ${CAF_ROOT}/lib/libcaf_core.so)
  message(FATAL_ERROR "There is no CAF in ${CAF_ROOT}; scripts/tsan builds the one for ThreadSanitizer")
endif()
find_path(CAF_INCLUDE_DIR caf/all.hpp)

foreach(component IN LISTS CAF_FIND_COMPONENTS)
  find_library(CAF_${component}_LIBRARY caf_${component})
  if(CAF_${component}_LIBRARY AND CAF_INCLUDE_DIR)
    set(CAF_${component}_FOUND TRUE)
    if(NOT TARGET CAF::${component})
      add_library(CAF::${component} SHARED IMPORTED)
      set_target_properties(CAF::${component} PROPERTIES
        IMPORTED_LOCATION "${CAF_${component}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
    endif()
  endif()
endforeach()

if(TARGET CAF::core)
  target_link_libraries(CAF::core INTERFACE Threads::Threads)
endif()
if(TARGET CAF::io)
  target_link_libraries(CAF::io INTERFACE CAF::core)
endif()
if(TARGET CAF::openssl)
  target_link_libraries(CAF::openssl INTERFACE CAF::io OpenSSL::SSL)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF REQUIRED_VARS CAF_INCLUDE_DIR HANDLE_COMPONENTS)
mark_as_advanced(CAF_INCLUDE_DIR)

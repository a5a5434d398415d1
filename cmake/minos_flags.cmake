# Flags of everything we compile.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g")

find_program(ccache_program ccache)
if(ccache_program)
  set(CMAKE_C_COMPILER_LAUNCHER ${ccache_program})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache_program})
endif()

# Ninja names sources relative to the build folder; __FILE__ shall be relative to the tree.
file(RELATIVE_PATH minos_up ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
add_library(minos_build INTERFACE)
target_compile_definitions(minos_build INTERFACE _GNU_SOURCE)
target_compile_options(minos_build INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -fstack-clash-protection -fno-omit-frame-pointer -ftls-model=initial-exec
  -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/= -fmacro-prefix-map=${minos_up}=
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes;-Werror=incompatible-pointer-types;-Werror=implicit-function-declaration>
  # GCC cannot see across files that MINOS_TRY leaves when a call fails; Clang and ASan watch this.
  $<$<C_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions;-fno-rtti>)
if(MINOS_WERROR)
  target_compile_options(minos_build INTERFACE -Werror)
endif()
if(MINOS_SANITIZE STREQUAL "address")
  target_compile_options(minos_build INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(minos_build INTERFACE -fsanitize=address,undefined)
elseif(MINOS_SANITIZE STREQUAL "thread")
  target_compile_options(minos_build INTERFACE -fsanitize=thread)
  target_link_options(minos_build INTERFACE -fsanitize=thread)
endif()
if(MINOS_BUILD_FUZZERS)
  # What the fuzzer steers by: coverage of the library, not only of the target.
  target_compile_options(minos_build INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(MINOS_BUILD_TESTS)
  target_compile_definitions(minos_build INTERFACE MN_TESTS=1)
endif()

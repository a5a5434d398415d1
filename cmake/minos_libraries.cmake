# Third-party libraries, all from packages; script/bootstrap installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(uv REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
# Its header only: src/store opens the library at its first use.
pkg_check_modules(sqlite REQUIRED sqlite3)
find_library(boost_context_library NAMES libboost_context.a REQUIRED)
find_library(simdjson_library NAMES simdjson REQUIRED)

add_library(minos_third INTERFACE)
target_include_directories(minos_third SYSTEM INTERFACE ${sqlite_INCLUDE_DIRS})
target_link_libraries(minos_third INTERFACE
  PkgConfig::uv PkgConfig::yaml PkgConfig::zlib ${boost_context_library} ${simdjson_library} Threads::Threads m ${CMAKE_DL_LIBS})

# llhttp: the system's when it is new enough, else the one script/bootstrap put into .deps.
pkg_check_modules(llhttp QUIET IMPORTED_TARGET libllhttp>=9.4)
if(llhttp_FOUND)
  target_link_libraries(minos_third INTERFACE PkgConfig::llhttp)
else()
  set(llhttp_dir ${CMAKE_SOURCE_DIR}/.deps/llhttp-9.4.3)
  if(NOT EXISTS ${llhttp_dir}/llhttp.c)
    message(FATAL_ERROR "llhttp >= 9.4 is missing: run script/bootstrap")
  endif()
  add_library(minos_llhttp OBJECT ${llhttp_dir}/llhttp.c ${llhttp_dir}/api.c ${llhttp_dir}/http.c)
  target_include_directories(minos_llhttp PUBLIC ${llhttp_dir})
  target_compile_options(minos_llhttp PRIVATE -O2 -fvisibility=hidden)
  target_sources(minos_third INTERFACE $<TARGET_OBJECTS:minos_llhttp>)
  target_include_directories(minos_third SYSTEM INTERFACE ${llhttp_dir})
endif()

# Installation: library, headers, command, pkg-config file, CMake package, manual, bash completion.
include(CMakePackageConfigHelpers)

# A handler's large local array must touch each page, or it jumps over its fiber's guard.
target_compile_options(minos INTERFACE $<INSTALL_INTERFACE:-fstack-clash-protection>)

set(minos_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/minos)
install(TARGETS minos EXPORT minos_targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/minos DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT minos_targets NAMESPACE minos:: FILE minosTargets.cmake DESTINATION ${minos_package_dir})

configure_package_config_file(cmake/minosConfig.cmake.in ${CMAKE_BINARY_DIR}/minosConfig.cmake
  INSTALL_DESTINATION ${minos_package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/minosConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/minosConfig.cmake ${CMAKE_BINARY_DIR}/minosConfigVersion.cmake
  DESTINATION ${minos_package_dir})

# The prefix is known for sure only when installing (cmake --install --prefix), so the file is made then.
install(CODE "
  set(PROJECT_VERSION \"${PROJECT_VERSION}\")
  set(PROJECT_DESCRIPTION \"${PROJECT_DESCRIPTION}\")
  get_filename_component(CMAKE_INSTALL_FULL_LIBDIR \"${CMAKE_INSTALL_LIBDIR}\" ABSOLUTE
    BASE_DIR \"\${CMAKE_INSTALL_PREFIX}\")
  get_filename_component(CMAKE_INSTALL_FULL_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\" ABSOLUTE
    BASE_DIR \"\${CMAKE_INSTALL_PREFIX}\")
  configure_file(\"${CMAKE_SOURCE_DIR}/cmake/minos.pc.in\" \"${CMAKE_BINARY_DIR}/minos.pc\" @ONLY)
")
install(FILES ${CMAKE_BINARY_DIR}/minos.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The manual and the completion are made by what is built, not kept beside it.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND AND TARGET minos_keys)
  file(GLOB minos_manual_sources CONFIGURE_DEPENDS include/minos/*.h docs/man/* tools/docs/*)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/man/made
    COMMAND minos_keys > ${CMAKE_BINARY_DIR}/keys.txt
    COMMAND minos_keys names > ${CMAKE_BINARY_DIR}/names.txt
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/docs/man ${CMAKE_BINARY_DIR}/man
      ${CMAKE_BINARY_DIR}/keys.txt ${CMAKE_BINARY_DIR}/names.txt
    COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/man/made
    DEPENDS ${minos_manual_sources} minos_keys VERBATIM)
  add_custom_target(minos_manual ALL DEPENDS ${CMAKE_BINARY_DIR}/man/made)
  install(DIRECTORY ${CMAKE_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}
    FILES_MATCHING PATTERN "*.[135]")
endif()
if(TARGET minos_command)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/completion/minos
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/completion
    COMMAND minos_command completion > ${CMAKE_BINARY_DIR}/completion/minos
    DEPENDS minos_command VERBATIM)
  add_custom_target(minos_completion ALL DEPENDS ${CMAKE_BINARY_DIR}/completion/minos)
  install(FILES ${CMAKE_BINARY_DIR}/completion/minos
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endif()

# Installation: headers, library, programs, pkg-config and CMake package.
install(TARGETS minos EXPORT minos_targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/minos DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

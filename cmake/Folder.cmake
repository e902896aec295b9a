# One target for each folder of operator/.
#
#   dso_folder(kube DEPENDS http LIBRARIES yaml-cpp)
#
# makes the static library dso_kube from operator/kube/*.cc. A folder sees the headers of exactly the folders that it
# depends on, directly or through them: each target exports an include directory that holds nothing but a link to itself,
# so an #include against the direction of the architecture does not compile.
set(DSO_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND DSO_WARNINGS -Wno-restrict)  # false alarms on std::string concatenation, GCC bug 105651
endif()
if(DSO_WARNINGS_AS_ERRORS)
  list(APPEND DSO_WARNINGS -Werror)
endif()

function(dso_folder name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
  set(source_dir ${PROJECT_SOURCE_DIR}/operator/${name})
  file(GLOB sources CONFIGURE_DEPENDS ${source_dir}/*.cc ${source_dir}/*.h)
  add_library(dso_${name} STATIC ${sources})
  set_target_properties(dso_${name} PROPERTIES LINKER_LANGUAGE CXX)

  set(include_dir ${PROJECT_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${include_dir})
  file(CREATE_LINK ${source_dir} ${include_dir}/${name} SYMBOLIC)
  target_include_directories(dso_${name} PUBLIC ${include_dir})

  list(TRANSFORM ARG_DEPENDS PREPEND dso_)
  target_link_libraries(dso_${name} PUBLIC ${ARG_DEPENDS} ${ARG_LIBRARIES} PRIVATE ${ARG_PRIVATE_LIBRARIES})
  target_compile_options(dso_${name} PRIVATE ${DSO_WARNINGS})
endfunction()

# dso_test(kube) makes the test program kube_test from tests/kube/*_test.cc and registers each of its tests with CTest.
# A test program links its own folder and what it names in LIBRARIES.
function(dso_test name)
  cmake_parse_arguments(ARG "" "" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*.cc)
  add_executable(${name}_test ${sources})
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})  # "tests/support/…"
  target_link_libraries(${name}_test PRIVATE ${ARG_LIBRARIES} GTest::gmock GTest::gtest_main)
  target_compile_options(${name}_test PRIVATE ${DSO_WARNINGS})
  gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60)
endfunction()

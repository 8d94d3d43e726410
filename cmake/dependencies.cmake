# Every library comes from the distribution; scripts/install-deps names the packages.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(CURL 7.87 REQUIRED)
find_package(cxxopts REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(simdjson REQUIRED)
find_package(spdlog REQUIRED)
find_package(tl-expected REQUIRED)
find_package(yaml-cpp REQUIRED)
# The target has a namespace from 0.8 on.
if(TARGET yaml-cpp::yaml-cpp)
  set(EVERAI_YAML_CPP yaml-cpp::yaml-cpp)
else()
  set(EVERAI_YAML_CPP yaml-cpp)
endif()

# cpp-httplib is a compiled library here: without the macros of its .pc file the classes have another layout and still link.
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
# Newer headers of it call OpenSSL inline, and their .pc file keeps quiet about that.
target_link_libraries(PkgConfig::httplib INTERFACE OpenSSL::Crypto)
# Only the core: the pull part brings a web server of its own.
pkg_check_modules(prometheus_core REQUIRED IMPORTED_TARGET prometheus-cpp-core)

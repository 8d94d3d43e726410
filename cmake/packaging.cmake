# Man pages and shell completions, made from what the programs' --help says, and Debian's package: cpack -G DEB.
find_package(Python3 COMPONENTS Interpreter)
find_program(EVERAI_GZIP gzip)
if(NOT Python3_Interpreter_FOUND OR NOT EVERAI_GZIP)
  message(STATUS "Without Python 3 and gzip there are no man pages, no shell completions and no package")
  return()
endif()

# Whose package it is, and which one of this version.
set(EVERAI_PACKAGE_MAINTAINER "everai_exporter maintainers <maintainers@everai-exporter.invalid>" CACHE STRING
  "The Maintainer of the Debian package")
set(EVERAI_PACKAGE_REVISION 1 CACHE STRING "The Debian package's revision of this version")

# from_help(KIND PROGRAM OUTPUT [MORE...]): a file that scripts/from-help makes of a program's --help.
set(from_help ${PROJECT_SOURCE_DIR}/scripts/from-help)
set(made ${CMAKE_CURRENT_BINARY_DIR}/from-help)
function(from_help kind program output)
  get_filename_component(folder ${output} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${output}
    COMMAND Python3::Interpreter ${from_help} ${kind} $<TARGET_FILE:${program}> ${ARGN} > ${output}
    DEPENDS ${program} ${from_help} ${ARGN}
    VERBATIM)
endfunction()

# compressed(INPUT OUTPUT): as Debian wants it, without a time and as small as it gets.
function(compressed input output)
  add_custom_command(OUTPUT ${output}
    COMMAND ${EVERAI_GZIP} -9 -n -c ${input} > ${output}
    DEPENDS ${input}
    VERBATIM)
endfunction()

set(outputs)
foreach(program everai_exporter everai_workers everai_simulator)
  from_help(man ${program} ${made}/${program}.1 ${PROJECT_SOURCE_DIR}/docs/man/${program}.man)
  compressed(${made}/${program}.1 ${made}/${program}.1.gz)
  from_help(bash ${program} ${made}/bash/${program})
  from_help(zsh ${program} ${made}/zsh/_${program})
  from_help(fish ${program} ${made}/fish/${program}.fish)
  list(APPEND outputs ${made}/${program}.1.gz ${made}/bash/${program} ${made}/zsh/_${program} ${made}/fish/${program}.fish)
  install(FILES ${made}/${program}.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${made}/bash/${program} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${made}/fish/${program}.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  # Debian's zsh looks for what a package brings in another place than for what was built here.
  install(FILES ${made}/zsh/_${program} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT local)
  install(FILES ${made}/zsh/_${program} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
    COMPONENT debian EXCLUDE_FROM_ALL)
endforeach()

# A package of a later Debian is the newer one, so that an upgrade of the system brings it.
set(debian_version)
if(EXISTS /etc/os-release)
  file(STRINGS /etc/os-release debian_version REGEX "^VERSION_ID=")
  string(REGEX REPLACE "[^0-9]" "" debian_version "${debian_version}")
endif()
set(CPACK_DEBIAN_PACKAGE_RELEASE ${EVERAI_PACKAGE_REVISION}~deb${debian_version})
set(EVERAI_DEBIAN_VERSION ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
string(TIMESTAMP EVERAI_DEBIAN_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(debian ${PROJECT_SOURCE_DIR}/deploy/debian)
configure_file(${debian}/changelog.in ${made}/changelog.Debian @ONLY)
compressed(${made}/changelog.Debian ${made}/changelog.Debian.gz)
compressed(${PROJECT_SOURCE_DIR}/CHANGELOG.md ${made}/changelog.gz)
list(APPEND outputs ${made}/changelog.Debian.gz ${made}/changelog.gz)
add_custom_target(everai_from_help ALL DEPENDS ${outputs})

# packaged(PATH FILES|DIRECTORY NAME... [RENAME NAME]): what is for the package alone.
function(packaged path)
  install(${ARGN} DESTINATION ${path} COMPONENT debian EXCLUDE_FROM_ALL)
endfunction()
# Both are one folder since Debian 12, but only one of the names is expected.
if(debian_version STREQUAL 12)
  set(units /lib/systemd/system)
else()
  set(units /usr/lib/systemd/system)
endif()
set(doc share/doc/everai-exporter)
file(GLOB docs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.md)
packaged(${units} FILES deploy/systemd/everai_exporter.service deploy/systemd/everai_exporter.socket)
packaged(/etc/default FILES ${debian}/default RENAME everai_exporter)
packaged(/etc/everai_exporter FILES ${debian}/everai.yml)
packaged(share/everai_exporter/alerts FILES alerts/everai.rules.yml alerts/alertmanager.yml)
packaged(share/everai_exporter/dashboards FILES dashboards/app.json dashboards/exporter.json dashboards/fleet.json)
packaged(${doc} FILES README.md ${debian}/copyright ${made}/changelog.Debian.gz ${made}/changelog.gz)
packaged(${doc}/docs FILES ${docs})
packaged(${doc}/docs DIRECTORY docs/adr)
packaged(${doc}/alerts FILES alerts/runbooks.md)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME everai-exporter)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Prometheus exporter for apps on the EverAI serverless GPU platform")
set(CPACK_PACKAGE_CONTACT ${EVERAI_PACKAGE_MAINTAINER})
set(CPACK_COMPONENTS_ALL Unspecified debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
# Some files go to folders that are not below the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, prometheus-alertmanager")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${debian}/conffiles ${debian}/postinst ${debian}/prerm ${debian}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PACKAGE_DESCRIPTION
"It polls the workers of serverless apps on its own timer, and serves what it
finds to Prometheus: workers by state, queues, and requests that succeeded and
failed, with counters that stay true while workers come and go.
.
everai_workers lists and scales the workers of an app. everai_simulator is a
fake platform with a living fleet, for those who have no token yet.")
include(CPack)
